/**
 * A terminal as programs see it: line discipline, window size, session and
 * foreground process group, and the files that are open on it. What lies
 * behind it (the host's terminal, a pty's master) is a subclass.
 */
import { EAGAIN } from "../../abi/linux/errno.ts";
import {
  POLLIN,
  POLLOUT,
  POLLRDNORM,
  POLLWRNORM,
} from "../../abi/linux/poll.ts";
import { SIGWINCH } from "../../abi/linux/signal.ts";
import { VMIN, VTIME } from "../../abi/linux/tty.ts";
import type { Kernel } from "../kernel/kernel.ts";
import type {
  ControllingTerminal,
  ProcessGroup,
  Session,
} from "../kernel/session.ts";
import { sendToProcessGroup } from "../kernel/signal.ts";
import type { Task } from "../kernel/task.ts";
import { Timer, type TimerTarget } from "../kernel/timer.ts";
import type { UserBuffer } from "../mm/user_buffer.ts";
import { type LineDevice, LineDiscipline } from "./line_discipline.ts";
import type { TtyFile } from "./tty_file.ts";

/** VTIME's unit in ns. */
const DECISECOND = 100000000;

export const READ_EVENTS = POLLIN | POLLRDNORM;
export const WRITE_EVENTS = POLLOUT | POLLWRNORM;

export abstract class Tty
  implements ControllingTerminal, LineDevice, TimerTarget {
  session: Session | null = null;
  foreground: ProcessGroup | null = null;
  readonly line: LineDiscipline = new LineDiscipline(this);
  /** Open files. */
  readonly files: Set<TtyFile> = new Set();
  /** TIOCEXCL: no further opens. */
  exclusive = false;
  rows = 0;
  columns = 0;
  xpixel = 0;
  ypixel = 0;
  /** Monotonic ns of the last input: VTIME counts from it. */
  #lastInput = 0;
  readonly #timer = new Timer(this);

  /** @param rdev device number, as TIOCGDEV shows it */
  constructor(readonly kernel: Kernel, readonly rdev: number) {}

  abstract outputRoom(): number;
  abstract emit(bytes: Uint8Array, n: number): void;
  abstract discardOutput(): void;
  abstract flowChanged(stopped: boolean): void;
  abstract inputDiscarded(): void;

  /** Bytes of output that have not gone out: TIOCOUTQ, tcdrain. */
  abstract get unsent(): number;

  /** The line discipline may take more input. */
  abstract inputTaken(): void;

  /** A program is about to read, or has changed the modes. */
  inUse(): void {}

  /** Modes have changed from those flags. */
  modesChanged(_iflag: number, _lflag: number): void {}

  /** TCIOFF and TCION: sends VSTOP or VSTART to the other side. */
  sendKey(_byte: number): void {}

  /** The last file on it was closed, or the first opened. */
  opensChanged(): void {}

  signal(signo: number): void {
    if (this.foreground !== null) sendToProcessGroup(this.foreground, signo);
  }

  inputReady(): void {
    this.#lastInput = this.kernel.now();
    this.wake(READ_EVENTS);
  }

  /** There is room for output again. */
  outputReady(): void {
    this.line.outputReady();
    if (this.line.writable) this.wake(WRITE_EVENTS);
  }

  /** Wakes whoever waits for `events` on any file of it. */
  wake(events: number): void {
    for (const file of this.files) file.queue.wake(events);
  }

  /** The carrier is lost: open files read the end and can't write any more. */
  hangUp(): void {
    for (const file of this.files) {
      file.hungUp = true;
      file.queue.wake(READ_EVENTS | WRITE_EVENTS);
    }
  }

  /** The session has let go of it. */
  disassociated(): void {
    this.session = null;
    this.foreground = null;
  }

  /** Becomes the controlling terminal of `pg`'s session, with `pg` in the foreground. */
  control(pg: ProcessGroup): void {
    const { session } = pg;
    this.session = session;
    this.foreground = pg;
    session.terminal = this;
  }

  /** Before the size is read: a host's window may have changed it. */
  refreshSize(): void {}

  /** Sets the window size; the foreground group hears of a change. */
  resize(rows: number, columns: number, xpixel: number, ypixel: number): void {
    const same = rows === this.rows && columns === this.columns &&
      xpixel === this.xpixel && ypixel === this.ypixel;
    if (same) return;
    this.rows = rows;
    this.columns = columns;
    this.xpixel = xpixel;
    this.ypixel = ypixel;
    this.signal(SIGWINCH);
  }

  /**
   * read(2): a line, or as VMIN and VTIME say. Count, 0 at an end of file or
   * when VTIME is over, -EAGAIN, -EFAULT.
   */
  read(t: Task, file: TtyFile, dst: UserBuffer): number {
    this.inUse();
    const { line } = this;
    const n = line.edits || this.#enough(t, file, dst.remaining)
      ? line.read(dst)
      : this.#timedOut(t)
      ? 0
      : -EAGAIN;
    if (n >= 0) this.inputTaken();
    return n;
  }

  /** Whether what was typed satisfies a read without line editing. */
  #enough(t: Task, file: TtyFile, size: number): boolean {
    const { cc } = this.line.modes;
    const { available } = this.line;
    if (available >= Math.min(size, Math.max(cc[VMIN], 1))) return true;
    if (available === 0) return false;
    if (file.nonblocking) return true;
    if (cc[VTIME] === 0) return false;
    // VMIN > 0 and VTIME > 0: the time runs from byte to byte.
    return this.#past(t, this.#lastInput + cc[VTIME] * DECISECOND);
  }

  /** VMIN 0: whether a read that found nothing returns 0 now. */
  #timedOut(t: Task): boolean {
    const { cc } = this.line.modes;
    if (cc[VMIN] > 0 || this.line.available > 0) return false;
    if (cc[VTIME] === 0) return true;
    const { call } = t;
    if (call.first || call.value === 0) {
      call.value = this.kernel.now() + cc[VTIME] * DECISECOND;
    }
    return this.#past(t, call.value);
  }

  /** Whether `deadline` has passed; if not, readers are woken then. */
  #past(t: Task, deadline: number): boolean {
    if (t.kernel.now() >= deadline) return true;
    const timer = this.#timer;
    if (!timer.started || timer.deadline > deadline) {
      t.kernel.timers.start(timer, deadline);
    }
    return false;
  }

  expired(_timer: Timer): void {
    this.wake(READ_EVENTS);
  }
}

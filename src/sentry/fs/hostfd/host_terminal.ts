/**
 * The host's terminal as a terminal of the guest. While the guest uses it, the
 * host's own line discipline is raw and ours edits, echoes and sends signals.
 */
import { EAGAIN, EINTR } from "../../../abi/linux/errno.ts";
import { O_RDWR } from "../../../abi/linux/fcntl.ts";
import { POLLHUP, POLLIN, POLLOUT } from "../../../abi/linux/poll.ts";
import { SIGCONT, SIGHUP } from "../../../abi/linux/signal.ts";
import { OPOST, Termios, Winsize } from "../../../abi/linux/tty.ts";
import * as ffi from "../../../../ffi/mod.ts";
import type { HostReady } from "../../../platform/platform.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import { sendToProcessGroup } from "../../kernel/signal.ts";
import { ByteQueue } from "../../tty/byte_queue.ts";
import { Tty } from "../../tty/tty.ts";

/** Output that the host has not taken: more makes writers wait. */
const PENDING = 16384;

/** How long a terminal that takes nothing holds up the end, ms. */
const PATIENCE = 2000;

const typed = new Uint8Array(4096);
const termios = Termios.alloc();
const winsize = Winsize.alloc();

export class HostTerminal extends Tty implements HostReady {
  /** A description of our own where the host allows it, else the shared one. */
  readonly fd: number;
  readonly #pending = new ByteQueue(PENDING);
  /** The host's terminal is ours: raw and watched. */
  #raw = false;
  #ended = false;

  /**
   * @param stdio a descriptor of the sandbox that is a terminal
   * @param whole whether the sandbox has the screen to itself: then output is processed here, too
   */
  constructor(
    kernel: Kernel,
    rdev: number,
    readonly stdio: number,
    readonly whole: boolean,
  ) {
    super(kernel, rdev);
    const own = ffi.stdioReopen(stdio, O_RDWR);
    this.fd = own >= 0 ? own : stdio;
    if (ffi.terminalModes(stdio, termios.bytes) === 0) {
      this.line.modes.load(termios);
    }
    if (!whole) this.line.modes.oflag &= ~OPOST;
    this.sizeChanged();
    kernel.watchHost(this.fd, POLLIN | POLLOUT, this);
    if (whole) this.inUse();
  }

  /** Takes the terminal over, if we are in its foreground: at once, or at the first read. */
  override inUse(): void {
    if (this.#raw || ffi.terminalForeground(this.fd) === 0) return;
    if (ffi.terminalRaw(this.fd, this.whole ? 0 : 1) < 0) return;
    this.#raw = true;
    this.#receive();
  }

  /** After a stop by the host (SIGCONT): others may have changed it meanwhile. */
  resumed(): void {
    if (!this.#raw) return;
    this.#raw = false;
    this.inUse();
    this.sizeChanged();
  }

  /** The host's window has (or may have) another size. */
  sizeChanged(): void {
    if (ffi.terminalSize(this.stdio, winsize.bytes) < 0) return;
    super.resize(
      winsize.ws_row,
      winsize.ws_col,
      winsize.ws_xpixel,
      winsize.ws_ypixel,
    );
  }

  override refreshSize(): void {
    this.sizeChanged();
  }

  override resize(
    rows: number,
    columns: number,
    xpixel: number,
    ypixel: number,
  ): void {
    winsize.ws_row = rows;
    winsize.ws_col = columns;
    winsize.ws_xpixel = xpixel;
    winsize.ws_ypixel = ypixel;
    ffi.terminalSetSize(this.stdio, winsize.bytes);
    super.resize(rows, columns, xpixel, ypixel);
  }

  hostReady(events: number): void {
    if ((events & POLLOUT) !== 0) this.#send();
    if ((events & (POLLIN | POLLHUP)) !== 0) this.#receive();
  }

  override inputTaken(): void {
    this.#receive();
  }

  /** Takes what was typed as far as the line discipline has room. */
  #receive(): void {
    while (this.#raw && !this.#ended && this.line.receives) {
      const room = Math.max(this.line.input.room, 1);
      const part = room < typed.length ? typed.subarray(0, room) : typed;
      const n = ffi.stdioReadBytes(this.fd, part);
      if (n === -EINTR) continue;
      if (n === -EAGAIN) return;
      if (n <= 0) return this.#end();
      this.line.receive(part, 0, n);
    }
  }

  /** The host's terminal is gone. */
  #end(): void {
    this.#ended = true;
    const { foreground } = this;
    this.hangUp();
    if (foreground === null) return;
    sendToProcessGroup(foreground, SIGHUP);
    sendToProcessGroup(foreground, SIGCONT);
  }

  get unsent(): number {
    return this.#pending.length;
  }

  outputRoom(): number {
    return this.#pending.room;
  }

  emit(bytes: Uint8Array, n: number): void {
    let sent = 0;
    if (this.#pending.length === 0) sent = this.#write(bytes, n);
    if (sent < n) this.#pending.push(bytes, sent, n - sent);
  }

  /** Bytes that the host took of `bytes`; all of them when it is gone. */
  #write(bytes: Uint8Array, n: number): number {
    let sent = 0;
    while (sent < n) {
      const r = ffi.stdioWriteBytes(this.fd, bytes, sent, n - sent);
      if (r === -EINTR) continue;
      if (r === -EAGAIN || r === 0) break;
      if (r < 0) return n;
      sent += r;
    }
    return sent;
  }

  #send(): void {
    const pending = this.#pending;
    const before = pending.length;
    while (pending.length > 0) {
      const n = pending.peek(typed);
      const sent = this.#write(typed, n);
      pending.skip(sent);
      if (sent < n) break;
    }
    if (pending.length < before) this.outputReady();
  }

  /** At the end of the sandbox: gives the host the rest, however slow it is, unless it stands still. */
  flush(): void {
    while (this.#pending.length > 0) {
      const r = ffi.stdioWait(this.fd, POLLOUT, PATIENCE);
      if (r === -EINTR) continue;
      if (r <= 0) return;
      this.#send();
    }
  }

  discardOutput(): void {
    this.#pending.clear();
  }

  flowChanged(_stopped: boolean): void {
    this.outputReady();
  }

  inputDiscarded(): void {}
}

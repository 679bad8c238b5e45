/**
 * N_TTY, the line discipline of terminals: turns what a device receives into
 * what programs read, echoes it, and processes output. It knows nothing of
 * tasks; see tty.ts for these.
 */
import {
  ECHO,
  ECHOCTL,
  ECHONL,
  EXTPROC,
  ICANON,
  ICRNL,
  IEXTEN,
  IGNCR,
  INLCR,
  ISIG,
  ISTRIP,
  IUCLC,
  IXANY,
  IXON,
  NOFLSH,
  PARMRK,
  VEOF,
  VEOL,
  VEOL2,
  VERASE,
  VINTR,
  VKILL,
  VLNEXT,
  VMIN,
  VQUIT,
  VREPRINT,
  VSTART,
  VSTOP,
  VSUSP,
  VTIME,
  VWERASE,
} from "../../abi/linux/tty.ts";
import { SIGINT, SIGQUIT, SIGTSTP } from "../../abi/linux/signal.ts";
import { EAGAIN } from "../../abi/linux/errno.ts";
import type { UserBuffer } from "../mm/user_buffer.ts";
import { Echo } from "./echo.ts";
import { INPUT_SIZE, InputQueue, Mark } from "./input_queue.ts";
import { LineEditor } from "./line_editor.ts";
import { OutputProcessor, WIDEST } from "./output_processor.ts";
import { TermModes } from "./term_modes.ts";

const BS = 8;
const NL = 10;
const CR = 13;
const CARET = 0x5e;

/** What lies behind a line discipline: a host terminal or a pty's master. */
export interface LineDevice {
  /** Bytes that `emit` takes now. */
  outputRoom(): number;
  /** Takes `n` processed bytes, at most `outputRoom()`. */
  emit(bytes: Uint8Array, n: number): void;
  /** Drops output that has not been sent. */
  discardOutput(): void;
  /** Sends `signo` to the foreground process group. */
  signal(signo: number): void;
  /** There is more to read. */
  inputReady(): void;
  /** Output was stopped or started by the user (IXON) or TCXONC. */
  flowChanged(stopped: boolean): void;
  /** Unread input was dropped. */
  inputDiscarded(): void;
}

const scratch = new Uint8Array(INPUT_SIZE);

export class LineDiscipline {
  readonly modes: TermModes = new TermModes();
  readonly input: InputQueue = new InputQueue();
  readonly output: OutputProcessor = new OutputProcessor(this.modes);
  readonly #echo = new Echo(this.modes, this.output);
  readonly #editor = new LineEditor(this.modes, this.input, this.#echo);
  /** The next byte is literal (VLNEXT). */
  #literal = false;
  /** Output is stopped: by VSTOP, or by TCXONC (then only TCXONC starts it). */
  stopped = false;
  #stoppedByCall = false;

  constructor(readonly device: LineDevice) {}

  /** Whether lines are edited here. */
  get edits(): boolean {
    return (this.modes.lflag & (ICANON | EXTPROC)) === ICANON;
  }

  /** After a change of modes; `lflag` and `iflag` are those before. */
  modesChanged(lflag: number, iflag: number): void {
    const { modes } = this;
    if (((lflag ^ modes.lflag) & (ICANON | EXTPROC)) !== 0) {
      if (modes.isCanonical) this.input.beginCanonical();
      this.#editor.reset();
      this.#literal = false;
    }
    if ((iflag & IXON) !== 0 && (modes.iflag & IXON) === 0) this.#start();
    this.device.inputReady();
  }

  /** Bytes that a read would give now: FIONREAD. */
  get available(): number {
    return this.edits ? this.input.lineLength : this.input.length;
  }

  /** Whether poll(2) shows POLLIN. */
  get readable(): boolean {
    const { cc } = this.modes;
    if (this.edits) return this.input.lineLength > 0;
    const least = cc[VTIME] === 0 && cc[VMIN] > 0 ? cc[VMIN] : 1;
    return this.input.length >= least;
  }

  /** Moves a line, or in other modes what is there, to `dst`. Count, 0 at an end of file, -EAGAIN, -EFAULT. */
  read(dst: UserBuffer): number {
    const { input } = this;
    const max = Math.min(dst.remaining, INPUT_SIZE);
    const edits = this.edits;
    const n = edits ? input.firstLine(max) : Math.min(input.length, max);
    if (n < 0 || (n === 0 && !edits)) return -EAGAIN;
    input.peek(scratch, n);
    const moved = n === 0 ? 0 : dst.copy(scratch, 0, n);
    if (moved < 0) return moved;
    if (edits) input.skipLine(moved);
    else input.skip(moved);
    return moved;
  }

  /** Processes and sends `n` bytes; how many of them, which may be none. */
  write(bytes: Uint8Array, n: number): number {
    this.#sendEchoes();
    let done = 0;
    while (done < n && this.#echo.length === 0) {
      const room = this.#room();
      if (room === 0) break;
      const part = done === 0 ? bytes : bytes.subarray(done);
      const made = this.output.process(part, n - done, scratch, 0, room);
      if (this.output.taken === 0) break;
      done += this.output.taken;
      if (made > 0) this.device.emit(scratch, made);
    }
    return done;
  }

  /** Whether a write would send something. */
  get writable(): boolean {
    return this.#room() >= WIDEST && this.#echo.length === 0;
  }

  /** The device has room again. */
  outputReady(): void {
    this.#sendEchoes();
  }

  /** Drops unread input: TCIFLUSH. */
  discardInput(): void {
    this.input.clear();
    this.#editor.reset();
    this.#literal = false;
    this.device.inputDiscarded();
  }

  /** TCXONC: stops or starts output by call. */
  setStopped(stopped: boolean): void {
    this.#stoppedByCall = stopped;
    if (stopped) this.#stop();
    else this.#start();
  }

  /** Whether `receive` would take something. */
  get receives(): boolean {
    return this.input.room > 0 || (this.edits && this.input.lineLength === 0);
  }

  /** Takes `n` bytes that were typed, from `from` on; how many. Fewer only when nobody reads them. */
  receive(bytes: Uint8Array, from: number, n: number): number {
    const before = this.available;
    let i = 0;
    for (; i < n; i++) {
      if (!this.receives) break;
      this.#receiveByte(bytes[from + i]);
    }
    this.#sendEchoes();
    if (this.available > before) this.device.inputReady();
    return i;
  }

  #receiveByte(typed: number): void {
    const { modes } = this;
    const { iflag, lflag } = modes;
    let byte = typed;
    if ((iflag & ISTRIP) !== 0) byte &= 0x7f;
    if (
      (iflag & IUCLC) !== 0 && (lflag & IEXTEN) !== 0 && byte >= 65 &&
      byte <= 90
    ) byte += 32;
    if ((lflag & EXTPROC) !== 0) {
      this.input.push(byte);
    } else if (this.#literal) {
      this.#literal = false;
      this.#restartAny();
      this.#ordinary(byte);
    } else if (!this.#flowControl(byte) && !this.#signalKey(byte)) {
      this.#restartAny();
      this.#key(byte);
    }
  }

  /** IXON's keys. */
  #flowControl(byte: number): boolean {
    const { cc, iflag } = this.modes;
    if ((iflag & IXON) === 0 || byte === 0) return false;
    if (byte === cc[VSTART]) {
      if (!this.#stoppedByCall) this.#start();
      return true;
    }
    if (byte !== cc[VSTOP]) return false;
    this.#stop();
    return true;
  }

  /** ISIG's keys. */
  #signalKey(byte: number): boolean {
    const { cc, lflag, iflag } = this.modes;
    if ((lflag & ISIG) === 0 || byte === 0) return false;
    if (byte === cc[VINTR]) this.#sendSignal(SIGINT);
    else if (byte === cc[VQUIT]) this.#sendSignal(SIGQUIT);
    else if (byte === cc[VSUSP]) this.#sendSignal(SIGTSTP);
    else return false;
    if ((iflag & IXON) !== 0 && !this.#stoppedByCall) this.#start();
    if ((lflag & ECHO) !== 0) this.#echo.show(byte);
    return true;
  }

  #sendSignal(signo: number): void {
    if ((this.modes.lflag & NOFLSH) === 0) {
      this.#echo.length = 0;
      this.device.discardOutput();
      this.discardInput();
    }
    this.device.signal(signo);
  }

  #key(typed: number): void {
    const { iflag } = this.modes;
    let byte = typed;
    if (byte === CR) {
      if ((iflag & IGNCR) !== 0) return;
      if ((iflag & ICRNL) !== 0) byte = NL;
    } else if (byte === NL && (iflag & INLCR) !== 0) byte = CR;
    if (this.edits && this.#editKey(byte)) return;
    this.#ordinary(byte);
  }

  /** A byte that is input, not a command. */
  #ordinary(byte: number): void {
    if ((this.modes.lflag & ECHO) !== 0) this.#echoByte(byte);
    if (byte === 0xff && (this.modes.iflag & PARMRK) !== 0) {
      this.input.push(byte);
    }
    this.input.push(byte);
  }

  #echoByte(byte: number): void {
    this.#editor.finishErasing();
    if (byte === NL) {
      this.#echo.raw(NL);
      return;
    }
    if (this.edits && this.input.editLength === 0) this.#markColumn();
    this.#echo.show(byte);
  }

  /** Remembers the column in which the line begins. */
  #markColumn(): void {
    this.#sendEchoes();
    this.output.canonColumn = this.output.column;
  }

  /** Canonical mode's keys. */
  #editKey(byte: number): boolean {
    const { cc, lflag } = this.modes;
    if (byte === NL) {
      this.#editor.finishErasing();
      if ((lflag & (ECHO | ECHONL)) !== 0) this.#echo.raw(NL);
      this.input.endLine(NL, Mark.LineEnd);
    } else if (byte === 0) return false;
    else if (byte === cc[VERASE]) this.#editor.eraseCharacter();
    else if (byte === cc[VKILL]) this.#editor.kill();
    else if (byte === cc[VEOF]) this.input.endLine(0, Mark.Eof);
    else if (byte === cc[VEOL]) this.#endLine(byte);
    else if ((lflag & IEXTEN) === 0) return false;
    else if (byte === cc[VWERASE]) this.#editor.eraseWord();
    else if (byte === cc[VEOL2]) this.#endLine(byte);
    else if (byte === cc[VLNEXT]) this.#nextLiteral();
    else if (byte === cc[VREPRINT] && (lflag & ECHO) !== 0) {
      this.#editor.reprint(byte);
    } else return false;
    return true;
  }

  #endLine(byte: number): void {
    if ((this.modes.lflag & ECHO) !== 0) this.#echoByte(byte);
    this.input.endLine(byte, Mark.LineEnd);
  }

  #nextLiteral(): void {
    this.#literal = true;
    const both = ECHO | ECHOCTL;
    if ((this.modes.lflag & ECHO) !== 0) this.#editor.finishErasing();
    if ((this.modes.lflag & both) !== both) return;
    this.#echo.raw(CARET);
    this.#echo.raw(BS);
  }

  #restartAny(): void {
    const both = IXON | IXANY;
    if (
      this.stopped && !this.#stoppedByCall &&
      (this.modes.iflag & both) === both
    ) this.#start();
  }

  #stop(): void {
    if (this.stopped) return;
    this.stopped = true;
    this.device.flowChanged(true);
  }

  #start(): void {
    if (!this.stopped || this.#stoppedByCall) return;
    this.stopped = false;
    this.device.flowChanged(false);
    this.#sendEchoes();
  }

  #room(): number {
    if (this.stopped) return 0;
    return Math.min(this.device.outputRoom(), scratch.length);
  }

  #sendEchoes(): void {
    const echo = this.#echo;
    while (echo.length > 0) {
      const room = this.#room();
      const made = this.output.process(
        echo.bytes,
        echo.length,
        scratch,
        0,
        room,
      );
      if (this.output.taken === 0) return;
      echo.sent(this.output.taken);
      if (made > 0) this.device.emit(scratch, made);
    }
  }
}

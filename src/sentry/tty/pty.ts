/** A pseudoterminal: the slave is a terminal whose keyboard and screen is the master's file. */
import { POLLHUP, POLLPRI } from "../../abi/linux/poll.ts";
import { SIGCONT, SIGHUP } from "../../abi/linux/signal.ts";
import {
  EXTPROC,
  IXON,
  TIOCPKT_DOSTOP,
  TIOCPKT_FLUSHREAD,
  TIOCPKT_FLUSHWRITE,
  TIOCPKT_IOCTL,
  TIOCPKT_NOSTOP,
  TIOCPKT_START,
  TIOCPKT_STOP,
  VSTART,
  VSTOP,
} from "../../abi/linux/tty.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { sendToGroup, sendToProcessGroup } from "../kernel/signal.ts";
import { SigInfo } from "../kernel/siginfo.ts";
import { ByteQueue } from "./byte_queue.ts";
import type { PtyMaster } from "./pty_master.ts";
import { READ_EVENTS, Tty, WRITE_EVENTS } from "./tty.ts";

/** Bytes on their way from the slave to the master, as in Linux. */
const CAPACITY = 8192;
const CTRL_S = 0x13;
const CTRL_Q = 0x11;

export class Pty {
  readonly slave: PtySlave;
  /** Null once closed. */
  master: PtyMaster | null = null;
  /** TIOCSPTLCK: the slave can't be opened. */
  locked = true;
  /** Output of the slave that the master has not read. */
  readonly output: ByteQueue = new ByteQueue(CAPACITY);
  /** TIOCPKT: reads of the master begin with a status byte. */
  packets = false;
  /** TIOCPKT_* bits that the master has not read. */
  packetStatus = 0;

  constructor(kernel: Kernel, rdev: number, readonly index: number) {
    this.slave = new PtySlave(kernel, rdev, this);
  }

  /** Adds a packet status. */
  report(status: number): void {
    if (!this.packets) return;
    this.packetStatus |= status;
    this.master?.queue.wake(READ_EVENTS | POLLPRI);
  }

  /** The master is closed: the slave is hung up. */
  masterClosed(): void {
    this.master = null;
    const { slave } = this;
    const { session, foreground } = slave;
    slave.hangUp();
    if (session !== null) {
      const { leader } = session;
      session.terminal = null;
      slave.disassociated();
      if (leader !== null) {
        sendToGroup(leader, SigInfo.kernel(SIGHUP));
        sendToGroup(leader, SigInfo.kernel(SIGCONT));
      }
    }
    if (foreground !== null) sendToProcessGroup(foreground, SIGHUP);
  }
}

export class PtySlave extends Tty {
  #wasOpen = false;

  constructor(kernel: Kernel, rdev: number, readonly pty: Pty) {
    super(kernel, rdev);
  }

  /** It was open and all its files are closed: the master reads EIO. */
  get closed(): boolean {
    return this.#wasOpen && this.files.size === 0;
  }

  override opensChanged(): void {
    if (this.files.size > 0) this.#wasOpen = true;
    else {
      this.exclusive = false;
      this.pty.master?.queue.wake(READ_EVENTS | POLLHUP);
    }
  }

  /** Nothing waits for the master to read. */
  get unsent(): number {
    return 0;
  }

  outputRoom(): number {
    return this.pty.output.room;
  }

  emit(bytes: Uint8Array, n: number): void {
    const { output, master } = this.pty;
    output.push(bytes, 0, n);
    master?.queue.wake(READ_EVENTS);
  }

  discardOutput(): void {
    this.pty.output.clear();
    this.pty.report(TIOCPKT_FLUSHWRITE);
    this.outputReady();
  }

  flowChanged(stopped: boolean): void {
    this.pty.packetStatus &= ~(TIOCPKT_STOP | TIOCPKT_START);
    this.pty.report(stopped ? TIOCPKT_STOP : TIOCPKT_START);
    if (!stopped) this.wake(WRITE_EVENTS);
  }

  inputDiscarded(): void {
    this.pty.report(TIOCPKT_FLUSHREAD);
    this.inputTaken();
  }

  inputTaken(): void {
    if (this.line.receives) this.pty.master?.queue.wake(WRITE_EVENTS);
  }

  override sendKey(byte: number): void {
    if (byte !== 0) this.emit(new Uint8Array([byte]), 1);
  }

  override modesChanged(iflag: number, lflag: number): void {
    const { pty } = this;
    const { modes } = this.line;
    const extproc = EXTPROC;
    if (((lflag | modes.lflag) & extproc) !== 0) pty.report(TIOCPKT_IOCTL);
    const usual = (modes.iflag & IXON) !== 0 && modes.cc[VSTOP] === CTRL_S &&
      modes.cc[VSTART] === CTRL_Q;
    if (((iflag ^ modes.iflag) & IXON) === 0) return;
    pty.packetStatus &= ~(TIOCPKT_DOSTOP | TIOCPKT_NOSTOP);
    pty.report(usual ? TIOCPKT_DOSTOP : TIOCPKT_NOSTOP);
  }
}

/**
 * Sets of signals. Signal n is bit n - 1 of 64, kept as two unsigned halves.
 *
 * @module
 */
import {
  SIGABRT,
  SIGBUS,
  SIGCHLD,
  SIGCONT,
  SIGFPE,
  SIGILL,
  SIGKILL,
  SIGQUIT,
  SIGSEGV,
  SIGSTOP,
  SIGSYS,
  SIGTRAP,
  SIGTSTP,
  SIGTTIN,
  SIGTTOU,
  SIGURG,
  SIGWINCH,
  SIGXCPU,
  SIGXFSZ,
} from "../../abi/linux/signal.ts";

export class SignalSet {
  lo = 0;
  hi = 0;

  has(n: number): boolean {
    return n <= 32
      ? ((this.lo >>> (n - 1)) & 1) !== 0
      : ((this.hi >>> (n - 33)) & 1) !== 0;
  }

  add(n: number): void {
    if (n <= 32) this.lo = (this.lo | (1 << (n - 1))) >>> 0;
    else this.hi = (this.hi | (1 << (n - 33))) >>> 0;
  }

  delete(n: number): void {
    if (n <= 32) this.lo = (this.lo & ~(1 << (n - 1))) >>> 0;
    else this.hi = (this.hi & ~(1 << (n - 33))) >>> 0;
  }

  clear(): void {
    this.lo = 0;
    this.hi = 0;
  }

  set(lo: number, hi: number): void {
    this.lo = lo >>> 0;
    this.hi = hi >>> 0;
  }

  assign(other: SignalSet): void {
    this.lo = other.lo;
    this.hi = other.hi;
  }

  get isEmpty(): boolean {
    return this.lo === 0 && this.hi === 0;
  }
}

/** Bit of a signal below 33 in the low half. */
export function sigBit(n: number): number {
  return 1 << (n - 1);
}

/** Signals that stop a process by default. */
export const STOP_SIGNALS = sigBit(SIGSTOP) | sigBit(SIGTSTP) |
  sigBit(SIGTTIN) | sigBit(SIGTTOU);

/** SIGKILL and SIGSTOP: can't be caught, blocked or ignored. */
export const UNBLOCKABLE = sigBit(SIGKILL) | sigBit(SIGSTOP);

/** Signals that a fault of the task itself causes: delivered first. */
export const SYNCHRONOUS = sigBit(SIGSEGV) | sigBit(SIGBUS) | sigBit(SIGILL) |
  sigBit(SIGTRAP) | sigBit(SIGFPE) | sigBit(SIGSYS);

const IGNORED_BY_DEFAULT = sigBit(SIGCONT) | sigBit(SIGCHLD) |
  sigBit(SIGWINCH) | sigBit(SIGURG);

const DUMPING = SYNCHRONOUS | sigBit(SIGQUIT) | sigBit(SIGABRT) |
  sigBit(SIGXCPU) | sigBit(SIGXFSZ);

/** Whether the default action of `n` is to do nothing. */
export function ignoredByDefault(n: number): boolean {
  return n <= 32 && (sigBit(n) & IGNORED_BY_DEFAULT) !== 0;
}

/** Whether the default action of `n` is to stop the process. */
export function stopsByDefault(n: number): boolean {
  return n <= 32 && (sigBit(n) & STOP_SIGNALS) !== 0;
}

/** Whether the default action of `n` is to end the process with a core dump. */
export function dumpsByDefault(n: number): boolean {
  return n <= 32 && (sigBit(n) & DUMPING) !== 0;
}

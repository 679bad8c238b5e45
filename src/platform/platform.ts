/**
 * The contract between the Sentry and what runs guest code.
 *
 * A `Platform` makes address spaces and contexts. A context is a guest thread:
 * `Context.switch` lets it run, in parallel with the Sentry, and
 * `Platform.next` tells which context came back. A platform knows nothing of
 * Linux semantics: no path, no errno a guest sees, no signal disposition.
 */
import type { MemoryFile } from "./memory_file.ts";

/** Why a context came back. */
export const enum Reason {
  /** A system call: number in ORIG_RAX, arguments in the registers. */
  Syscall = 1,
  /** A CPU exception, in `Context.fault`. RIP is at the faulting instruction. */
  Fault = 2,
  /** After `interrupt()`; may be spurious. Registers are whole. */
  Interrupted = 3,
  /** After `capture()`: the registers are as before, `full` is true now. */
  Captured = 4,
  /** The host process behind the context is gone. Only `release()` is left. */
  Died = 5,
}

/** A CPU exception in the terms of the host's siginfo. */
export interface Fault {
  /** SIGSEGV, SIGBUS, SIGILL, SIGFPE or SIGTRAP. */
  signo: number;
  /** si_code as the host gave it. */
  code: number;
  /** Faulting address, exact below 2^53. */
  addr: number;
  /** CPU exception vector and error code, as in sigcontext. */
  trapno: number;
  err: number;
}

/** Access rights of a mapping: PROT_READ | PROT_WRITE | PROT_EXEC. */
export type Prot = number;

/**
 * The host's half of a guest address space: it does what it is told and keeps
 * no list of mappings. Calls queue; they take effect, in order, before guest
 * code of this address space next runs (threads that run already see them when
 * the context that switches next has applied them).
 */
export interface AddressSpace {
  /** Memory that belongs to this address space alone. */
  readonly arena: MemoryFile;
  /**
   * Maps `length` bytes of `file` at `offset` to `addr`, replacing what was
   * there. All are page multiples below `Platform.taskSize`. The file stays
   * open until the mapping has been made. Write access needs the arena or a
   * file opened for writing.
   */
  mapFile(
    addr: number,
    length: number,
    prot: Prot,
    file: MemoryFile,
    offset: number,
  ): void;
  unmap(addr: number, length: number): void;
  /** Narrows access. `prot` never has PROT_WRITE: to widen, map again. */
  protect(addr: number, length: number, prot: Prot): void;
  /** How many contexts are alive in it. */
  readonly contexts: number;
  /** Whether all that was queued, forks included, has taken effect. */
  readonly settled: boolean;
  /** Stands for what has been queued until now, and what is before a context switches next. */
  readonly mark: number;
  /** Whether all that `mark` stood for has taken effect. */
  hasPassed(mark: number): boolean;
  /** The context that switches next goes on only when all that was queued has taken effect. */
  fence(): void;
  /** Ends all host threads of it at once, whatever they do. Idempotent. */
  release(): void;
}

/** One guest thread. */
export interface Context {
  /** Registers (see registers.ts). Valid while the context is not running. */
  readonly regs: Uint32Array;
  readonly as: AddressSpace;
  /** Set by the platform before `next` returns the context. */
  reason: Reason;
  readonly fault: Fault;
  /**
   * Whether FP state can be read and all registers can be set. False after a
   * cheap system-call entry: then only RAX may change before `switch`.
   */
  readonly full: boolean;
  /**
   * Sends the context round once so that it comes back with reason Captured
   * and `full`. RAX etc. are kept.
   */
  capture(): void;
  /**
   * Lets the guest run from `regs`. If anything but RAX was changed, or FP
   * state was set, `full` must be true.
   */
  switch(): void;
  /** Asks a running context to come back soon. No effect if it is not running. */
  interrupt(): void;
  /** FP state (XSAVE area, standard form, as in a signal frame) copied into `bytes`; its length, or 0. Needs `full`. */
  readFp(bytes: Uint8Array): number;
  /** Sets FP state from an XSAVE or FXSAVE area of `length` bytes. Needs `full`. */
  writeFp(bytes: Uint8Array, length: number): void;
  /** Resets FP state to that of a new program. Needs `full`. */
  resetFp(): void;
  /** Ends the host thread. The context must not be running. */
  release(): void;
  /** CPU time of the host thread, ns; 0 where the host does not tell. */
  cpuTime(): number;
  /** Free for the Sentry: its task. */
  owner: unknown;
}

export interface Platform {
  readonly name: string;
  /** First address the guest can't use. */
  readonly taskSize: number;
  /** Address of a vDSO that is mapped in every address space, or 0. */
  readonly vdso: number;
  /**
   * Where code of the guest may jump instead of a `syscall` instruction, or 0:
   * with the call's registers, RCX the address behind that instruction (the
   * context shows it as RIP) and R11 where to go on afterwards.
   */
  readonly callEntry: number;
  /** An empty address space and its first context, stopped, `full`, registers zero. */
  newProcess(): Context;
  /**
   * A copy of `from`'s address space (all mappings as the guest has them now;
   * the Sentry sees to copy-on-write by `protect` before, and maps into the
   * child after). The child has one context with `from`'s registers and FP
   * state. Both must be switched to afterwards; `from` first. Null if the
   * host refuses.
   */
  fork(from: Context): Context | null;
  /** A new context in `from`'s address space, as with `fork`. */
  newThread(from: Context): Context | null;
  /**
   * The next context that came back, or null at `deadline` (monotonic ns, as
   * `now`; Infinity: wait for ever) or when a host event was dispatched.
   * Spins, then sleeps; uses no CPU when nothing happens.
   */
  next(deadline: number): Context | null;
  /** Host CLOCK_MONOTONIC in ns. */
  now(): number;
  /**
   * Watches host descriptor `fd` (edge-triggered, POLLIN etc.): `ready` is called out of `next` with
   * the events. Replaces an earlier watch of the same descriptor.
   */
  watch(fd: number, events: number, ready: HostReady): void;
  unwatch(fd: number): void;
  /** Ends everything; no other call may follow. */
  shutdown(): void;
}

/** Receives readiness of a host descriptor. */
export interface HostReady {
  hostReady(events: number): void;
}

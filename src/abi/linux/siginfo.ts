/**
 * siginfo_t and its si_code values, asm-generic/siginfo.h.
 *
 * @module
 */

import { struct } from "../struct.ts";

// si_code for any signal. Values above 0 come from the kernel alone.
export const SI_USER = 0;
export const SI_KERNEL = 0x80;
export const SI_QUEUE = -1;
export const SI_TIMER = -2;
export const SI_MESGQ = -3;
export const SI_ASYNCIO = -4;
export const SI_SIGIO = -5;
export const SI_TKILL = -6;
export const SI_DETHREAD = -7;
export const SI_ASYNCNL = -60;

// si_code of SIGILL.
export const ILL_ILLOPC = 1;
export const ILL_ILLOPN = 2;
export const ILL_ILLADR = 3;
export const ILL_ILLTRP = 4;
export const ILL_PRVOPC = 5;
export const ILL_PRVREG = 6;
export const ILL_COPROC = 7;
export const ILL_BADSTK = 8;
export const ILL_BADIADDR = 9;
// si_code of SIGFPE.
export const FPE_INTDIV = 1;
export const FPE_INTOVF = 2;
export const FPE_FLTDIV = 3;
export const FPE_FLTOVF = 4;
export const FPE_FLTUND = 5;
export const FPE_FLTRES = 6;
export const FPE_FLTINV = 7;
export const FPE_FLTSUB = 8;
export const FPE_FLTUNK = 14;
// si_code of SIGSEGV.
export const SEGV_MAPERR = 1;
export const SEGV_ACCERR = 2;
export const SEGV_BNDERR = 3;
export const SEGV_PKUERR = 4;
export const SEGV_ACCADI = 5;
export const SEGV_ADIDERR = 6;
export const SEGV_ADIPERR = 7;
export const SEGV_MTEAERR = 8;
export const SEGV_MTESERR = 9;
export const SEGV_CPERR = 10;
// si_code of SIGBUS.
export const BUS_ADRALN = 1;
export const BUS_ADRERR = 2;
export const BUS_OBJERR = 3;
export const BUS_MCEERR_AR = 4;
export const BUS_MCEERR_AO = 5;
// si_code of SIGTRAP.
export const TRAP_BRKPT = 1;
export const TRAP_TRACE = 2;
export const TRAP_BRANCH = 3;
export const TRAP_HWBKPT = 4;
export const TRAP_UNK = 5;
export const TRAP_PERF = 6;
// si_code of SIGCHLD.
export const CLD_EXITED = 1;
export const CLD_KILLED = 2;
export const CLD_DUMPED = 3;
export const CLD_TRAPPED = 4;
export const CLD_STOPPED = 5;
export const CLD_CONTINUED = 6;
// si_code of SIGIO.
export const POLL_IN = 1;
export const POLL_OUT = 2;
export const POLL_MSG = 3;
export const POLL_ERR = 4;
export const POLL_PRI = 5;
export const POLL_HUP = 6;
// si_code of SIGSYS.
export const SYS_SECCOMP = 1;
export const SYS_USER_DISPATCH = 2;

/** Size of siginfo_t in bytes. */
export const SI_MAX_SIZE = 128;

/**
 * siginfo_t: fields of all forms overlap as in C's union. What a signal does
 * not use must be zero: fill `bytes` with 0 before a new one.
 *
 * kill, queue: si_pid, si_uid, si_value. Timers: si_tid, si_overrun, si_value.
 * Children: si_pid, si_uid, si_status, si_utime, si_stime (clock ticks).
 * Faults: si_addr, si_addr_lsb, si_lower, si_upper, si_pkey. SIGIO: si_band,
 * si_fd. SIGSYS: si_call_addr, si_syscall, si_arch.
 */
export const Siginfo = struct({
  si_signo: "i32",
  si_errno: "i32",
  si_code: "i32",
  si_pid: "i32",
  si_uid: "u32",
  si_value: "bits64",
  si_status: "i32",
  si_utime: "i64",
  si_stime: "i64",
  si_tid: "i32",
  si_overrun: "i32",
  si_addr: "ptr",
  si_addr_lsb: "i16",
  si_lower: "ptr",
  si_upper: "ptr",
  si_pkey: "u32",
  si_band: "i64",
  si_fd: "i32",
  si_call_addr: "ptr",
  si_syscall: "i32",
  si_arch: "u32",
}, {
  size: SI_MAX_SIZE,
  place: {
    si_pid: 16,
    si_value: 24,
    si_status: 24,
    si_tid: 16,
    si_addr: 16,
    si_lower: 32,
    si_pkey: 32,
    si_band: 16,
    si_call_addr: 16,
  },
  c: "siginfo_t",
  header: "linux/signal.h",
  members: { si_tid: "si_tid" },
});

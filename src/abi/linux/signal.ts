/**
 * Signals: asm/signal.h, asm-generic/signal-defs.h. Numbers and the kernel's
 * (not the C library's) struct sigaction.
 *
 * @module
 */

import { struct } from "../struct.ts";

export const SIGHUP = 1;
export const SIGINT = 2;
export const SIGQUIT = 3;
export const SIGILL = 4;
export const SIGTRAP = 5;
export const SIGABRT = 6;
export const SIGIOT = 6;
export const SIGBUS = 7;
export const SIGFPE = 8;
export const SIGKILL = 9;
export const SIGUSR1 = 10;
export const SIGSEGV = 11;
export const SIGUSR2 = 12;
export const SIGPIPE = 13;
export const SIGALRM = 14;
export const SIGTERM = 15;
export const SIGSTKFLT = 16;
export const SIGCHLD = 17;
export const SIGCONT = 18;
export const SIGSTOP = 19;
export const SIGTSTP = 20;
export const SIGTTIN = 21;
export const SIGTTOU = 22;
export const SIGURG = 23;
export const SIGXCPU = 24;
export const SIGXFSZ = 25;
export const SIGVTALRM = 26;
export const SIGPROF = 27;
export const SIGWINCH = 28;
export const SIGIO = 29;
export const SIGPOLL = 29;
export const SIGPWR = 30;
export const SIGSYS = 31;
export const SIGUNUSED = 31;
export const SIGRTMIN = 32;
export const SIGRTMAX = 64;
/** Signal numbers run from 1 to NSIG. */
export const NSIG = 64;
/** Bytes of a signal set; system calls refuse any other `sigsetsize`. */
export const SIGSET_SIZE = 8;

/** Handlers that are no address. */
export const SIG_DFL = 0;
export const SIG_IGN = 1;
export const SIG_ERR = -1;

// rt_sigprocmask(2)'s `how`.
export const SIG_BLOCK = 0;
export const SIG_UNBLOCK = 1;
export const SIG_SETMASK = 2;

// sigaction(2)'s flags.
export const SA_RESTORER = 0x4000000;
export const SA_NOCLDSTOP = 0x1;
export const SA_NOCLDWAIT = 0x2;
export const SA_SIGINFO = 0x4;
export const SA_UNSUPPORTED = 0x400;
export const SA_ONSTACK = 0x8000000;
export const SA_RESTART = 0x10000000;
export const SA_NODEFER = 0x40000000;
export const SA_RESETHAND = 0x80000000;
export const SA_NOMASK = 0x40000000;
export const SA_ONESHOT = 0x80000000;
export const SA_EXPOSE_TAGBITS = 0x800;

/** sigaltstack(2). SS_AUTODISARM is a flag bit, the others are modes. */
export const SS_ONSTACK = 1;
export const SS_DISABLE = 2;
export const SS_AUTODISARM = 0x80000000;
export const MINSIGSTKSZ = 2048;
export const SIGSTKSZ = 8192;

/** sigevent's `sigev_notify`. */
export const SIGEV_SIGNAL = 0;
export const SIGEV_NONE = 1;
export const SIGEV_THREAD = 2;
export const SIGEV_THREAD_ID = 4;

/**
 * The kernel's struct sigaction, asm/signal.h. `sa_flags` is an unsigned long;
 * only its low half has flags.
 */
export const Sigaction = struct({
  sa_handler: "ptr",
  sa_flags: "u32",
  _pad: "u32",
  sa_restorer: "ptr",
  sa_mask: "bits64",
}, { c: "struct sigaction", header: "asm/signal.h" });

/** stack_t, asm/signal.h. */
export const StackT = struct({
  ss_sp: "ptr",
  ss_flags: "u32",
  ss_size: "u64",
}, { c: "stack_t", header: "asm/signal.h" });

/** struct sigevent, asm-generic/siginfo.h. */
export const Sigevent = struct({
  sigev_value: "bits64",
  sigev_signo: "i32",
  sigev_notify: "i32",
  sigev_notify_thread_id: "i32",
}, {
  size: 64,
  c: "struct sigevent",
  header: "linux/signal.h",
  members: { sigev_notify_thread_id: "sigev_notify_thread_id" },
});

/** sigset_t with its size, as pselect6(2) takes it. */
export const SigsetArgument = struct({ ss: "ptr", ss_len: "u64" });

/** sigset_t of the kernel. */
export const Sigset = struct({ sig: "bits64" });

const NAMES: readonly string[] = [
  "0",
  "SIGHUP",
  "SIGINT",
  "SIGQUIT",
  "SIGILL",
  "SIGTRAP",
  "SIGABRT",
  "SIGBUS",
  "SIGFPE",
  "SIGKILL",
  "SIGUSR1",
  "SIGSEGV",
  "SIGUSR2",
  "SIGPIPE",
  "SIGALRM",
  "SIGTERM",
  "SIGSTKFLT",
  "SIGCHLD",
  "SIGCONT",
  "SIGSTOP",
  "SIGTSTP",
  "SIGTTIN",
  "SIGTTOU",
  "SIGURG",
  "SIGXCPU",
  "SIGXFSZ",
  "SIGVTALRM",
  "SIGPROF",
  "SIGWINCH",
  "SIGIO",
  "SIGPWR",
  "SIGSYS",
];

/** The name of signal `n`; real-time ones are `SIGRT_<n - 32>`. */
export function signalName(n: number): string {
  if (n >= SIGRTMIN && n <= SIGRTMAX) return `SIGRT_${n - SIGRTMIN}`;
  return NAMES[n] ?? String(n);
}

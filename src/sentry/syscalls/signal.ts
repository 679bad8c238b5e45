/** Signals: dispositions, masks, and waiting for them. Sending is in kill.ts. */
import {
  EAGAIN,
  EFAULT,
  EINTR,
  EINVAL,
  ETIMEDOUT,
} from "../../abi/linux/errno.ts";
import { Siginfo } from "../../abi/linux/siginfo.ts";
import {
  NSIG,
  SA_NOCLDSTOP,
  SA_NOCLDWAIT,
  SA_NODEFER,
  SA_ONSTACK,
  SA_RESETHAND,
  SA_RESTART,
  SA_RESTORER,
  SA_SIGINFO,
  SIG_BLOCK,
  SIG_SETMASK,
  SIG_UNBLOCK,
  Sigaction,
  SIGKILL,
  Sigset,
  SIGSET_SIZE,
  SIGSTOP,
  StackT,
} from "../../abi/linux/signal.ts";
import { NSEC_PER_SEC, Timespec } from "../../abi/linux/time.ts";
import { getReg, RSP } from "../../platform/registers.ts";
import { setAltStack } from "../kernel/alt_stack.ts";
import { recalcPending, setMask } from "../kernel/signal.ts";
import { forceSegv, takeSignal } from "../kernel/signal_delivery.ts";
import { SignalSet, UNBLOCKABLE } from "../kernel/signal_set.ts";
import { altStackMode, leaveHandler } from "../kernel/sigframe.ts";
import type { Task } from "../kernel/task.ts";
import {
  CAPTURE,
  ERESTARTNOHAND,
  ERESTARTSYS,
  full,
  NO_RESULT,
  PARKED,
  ptr,
  type Row,
  signo,
  size,
  traced,
} from "./row.ts";
import { Decode } from "./row.ts";

const action = Sigaction.alloc();
const set = Sigset.alloc();
const ts = Timespec.alloc();
const si = Siginfo.alloc();
const stack = StackT.alloc();

/** Flags of sigaction(2) that are known; others are cleared (SA_UNSUPPORTED is never shown). */
const SA_FLAGS = (SA_NOCLDSTOP | SA_NOCLDWAIT | SA_SIGINFO | SA_ONSTACK |
  SA_RESTART | SA_NODEFER | SA_RESETHAND | SA_RESTORER) >>> 0;

/** rt_sigaction(2). EINVAL, EFAULT. */
export function rt_sigaction(
  t: Task,
  signum: number,
  act: number,
  oldact: number,
  sigsetsize: number,
): number {
  if (sigsetsize !== SIGSET_SIZE) return -EINVAL;
  if (signum < 1 || signum > NSIG) return -EINVAL;
  if (act !== 0 && (signum === SIGKILL || signum === SIGSTOP)) return -EINVAL;
  if (act !== 0 && !t.copyIn(act, action)) return -EFAULT;
  const it = t.group.signals.actions.get(signum);
  const { sa_handler, sa_flags, sa_restorer, sa_mask_lo, sa_mask_hi } = action;
  if (oldact !== 0) {
    action.sa_handler = it.handler;
    action.sa_flags = it.flags;
    action._pad = 0;
    action.sa_restorer = it.restorer;
    action.sa_mask_lo = it.mask.lo;
    action.sa_mask_hi = it.mask.hi;
  }
  if (act !== 0) {
    it.handler = sa_handler;
    it.flags = (sa_flags & SA_FLAGS) >>> 0;
    it.restorer = sa_restorer;
    it.mask.set(sa_mask_lo & ~UNBLOCKABLE, sa_mask_hi);
    if (t.group.signals.actions.ignores(signum)) dropIgnored(t, signum);
  }
  return oldact !== 0 && !t.copyOut(oldact, action) ? -EFAULT : 0;
}

/** POSIX: a signal that becomes ignored is no longer pending, even if blocked. */
function dropIgnored(t: Task, signum: number): void {
  t.group.signals.queue.drop(signum);
  for (const other of t.group.tasks) {
    other.signals.queue.drop(signum);
    recalcPending(other);
  }
}

/** rt_sigprocmask(2). EINVAL, EFAULT. */
export function rt_sigprocmask(
  t: Task,
  how: number,
  newSet: number,
  oldSet: number,
  sigsetsize: number,
): number {
  if (sigsetsize !== SIGSET_SIZE) return -EINVAL;
  const { mm } = t;
  const { lo, hi } = t.signals.mask;
  if (newSet !== 0) {
    // Words by themselves cost a third of a struct's copy.
    const newLo = mm.loadU32(newSet);
    const newHi = mm.loadU32(newSet + 4);
    if (newLo < 0 || newHi < 0) return -EFAULT;
    switch (how) {
      case SIG_BLOCK:
        setMask(t, lo | newLo, hi | newHi);
        break;
      case SIG_UNBLOCK:
        setMask(t, lo & ~newLo, hi & ~newHi);
        break;
      case SIG_SETMASK:
        setMask(t, newLo, newHi);
        break;
      default:
        return -EINVAL;
    }
  }
  if (oldSet === 0) return 0;
  return mm.storeU32(oldSet, lo) && mm.storeU32(oldSet + 4, hi) ? 0 : -EFAULT;
}

/** rt_sigpending(2). EINVAL, EFAULT. */
export function rt_sigpending(t: Task, uset: number, sigsetsize: number) {
  if (sigsetsize > SIGSET_SIZE) return -EINVAL;
  const { mask, queue } = t.signals;
  const shared = t.group.signals.queue.set;
  set.sig_lo = (queue.set.lo | shared.lo) & mask.lo;
  set.sig_hi = (queue.set.hi | shared.hi) & mask.hi;
  return t.mm.copyOut(uset, set.bytes, 0, sigsetsize) ? 0 : -EFAULT;
}

/** rt_sigsuspend(2). EINTR always, else EINVAL, EFAULT. */
export function rt_sigsuspend(t: Task, unewset: number, sigsetsize: number) {
  if (t.call.first) {
    if (sigsetsize !== SIGSET_SIZE) return -EINVAL;
    if (!t.copyIn(unewset, set)) return -EFAULT;
    t.signals.setTemporaryMask(set.sig_lo & ~UNBLOCKABLE, set.sig_hi);
    recalcPending(t);
  }
  const r = t.park(null, 0);
  return r === -ERESTARTSYS ? -ERESTARTNOHAND : r;
}

/** pause(2). EINTR. */
export function pause(t: Task): number {
  const r = t.park(null, 0);
  return r === -ERESTARTSYS ? -ERESTARTNOHAND : r;
}

const awaited = new SignalSet();

/** rt_sigtimedwait(2): the signal's number. EAGAIN, EINTR, EINVAL, EFAULT. */
export function rt_sigtimedwait(
  t: Task,
  uthese: number,
  uinfo: number,
  uts: number,
  sigsetsize: number,
): number {
  const s = t.signals;
  if (sigsetsize !== SIGSET_SIZE) return -EINVAL;
  if (!t.copyIn(uthese, set)) return -EFAULT;
  if (t.call.first && uts !== 0) {
    if (!t.copyIn(uts, ts)) return -EFAULT;
    if (ts.tv_sec < 0 || ts.tv_nsec < 0 || ts.tv_nsec >= NSEC_PER_SEC) {
      return -EINVAL;
    }
    t.call.deadline = t.kernel.now() + ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
  }
  s.awaited.clear();
  awaited.set(~(set.sig_lo & ~UNBLOCKABLE), ~set.sig_hi);
  let signum = s.queue.next(awaited);
  if (signum === 0) signum = t.group.signals.queue.next(awaited);
  if (signum === 0) {
    s.awaited.set(~awaited.lo, ~awaited.hi);
    recalcPending(t);
    const r = t.park(null, 0);
    if (r !== PARKED) s.awaited.clear();
    if (r === -ETIMEDOUT) return -EAGAIN;
    return r === -ERESTARTSYS ? -EINTR : r;
  }
  const info = takeSignal(t, signum);
  recalcPending(t);
  if (uinfo === 0) return signum;
  info.write(si);
  return t.copyOut(uinfo, si) ? signum : -EFAULT;
}

/** rt_sigreturn(2): back to what the handler interrupted. A bad frame is SIGSEGV. */
export function rt_sigreturn(t: Task): number {
  if (!t.ctx.full) return CAPTURE;
  t.inSyscall = false;
  if (!leaveHandler(t)) forceSegv(t, 0);
  return NO_RESULT;
}

/** restart_syscall(2): goes on with what a signal without handler interrupted. */
export function restart_syscall(t: Task): number {
  const { handler } = t.signals.restart;
  return handler === null ? -EINTR : handler(t);
}

/** sigaltstack(2). EFAULT, EINVAL, ENOMEM, EPERM. */
export function sigaltstack(t: Task, ss: number, oldSs: number): number {
  const s = t.signals;
  const sp = getReg(t.ctx.regs, RSP);
  const { altStackAddr, altStackSize, altStackFlags } = s;
  const mode = altStackMode(s, sp);
  if (ss !== 0) {
    if (!t.copyIn(ss, stack)) return -EFAULT;
    const r = setAltStack(t, stack.ss_sp, stack.ss_flags, stack.ss_size);
    if (r < 0) return r;
  }
  if (oldSs === 0) return 0;
  stack.bytes.fill(0);
  stack.ss_sp = altStackAddr;
  stack.ss_flags = (mode | (altStackFlags & AUTODISARM)) >>> 0;
  stack.ss_size = altStackSize;
  return t.copyOut(oldSs, stack) ? 0 : -EFAULT;
}

const AUTODISARM = 0x80000000;

const how = traced(Decode.Int, "sigprocmaskHow");
const sigset = traced(Decode.Word, "sigset");
const timespec = traced(Decode.Word, "timespec");

export const signalRows: Row[] = [
  full(13, "rt_sigaction", rt_sigaction, signo, ptr, ptr, size),
  full(14, "rt_sigprocmask", rt_sigprocmask, how, sigset, ptr, size),
  full(15, "rt_sigreturn", rt_sigreturn),
  full(34, "pause", pause),
  full(127, "rt_sigpending", rt_sigpending, ptr, size),
  full(128, "rt_sigtimedwait", rt_sigtimedwait, sigset, ptr, timespec, size),
  full(130, "rt_sigsuspend", rt_sigsuspend, sigset, size),
  full(131, "sigaltstack", sigaltstack, ptr, ptr),
  full(219, "restart_syscall", restart_syscall),
];

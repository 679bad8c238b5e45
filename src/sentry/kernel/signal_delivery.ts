/**
 * Delivery of signals to a task that is about to leave the kernel, and what
 * becomes of the system call that a signal interrupted.
 */
import { EINTR } from "../../abi/linux/errno.ts";
import { SI_KERNEL } from "../../abi/linux/siginfo.ts";
import {
  SIG_DFL,
  SIG_IGN,
  SIGKILL,
  SIGSEGV,
  SIGSTOP,
} from "../../abi/linux/signal.ts";
import { SYS } from "../../abi/linux/syscall_numbers.ts";
import {
  getReg,
  ORIG_RAX,
  RAX,
  RIP,
  setReg,
} from "../../platform/registers.ts";
import {
  ERESTART_RESTARTBLOCK,
  ERESTARTNOHAND,
  ERESTARTNOINTR,
  ERESTARTSYS,
} from "../syscalls/row.ts";
import { passBarriers } from "./barrier.ts";
import { exitGroup, exitTask } from "./exit.ts";
import { enterHandler } from "./sigframe.ts";
import type { SignalAction } from "./signal_actions.ts";
import { SigInfo } from "./siginfo.ts";
import { forceSignal, recalcPending, setMask } from "./signal.ts";
import {
  dumpsByDefault,
  ignoredByDefault,
  stopsByDefault,
} from "./signal_set.ts";
import { beginGroupStop, stopTask } from "./stop.ts";
import { traceSignal } from "../syscalls/strace.ts";
import type { Task } from "./task.ts";

/** What is to happen to the task now. */
export const enum Delivery {
  /** It goes back to the guest with its registers as they are. */
  Guest,
  /** `ctx.capture()`; then deliver again. */
  Capture,
  /** It is stopped: leave it alone. When it goes on, deliver again. */
  Stopped,
  /** It has ended. */
  Gone,
  /** Its system call is to be started again: ORIG_RAX and the arguments are right. */
  Restart,
}

/** Length of a `syscall` instruction. */
const SYSCALL_LENGTH = 2;

/**
 * Delivers what waits for `t`, which is about to go to the guest. After a
 * system call (`t.inSyscall`) RAX holds its result, which may be one of the
 * restart codes; those end here.
 */
export function deliverSignal(t: Task): Delivery {
  const s = t.signals;
  s.unfinished = false;
  if (s.barriers.length > 0) passBarriers(t);
  for (;;) {
    if (s.killed) {
      const { groupExiting, signals } = t.group;
      exitTask(t, groupExiting ? signals.exitStatus : SIGKILL);
      return Delivery.Gone;
    }
    if (s.stopPending) {
      stopTask(t);
      return unfinished(t, Delivery.Stopped);
    }
    const signo = nextSignal(t);
    if (signo === 0) {
      if (finishCall(t)) return Delivery.Restart;
      if (!restoreMask(t)) break;
      continue;
    }
    const action = t.group.signals.actions.get(signo);
    if (action.handler !== SIG_DFL && action.handler !== SIG_IGN) {
      if (!t.ctx.full) return unfinished(t, Delivery.Capture);
      handle(t, traced(t, takeSignal(t, signo)), action);
      continue;
    }
    traced(t, takeSignal(t, signo));
    if (action.handler === SIG_IGN || ignoredByDefault(signo)) continue;
    if (stopsByDefault(signo)) {
      const orphaned = t.group.processGroup.isOrphaned();
      if (signo === SIGSTOP || !orphaned) beginGroupStop(t, signo);
      continue;
    }
    if (dumpsByDefault(signo)) logDeath(t, signo);
    exitGroup(t, signo);
    return Delivery.Gone;
  }
  recalcPending(t);
  return Delivery.Guest;
}

/**
 * A fault that `t` caused, as the host reported it: SIGSEGV, SIGBUS, SIGILL,
 * SIGFPE or SIGTRAP with its place, which a blocked or ignored handler does
 * not escape.
 */
export function forceFault(
  t: Task,
  signo: number,
  code: number,
  addr: number,
  trapno: number,
  err: number,
): void {
  const info = SigInfo.fault(signo, code, addr);
  info.trapno = trapno;
  info.err = err;
  forceSignal(t, info);
}

/** The signal that is to be delivered next, or 0. */
export function nextSignal(t: Task): number {
  const { mask, queue } = t.signals;
  const own = queue.next(mask);
  return own !== 0 ? own : t.group.signals.queue.next(mask);
}

/** Takes `signo`, which waits for `t` or its group. */
export function takeSignal(t: Task, signo: number): SigInfo {
  const { queue } = t.signals.queue.set.has(signo)
    ? t.signals
    : t.group.signals;
  const info = queue.take(signo) ?? SigInfo.user(signo, 0, 0);
  info.onDequeue?.dequeued(info);
  return info;
}

function traced(t: Task, info: SigInfo): SigInfo {
  if (t.kernel.log.tracing) traceSignal(t, info);
  return info;
}

function unfinished(t: Task, delivery: Delivery): Delivery {
  t.signals.unfinished = true;
  t.signals.pending = true;
  return delivery;
}

/** Enters the handler; if that cannot be, SIGSEGV follows. */
function handle(t: Task, info: SigInfo, action: SignalAction): void {
  const s = t.signals;
  interruptCall(t, action.restarts);
  const saved = s.maskSaved ? s.savedMask : s.mask;
  if (!enterHandler(t, info, action, saved.lo, saved.hi)) {
    s.maskSaved = false;
    forceSegv(t, info.signo);
    return;
  }
  s.maskSaved = false;
  let lo = s.mask.lo | action.mask.lo;
  let hi = s.mask.hi | action.mask.hi;
  if (!action.nodefer) {
    if (info.signo <= 32) lo |= 1 << (info.signo - 1);
    else hi |= 1 << (info.signo - 33);
  }
  if (action.resets) action.handler = SIG_DFL;
  setMask(t, lo, hi);
}

/** A signal's frame could not be built or read: SIGSEGV, and no handler for it if it was SIGSEGV's own. */
export function forceSegv(t: Task, signo: number): void {
  if (signo === SIGSEGV) {
    t.group.signals.actions.get(SIGSEGV).handler = SIG_DFL;
  }
  forceSignal(t, new SigInfo(SIGSEGV, SI_KERNEL));
}

/** The restart code that the call of `t` ended with, or 0. */
function restartCode(t: Task): number {
  if (!t.inSyscall) return 0;
  const { regs } = t.ctx;
  if (regs[RAX + 1] !== 0xffffffff) return 0;
  const code = -(regs[RAX] | 0);
  return code >= ERESTARTSYS && code <= ERESTART_RESTARTBLOCK ? code : 0;
}

/** A handler is about to run: the interrupted call fails with EINTR, or runs again after it. */
function interruptCall(t: Task, restarts: boolean): void {
  const code = restartCode(t);
  t.inSyscall = false;
  if (code === 0) return;
  const { regs } = t.ctx;
  if (
    code === ERESTARTNOINTR || (code === ERESTARTSYS && restarts)
  ) {
    setReg(regs, RAX, regs[ORIG_RAX]);
    setReg(regs, RIP, getReg(regs, RIP) - SYSCALL_LENGTH);
  } else setReg(regs, RAX, -EINTR);
}

/** No handler ran: whether an interrupted call is to be started again. */
function finishCall(t: Task): boolean {
  const { regs } = t.ctx;
  switch (restartCode(t)) {
    case ERESTARTSYS:
    case ERESTARTNOINTR:
    case ERESTARTNOHAND:
      break;
    case ERESTART_RESTARTBLOCK:
      regs[ORIG_RAX] = SYS.restart_syscall;
      regs[ORIG_RAX + 1] = 0;
      break;
    default:
      return false;
  }
  t.inSyscall = false;
  // The call sets its temporary mask anew.
  restoreMask(t);
  recalcPending(t);
  return true;
}

/** Puts back the mask that the call replaced. Whether signals may wait that it blocked. */
function restoreMask(t: Task): boolean {
  const s = t.signals;
  if (!s.maskSaved) return false;
  s.maskSaved = false;
  setMask(t, s.savedMask.lo, s.savedMask.hi);
  return s.pending;
}

function logDeath(t: Task, signo: number): void {
  const { log } = t.kernel;
  if (!log.debugging) return;
  const rip = getReg(t.ctx.regs, RIP).toString(16);
  log.debug(`${t.comm}[${t.tid}]: ends by signal ${signo} at ${rip}`);
}

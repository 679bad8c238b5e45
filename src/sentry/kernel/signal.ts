/**
 * Sending signals: who gets one, what it undoes at once (SIGCONT and stops),
 * and how its target comes to notice. Delivery is in signal_delivery.ts.
 */
import { EAGAIN } from "../../abi/linux/errno.ts";
import { RLIMIT_SIGPENDING } from "../../abi/linux/resource.ts";
import { SI_USER } from "../../abi/linux/siginfo.ts";
import {
  SIG_DFL,
  SIG_IGN,
  SIGCONT,
  SIGKILL,
  SIGRTMIN,
} from "../../abi/linux/signal.ts";
import { CLD_CONTINUED, CLD_STOPPED } from "../../abi/linux/siginfo.ts";
import { notifyStop } from "./stop.ts";
import type { ProcessGroup } from "./session.ts";
import { SigInfo } from "./siginfo.ts";
import { signalListeners } from "./signal_listeners.ts";
import type { SignalQueue } from "./signal_queue.ts";
import {
  dumpsByDefault,
  STOP_SIGNALS,
  stopsByDefault,
  UNBLOCKABLE,
} from "./signal_set.ts";
import { type Task, TaskState } from "./task.ts";
import type { ThreadGroup } from "./thread_group.ts";

/** Sends `info` to one task (tgkill, faults). 0, or -EAGAIN beyond RLIMIT_SIGPENDING. */
export function sendToTask(t: Task, info: SigInfo): number {
  if (t.state === TaskState.Zombie || t.state === TaskState.Dead) return 0;
  return send(t, t.group, t.signals.queue, info, true);
}

/** Sends `info` to a process: one of its tasks will take it. 0 or -EAGAIN. */
export function sendToGroup(tg: ThreadGroup, info: SigInfo): number {
  const t = livingTask(tg);
  if (t === null) return 0;
  return send(t, tg, tg.signals.queue, info, false);
}

/** Sends `signo` from the kernel to all of a process group. */
export function sendToProcessGroup(pg: ProcessGroup, signo: number): void {
  for (const tg of pg.members) sendToGroup(tg, SigInfo.kernel(signo));
}

/**
 * A signal that `t` itself caused and must not miss (SIGSEGV): where it is
 * blocked or ignored, it gets its default action instead.
 */
export function forceSignal(t: Task, info: SigInfo): void {
  const { signo } = info;
  const action = t.group.signals.actions.get(signo);
  if (t.signals.mask.has(signo) || action.handler === SIG_IGN) {
    action.handler = SIG_DFL;
    t.signals.mask.delete(signo);
  }
  t.signals.queue.drop(signo);
  sendToTask(t, info);
  recalcPending(t);
}

/** Computes `t.signals.pending` anew: after a change of mask, queues or stop state. */
export function recalcPending(t: Task): void {
  const s = t.signals;
  const g = t.group.signals.queue.set;
  s.pending = s.killed || s.stopPending || s.unfinished ||
    ((s.queue.set.lo | g.lo) & ~s.mask.lo) !== 0 ||
    ((s.queue.set.hi | g.hi) & ~s.mask.hi) !== 0;
}

/** Sets the mask; SIGKILL and SIGSTOP stay out. Signals to the process that `t` blocks now go to siblings. */
export function setMask(t: Task, lo: number, hi: number): void {
  const { mask } = t.signals;
  const shared = t.group.signals.queue.set;
  lo &= ~UNBLOCKABLE;
  const newLo = lo & ~mask.lo & shared.lo;
  const newHi = hi & ~mask.hi & shared.hi;
  mask.set(lo, hi);
  if ((newLo | newHi) !== 0) retarget(t);
  recalcPending(t);
}

/** Wakes siblings that can take what waits for the process but `t` does not take. */
export function retarget(t: Task): void {
  for (const other of t.group.tasks) {
    if (other === t || other.signals.pending) continue;
    recalcPending(other);
    if (other.signals.pending) notice(other, false);
  }
}

/** Whether a signal that ends the process is on its way to `t`. */
export function isDying(t: Task): boolean {
  return t.signals.killed || t.group.groupExiting;
}

/**
 * Makes `t` look at its signals: it comes out of a wait, out of the guest, or
 * (if `fatal`) out of a stop.
 */
export function notice(t: Task, fatal: boolean): void {
  t.signals.pending = true;
  switch (t.state) {
    case TaskState.Parked:
      if (fatal || !t.killableOnly) t.unpark();
      break;
    case TaskState.Stopped:
      if (fatal) resume(t);
      break;
    case TaskState.Running:
      t.ctx.interrupt();
      break;
    default:
      break;
  }
}

/** Lets a stopped task go on: it looks at its signals again. */
export function resume(t: Task): void {
  if (t.state !== TaskState.Stopped) return;
  t.state = TaskState.Ready;
  t.leaving = true;
  t.kernel.ready(t);
}

/** Ends every task of the group but `except` with the group's status. */
export function killTasks(tg: ThreadGroup, except: Task | null): void {
  for (const t of tg.tasks) {
    if (t === except) continue;
    t.signals.killed = true;
    t.signals.stopPending = false;
    notice(t, true);
  }
  tg.signals.stopsToGo = 0;
  tg.signals.stopSignal = 0;
}

function send(
  t: Task,
  tg: ThreadGroup,
  queue: SignalQueue,
  info: SigInfo,
  alone: boolean,
): number {
  const { signo } = info;
  if (tg.groupExiting) return 0;
  undoOpposites(tg, signo);
  if (isIgnored(t, tg, signo)) {
    info.onDequeue?.dequeued(info);
    return 0;
  }
  if (signo < SIGRTMIN && queue.set.has(signo)) return 0;
  const user = t.kernel.users.get(t.creds.uid);
  const limit = tg.limits.cur[RLIMIT_SIGPENDING];
  const overrides = signo < SIGRTMIN && info.code >= 0;
  if (user.pendingSignals < limit || overrides || info.onDequeue !== null) {
    info.counted = user;
    user.pendingSignals++;
    queue.add(info);
  } else if (signo >= SIGRTMIN && info.code !== SI_USER) {
    return -EAGAIN;
  } else queue.set.add(signo);
  if (signalListeners.size > 0) {
    for (const listener of signalListeners) listener.signalQueued(signo);
  }
  choose(t, tg, signo, alone);
  return 0;
}

/** SIGCONT drops stops that wait and ends one that holds; stop signals drop SIGCONT. */
function undoOpposites(tg: ThreadGroup, signo: number): void {
  if (stopsByDefault(signo)) {
    tg.signals.queue.drop(SIGCONT);
    for (const t of tg.tasks) t.signals.queue.drop(SIGCONT);
  } else if (signo === SIGCONT) {
    tg.signals.queue.dropLow(STOP_SIGNALS);
    for (const t of tg.tasks) t.signals.queue.dropLow(STOP_SIGNALS);
    continueGroup(tg);
  }
}

function continueGroup(tg: ThreadGroup): void {
  const s = tg.signals;
  if (s.stopped) {
    s.continueReport = true;
    s.stopReport = 0;
    notifyStop(tg, CLD_CONTINUED, SIGCONT);
  } else if (s.stopsToGo > 0) notifyStop(tg, CLD_STOPPED, s.stopSignal);
  s.stopped = false;
  s.stopsToGo = 0;
  s.stopSignal = 0;
  for (const t of tg.tasks) {
    t.signals.stopPending = false;
    recalcPending(t);
    resume(t);
  }
}

/** Blocked signals are not ignored: the handler may change before they are unblocked. */
function isIgnored(t: Task, tg: ThreadGroup, signo: number): boolean {
  if (t.signals.mask.has(signo) || t.signals.awaited.has(signo)) return false;
  return tg.signals.actions.ignores(signo);
}

/** Picks the task that is to notice, and starts the end of the group if the signal is fatal. */
function choose(t: Task, tg: ThreadGroup, signo: number, alone: boolean): void {
  const target = alone
    ? (wants(t, signo) ? t : null)
    : wants(tg.leader, signo)
    ? tg.leader
    : tg.tasks.find((other) => wants(other, signo)) ?? null;
  if (target === null) return;
  const fatal = signo === SIGKILL ||
    (tg.signals.actions.get(signo).handler === SIG_DFL &&
      !dumpsByDefault(signo) && !stopsByDefault(signo) &&
      !tg.signals.actions.ignores(signo) && !target.signals.mask.has(signo));
  if (!fatal) return notice(target, false);
  tg.groupExiting = true;
  tg.signals.exitStatus = signo;
  killTasks(tg, null);
}

/** Whether `t` takes `signo` soon (Linux's wants_signal). */
function wants(t: Task, signo: number): boolean {
  if (t.state === TaskState.Zombie || t.state === TaskState.Dead) return false;
  const s = t.signals;
  if (s.awaited.has(signo)) return true;
  if (s.mask.has(signo)) return false;
  if (signo === SIGKILL) return true;
  if (t.state === TaskState.Stopped) return false;
  return t.state === TaskState.Running || !s.pending;
}

function livingTask(tg: ThreadGroup): Task | null {
  const { leader } = tg;
  if (
    leader.group === tg && leader.state !== TaskState.Zombie &&
    leader.state !== TaskState.Dead
  ) return leader;
  return tg.tasks.length > 0 ? tg.tasks[0] : null;
}

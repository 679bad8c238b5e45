/**
 * The end of tasks and processes: what they release, who inherits their
 * children, who hears of it. Statuses are those of wait(2).
 */
import { POLLHUP, POLLIN } from "../../abi/linux/poll.ts";
import { CLD_DUMPED, CLD_EXITED, CLD_KILLED } from "../../abi/linux/siginfo.ts";
import {
  SA_NOCLDWAIT,
  SIG_IGN,
  SIGCHLD,
  SIGKILL,
} from "../../abi/linux/signal.ts";
import { undoSemaphores } from "../ipc/semaphores.ts";
import { Reason } from "../../platform/platform.ts";
import { addTask, groupUsage, Usage } from "./accounts.ts";
import { passBarriers } from "./barrier.ts";
import { cancelFutexWait, wakeAddress } from "./futex.ts";
import { nanosecondsToTicks } from "./clock.ts";
import { orphanChildren } from "./reparent.ts";
import { leaveTerminal } from "./job_control.ts";
import { killOrphanedGroup } from "./job_control.ts";
import { releaseRobustLists } from "./robust_list.ts";
import { SigInfo } from "./siginfo.ts";
import { killTasks, retarget, sendToGroup } from "./signal.ts";
import { traceEnd } from "../syscalls/strace.ts";
import { taskStopped } from "./stop.ts";
import { type Task, TaskState } from "./task.ts";
import type { ThreadGroup } from "./thread_group.ts";

/** Ends task `t` with wait status `status`; its siblings live on. `t` must not run in the guest. */
export function exitTask(t: Task, status: number): void {
  if (isGone(t)) return;
  if (t.kernel.log.tracing) traceEnd(t, status);
  const tg = t.group;
  const last = tg.tasks.length === 1;
  t.exitCode = status;
  t.unlinkWaiters();
  cancelFutexWait(t);
  passBarriers(t);
  t.call.end();
  if (last) tg.timers.clear();
  leaveMemory(t);
  t.files.release(t);
  t.fs.release();
  if (t.signals.stopPending) {
    t.signals.stopPending = false;
    taskStopped(tg, tg.signals.stopSignal);
  }
  addTask(tg.accounts.endedTasks, t);
  t.ctx.release();
  t.mm.decRef();
  releaseVforkParent(t);
  t.state = TaskState.Zombie;
  t.signals.queue.clear();
  tg.tasks.splice(tg.tasks.indexOf(t), 1);
  if (last) endGroup(t, tg);
  else {
    retarget(t);
    orphanChildren(t);
    tg.taskQueue.wake(POLLIN);
  }
  if (t !== tg.leader) {
    t.state = TaskState.Dead;
    t.kernel.tasks.delete(t.tid);
  }
}

/** Ends the thread group of `t` with `status` (or the status of an end already begun); `t` at once. */
export function exitGroup(t: Task, status: number): void {
  const tg = t.group;
  if (!tg.groupExiting) {
    tg.groupExiting = true;
    tg.signals.exitStatus = status;
    killTasks(tg, t);
  }
  exitTask(t, tg.signals.exitStatus);
}

/**
 * The host process behind `t` has died, or the Sentry could not serve it: its
 * thread group ends as if by SIGKILL.
 */
export function killForDeath(t: Task): void {
  if (isGone(t)) return;
  const { as, reason } = t.ctx;
  const siblings = reason === Reason.Died ? t.group.tasks.slice() : [];
  exitGroup(t, SIGKILL);
  for (const other of siblings) {
    if (other.ctx.as === as) exitTask(other, SIGKILL);
  }
}

/** The vfork(2) parent of `t`, which has new memory or none, goes on. */
export function releaseVforkParent(t: Task): void {
  const parent = t.vforkParent;
  if (parent === null) return;
  t.vforkParent = null;
  parent.unpark();
}

/** Removes a zombie that its parent has seen. The id becomes free. */
export function reap(tg: ThreadGroup): void {
  const { kernel } = tg;
  tg.parent?.children.delete(tg);
  tg.processGroup.leave(tg);
  tg.leader.state = TaskState.Dead;
  kernel.tasks.delete(tg.pid);
  kernel.groups.delete(tg.pid);
  tg.exitQueue.wake(POLLIN | POLLHUP);
}

/** Tells the parent of zombie `tg`; reaps it if nobody wants to know. */
export function notifyParent(tg: ThreadGroup): void {
  const parent = tg.parent;
  if (parent === null) return;
  const action = parent.signals.actions.get(SIGCHLD);
  let signo = tg.exitSignal;
  let unwanted = false;
  if (signo === SIGCHLD) {
    const ignored = action.handler === SIG_IGN;
    unwanted = ignored || (action.flags & SA_NOCLDWAIT) !== 0;
    if (ignored) signo = 0;
  }
  if (signo !== 0) sendToGroup(parent, childInfo(tg, signo));
  if (unwanted) reap(tg);
  parent.childQueue.wake(POLLIN);
}

/** The code that a sandbox exits with when its first process ended with `status`. */
export function exitCodeOf(status: number): number {
  const signo = status & 0x7f;
  return signo === 0 ? (status >>> 8) & 0xff : 128 + signo;
}

function isGone(t: Task): boolean {
  return t.state === TaskState.Zombie || t.state === TaskState.Dead;
}

/**
 * `t` is about to leave its memory (exit, execve): robust futexes are released
 * and CLONE_CHILD_CLEARTID is done. The reference and a vfork parent are the
 * caller's.
 */
export function leaveMemory(t: Task): void {
  releaseRobustLists(t);
  const at = t.clearChildTid;
  t.clearChildTid = 0;
  if (at === 0 || (t.mm.users === 1 && t.group.tasks.length === 1)) return;
  if (t.mm.storeU32(at, 0)) wakeAddress(t, at, 1);
}

function endGroup(t: Task, tg: ThreadGroup): void {
  undoSemaphores(tg);
  // Without exit_group the last task's status counts (since Linux 5.17).
  tg.exitStatus = tg.groupExiting ? tg.signals.exitStatus : t.exitCode;
  tg.groupExiting = true;
  tg.signals.stopped = false;
  tg.signals.stopReport = 0;
  tg.signals.queue.clear();
  tg.signals.release();
  leaveTerminal(tg);
  orphanChildren(t);
  killOrphanedGroup(tg, tg.parent, tg);
  if (tg.parent === null) t.kernel.shutDown(exitCodeOf(tg.exitStatus));
  tg.exitQueue.wake(POLLIN);
  notifyParent(tg);
}

const usage = new Usage();

function childInfo(tg: ThreadGroup, signo: number): SigInfo {
  const status = tg.exitStatus!;
  const killer = status & 0x7f;
  const code = killer === 0
    ? CLD_EXITED
    : (status & 0x80) !== 0
    ? CLD_DUMPED
    : CLD_KILLED;
  const info = new SigInfo(signo, code);
  info.pid = tg.pid;
  info.uid = tg.leader.creds.uid;
  info.status = killer === 0 ? status >>> 8 : killer;
  groupUsage(tg, usage);
  info.utime = nanosecondsToTicks(usage.userTime);
  info.stime = nanosecondsToTicks(usage.systemTime);
  return info;
}

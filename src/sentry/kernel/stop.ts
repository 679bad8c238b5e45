/** Job-control stops of a thread group, and telling its parent of them. */
import { CLD_CONTINUED, CLD_STOPPED } from "../../abi/linux/siginfo.ts";
import { POLLIN } from "../../abi/linux/poll.ts";
import {
  SA_NOCLDSTOP,
  SIG_IGN,
  SIGCHLD,
  SIGCONT,
} from "../../abi/linux/signal.ts";
import { SigInfo } from "./siginfo.ts";
import { notice, sendToGroup } from "./signal.ts";
import { type Task, TaskState } from "./task.ts";
import type { ThreadGroup } from "./thread_group.ts";

/** Begins a stop of the whole group by `signo`, which `t` has taken. `t` then calls `stopTask`. */
export function beginGroupStop(t: Task, signo: number): void {
  const tg = t.group;
  const s = tg.signals;
  if (s.stopSignal !== 0 && s.stopsToGo > 0) return;
  s.stopSignal = signo;
  s.continueReport = false;
  s.stopsToGo = 0;
  for (const other of tg.tasks) {
    if (other.state === TaskState.Stopped || other.signals.killed) continue;
    other.signals.stopPending = true;
    s.stopsToGo++;
    if (other !== t) notice(other, false);
  }
}

/** Stops `t` for the stop in progress; the last task of the group tells the parent. */
export function stopTask(t: Task): void {
  const s = t.group.signals;
  t.signals.stopPending = false;
  t.state = TaskState.Stopped;
  taskStopped(t.group, s.stopSignal);
}

/** A task that was to stop has done so, or has ended. */
export function taskStopped(tg: ThreadGroup, signo: number): void {
  const s = tg.signals;
  if (s.stopsToGo > 0) s.stopsToGo--;
  if (s.stopsToGo > 0 || s.stopped) return;
  s.stopped = true;
  s.stopReport = signo;
  notifyStop(tg, CLD_STOPPED, signo);
}

/** Tells the parent that `tg` stopped or goes on: SIGCHLD and wait(2). */
export function notifyStop(tg: ThreadGroup, code: number, signo: number): void {
  const parent = tg.parent;
  if (parent === null) return;
  const action = parent.signals.actions.get(SIGCHLD);
  if (
    action.handler !== SIG_IGN && (action.flags & SA_NOCLDSTOP) === 0
  ) {
    const info = new SigInfo(SIGCHLD, code);
    info.pid = tg.pid;
    info.uid = tg.leader.creds.uid;
    info.status = code === CLD_CONTINUED ? SIGCONT : signo;
    sendToGroup(parent, info);
  }
  parent.childQueue.wake(POLLIN);
}

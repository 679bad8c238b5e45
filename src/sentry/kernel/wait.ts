/** Looking for children that changed state: the core of wait4(2) and waitid(2). */
import { EAGAIN, ECHILD } from "../../abi/linux/errno.ts";
import { POLLIN } from "../../abi/linux/poll.ts";
import {
  CLD_CONTINUED,
  CLD_DUMPED,
  CLD_EXITED,
  CLD_KILLED,
  CLD_STOPPED,
} from "../../abi/linux/siginfo.ts";
import { SIGCHLD, SIGCONT } from "../../abi/linux/signal.ts";
import {
  __WALL,
  __WCLONE,
  __WNOTHREAD,
  CONTINUED_STATUS,
  P_ALL,
  P_PGID,
  stopStatus,
  WCONTINUED,
  WEXITED,
  WNOHANG,
  WNOWAIT,
  WUNTRACED,
} from "../../abi/linux/wait.ts";
import { groupUsage, Usage } from "./accounts.ts";
import { reap } from "./exit.ts";
import type { Task } from "./task.ts";
import type { ThreadGroup } from "./thread_group.ts";

/** What `waitForChild` found; valid until its next call. */
export class Found {
  pid = 0;
  uid = 0;
  /** As wait4(2) reports it. */
  status = 0;
  /** As siginfo_t reports it. */
  code = 0;
  /** Exit code or signal, as siginfo_t reports it. */
  value = 0;
  readonly usage: Usage = new Usage();
}

export const found: Found = new Found();

/**
 * Waits for a child of `t`. Its pid, with the rest in `found`; 0 with WNOHANG
 * when none is ready; -ECHILD, PARKED, -ERESTARTSYS; -EAGAIN if `nonblocking`.
 * @param which P_ALL, P_PID or P_PGID, of which `id` is the number
 * @param options WNOHANG, WEXITED, WUNTRACED, WCONTINUED, WNOWAIT, __W…
 */
export function waitForChild(
  t: Task,
  which: number,
  id: number,
  options: number,
  nonblocking: boolean,
): number {
  let any = false;
  for (const child of t.group.children) {
    if (!isMeant(t, child, which, id, options)) continue;
    any = true;
    if (report(t, child, options)) return child.pid;
  }
  if (!any) return -ECHILD;
  if ((options & WNOHANG) !== 0) return 0;
  if (nonblocking) return -EAGAIN;
  return t.park(t.group.childQueue, POLLIN);
}

function isMeant(
  t: Task,
  child: ThreadGroup,
  which: number,
  id: number,
  options: number,
): boolean {
  if (which === P_PGID) {
    if (child.processGroup.id !== id) return false;
  } else if (which !== P_ALL && child.pid !== id) return false;
  if ((options & __WNOTHREAD) !== 0 && child.parentTask !== t) return false;
  if ((options & __WALL) !== 0) return true;
  const isClone = child.exitSignal !== SIGCHLD;
  return isClone === ((options & __WCLONE) !== 0);
}

/** Whether `child` has something to report that `options` ask for; then it is in `found`, and consumed. */
function report(t: Task, child: ThreadGroup, options: number): boolean {
  const s = child.signals;
  const consume = (options & WNOWAIT) === 0;
  if (child.exitStatus !== null) {
    if ((options & WEXITED) === 0) return false;
    fillExit(child, child.exitStatus);
    if (consume) consumeZombie(t, child);
    return true;
  }
  if ((options & WUNTRACED) !== 0 && s.stopReport !== 0) {
    fill(child, stopStatus(s.stopReport), CLD_STOPPED, s.stopReport);
    if (consume) s.stopReport = 0;
    return true;
  }
  if ((options & WCONTINUED) !== 0 && s.continueReport) {
    fill(child, CONTINUED_STATUS, CLD_CONTINUED, SIGCONT);
    if (consume) s.continueReport = false;
    return true;
  }
  return false;
}

function fillExit(child: ThreadGroup, status: number): void {
  const signo = status & 0x7f;
  if (signo === 0) fill(child, status, CLD_EXITED, status >>> 8);
  else {
    const code = (status & 0x80) !== 0 ? CLD_DUMPED : CLD_KILLED;
    fill(child, status, code, signo);
  }
}

function fill(
  child: ThreadGroup,
  status: number,
  code: number,
  value: number,
): void {
  found.pid = child.pid;
  found.uid = child.leader.creds.uid;
  found.status = status;
  found.code = code;
  found.value = value;
  groupUsage(child, found.usage);
  found.usage.add(child.accounts.children);
}

function consumeZombie(t: Task, child: ThreadGroup): void {
  t.group.accounts.children.add(found.usage);
  reap(child);
}

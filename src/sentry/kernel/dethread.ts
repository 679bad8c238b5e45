/** execve(2) in a process of several tasks: the others end, the caller becomes the leader. */
import { EAGAIN } from "../../abi/linux/errno.ts";
import { POLLIN } from "../../abi/linux/poll.ts";
import { PARKED } from "../syscalls/row.ts";
import { isDying, killTasks } from "./signal.ts";
import { type Task, TaskState } from "./task.ts";

/**
 * Ends the siblings of `t` and waits for it: 0 when `t` is alone and leads the
 * group, PARKED (call again), or a negative errno when `t` itself is being
 * killed. `t` has its group's pid as tid afterwards.
 */
export function killSiblings(t: Task): number {
  const tg = t.group;
  t.killableOnly = false;
  if (isDying(t)) return -EAGAIN;
  if (tg.tasks.length === 1) {
    if (tg.leader !== t) takeLead(t);
    return 0;
  }
  killTasks(tg, t);
  t.killableOnly = true;
  const r = t.park(tg.taskQueue, POLLIN);
  if (r !== PARKED) t.killableOnly = false;
  return r;
}

function takeLead(t: Task): void {
  const tg = t.group;
  const old = tg.leader;
  const { tasks } = t.kernel;
  old.state = TaskState.Dead;
  tasks.delete(t.tid);
  old.tid = t.tid;
  t.tid = tg.pid;
  tasks.set(tg.pid, t);
  tg.leader = t;
  for (const child of tg.children) {
    if (child.parentTask === old) child.parentTask = t;
  }
}

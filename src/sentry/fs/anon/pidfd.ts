/** Stands in until pidfds are there. */
import { ENOSYS } from "../../../abi/linux/errno.ts";
import type { Task } from "../../kernel/task.ts";
import type { ThreadGroup } from "../../kernel/thread_group.ts";

export function installPidfd(
  _t: Task,
  _tg: ThreadGroup,
  _flags: number,
): number {
  return -ENOSYS;
}

/** pidfd_open(2), pidfd_getfd(2). Sending signals is in kill.ts. */
import { EBADF, EINVAL, EPERM, ESRCH } from "../../abi/linux/errno.ts";
import { O_NONBLOCK } from "../../abi/linux/fcntl.ts";
import { installPidfd } from "../fs/anon/pidfd.ts";
import { mayInspect } from "../kernel/permission.ts";
import { pidfdTarget } from "../kernel/pidfd_target.ts";
import type { Task } from "../kernel/task.ts";
import {
  fd as fdKind,
  flags as flagsKind,
  full,
  int,
  type Row,
} from "./row.ts";

export const pidfdRows: Row[] = [
  full(434, "pidfd_open", pidfd_open, int, flagsKind),
  full(438, "pidfd_getfd", pidfd_getfd, fdKind, fdKind, flagsKind),
];

/** pidfd_open(2). EINVAL, EMFILE, ESRCH. */
export function pidfd_open(t: Task, pid: number, flags: number): number {
  if ((flags & ~O_NONBLOCK) !== 0 || pid <= 0) return -EINVAL;
  const group = t.kernel.groups.get(pid);
  if (group !== undefined) return installPidfd(t, group, flags);
  return t.kernel.tasks.has(pid) ? -EINVAL : -ESRCH;
}

/** pidfd_getfd(2). EBADF, EINVAL, EMFILE, EPERM, ESRCH. */
export function pidfd_getfd(
  t: Task,
  pidfd: number,
  targetfd: number,
  flags: number,
): number {
  if (flags !== 0) return -EINVAL;
  const file = t.file(pidfd);
  if (file === null) return -EBADF;
  const group = pidfdTarget(file);
  if (group === null) return -EBADF;
  if (group.exitStatus !== null || group.tasks.length === 0) return -ESRCH;
  const task = group.tasks[0];
  if (!mayInspect(t, task)) return -EPERM;
  const wanted = task.files.get(targetfd);
  return wanted === null ? -EBADF : t.files.install(t, wanted, true);
}

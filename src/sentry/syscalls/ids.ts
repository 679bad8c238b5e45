/** Process ids, process groups and sessions. */
import { EACCES, EINVAL, EPERM, ESRCH } from "../../abi/linux/errno.ts";
import { ProcessGroup, Session } from "../kernel/session.ts";
import type { Task } from "../kernel/task.ts";
import type { ThreadGroup } from "../kernel/thread_group.ts";
import { full, int, ptr, type Row } from "./row.ts";

/** getpid(2). */
export function getpid(t: Task): number {
  return t.group.pid;
}

/** gettid(2). */
export function gettid(t: Task): number {
  return t.tid;
}

/** getppid(2): 0 for the first process. */
export function getppid(t: Task): number {
  return t.group.parent?.pid ?? 0;
}

/** set_tid_address(2): the caller's thread id. */
export function set_tid_address(t: Task, tidptr: number): number {
  t.clearChildTid = tidptr;
  return t.tid;
}

/** getpgrp(2). */
export function getpgrp(t: Task): number {
  return t.group.processGroup.id;
}

/** getpgid(2). ESRCH. */
export function getpgid(t: Task, pid: number): number {
  const tg = find(t, pid);
  return tg === null ? -ESRCH : tg.processGroup.id;
}

/** getsid(2). ESRCH. */
export function getsid(t: Task, pid: number): number {
  const tg = find(t, pid);
  return tg === null ? -ESRCH : tg.processGroup.session.id;
}

/** setpgid(2). EACCES, EINVAL, EPERM, ESRCH. */
export function setpgid(t: Task, pid: number, pgid: number): number {
  if (pgid < 0) return -EINVAL;
  const { kernel } = t;
  const tg = pid === 0 ? t.group : kernel.groups.get(pid) ?? null;
  if (tg === null) return kernel.tasks.has(pid) ? -EINVAL : -ESRCH;
  const { session } = t.group.processGroup;
  if (tg !== t.group) {
    if (tg.parent !== t.group) return -ESRCH;
    if (tg.processGroup.session !== session) return -EPERM;
    if (tg.executed) return -EACCES;
  }
  if (tg.processGroup.session.leader === tg) return -EPERM;
  const id = pgid === 0 ? tg.pid : pgid;
  let group = kernel.processGroups.get(id);
  if (id === tg.pid) group ??= new ProcessGroup(kernel, id, session);
  if (group === undefined || group.session !== session) return -EPERM;
  if (group !== tg.processGroup) group.join(tg);
  return 0;
}

/** setsid(2): the new session's id. EPERM. */
export function setsid(t: Task): number {
  const tg = t.group;
  if (tg.processGroup.session.leader === tg) return -EPERM;
  if (t.kernel.processGroups.has(tg.pid)) return -EPERM;
  const session = new Session(tg.pid, tg);
  new ProcessGroup(t.kernel, tg.pid, session).join(tg);
  return tg.pid;
}

function find(t: Task, pid: number): ThreadGroup | null {
  if (pid === 0) return t.group;
  return t.kernel.tasks.get(pid)?.group ?? t.kernel.groups.get(pid) ?? null;
}

export const idRows: Row[] = [
  full(39, "getpid", getpid),
  full(109, "setpgid", setpgid, int, int),
  full(110, "getppid", getppid),
  full(111, "getpgrp", getpgrp),
  full(112, "setsid", setsid),
  full(121, "getpgid", getpgid, int),
  full(124, "getsid", getsid, int),
  full(186, "gettid", gettid),
  full(218, "set_tid_address", set_tid_address, ptr),
];

/** Nice values and I/O priorities: kept and shown. */
import { CAP_SYS_ADMIN, CAP_SYS_NICE } from "../../abi/linux/capability.ts";
import { EACCES, EINVAL, EPERM, ESRCH } from "../../abi/linux/errno.ts";
import { RLIMIT_NICE } from "../../abi/linux/resource.ts";
import {
  IOPRIO_CLASS_BE,
  IOPRIO_CLASS_IDLE,
  IOPRIO_CLASS_NONE,
  IOPRIO_CLASS_RT,
  IOPRIO_CLASS_SHIFT,
  IOPRIO_WHO_PGRP,
  IOPRIO_WHO_PROCESS,
  IOPRIO_WHO_USER,
  PRIO_PGRP,
  PRIO_PROCESS,
  PRIO_USER,
} from "../../abi/linux/sched.ts";
import type { Task } from "../kernel/task.ts";
import { Decode, full, int, partial, type Row, traced } from "./row.ts";

/** The tasks that `which` and `who` of getpriority(2) mean. */
function tasksOf(t: Task, which: number, who: number): Task[] {
  const { kernel } = t;
  if (which === PRIO_PROCESS) {
    const task = who === 0 ? t : kernel.tasks.get(who);
    return task === undefined ? [] : [task];
  }
  if (which === PRIO_PGRP) {
    const group = who === 0
      ? t.group.processGroup
      : kernel.processGroups.get(who);
    if (group === undefined) return [];
    return [...group.members].flatMap((tg) => tg.tasks);
  }
  const uid = who === 0 ? t.creds.uid : who;
  return [...kernel.tasks.values()].filter((other) => other.creds.uid === uid);
}

/** getpriority(2): 20 minus the nice value, the most favourable. EINVAL, ESRCH. */
export function getpriority(t: Task, which: number, who: number): number {
  if (which < PRIO_PROCESS || which > PRIO_USER) return -EINVAL;
  let best = -ESRCH;
  for (const task of tasksOf(t, which, who)) {
    best = Math.max(best, 20 - task.scheduling.nice);
  }
  return best;
}

/** setpriority(2). EACCES, EINVAL, EPERM, ESRCH. */
export function setpriority(
  t: Task,
  which: number,
  who: number,
  niceval: number,
): number {
  if (which < PRIO_PROCESS || which > PRIO_USER) return -EINVAL;
  const nice = Math.min(Math.max(niceval, -20), 19);
  let result = -ESRCH;
  for (const task of tasksOf(t, which, who)) {
    const r = setNice(t, task, nice);
    if (r < 0) result = r;
    else if (result === -ESRCH) result = 0;
  }
  return result;
}

function setNice(t: Task, target: Task, nice: number): number {
  const a = t.creds;
  const b = target.creds;
  const may = a.can(CAP_SYS_NICE);
  if (!may && a.euid !== b.uid && a.euid !== b.euid) return -EPERM;
  if (nice < target.scheduling.nice && !may) {
    if (20 - nice > target.group.limits.cur[RLIMIT_NICE]) return -EACCES;
  }
  target.scheduling.nice = nice;
  return 0;
}

/** PRIO_* of an IOPRIO_WHO_*. */
function whichOf(ioWhich: number): number {
  switch (ioWhich) {
    case IOPRIO_WHO_PROCESS:
      return PRIO_PROCESS;
    case IOPRIO_WHO_PGRP:
      return PRIO_PGRP;
    case IOPRIO_WHO_USER:
      return PRIO_USER;
    default:
      return -EINVAL;
  }
}

/** ioprio_get(2). EINVAL, ESRCH. */
export function ioprio_get(t: Task, which: number, who: number): number {
  const prio = whichOf(which);
  if (prio < 0) return prio;
  let best = -ESRCH;
  for (const task of tasksOf(t, prio, who)) {
    const { ioprio } = task.scheduling;
    best = best < 0 ? ioprio : Math.min(best, ioprio);
  }
  return best;
}

/** ioprio_set(2). EINVAL, EPERM, ESRCH. */
export function ioprio_set(
  t: Task,
  which: number,
  who: number,
  ioprio: number,
): number {
  const level = ioprio & ((1 << IOPRIO_CLASS_SHIFT) - 1);
  switch (ioprio >> IOPRIO_CLASS_SHIFT) {
    case IOPRIO_CLASS_RT:
      if (!t.creds.can(CAP_SYS_ADMIN) && !t.creds.can(CAP_SYS_NICE)) {
        return -EPERM;
      }
      break;
    case IOPRIO_CLASS_BE:
    case IOPRIO_CLASS_IDLE:
      break;
    case IOPRIO_CLASS_NONE:
      if (level !== 0) return -EINVAL;
      break;
    default:
      return -EINVAL;
  }
  const prio = whichOf(which);
  if (prio < 0) return prio;
  let result = -ESRCH;
  for (const task of tasksOf(t, prio, who)) {
    const a = t.creds;
    const b = task.creds;
    if (a.euid !== b.uid && a.uid !== b.uid && !a.can(CAP_SYS_NICE)) {
      return -EPERM;
    }
    task.scheduling.ioprio = ioprio;
    result = 0;
  }
  return result;
}

const which = traced(Decode.Int, "prioWhich");
const kept = "kept and shown; the host does not know of it";

export const priorityRows: Row[] = [
  full(140, "getpriority", getpriority, which, int),
  partial(141, "setpriority", setpriority, [which, int, int], kept),
  partial(251, "ioprio_set", ioprio_set, [int, int, int], kept),
  full(252, "ioprio_get", ioprio_get, int, int),
];

/** Resource limits and usage. */
import { CAP_SYS_RESOURCE } from "../../abi/linux/capability.ts";
import { EFAULT, EINVAL, EPERM, ESRCH } from "../../abi/linux/errno.ts";
import {
  RLIM_NLIMITS,
  Rlimit,
  RLIMIT_CPU,
  RLIMIT_NOFILE,
  Rusage,
  RUSAGE_CHILDREN,
  RUSAGE_SELF,
  RUSAGE_THREAD,
} from "../../abi/linux/resource.ts";
import { addTask, groupUsage, Usage } from "../kernel/accounts.ts";
import { NR_OPEN } from "../kernel/rlimit.ts";
import { fillRusage } from "../kernel/rusage.ts";
import type { Task } from "../kernel/task.ts";
import { totalUsage, Usage as MemoryUsage } from "../mm/usage.ts";
import type { ThreadGroup } from "../kernel/thread_group.ts";
import { Decode, full, int, partial, ptr, type Row, traced } from "./row.ts";

const limit = Rlimit.alloc();
const rusage = Rusage.alloc();
const usage = new Usage();
const memory = new MemoryUsage();

/** getrlimit(2). EFAULT, EINVAL. */
export function getrlimit(t: Task, resource: number, rlim: number): number {
  if (resource >= RLIM_NLIMITS) return -EINVAL;
  return showLimit(t, t.group, resource, rlim);
}

/** setrlimit(2). EFAULT, EINVAL, EPERM. */
export function setrlimit(t: Task, resource: number, rlim: number): number {
  if (!t.copyIn(rlim, limit)) return -EFAULT;
  if (resource >= RLIM_NLIMITS) return -EINVAL;
  return setLimit(t, t.group, resource, limit.rlim_cur, limit.rlim_max);
}

/** prlimit64(2). EFAULT, EINVAL, EPERM, ESRCH. */
export function prlimit64(
  t: Task,
  pid: number,
  resource: number,
  newRlim: number,
  oldRlim: number,
): number {
  if (resource >= RLIM_NLIMITS) return -EINVAL;
  if (newRlim !== 0 && !t.copyIn(newRlim, limit)) return -EFAULT;
  const target = pid === 0 ? t : t.kernel.tasks.get(pid);
  if (target === undefined) return -ESRCH;
  if (target.group !== t.group && !mayLimit(t, target)) return -EPERM;
  const { rlim_cur, rlim_max } = limit;
  const { limits } = target.group;
  const cur = limits.cur[resource];
  const max = limits.max[resource];
  if (newRlim !== 0) {
    const r = setLimit(t, target.group, resource, rlim_cur, rlim_max);
    if (r < 0) return r;
  }
  if (oldRlim === 0) return 0;
  limit.rlim_cur = cur;
  limit.rlim_max = max;
  return t.copyOut(oldRlim, limit) ? 0 : -EFAULT;
}

function mayLimit(t: Task, target: Task): boolean {
  const a = t.creds;
  const b = target.creds;
  return a.can(CAP_SYS_RESOURCE) ||
    (a.uid === b.euid && a.uid === b.suid && a.uid === b.uid &&
      a.gid === b.egid && a.gid === b.sgid && a.gid === b.gid);
}

function showLimit(
  t: Task,
  tg: ThreadGroup,
  resource: number,
  rlim: number,
): number {
  limit.rlim_cur = tg.limits.cur[resource];
  limit.rlim_max = tg.limits.max[resource];
  return t.copyOut(rlim, limit) ? 0 : -EFAULT;
}

function setLimit(
  t: Task,
  tg: ThreadGroup,
  resource: number,
  cur: number,
  max: number,
): number {
  if (cur > max) return -EINVAL;
  if (resource === RLIMIT_NOFILE && max > NR_OPEN) return -EPERM;
  if (max > tg.limits.max[resource] && !t.creds.can(CAP_SYS_RESOURCE)) {
    return -EPERM;
  }
  tg.limits.set(resource, cur, max);
  if (resource === RLIMIT_CPU) tg.timers.cpuLimitChanged();
  return 0;
}

/** getrusage(2). EFAULT, EINVAL. */
export function getrusage(t: Task, who: number, ru: number): number {
  switch (who) {
    case RUSAGE_SELF:
      groupUsage(t.group, usage);
      usage.maxRss = Math.max(usage.maxRss, peakKib(t));
      break;
    case RUSAGE_THREAD:
      usage.clear();
      addTask(usage, t);
      usage.maxRss = peakKib(t);
      break;
    case RUSAGE_CHILDREN:
      usage.clear();
      usage.add(t.group.accounts.children);
      break;
    default:
      return -EINVAL;
  }
  fillRusage(rusage, usage);
  return t.copyOut(ru, rusage) ? 0 : -EFAULT;
}

function peakKib(t: Task): number {
  totalUsage(t.mm, memory);
  return Math.floor(t.mm.rssPeak / 1024);
}

const resource = traced(Decode.Uint, "rlimitResource");
const who = traced(Decode.Int, "rusageWho");

export const rlimitRows: Row[] = [
  full(97, "getrlimit", getrlimit, resource, ptr),
  partial(
    98,
    "getrusage",
    getrusage,
    [who, ptr],
    "system time is part of user time; ru_maxrss of children, faults and switches are 0",
  ),
  full(160, "setrlimit", setrlimit, resource, ptr),
  full(302, "prlimit64", prlimit64, int, resource, ptr, ptr),
];

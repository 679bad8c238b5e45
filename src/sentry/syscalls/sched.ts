/** Scheduling, sched(7): kept and shown, but the host schedules guest threads as it likes. */
import { CAP_SYS_NICE } from "../../abi/linux/capability.ts";
import {
  E2BIG,
  EBUSY,
  EFAULT,
  EINVAL,
  EPERM,
  ESRCH,
} from "../../abi/linux/errno.ts";
import { RLIMIT_NICE, RLIMIT_RTPRIO } from "../../abi/linux/resource.ts";
import {
  MAX_RT_PRIO,
  MIN_RT_PRIO,
  SCHED_ATTR_SIZE_VER0,
  SCHED_BATCH,
  SCHED_DEADLINE,
  SCHED_FIFO,
  SCHED_FLAG_ALL,
  SCHED_FLAG_KEEP_PARAMS,
  SCHED_FLAG_KEEP_POLICY,
  SCHED_FLAG_RESET_ON_FORK,
  SCHED_IDLE,
  SCHED_NORMAL,
  SCHED_RESET_ON_FORK,
  SCHED_RR,
  SchedAttr,
  SchedParam,
} from "../../abi/linux/sched.ts";
import { Timespec } from "../../abi/linux/time.ts";
import * as ffi from "../../../ffi/mod.ts";
import { cpuSetSize, usableCpus } from "../kernel/scheduling.ts";
import type { Task } from "../kernel/task.ts";
import {
  Decode,
  flags,
  full,
  int,
  partial,
  ptr,
  type Row,
  traced,
  uint,
} from "./row.ts";

const param = SchedParam.alloc();
const attr = SchedAttr.alloc();
const ts = Timespec.alloc();
/** Quantum of SCHED_RR, ns. */
const RR_QUANTUM = 100000000;

/** sched_yield(2): the host's threads run as they may. */
export function sched_yield(_t: Task): number {
  return 0;
}

function find(t: Task, pid: number): Task | null {
  return pid === 0 ? t : t.kernel.tasks.get(pid) ?? null;
}

/** Whether `t` may change the scheduling of `target`. */
function mayChange(t: Task, target: Task): boolean {
  const a = t.creds;
  const b = target.creds;
  return a.euid === b.euid || a.euid === b.uid || a.can(CAP_SYS_NICE);
}

function isPolicy(policy: number): boolean {
  return policy === SCHED_NORMAL || policy === SCHED_BATCH ||
    policy === SCHED_IDLE || isRealTime(policy) || policy === SCHED_DEADLINE;
}

function isRealTime(policy: number): boolean {
  return policy === SCHED_FIFO || policy === SCHED_RR;
}

/** Sets policy and priority. 0, EBUSY (SCHED_DEADLINE: no bandwidth to promise), EINVAL, EPERM. */
function change(
  t: Task,
  target: Task,
  policy: number,
  priority: number,
  resetOnFork: boolean,
): number {
  if (!isPolicy(policy)) return -EINVAL;
  if (isRealTime(policy)) {
    if (priority < MIN_RT_PRIO || priority > MAX_RT_PRIO) return -EINVAL;
  } else if (priority !== 0) return -EINVAL;
  const s = target.scheduling;
  if (!t.creds.can(CAP_SYS_NICE)) {
    if (!mayChange(t, target)) return -EPERM;
    if (s.resetOnFork && !resetOnFork) return -EPERM;
    const limit = target.group.limits.cur[RLIMIT_RTPRIO];
    const more = policy !== s.policy || priority > s.priority;
    if (isRealTime(policy) && more && priority > limit) return -EPERM;
    if (policy === SCHED_DEADLINE) return -EPERM;
    if (s.policy === SCHED_IDLE && policy !== SCHED_IDLE) {
      if (!mayNice(target, s.nice)) return -EPERM;
    }
  }
  if (policy === SCHED_DEADLINE) return -EBUSY;
  s.policy = policy;
  s.priority = priority;
  s.resetOnFork = resetOnFork;
  return 0;
}

/** Whether RLIMIT_NICE lets `target` have `nice`. */
function mayNice(target: Task, nice: number): boolean {
  return 20 - nice <= target.group.limits.cur[RLIMIT_NICE];
}

/** sched_setscheduler(2). EBUSY, EFAULT, EINVAL, EPERM, ESRCH. */
export function sched_setscheduler(
  t: Task,
  pid: number,
  policy: number,
  uparam: number,
): number {
  if (policy < 0 || pid < 0 || uparam === 0) return -EINVAL;
  if (!t.copyIn(uparam, param)) return -EFAULT;
  const target = find(t, pid);
  if (target === null) return -ESRCH;
  const reset = (policy & SCHED_RESET_ON_FORK) !== 0;
  const plain = policy & ~SCHED_RESET_ON_FORK;
  if (plain === SCHED_DEADLINE) return -EINVAL;
  return change(t, target, plain, param.sched_priority, reset);
}

/** sched_getscheduler(2). EINVAL, ESRCH. */
export function sched_getscheduler(t: Task, pid: number): number {
  if (pid < 0) return -EINVAL;
  const target = find(t, pid);
  if (target === null) return -ESRCH;
  const { policy, resetOnFork } = target.scheduling;
  return policy | (resetOnFork ? SCHED_RESET_ON_FORK : 0);
}

/** sched_setparam(2). EFAULT, EINVAL, EPERM, ESRCH. */
export function sched_setparam(t: Task, pid: number, uparam: number): number {
  if (pid < 0 || uparam === 0) return -EINVAL;
  if (!t.copyIn(uparam, param)) return -EFAULT;
  const target = find(t, pid);
  if (target === null) return -ESRCH;
  const { policy, resetOnFork } = target.scheduling;
  return change(t, target, policy, param.sched_priority, resetOnFork);
}

/** sched_getparam(2). EFAULT, EINVAL, ESRCH. */
export function sched_getparam(t: Task, pid: number, uparam: number): number {
  if (pid < 0 || uparam === 0) return -EINVAL;
  const target = find(t, pid);
  if (target === null) return -ESRCH;
  param.sched_priority = target.scheduling.priority;
  return t.copyOut(uparam, param) ? 0 : -EFAULT;
}

/** sched_get_priority_max(2). EINVAL. */
export function sched_get_priority_max(_t: Task, policy: number): number {
  if (isRealTime(policy)) return MAX_RT_PRIO;
  return isPolicy(policy) ? 0 : -EINVAL;
}

/** sched_get_priority_min(2). EINVAL. */
export function sched_get_priority_min(_t: Task, policy: number): number {
  if (isRealTime(policy)) return MIN_RT_PRIO;
  return isPolicy(policy) ? 0 : -EINVAL;
}

/** sched_rr_get_interval(2). EFAULT, EINVAL, ESRCH. */
export function sched_rr_get_interval(t: Task, pid: number, tp: number) {
  if (pid < 0) return -EINVAL;
  const target = find(t, pid);
  if (target === null) return -ESRCH;
  ts.tv_sec = 0;
  ts.tv_nsec = target.scheduling.policy === SCHED_FIFO ? 0 : RR_QUANTUM;
  return t.copyOut(tp, ts) ? 0 : -EFAULT;
}

/** sched_getattr(2). EFAULT, EINVAL, ESRCH. */
export function sched_getattr(
  t: Task,
  pid: number,
  uattr: number,
  size: number,
  flags: number,
): number {
  if (uattr === 0 || pid < 0 || flags !== 0) return -EINVAL;
  if (size < SCHED_ATTR_SIZE_VER0 || size > 4096) return -EINVAL;
  const target = find(t, pid);
  if (target === null) return -ESRCH;
  const s = target.scheduling;
  attr.bytes.fill(0);
  const n = Math.min(size, SchedAttr.size);
  attr.size = n;
  attr.sched_policy = s.policy;
  attr.sched_flags = s.resetOnFork ? SCHED_FLAG_RESET_ON_FORK : 0;
  if (isRealTime(s.policy)) attr.sched_priority = s.priority;
  else attr.sched_nice = s.nice;
  return t.mm.copyOut(uattr, attr.bytes, 0, n) ? 0 : -EFAULT;
}

/** sched_setattr(2). E2BIG, EBUSY, EFAULT, EINVAL, EPERM, ESRCH. */
export function sched_setattr(
  t: Task,
  pid: number,
  uattr: number,
  flags: number,
): number {
  if (uattr === 0 || pid < 0 || flags !== 0) return -EINVAL;
  let size = t.mm.loadU32(uattr);
  if (size < 0) return -EFAULT;
  if (size === 0) size = SCHED_ATTR_SIZE_VER0;
  if (size < SCHED_ATTR_SIZE_VER0 || size > SchedAttr.size) {
    const shown = t.mm.storeU32(uattr, SchedAttr.size);
    return shown ? -E2BIG : -EFAULT;
  }
  attr.bytes.fill(0);
  if (!t.mm.copyIn(uattr, attr.bytes, 0, size)) return -EFAULT;
  const target = find(t, pid);
  if (target === null) return -ESRCH;
  const f = attr.sched_flags;
  if ((f & ~SCHED_FLAG_ALL) !== 0) return -EINVAL;
  const s = target.scheduling;
  const keep = (f & SCHED_FLAG_KEEP_POLICY) !== 0;
  const keepParams = (f & SCHED_FLAG_KEEP_PARAMS) !== 0;
  const policy = keep ? s.policy : attr.sched_policy;
  const nice = Math.min(Math.max(attr.sched_nice, -20), 19);
  const normal = !isRealTime(policy) && policy !== SCHED_DEADLINE;
  if (normal && !keepParams && nice < s.nice) {
    if (!t.creds.can(CAP_SYS_NICE) && !mayNice(target, nice)) return -EPERM;
  }
  const priority = keepParams ? s.priority : attr.sched_priority;
  const reset = (f & SCHED_FLAG_RESET_ON_FORK) !== 0;
  const r = change(t, target, policy, priority, reset);
  if (r === 0 && normal && !keepParams) s.nice = nice;
  return r;
}

/** sched_getaffinity(2): bytes of the set. EFAULT, EINVAL, ESRCH. */
export function sched_getaffinity(
  t: Task,
  pid: number,
  length: number,
  mask: number,
): number {
  const size = cpuSetSize();
  if (length < size || length % 8 !== 0) return -EINVAL;
  const target = find(t, pid);
  if (target === null) return -ESRCH;
  const set = target.scheduling.affinity ?? usableCpus();
  return t.mm.copyOut(mask, set, 0, size) ? size : -EFAULT;
}

/** sched_setaffinity(2). EFAULT, EINVAL, EPERM, ESRCH. */
export function sched_setaffinity(
  t: Task,
  pid: number,
  length: number,
  mask: number,
): number {
  const size = cpuSetSize();
  const set = new Uint8Array(size);
  if (!t.mm.copyIn(mask, set, 0, Math.min(length, size))) return -EFAULT;
  const target = find(t, pid);
  if (target === null) return -ESRCH;
  if (!mayChange(t, target)) return -EPERM;
  const usable = usableCpus();
  let any = false;
  for (let i = 0; i < size; i++) {
    set[i] &= usable[i];
    any ||= set[i] !== 0;
  }
  if (!any) return -EINVAL;
  target.scheduling.affinity = set;
  return 0;
}

/** getcpu(2). EFAULT. */
export function getcpu(t: Task, cpu: number, node: number): number {
  if (cpu !== 0 && !t.mm.storeU32(cpu, Math.max(ffi.hostCpu(), 0))) {
    return -EFAULT;
  }
  return node !== 0 && !t.mm.storeU32(node, 0) ? -EFAULT : 0;
}

const policy = traced(Decode.Int, "schedPolicy");
const kept = "kept and shown; the host's scheduler does not know of it";

export const schedRows: Row[] = [
  full(24, "sched_yield", sched_yield),
  partial(142, "sched_setparam", sched_setparam, [int, ptr], kept),
  full(143, "sched_getparam", sched_getparam, int, ptr),
  partial(
    144,
    "sched_setscheduler",
    sched_setscheduler,
    [int, policy, ptr],
    kept,
  ),
  full(145, "sched_getscheduler", sched_getscheduler, int),
  full(146, "sched_get_priority_max", sched_get_priority_max, policy),
  full(147, "sched_get_priority_min", sched_get_priority_min, policy),
  full(148, "sched_rr_get_interval", sched_rr_get_interval, int, ptr),
  partial(203, "sched_setaffinity", sched_setaffinity, [int, uint, ptr], kept),
  full(204, "sched_getaffinity", sched_getaffinity, int, uint, ptr),
  full(309, "getcpu", getcpu, ptr, ptr, ptr),
  partial(314, "sched_setattr", sched_setattr, [int, ptr, flags], kept),
  full(315, "sched_getattr", sched_getattr, int, ptr, uint, flags),
];

/**
 * The guest's clocks: the host's own (the vDSO shows those), and CPU time.
 * `readClock` leaves the value in `clockSeconds` and `clockNanoseconds`.
 */
import * as ffi from "../../../ffi/mod.ts";
import { EINVAL } from "../../abi/linux/errno.ts";
import {
  CLOCK_BOOTTIME,
  CLOCK_BOOTTIME_ALARM,
  CLOCK_MONOTONIC,
  CLOCK_MONOTONIC_COARSE,
  CLOCK_MONOTONIC_RAW,
  CLOCK_PROCESS_CPUTIME_ID,
  CLOCK_REALTIME,
  CLOCK_REALTIME_ALARM,
  CLOCK_REALTIME_COARSE,
  CLOCK_TAI,
  CLOCK_THREAD_CPUTIME_ID,
  NSEC_PER_SEC,
  Timespec,
  USER_HZ,
} from "../../abi/linux/time.ts";
import { groupTime, taskTime } from "./accounts.ts";
import type { Task } from "./task.ts";
import type { ThreadGroup } from "./thread_group.ts";

/** Nanoseconds as whole clock ticks of 1/100 s. */
export function nanosecondsToTicks(ns: number): number {
  return Math.floor(ns / (NSEC_PER_SEC / USER_HZ));
}

/** The value that the last `readClock` or `readResolution` found. */
export let clockSeconds = 0;
export let clockNanoseconds = 0;

const host = Timespec.alloc();

/** Reads clock `id` as `t` sees it. 0 or -EINVAL. */
export function readClock(t: Task, id: number): number {
  const source = cpuSource(t, id);
  if (source === null) {
    if (!isHostClock(id)) return -EINVAL;
    const r = ffi.hostClockGettime(hostClock(id), host.bytes);
    clockSeconds = host.tv_sec;
    clockNanoseconds = host.tv_nsec;
    return r;
  }
  if (typeof source === "number") return source;
  const ns = source.cpuTime();
  clockSeconds = Math.floor(ns / NSEC_PER_SEC);
  clockNanoseconds = Math.floor(ns - clockSeconds * NSEC_PER_SEC);
  return 0;
}

/** Reads the resolution of clock `id`. 0 or -EINVAL. */
export function readResolution(t: Task, id: number): number {
  const source = cpuSource(t, id);
  if (typeof source === "number") return source;
  clockSeconds = 0;
  clockNanoseconds = 1;
  if (source !== null) return 0;
  if (!isHostClock(id)) return -EINVAL;
  const r = ffi.hostClockGetres(hostClock(id), host.bytes);
  clockSeconds = host.tv_sec;
  clockNanoseconds = host.tv_nsec;
  return r;
}

/** Real time as seconds, and nanoseconds in `clockNanoseconds`. */
export function readRealtime(): number {
  ffi.hostClockGettime(CLOCK_REALTIME, host.bytes);
  clockSeconds = host.tv_sec;
  clockNanoseconds = host.tv_nsec;
  return clockSeconds;
}

/** Whether `id` is a clock of the host, not of CPU time. */
export function isHostClock(id: number): boolean {
  switch (id) {
    case CLOCK_REALTIME:
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_REALTIME_COARSE:
    case CLOCK_MONOTONIC_COARSE:
    case CLOCK_BOOTTIME:
    case CLOCK_REALTIME_ALARM:
    case CLOCK_BOOTTIME_ALARM:
    case CLOCK_TAI:
      return true;
    default:
      return false;
  }
}

/** Alarm clocks need a right on the host that they don't need here. */
function hostClock(id: number): number {
  if (id === CLOCK_REALTIME_ALARM) return CLOCK_REALTIME;
  return id === CLOCK_BOOTTIME_ALARM ? CLOCK_BOOTTIME : id;
}

/**
 * Monotonic ns at which host clock `id` will show (or showed) the given time.
 * A later step of CLOCK_REALTIME does not move it.
 */
export function toMonotonic(
  t: Task,
  id: number,
  seconds: number,
  nanoseconds: number,
): number {
  readClock(t, id);
  const delta = (seconds - clockSeconds) * NSEC_PER_SEC +
    (nanoseconds - clockNanoseconds);
  return t.kernel.now() + delta;
}

/** Something whose CPU time can be read. */
export interface CpuSource {
  /** ns. */
  cpuTime(): number;
  /** How many CPUs it can use at once: a bound on how fast its time passes. */
  readonly width: number;
  readonly isAlive: boolean;
}

class TaskCpu implements CpuSource {
  readonly width = 1;
  constructor(readonly task: Task) {}
  cpuTime(): number {
    return this.isAlive ? taskTime(this.task) : 0;
  }
  get isAlive(): boolean {
    return this.task.group.tasks.includes(this.task);
  }
}

/** Whether `source` is the CPU time of `t` alone: sleeping on that would never end. */
export function isOwnThread(source: CpuSource, t: Task): boolean {
  return source instanceof TaskCpu && source.task === t;
}

class GroupCpu implements CpuSource {
  constructor(readonly group: ThreadGroup) {}
  cpuTime(): number {
    return groupTime(this.group);
  }
  get width(): number {
    return Math.max(this.group.tasks.length, 1);
  }
  get isAlive(): boolean {
    return this.group.tasks.length > 0;
  }
}

const PER_THREAD = 4;
const KIND_MASK = 3;
const KIND_FD = 3;

/**
 * What CPU clock `id` measures, for `t`: null if `id` is no CPU clock, -EINVAL
 * if it names a process or thread that `t` may not ask for.
 */
export function cpuSource(t: Task, id: number): CpuSource | null | number {
  if (id === CLOCK_PROCESS_CPUTIME_ID) return new GroupCpu(t.group);
  if (id === CLOCK_THREAD_CPUTIME_ID) return new TaskCpu(t);
  if (id >= 0) return null;
  if ((id & KIND_MASK) === KIND_FD) return -EINVAL;
  const pid = ~(id >> 3);
  if ((id & PER_THREAD) !== 0) {
    const task = pid === 0 ? t : t.kernel.tasks.get(pid);
    if (task === undefined || task.group !== t.group) return -EINVAL;
    return new TaskCpu(task);
  }
  const group = pid === 0 ? t.group : t.kernel.groups.get(pid);
  return group === undefined ? -EINVAL : new GroupCpu(group);
}

/** The CPU time of a process as a source, for its timers. */
export function groupCpu(tg: ThreadGroup): CpuSource {
  return new GroupCpu(tg);
}

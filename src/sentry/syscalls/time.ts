/** Clocks and sleeping. */
import {
  EFAULT,
  EINTR,
  EINVAL,
  ENOTSUP,
  EPERM,
  ETIMEDOUT,
} from "../../abi/linux/errno.ts";
import { NSEC_PER_SEC, NSEC_PER_USEC } from "../../abi/linux/time.ts";
import {
  CLOCK_BOOTTIME,
  CLOCK_BOOTTIME_ALARM,
  CLOCK_MONOTONIC,
  CLOCK_REALTIME,
  CLOCK_REALTIME_ALARM,
  CLOCK_TAI,
  CLOCK_THREAD_CPUTIME_ID,
  TIMER_ABSTIME,
  Timespec,
  Timeval,
  Timex,
  Timezone,
  Tms,
} from "../../abi/linux/time.ts";
import * as ffi from "../../../ffi/mod.ts";
import { groupUsage, Usage } from "../kernel/accounts.ts";
import {
  clockNanoseconds,
  clockSeconds,
  cpuSource,
  isHostClock,
  isOwnThread,
  nanosecondsToTicks,
  readClock,
  readRealtime,
  readResolution,
  toMonotonic,
} from "../kernel/clock.ts";
import { CpuTimer, type CpuTimerTarget } from "../kernel/cpu_timer.ts";
import type { Task } from "../kernel/task.ts";
import {
  ERESTART_RESTARTBLOCK,
  ERESTARTNOHAND,
  ERESTARTSYS,
  full,
  int,
  PARKED,
  partial,
  ptr,
  type Row,
  traced,
} from "./row.ts";
import { Decode } from "./row.ts";

const ts = Timespec.alloc();
const tv = Timeval.alloc();
const tz = Timezone.alloc();
const tms = Tms.alloc();
const timex = Timex.alloc();
const usage = new Usage();

/** clock_gettime(2). EFAULT, EINVAL. */
export function clock_gettime(t: Task, clockid: number, tp: number): number {
  const r = readClock(t, clockid);
  if (r < 0) return r;
  ts.tv_sec = clockSeconds;
  ts.tv_nsec = clockNanoseconds;
  return t.copyOut(tp, ts) ? 0 : -EFAULT;
}

/** clock_getres(2). EFAULT, EINVAL. */
export function clock_getres(t: Task, clockid: number, res: number): number {
  const r = readResolution(t, clockid);
  if (r < 0 || res === 0) return r;
  ts.tv_sec = clockSeconds;
  ts.tv_nsec = clockNanoseconds;
  return t.copyOut(res, ts) ? 0 : -EFAULT;
}

/** clock_settime(2). The clocks are the host's: EPERM; EFAULT, EINVAL. */
export function clock_settime(t: Task, clockid: number, tp: number): number {
  if (clockid !== CLOCK_REALTIME) return -EINVAL;
  if (!t.copyIn(tp, ts)) return -EFAULT;
  if (ts.tv_sec < 0 || ts.tv_nsec < 0 || ts.tv_nsec >= NSEC_PER_SEC) {
    return -EINVAL;
  }
  return -EPERM;
}

/** gettimeofday(2). EFAULT. */
export function gettimeofday(t: Task, utv: number, utz: number): number {
  if (utv !== 0) {
    tv.tv_sec = readRealtime();
    tv.tv_usec = Math.floor(clockNanoseconds / NSEC_PER_USEC);
    if (!t.copyOut(utv, tv)) return -EFAULT;
  }
  if (utz !== 0) {
    tz.tz_minuteswest = 0;
    tz.tz_dsttime = 0;
    if (!t.copyOut(utz, tz)) return -EFAULT;
  }
  return 0;
}

/** settimeofday(2). EPERM; EFAULT, EINVAL. */
export function settimeofday(t: Task, utv: number, utz: number): number {
  if (utv !== 0) {
    if (!t.copyIn(utv, tv)) return -EFAULT;
    if (tv.tv_usec < 0 || tv.tv_usec > 1000000) return -EINVAL;
  }
  if (utz !== 0 && !t.copyIn(utz, tz)) return -EFAULT;
  return -EPERM;
}

/** time(2). EFAULT. */
export function time(t: Task, tloc: number): number {
  const seconds = readRealtime();
  return tloc !== 0 && !t.mm.putU64(tloc, seconds) ? -EFAULT : seconds;
}

/** times(2): ticks since some time in the past. EFAULT. */
export function times(t: Task, buf: number): number {
  if (buf !== 0) {
    groupUsage(t.group, usage);
    tms.tms_utime = nanosecondsToTicks(usage.userTime);
    tms.tms_stime = nanosecondsToTicks(usage.systemTime);
    const { children } = t.group.accounts;
    tms.tms_cutime = nanosecondsToTicks(children.userTime);
    tms.tms_cstime = nanosecondsToTicks(children.systemTime);
    if (!t.copyOut(buf, tms)) return -EFAULT;
  }
  return nanosecondsToTicks(t.kernel.now());
}

/** adjtimex(2): reads; changes are EPERM. EFAULT. */
export function adjtimex(t: Task, buf: number): number {
  return clock_adjtime(t, CLOCK_REALTIME, buf);
}

/** clock_adjtime(2). EFAULT, EINVAL, EOPNOTSUPP, EPERM. */
export function clock_adjtime(t: Task, clockid: number, buf: number): number {
  if (clockid !== CLOCK_REALTIME) {
    return isHostClock(clockid) ? -ENOTSUP : -EINVAL;
  }
  if (!t.copyIn(buf, timex)) return -EFAULT;
  if (timex.modes !== 0 && timex.modes !== ADJ_OFFSET_SS_READ) return -EPERM;
  const state = ffi.hostAdjtimex(timex.bytes);
  if (state < 0) return state;
  return t.copyOut(buf, timex) ? state : -EFAULT;
}

const ADJ_OFFSET_SS_READ = 0xa001;

/** nanosleep(2). EFAULT, EINTR, EINVAL. */
export function nanosleep(t: Task, req: number, rem: number): number {
  return clock_nanosleep(t, CLOCK_MONOTONIC, 0, req, rem);
}

/** clock_nanosleep(2). EFAULT, EINTR, EINVAL, EOPNOTSUPP. */
export function clock_nanosleep(
  t: Task,
  clockid: number,
  flags: number,
  req: number,
  rem: number,
): number {
  const absolute = (flags & TIMER_ABSTIME) !== 0;
  if (!t.call.first) return sleep(t, clockid, absolute, rem);
  if (!maySleepOn(clockid)) {
    if (clockid === CLOCK_THREAD_CPUTIME_ID || isHostClock(clockid)) {
      return -ENOTSUP;
    }
    const source = cpuSource(t, clockid);
    if (source === null || typeof source === "number") return -EINVAL;
    if (isOwnThread(source, t)) return -EINVAL;
  }
  if (!t.copyIn(req, ts)) return -EFAULT;
  const { tv_sec, tv_nsec } = ts;
  if (tv_sec < 0 || tv_nsec < 0 || tv_nsec >= NSEC_PER_SEC) return -EINVAL;
  if (!maySleepOn(clockid)) {
    return sleepOnCpu(t, clockid, absolute, tv_sec * NSEC_PER_SEC + tv_nsec);
  }
  t.call.deadline = absolute
    ? toMonotonic(t, clockid, tv_sec, tv_nsec)
    : t.kernel.now() + tv_sec * NSEC_PER_SEC + tv_nsec;
  return sleep(t, clockid, absolute, rem);
}

function maySleepOn(clockid: number): boolean {
  switch (clockid) {
    case CLOCK_REALTIME:
    case CLOCK_MONOTONIC:
    case CLOCK_BOOTTIME:
    case CLOCK_REALTIME_ALARM:
    case CLOCK_BOOTTIME_ALARM:
    case CLOCK_TAI:
      return true;
    default:
      return false;
  }
}

/** Sleeps until `call.deadline`, or on a CPU clock until its timer has come. */
function sleep(
  t: Task,
  clockid: number,
  absolute: boolean,
  rem: number,
): number {
  const { call } = t;
  if (!maySleepOn(clockid)) return continueCpuSleep(t);
  const r = t.park(null, 0);
  if (r === PARKED) return r;
  if (r === -ETIMEDOUT) return 0;
  if (r !== -ERESTARTSYS) return r;
  if (absolute) return -ERESTARTNOHAND;
  const { restart } = t.signals;
  restart.handler = continueSleep;
  restart.deadline = call.deadline;
  restart.a = rem;
  return interruptedSleep(t);
}

/** A relative sleep goes on after a signal that ran no handler. */
function continueSleep(t: Task): number {
  t.call.deadline = t.signals.restart.deadline;
  const r = t.park(null, 0);
  if (r === -ETIMEDOUT) return 0;
  return r === -ERESTARTSYS ? interruptedSleep(t) : r;
}

/** Tells the guest how much is left, in case a handler makes it EINTR. */
function interruptedSleep(t: Task): number {
  const { deadline, a: rem } = t.signals.restart;
  const left = Math.max(deadline - t.kernel.now(), 0);
  if (left === 0) return 0;
  if (rem !== 0) {
    ts.tv_sec = Math.floor(left / NSEC_PER_SEC);
    ts.tv_nsec = Math.floor(left % NSEC_PER_SEC);
    if (!t.copyOut(rem, ts)) return -EFAULT;
  }
  return -ERESTART_RESTARTBLOCK;
}

/** A sleep until CPU time has passed: its timer, and whether it came. */
class CpuSleep implements CpuTimerTarget {
  done = false;
  timer: CpuTimer | null = null;
  constructor(readonly task: Task) {}
  cpuExpired(_timer: CpuTimer): void {
    this.done = true;
    this.task.unpark();
  }
}

function sleepOnCpu(
  t: Task,
  clockid: number,
  absolute: boolean,
  ns: number,
): number {
  const source = cpuSource(t, clockid);
  if (source === null || typeof source === "number") return -EINVAL;
  const wake = new CpuSleep(t);
  wake.timer = new CpuTimer(t.kernel, source, wake);
  const now = source.cpuTime();
  const deadline = absolute ? ns : now + ns;
  if (deadline <= now) return 0;
  wake.timer.start(deadline);
  t.call.object = wake;
  return continueCpuSleep(t);
}

function continueCpuSleep(t: Task): number {
  const wake = t.call.object as CpuSleep;
  if (wake.done) return 0;
  const r = t.park(null, 0);
  if (r === PARKED) return r;
  wake.timer!.stop();
  return r === -ERESTARTSYS ? -EINTR : r;
}

const clock = traced(Decode.Int, "clockid");
const timespec = traced(Decode.Word, "timespec");
const hostsClock = "the clocks are the host's: setting them gives EPERM";

export const timeRows: Row[] = [
  full(35, "nanosleep", nanosleep, timespec, ptr),
  full(96, "gettimeofday", gettimeofday, ptr, ptr),
  full(100, "times", times, ptr),
  partial(159, "adjtimex", adjtimex, [ptr], hostsClock),
  partial(164, "settimeofday", settimeofday, [ptr, ptr], hostsClock),
  full(201, "time", time, ptr),
  partial(227, "clock_settime", clock_settime, [clock, timespec], hostsClock),
  full(228, "clock_gettime", clock_gettime, clock, ptr),
  full(229, "clock_getres", clock_getres, clock, ptr),
  full(230, "clock_nanosleep", clock_nanosleep, clock, int, timespec, ptr),
  partial(305, "clock_adjtime", clock_adjtime, [clock, ptr], hostsClock),
];

/** Interval timers and POSIX timers. */
import { EAGAIN, EFAULT, EINVAL, ENOTSUP } from "../../abi/linux/errno.ts";
import {
  NSIG,
  SIGALRM,
  SIGEV_NONE,
  SIGEV_SIGNAL,
  SIGEV_THREAD_ID,
  Sigevent,
} from "../../abi/linux/signal.ts";
import {
  CLOCK_MONOTONIC_COARSE,
  CLOCK_MONOTONIC_RAW,
  CLOCK_REALTIME_COARSE,
  ITIMER_PROF,
  ITIMER_REAL,
  Itimerspec,
  Itimerval,
  NSEC_PER_SEC,
  NSEC_PER_USEC,
  TIMER_ABSTIME,
  USEC_PER_SEC,
} from "../../abi/linux/time.ts";
import { cpuSource, isHostClock, toMonotonic } from "../kernel/clock.ts";
import { PosixTimer, type TimerEvent } from "../kernel/posix_timer.ts";
import type { Task } from "../kernel/task.ts";
import { Decode, full, int, ptr, type Row, traced, uint } from "./row.ts";

const value = Itimerval.alloc();
const spec = Itimerspec.alloc();
const event = Sigevent.alloc();

/** getitimer(2). EFAULT, EINVAL. */
export function getitimer(t: Task, which: number, curr: number): number {
  if (which < ITIMER_REAL || which > ITIMER_PROF) return -EINVAL;
  const timer = t.group.timers.interval(which);
  putValue(timer.remaining(), timer.interval);
  return t.copyOut(curr, value) ? 0 : -EFAULT;
}

/** setitimer(2). EFAULT, EINVAL. */
export function setitimer(
  t: Task,
  which: number,
  newValue: number,
  oldValue: number,
): number {
  let ns = 0;
  let interval = 0;
  if (newValue !== 0) {
    if (!t.copyIn(newValue, value)) return -EFAULT;
    ns = microseconds(value.it_value) * NSEC_PER_USEC;
    interval = microseconds(value.it_interval) * NSEC_PER_USEC;
    if (ns < 0 || interval < 0) return -EINVAL;
  }
  if (which < ITIMER_REAL || which > ITIMER_PROF) return -EINVAL;
  const timer = t.group.timers.interval(which);
  putValue(timer.remaining(), timer.interval);
  timer.set(ns, interval);
  return oldValue !== 0 && !t.copyOut(oldValue, value) ? -EFAULT : 0;
}

/** alarm(2): seconds that were left of an earlier one. */
export function alarm(t: Task, seconds: number): number {
  const timer = t.group.timers.interval(ITIMER_REAL);
  const left = timer.remaining();
  timer.set(seconds * NSEC_PER_SEC, 0);
  return left === 0 ? 0 : Math.max(Math.round(left / NSEC_PER_SEC), 1);
}

/** Microseconds of a timeval, or -1 if it is none. */
function microseconds(tv: { tv_sec: number; tv_usec: number }): number {
  if (tv.tv_sec < 0 || tv.tv_usec < 0 || tv.tv_usec >= USEC_PER_SEC) return -1;
  return tv.tv_sec * USEC_PER_SEC + tv.tv_usec;
}

function putValue(remaining: number, interval: number): void {
  const left = Math.ceil(remaining / NSEC_PER_USEC);
  const every = Math.floor(interval / NSEC_PER_USEC);
  value.it_value.tv_sec = Math.floor(left / USEC_PER_SEC);
  value.it_value.tv_usec = left % USEC_PER_SEC;
  value.it_interval.tv_sec = Math.floor(every / USEC_PER_SEC);
  value.it_interval.tv_usec = every % USEC_PER_SEC;
}

/** timer_create(2). EAGAIN, EFAULT, EINVAL, EOPNOTSUPP. */
export function timer_create(
  t: Task,
  clockid: number,
  sevp: number,
  timerid: number,
): number {
  const source = cpuSource(t, clockid);
  if (typeof source === "number") return source;
  if (source === null && !mayTime(clockid)) {
    return isHostClock(clockid) ? -ENOTSUP : -EINVAL;
  }
  const { timers } = t.group;
  if (timers.posix.size >= MAX_TIMERS) return -EAGAIN;
  const id = timers.allocateId();
  const how = readEvent(t, sevp, id);
  if (typeof how === "number") return how;
  if (!t.mm.storeU32(timerid, id)) return -EFAULT;
  timers.posix.set(id, new PosixTimer(t.group, id, clockid, source, how));
  return 0;
}

/** Timers of a process, at most. Linux counts them as pending signals. */
const MAX_TIMERS = 65536;

function mayTime(clockid: number): boolean {
  return isHostClock(clockid) && clockid !== CLOCK_MONOTONIC_RAW &&
    clockid !== CLOCK_REALTIME_COARSE && clockid !== CLOCK_MONOTONIC_COARSE;
}

/** The sigevent at `sevp`, or the default: SIGALRM with the timer's id. */
function readEvent(t: Task, sevp: number, id: number): TimerEvent | number {
  if (sevp === 0) {
    return {
      notify: SIGEV_SIGNAL,
      signo: SIGALRM,
      value_lo: id,
      value_hi: 0,
      task: null,
    };
  }
  if (!t.copyIn(sevp, event)) return -EFAULT;
  const notify = event.sigev_notify;
  const signo = event.sigev_signo;
  let task: Task | null = null;
  if (notify === (SIGEV_SIGNAL | SIGEV_THREAD_ID)) {
    task = t.kernel.tasks.get(event.sigev_notify_thread_id) ?? null;
    if (task === null || task.group !== t.group) return -EINVAL;
  } else if (notify !== SIGEV_SIGNAL && notify !== SIGEV_NONE) return -EINVAL;
  if (notify !== SIGEV_NONE && (signo < 1 || signo > NSIG)) return -EINVAL;
  return {
    notify,
    signo,
    value_lo: event.sigev_value_lo,
    value_hi: event.sigev_value_hi,
    task,
  };
}

/** timer_settime(2). EFAULT, EINVAL. */
export function timer_settime(
  t: Task,
  timerid: number,
  flags: number,
  newValue: number,
  oldValue: number,
): number {
  const timer = t.group.timers.posix.get(timerid);
  if (newValue === 0) return -EINVAL;
  if (!t.copyIn(newValue, spec)) return -EFAULT;
  const { it_value, it_interval } = spec;
  if (!isTime(it_value) || !isTime(it_interval)) return -EINVAL;
  if (timer === undefined) return -EINVAL;
  const absolute = (flags & TIMER_ABSTIME) !== 0;
  const { tv_sec, tv_nsec } = it_value;
  const ns = tv_sec * NSEC_PER_SEC + tv_nsec;
  const interval = it_interval.tv_sec * NSEC_PER_SEC + it_interval.tv_nsec;
  putSpec(timer.remaining(), timer.interval);
  const deadline = ns === 0
    ? 0
    : !absolute
    ? timer.now() + ns
    : timer.isCpu
    ? ns
    : Math.max(toMonotonic(t, timer.clock, tv_sec, tv_nsec), 1);
  timer.set(deadline, interval);
  return oldValue !== 0 && !t.copyOut(oldValue, spec) ? -EFAULT : 0;
}

/** timer_gettime(2). EFAULT, EINVAL. */
export function timer_gettime(t: Task, timerid: number, curr: number): number {
  const timer = t.group.timers.posix.get(timerid);
  if (timer === undefined) return -EINVAL;
  putSpec(timer.remaining(), timer.interval);
  return t.copyOut(curr, spec) ? 0 : -EFAULT;
}

/** timer_getoverrun(2). EINVAL. */
export function timer_getoverrun(t: Task, timerid: number): number {
  const timer = t.group.timers.posix.get(timerid);
  return timer === undefined ? -EINVAL : timer.overrun;
}

/** timer_delete(2). EINVAL. */
export function timer_delete(t: Task, timerid: number): number {
  const { posix } = t.group.timers;
  const timer = posix.get(timerid);
  if (timer === undefined) return -EINVAL;
  timer.stop();
  posix.delete(timerid);
  return 0;
}

function isTime(ts: { tv_sec: number; tv_nsec: number }): boolean {
  return ts.tv_sec >= 0 && ts.tv_nsec >= 0 && ts.tv_nsec < NSEC_PER_SEC;
}

function putSpec(remaining: number, interval: number): void {
  spec.it_value.tv_sec = Math.floor(remaining / NSEC_PER_SEC);
  spec.it_value.tv_nsec = Math.floor(remaining % NSEC_PER_SEC);
  spec.it_interval.tv_sec = Math.floor(interval / NSEC_PER_SEC);
  spec.it_interval.tv_nsec = Math.floor(interval % NSEC_PER_SEC);
}

const itimer = traced(Decode.Int, "itimer");
const clock = traced(Decode.Int, "clockid");

export const timerRows: Row[] = [
  full(36, "getitimer", getitimer, itimer, ptr),
  full(37, "alarm", alarm, uint),
  full(38, "setitimer", setitimer, itimer, ptr, ptr),
  full(222, "timer_create", timer_create, clock, ptr, ptr),
  full(223, "timer_settime", timer_settime, int, int, ptr, ptr),
  full(224, "timer_gettime", timer_gettime, int, ptr),
  full(225, "timer_getoverrun", timer_getoverrun, int),
  full(226, "timer_delete", timer_delete, int),
];

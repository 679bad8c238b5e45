/** timerfd_create(2), timerfd_settime(2), timerfd_gettime(2). */
import { EBADF, EFAULT, EINVAL } from "../../abi/linux/errno.ts";
import {
  CLOCK_BOOTTIME,
  CLOCK_BOOTTIME_ALARM,
  CLOCK_MONOTONIC,
  CLOCK_REALTIME,
  CLOCK_REALTIME_ALARM,
  Itimerspec,
  NSEC_PER_SEC,
  TFD_CLOEXEC,
  TFD_NONBLOCK,
  TFD_TIMER_ABSTIME,
  TFD_TIMER_CANCEL_ON_SET,
} from "../../abi/linux/time.ts";
import { TimerFd } from "../fs/anon/timer_fd.ts";
import { toMonotonic } from "../kernel/clock.ts";
import type { Task } from "../kernel/task.ts";
import {
  Decode,
  fd as fdKind,
  flags as flagsKind,
  full,
  ptr,
  type Row,
  traced,
} from "./row.ts";

const clock = traced(Decode.Int, "clock");

export const timerfdRows: Row[] = [
  full(283, "timerfd_create", timerfd_create, clock, flagsKind),
  full(286, "timerfd_settime", timerfd_settime, fdKind, flagsKind, ptr, ptr),
  full(287, "timerfd_gettime", timerfd_gettime, fdKind, ptr),
];

const spec = Itimerspec.alloc();
const old = Itimerspec.alloc();
/** Longer times are for ever, ns. */
const FOREVER = 9e18;

/** timerfd_create(2). EINVAL, EMFILE. */
export function timerfd_create(
  t: Task,
  clockid: number,
  flags: number,
): number {
  if ((flags & ~(TFD_CLOEXEC | TFD_NONBLOCK)) !== 0) return -EINVAL;
  switch (clockid) {
    case CLOCK_REALTIME:
    case CLOCK_MONOTONIC:
    case CLOCK_BOOTTIME:
    case CLOCK_REALTIME_ALARM:
    case CLOCK_BOOTTIME_ALARM:
      break;
    default:
      return -EINVAL;
  }
  const file = new TimerFd(t.kernel, clockid);
  file.flags |= flags & TFD_NONBLOCK;
  return t.files.installNew(t, file, (flags & TFD_CLOEXEC) !== 0);
}

/** timerfd_settime(2). EBADF, EFAULT, EINVAL. */
export function timerfd_settime(
  t: Task,
  fd: number,
  flags: number,
  new_value: number,
  old_value: number,
): number {
  if (!t.copyIn(new_value, spec)) return -EFAULT;
  if ((flags & ~(TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET)) !== 0) {
    return -EINVAL;
  }
  const { it_value, it_interval } = spec;
  if (!isTime(it_value) || !isTime(it_interval)) return -EINVAL;
  const file = t.file(fd);
  if (file === null) return -EBADF;
  if (!(file instanceof TimerFd)) return -EINVAL;
  fillOld(file);
  const absolute = (flags & TFD_TIMER_ABSTIME) !== 0;
  file.settimeFlags = flags;
  file.set(deadlineOf(t, file, absolute), toNs(it_interval));
  if (old_value !== 0 && !t.copyOut(old_value, old)) return -EFAULT;
  return 0;
}

interface Time {
  tv_sec: number;
  tv_nsec: number;
}

function isTime(v: Time): boolean {
  return v.tv_sec >= 0 && v.tv_nsec >= 0 && v.tv_nsec < NSEC_PER_SEC;
}

function toNs(v: Time): number {
  return Math.min(v.tv_sec * NSEC_PER_SEC + v.tv_nsec, FOREVER);
}

/** When the timer in `spec` expires, monotonic ns; 0 to stop it. */
function deadlineOf(t: Task, file: TimerFd, absolute: boolean): number {
  const { it_value } = spec;
  const { tv_sec, tv_nsec } = it_value;
  if (tv_sec === 0 && tv_nsec === 0) return 0;
  if (!absolute) return t.kernel.now() + toNs(it_value);
  // An absolute time that has passed expires at once.
  return Math.max(1, toMonotonic(t, file.clock, tv_sec, tv_nsec));
}

function fillOld(file: TimerFd): void {
  const left = file.remaining();
  old.it_value.tv_sec = Math.floor(left / NSEC_PER_SEC);
  old.it_value.tv_nsec = Math.floor(left % NSEC_PER_SEC);
  old.it_interval.tv_sec = Math.floor(file.interval / NSEC_PER_SEC);
  old.it_interval.tv_nsec = Math.floor(file.interval % NSEC_PER_SEC);
}

/** timerfd_gettime(2). EBADF, EFAULT, EINVAL. */
export function timerfd_gettime(
  t: Task,
  fd: number,
  curr_value: number,
): number {
  const file = t.file(fd);
  if (file === null) return -EBADF;
  if (!(file instanceof TimerFd)) return -EINVAL;
  fillOld(file);
  return t.copyOut(curr_value, old) ? 0 : -EFAULT;
}

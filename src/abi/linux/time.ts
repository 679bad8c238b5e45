/**
 * Clocks and timers: linux/time.h, linux/time_types.h, linux/timex.h,
 * linux/timerfd.h, linux/times.h.
 *
 * @module
 */

import { struct } from "../struct.ts";

// Clocks.
export const CLOCK_REALTIME = 0;
export const CLOCK_MONOTONIC = 1;
export const CLOCK_PROCESS_CPUTIME_ID = 2;
export const CLOCK_THREAD_CPUTIME_ID = 3;
export const CLOCK_MONOTONIC_RAW = 4;
export const CLOCK_REALTIME_COARSE = 5;
export const CLOCK_MONOTONIC_COARSE = 6;
export const CLOCK_BOOTTIME = 7;
export const CLOCK_REALTIME_ALARM = 8;
export const CLOCK_BOOTTIME_ALARM = 9;
export const CLOCK_SGI_CYCLE = 10;
export const CLOCK_TAI = 11;
// clock_nanosleep(2), timer_settime(2).
export const TIMER_ABSTIME = 1;
// setitimer(2).
export const ITIMER_REAL = 0;
export const ITIMER_VIRTUAL = 1;
export const ITIMER_PROF = 2;
/** timerfd_create(2), timerfd_settime(2). */
export const TFD_TIMER_ABSTIME = 0x1;
export const TFD_TIMER_CANCEL_ON_SET = 0x2;
export const TFD_CLOEXEC = 0o2000000;
export const TFD_NONBLOCK = 0o4000;
export const TFD_IOC_SET_TICKS = 0x40085400;
/** utimensat(2). */
export const UTIME_NOW = 0x3fffffff;
export const UTIME_OMIT = 0x3ffffffe;
/** Clock ticks a second, for times(2) and /proc. */
export const USER_HZ = 100;
export const NSEC_PER_SEC = 1000000000;
export const NSEC_PER_MSEC = 1000000;
export const NSEC_PER_USEC = 1000;
export const USEC_PER_SEC = 1000000;

/** struct timespec: __kernel_timespec, linux/time_types.h. */
export const Timespec = struct({ tv_sec: "i64", tv_nsec: "i64" }, {
  c: "struct timespec",
  header: "linux/time.h",
});

/** struct timeval, linux/time.h. */
export const Timeval = struct({ tv_sec: "i64", tv_usec: "i64" }, {
  c: "struct timeval",
  header: "linux/time.h",
});

/** struct itimerspec, linux/time.h. */
export const Itimerspec = struct({
  it_interval: Timespec,
  it_value: Timespec,
}, { c: "struct itimerspec", header: "linux/time.h" });

/** struct itimerval, linux/time.h. */
export const Itimerval = struct({
  it_interval: Timeval,
  it_value: Timeval,
}, { c: "struct itimerval", header: "linux/time.h" });

/** struct timezone, linux/time.h. */
export const Timezone = struct({
  tz_minuteswest: "i32",
  tz_dsttime: "i32",
}, { c: "struct timezone", header: "linux/time.h" });

/** struct tms, linux/times.h; clock ticks. */
export const Tms = struct({
  tms_utime: "i64",
  tms_stime: "i64",
  tms_cutime: "i64",
  tms_cstime: "i64",
}, { c: "struct tms", header: "linux/types.h linux/times.h" });

/** struct utimbuf, linux/utime.h. */
export const Utimbuf = struct({ actime: "i64", modtime: "i64" }, {
  c: "struct utimbuf",
  header: "linux/types.h linux/utime.h",
});

/** utimes(2)'s and utimensat(2)'s pairs: access, then modification. */
export const TimevalPair = struct({ t: [Timeval, 2] });
export const TimespecPair = struct({ t: [Timespec, 2] });

// adjtimex(2): `modes`, `status` and results.
export const ADJ_OFFSET = 0x1;
export const ADJ_FREQUENCY = 0x2;
export const ADJ_MAXERROR = 0x4;
export const ADJ_ESTERROR = 0x8;
export const ADJ_STATUS = 0x10;
export const ADJ_TIMECONST = 0x20;
export const ADJ_TAI = 0x80;
export const ADJ_SETOFFSET = 0x100;
export const ADJ_MICRO = 0x1000;
export const ADJ_NANO = 0x2000;
export const ADJ_TICK = 0x4000;
export const ADJ_OFFSET_SINGLESHOT = 0x8001;
export const ADJ_OFFSET_SS_READ = 0xa001;
export const STA_UNSYNC = 0x40;
export const STA_PLL = 0x1;
export const STA_NANO = 0x2000;
export const TIME_OK = 0;
export const TIME_ERROR = 5;

/** struct timex, linux/timex.h. */
export const Timex = struct({
  modes: "u32",
  offset: "i64",
  freq: "i64",
  maxerror: "i64",
  esterror: "i64",
  status: "i32",
  constant: "i64",
  precision: "i64",
  tolerance: "i64",
  time: Timeval,
  tick: "i64",
  ppsfreq: "i64",
  jitter: "i64",
  shift: "i32",
  stabil: "i64",
  jitcnt: "i64",
  calcnt: "i64",
  errcnt: "i64",
  stbcnt: "i64",
  tai: "i32",
  _pad: ["i32", 11],
}, { c: "struct timex", header: "sys/timex.h" });

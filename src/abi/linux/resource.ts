/**
 * Limits and usage: linux/resource.h, asm-generic/resource.h.
 *
 * @module
 */

import { struct } from "../struct.ts";
import { Timeval } from "./time.ts";

export const RLIMIT_CPU = 0;
export const RLIMIT_FSIZE = 1;
export const RLIMIT_DATA = 2;
export const RLIMIT_STACK = 3;
export const RLIMIT_CORE = 4;
export const RLIMIT_RSS = 5;
export const RLIMIT_NPROC = 6;
export const RLIMIT_NOFILE = 7;
export const RLIMIT_MEMLOCK = 8;
export const RLIMIT_AS = 9;
export const RLIMIT_LOCKS = 10;
export const RLIMIT_SIGPENDING = 11;
export const RLIMIT_MSGQUEUE = 12;
export const RLIMIT_NICE = 13;
export const RLIMIT_RTPRIO = 14;
export const RLIMIT_RTTIME = 15;
/** Number of limits. */
export const RLIM_NLIMITS = 16;
/** No limit: all bits, which as a number is 2^64. */
export const RLIM_INFINITY = 18446744073709551616;

// getrusage(2)'s `who`.
export const RUSAGE_SELF = 0;
export const RUSAGE_CHILDREN = -1;
export const RUSAGE_BOTH = -2;
export const RUSAGE_THREAD = 1;

/** struct rlimit and rlimit64; RLIM_INFINITY survives reading and writing. */
export const Rlimit = struct({ rlim_cur: "u64", rlim_max: "u64" }, {
  c: "struct rlimit",
  header: "linux/time.h linux/resource.h",
});

/** struct rusage, linux/resource.h; ru_maxrss is in KiB. */
export const Rusage = struct({
  ru_utime: Timeval,
  ru_stime: Timeval,
  ru_maxrss: "i64",
  ru_ixrss: "i64",
  ru_idrss: "i64",
  ru_isrss: "i64",
  ru_minflt: "i64",
  ru_majflt: "i64",
  ru_nswap: "i64",
  ru_inblock: "i64",
  ru_oublock: "i64",
  ru_msgsnd: "i64",
  ru_msgrcv: "i64",
  ru_nsignals: "i64",
  ru_nvcsw: "i64",
  ru_nivcsw: "i64",
}, { c: "struct rusage", header: "linux/time.h linux/resource.h" });

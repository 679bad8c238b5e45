/**
 * Task creation and scheduling: linux/sched.h, linux/sched/types.h.
 *
 * @module
 */

import { struct } from "../struct.ts";

// clone(2), clone3(2), unshare(2). The low byte of clone's flags is a signal.
export const CSIGNAL = 0xff;
export const CLONE_VM = 0x100;
export const CLONE_FS = 0x200;
export const CLONE_FILES = 0x400;
export const CLONE_SIGHAND = 0x800;
export const CLONE_PIDFD = 0x1000;
export const CLONE_PTRACE = 0x2000;
export const CLONE_VFORK = 0x4000;
export const CLONE_PARENT = 0x8000;
export const CLONE_THREAD = 0x10000;
export const CLONE_NEWNS = 0x20000;
export const CLONE_SYSVSEM = 0x40000;
export const CLONE_SETTLS = 0x80000;
export const CLONE_PARENT_SETTID = 0x100000;
export const CLONE_CHILD_CLEARTID = 0x200000;
export const CLONE_DETACHED = 0x400000;
export const CLONE_UNTRACED = 0x800000;
export const CLONE_CHILD_SETTID = 0x1000000;
export const CLONE_NEWCGROUP = 0x2000000;
export const CLONE_NEWUTS = 0x4000000;
export const CLONE_NEWIPC = 0x8000000;
export const CLONE_NEWUSER = 0x10000000;
export const CLONE_NEWPID = 0x20000000;
export const CLONE_NEWNET = 0x40000000;
export const CLONE_IO = 0x80000000;
export const CLONE_CLEAR_SIGHAND = 0x100000000;
export const CLONE_INTO_CGROUP = 0x200000000;
export const CLONE_NEWTIME = 0x80;

// Policies.
export const SCHED_NORMAL = 0;
export const SCHED_FIFO = 1;
export const SCHED_RR = 2;
export const SCHED_BATCH = 3;
export const SCHED_IDLE = 5;
export const SCHED_DEADLINE = 6;
export const SCHED_EXT = 7;
/** The C library's name of SCHED_NORMAL. */
export const SCHED_OTHER = 0;
export const SCHED_RESET_ON_FORK = 0x40000000;
// sched_setattr(2).
export const SCHED_FLAG_RESET_ON_FORK = 0x1;
export const SCHED_FLAG_RECLAIM = 0x2;
export const SCHED_FLAG_DL_OVERRUN = 0x4;
export const SCHED_FLAG_KEEP_POLICY = 0x8;
export const SCHED_FLAG_KEEP_PARAMS = 0x10;
export const SCHED_FLAG_UTIL_CLAMP_MIN = 0x20;
export const SCHED_FLAG_UTIL_CLAMP_MAX = 0x40;
export const SCHED_FLAG_KEEP_ALL = 0x18;
export const SCHED_FLAG_UTIL_CLAMP = 0x60;
export const SCHED_FLAG_ALL = 0x7f;

/** sched_getattr(2). */
export const SCHED_ATTR_SIZE_VER0 = 48;
export const SCHED_ATTR_SIZE_VER1 = 56;
// clone3(2): sizes of the versions of clone_args.
export const CLONE_ARGS_SIZE_VER0 = 64;
export const CLONE_ARGS_SIZE_VER1 = 80;
export const CLONE_ARGS_SIZE_VER2 = 88;

/** Bounds of sched_priority under SCHED_FIFO and SCHED_RR. */
export const MIN_RT_PRIO = 1;
export const MAX_RT_PRIO = 99;

/** setpriority(2), linux/resource.h. */
export const PRIO_PROCESS = 0;
export const PRIO_PGRP = 1;
export const PRIO_USER = 2;

// ioprio_set(2), linux/ioprio.h.
export const IOPRIO_CLASS_SHIFT = 13;
export const IOPRIO_CLASS_NONE = 0;
export const IOPRIO_CLASS_RT = 1;
export const IOPRIO_CLASS_BE = 2;
export const IOPRIO_CLASS_IDLE = 3;
export const IOPRIO_WHO_PROCESS = 1;
export const IOPRIO_WHO_PGRP = 2;
export const IOPRIO_WHO_USER = 3;

// kcmp(2), linux/kcmp.h.
export const KCMP_FILE = 0;
export const KCMP_VM = 1;
export const KCMP_FILES = 2;
export const KCMP_FS = 3;
export const KCMP_SIGHAND = 4;
export const KCMP_IO = 5;
export const KCMP_SYSVSEM = 6;
export const KCMP_EPOLL_TFD = 7;

/** pidfd_open(2), linux/pidfd.h. */
export const PIDFD_NONBLOCK = 0o4000;
export const PIDFD_THREAD = 0o200;
/** pidfd_send_signal(2). */
export const PIDFD_SIGNAL_THREAD = 0x1;
export const PIDFD_SIGNAL_THREAD_GROUP = 0x2;
export const PIDFD_SIGNAL_PROCESS_GROUP = 0x4;

/** struct clone_args, linux/sched.h; smaller sizes are older versions. */
export const CloneArgs = struct({
  flags: "u64",
  pidfd: "ptr",
  child_tid: "ptr",
  parent_tid: "ptr",
  exit_signal: "u64",
  stack: "ptr",
  stack_size: "u64",
  tls: "ptr",
  set_tid: "ptr",
  set_tid_size: "u64",
  cgroup: "u64",
}, { c: "struct clone_args", header: "linux/sched.h" });

/** struct sched_param, linux/sched/types.h. */
export const SchedParam = struct({ sched_priority: "i32" }, {
  c: "struct sched_param",
  header: "sched.h",
});

/** struct sched_attr, linux/sched/types.h. */
export const SchedAttr = struct({
  size: "u32",
  sched_policy: "u32",
  sched_flags: "u64",
  sched_nice: "i32",
  sched_priority: "u32",
  sched_runtime: "u64",
  sched_deadline: "u64",
  sched_period: "u64",
  sched_util_min: "u32",
  sched_util_max: "u32",
}, { c: "struct sched_attr", header: "linux/types.h linux/sched/types.h" });

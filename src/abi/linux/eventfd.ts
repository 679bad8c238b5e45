/**
 * eventfd(2) and signalfd(2): linux/eventfd.h, linux/signalfd.h. Flags of
 * timerfd are in time.ts.
 *
 * @module
 */

import { struct } from "../struct.ts";

export const EFD_SEMAPHORE = 0x1;
export const EFD_CLOEXEC = 0o2000000;
export const EFD_NONBLOCK = 0o4000;

export const SFD_CLOEXEC = 0o2000000;
export const SFD_NONBLOCK = 0o4000;

/** struct signalfd_siginfo, linux/signalfd.h. */
export const SignalfdSiginfo = struct({
  ssi_signo: "u32",
  ssi_errno: "i32",
  ssi_code: "i32",
  ssi_pid: "u32",
  ssi_uid: "u32",
  ssi_fd: "i32",
  ssi_tid: "u32",
  ssi_band: "u32",
  ssi_overrun: "u32",
  ssi_trapno: "u32",
  ssi_status: "i32",
  ssi_int: "i32",
  ssi_ptr: "bits64",
  ssi_utime: "u64",
  ssi_stime: "u64",
  ssi_addr: "u64",
  ssi_addr_lsb: "u16",
  __pad2: "u16",
  ssi_syscall: "i32",
  ssi_call_addr: "u64",
  ssi_arch: "u32",
  __pad: ["u8", 28],
}, { c: "struct signalfd_siginfo", header: "linux/signalfd.h" });

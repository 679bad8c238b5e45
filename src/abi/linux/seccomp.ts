/**
 * seccomp(2) and classic BPF: linux/seccomp.h, linux/filter.h, linux/audit.h.
 *
 * @module
 */

import { struct } from "../struct.ts";

export const SECCOMP_MODE_DISABLED = 0;
export const SECCOMP_MODE_STRICT = 1;
export const SECCOMP_MODE_FILTER = 2;
export const SECCOMP_SET_MODE_STRICT = 0;
export const SECCOMP_SET_MODE_FILTER = 1;
export const SECCOMP_GET_ACTION_AVAIL = 2;
export const SECCOMP_GET_NOTIF_SIZES = 3;
export const SECCOMP_FILTER_FLAG_TSYNC = 0x1;
export const SECCOMP_FILTER_FLAG_LOG = 0x2;
export const SECCOMP_FILTER_FLAG_SPEC_ALLOW = 0x4;
export const SECCOMP_FILTER_FLAG_NEW_LISTENER = 0x8;
export const SECCOMP_FILTER_FLAG_TSYNC_ESRCH = 0x10;
export const SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV = 0x20;
export const SECCOMP_RET_KILL_PROCESS = 0x80000000;
export const SECCOMP_RET_KILL_THREAD = 0x0;
export const SECCOMP_RET_KILL = 0x0;
export const SECCOMP_RET_TRAP = 0x30000;
export const SECCOMP_RET_ERRNO = 0x50000;
export const SECCOMP_RET_USER_NOTIF = 0x7fc00000;
export const SECCOMP_RET_TRACE = 0x7ff00000;
export const SECCOMP_RET_LOG = 0x7ffc0000;
export const SECCOMP_RET_ALLOW = 0x7fff0000;
export const SECCOMP_RET_ACTION_FULL = 0xffff0000;
export const SECCOMP_RET_DATA = 0xffff;
// si_arch and seccomp_data's `arch`.
export const AUDIT_ARCH_X86_64 = 0xc000003e;
export const AUDIT_ARCH_I386 = 0x40000003;
export const BPF_MAXINSNS = 4096;

// Parts of a filter instruction's code.
export const BPF_LD = 0x0;
export const BPF_LDX = 0x1;
export const BPF_ST = 0x2;
export const BPF_STX = 0x3;
export const BPF_ALU = 0x4;
export const BPF_JMP = 0x5;
export const BPF_RET = 0x6;
export const BPF_MISC = 0x7;
export const BPF_W = 0x0;
export const BPF_H = 0x8;
export const BPF_B = 0x10;
export const BPF_IMM = 0x0;
export const BPF_ABS = 0x20;
export const BPF_IND = 0x40;
export const BPF_MEM = 0x60;
export const BPF_LEN = 0x80;
export const BPF_MSH = 0xa0;
export const BPF_ADD = 0x0;
export const BPF_SUB = 0x10;
export const BPF_MUL = 0x20;
export const BPF_DIV = 0x30;
export const BPF_OR = 0x40;
export const BPF_AND = 0x50;
export const BPF_LSH = 0x60;
export const BPF_RSH = 0x70;
export const BPF_NEG = 0x80;
export const BPF_MOD = 0x90;
export const BPF_XOR = 0xa0;
export const BPF_JA = 0x0;
export const BPF_JEQ = 0x10;
export const BPF_JGT = 0x20;
export const BPF_JGE = 0x30;
export const BPF_JSET = 0x40;
export const BPF_K = 0x0;
export const BPF_X = 0x8;
export const BPF_A = 0x10;
export const BPF_TAX = 0x0;
export const BPF_TXA = 0x80;

/** struct seccomp_data, linux/seccomp.h. */
export const SeccompData = struct({
  nr: "i32",
  arch: "u32",
  instruction_pointer: "bits64",
  args: ["bits64", 6],
}, { c: "struct seccomp_data", header: "linux/types.h linux/seccomp.h" });

/** struct sock_filter, linux/filter.h. */
export const SockFilter = struct({
  code: "u16",
  jt: "u8",
  jf: "u8",
  k: "u32",
}, { c: "struct sock_filter", header: "linux/filter.h" });

/** struct sock_fprog, linux/filter.h. */
export const SockFprog = struct({ len: "u16", filter: "ptr" }, {
  c: "struct sock_fprog",
  header: "linux/filter.h",
});

/** struct seccomp_notif_sizes, linux/seccomp.h. */
export const SeccompNotifSizes = struct({
  seccomp_notif: "u16",
  seccomp_notif_resp: "u16",
  seccomp_data: "u16",
}, {
  c: "struct seccomp_notif_sizes",
  header: "linux/types.h linux/seccomp.h",
});

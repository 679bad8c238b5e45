/**
 * x86-64: asm/prctl.h, sys/user.h, asm/processor-flags.h.
 *
 * @module
 */

import { struct } from "../struct.ts";

// arch_prctl(2).
export const ARCH_SET_GS = 0x1001;
export const ARCH_SET_FS = 0x1002;
export const ARCH_GET_FS = 0x1003;
export const ARCH_GET_GS = 0x1004;
export const ARCH_GET_CPUID = 0x1011;
export const ARCH_SET_CPUID = 0x1012;
export const ARCH_GET_XCOMP_SUPP = 0x1021;
export const ARCH_GET_XCOMP_PERM = 0x1022;
export const ARCH_REQ_XCOMP_PERM = 0x1023;
export const ARCH_GET_XCOMP_GUEST_PERM = 0x1024;
export const ARCH_REQ_XCOMP_GUEST_PERM = 0x1025;
export const ARCH_MAP_VDSO_X32 = 0x2001;
export const ARCH_MAP_VDSO_32 = 0x2002;
export const ARCH_MAP_VDSO_64 = 0x2003;
export const ARCH_GET_UNTAG_MASK = 0x4001;
export const ARCH_ENABLE_TAGGED_ADDR = 0x4002;
export const ARCH_GET_MAX_TAG_BITS = 0x4003;
export const ARCH_SHSTK_ENABLE = 0x5001;
export const ARCH_SHSTK_STATUS = 0x5005;

// RFLAGS.
export const X86_EFLAGS_CF = 0x1;
export const X86_EFLAGS_PF = 0x4;
export const X86_EFLAGS_AF = 0x10;
export const X86_EFLAGS_ZF = 0x40;
export const X86_EFLAGS_SF = 0x80;
export const X86_EFLAGS_TF = 0x100;
export const X86_EFLAGS_IF = 0x200;
export const X86_EFLAGS_DF = 0x400;
export const X86_EFLAGS_OF = 0x800;
export const X86_EFLAGS_NT = 0x4000;
export const X86_EFLAGS_RF = 0x10000;
export const X86_EFLAGS_AC = 0x40000;
export const X86_EFLAGS_ID = 0x200000;
/** What rt_sigreturn(2) lets a program set in RFLAGS (FIX_EFLAGS). */
export const USER_EFLAGS_MASK = 0x50dd5;

/** Segment selectors of 64-bit programs. */
export const USER_CS = 0x33;
export const USER_DS = 0x2b;
export const USER32_CS = 0x23;

/** Exception numbers, as in sigcontext's `trapno`. */
export const X86_TRAP_DE = 0;
export const X86_TRAP_DB = 1;
export const X86_TRAP_BP = 3;
export const X86_TRAP_OF = 4;
export const X86_TRAP_BR = 5;
export const X86_TRAP_UD = 6;
export const X86_TRAP_NM = 7;
export const X86_TRAP_DF = 8;
export const X86_TRAP_NP = 11;
export const X86_TRAP_SS = 12;
export const X86_TRAP_GP = 13;
export const X86_TRAP_PF = 14;
export const X86_TRAP_MF = 16;
export const X86_TRAP_AC = 17;
export const X86_TRAP_XF = 19;

/** Bits of a page fault's error code. */
export const X86_PF_PROT = 0x1;
export const X86_PF_WRITE = 0x2;
export const X86_PF_USER = 0x4;
export const X86_PF_RSVD = 0x8;
export const X86_PF_INSTR = 0x10;
export const X86_PF_PK = 0x20;

/** struct user_regs_struct, sys/user.h: PTRACE_GETREGS. */
export const UserRegs = struct({
  r15: "bits64",
  r14: "bits64",
  r13: "bits64",
  r12: "bits64",
  rbp: "bits64",
  rbx: "bits64",
  r11: "bits64",
  r10: "bits64",
  r9: "bits64",
  r8: "bits64",
  rax: "bits64",
  rcx: "bits64",
  rdx: "bits64",
  rsi: "bits64",
  rdi: "bits64",
  orig_rax: "bits64",
  rip: "bits64",
  cs: "bits64",
  eflags: "bits64",
  rsp: "bits64",
  ss: "bits64",
  fs_base: "bits64",
  gs_base: "bits64",
  ds: "bits64",
  es: "bits64",
  fs: "bits64",
  gs: "bits64",
}, { c: "struct user_regs_struct", header: "sys/user.h" });

/** struct user_desc, asm/ldt.h (set_thread_area); `flags` are its bit fields. */
export const UserDesc = struct({
  entry_number: "u32",
  base_addr: "u32",
  limit: "u32",
  _pad_flags: "u32",
}, { c: "struct user_desc", header: "asm/ldt.h" });

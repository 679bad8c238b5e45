/**
 * What the kernel pushes on the stack for a signal handler on x86-64:
 * asm/sigcontext.h, asm/ucontext.h, arch/x86/include/asm/sigframe.h.
 *
 * From low to high: RtSigframe (pretcode where `rsp` points), then the extended
 * FP state, 64-byte aligned, which `mcontext.fpstate` points at. `rsp` at the
 * handler's entry is 8 below a multiple of 16.
 *
 * @module
 */

import { struct } from "../struct.ts";
import { Siginfo } from "./siginfo.ts";
import { StackT } from "./signal.ts";

// Marks `_fpx_sw_bytes` as valid, and the end of the extended state.
export const FP_XSTATE_MAGIC1 = 0x46505853;
export const FP_XSTATE_MAGIC2 = 0x46505845;
/** Bytes of FP_XSTATE_MAGIC2 behind the extended state. */
export const FP_XSTATE_MAGIC2_SIZE = 4;

/** The frame saves extended state (in uc_flags). */
export const UC_FP_XSTATE = 0x1;
/** The frame saves ss, and sigreturn is to restore it. */
export const UC_SIGCONTEXT_SS = 0x2;
export const UC_STRICT_RESTORE_SS = 0x4;

/** Bytes below `rsp` that leaf functions may use: a frame starts under them. */
export const RED_ZONE = 128;

/** struct _fpx_sw_bytes: software's part of the FXSAVE area, byte 464 of it. */
export const FpxSwBytes = struct({
  magic1: "u32",
  /** Bytes of the whole state with FP_XSTATE_MAGIC2. */
  extended_size: "u32",
  xfeatures: "bits64",
  xstate_size: "u32",
  padding: ["u32", 7],
}, { c: "struct _fpx_sw_bytes", header: "asm/sigcontext.h" });

/** struct _fpstate_64: the FXSAVE area, 512 bytes. */
export const Fpstate = struct({
  cwd: "u16",
  swd: "u16",
  twd: "u16",
  fop: "u16",
  rip: "bits64",
  rdp: "bits64",
  mxcsr: "u32",
  mxcsr_mask: "u32",
  st_space: ["u32", 32],
  xmm_space: ["u32", 64],
  reserved2: ["u32", 12],
  sw_reserved: FpxSwBytes,
}, { c: "struct _fpstate_64", header: "asm/sigcontext.h" });

/** struct _header: the XSAVE header behind the FXSAVE area. */
export const XstateHeader = struct({
  xfeatures: "bits64",
  reserved1: ["bits64", 2],
  reserved2: ["bits64", 5],
}, { c: "struct _header", header: "asm/sigcontext.h" });

/** struct sigcontext (mcontext_t): the interrupted registers. */
export const Sigcontext = struct({
  r8: "bits64",
  r9: "bits64",
  r10: "bits64",
  r11: "bits64",
  r12: "bits64",
  r13: "bits64",
  r14: "bits64",
  r15: "bits64",
  rdi: "bits64",
  rsi: "bits64",
  rbp: "bits64",
  rbx: "bits64",
  rdx: "bits64",
  rax: "bits64",
  rcx: "bits64",
  rsp: "bits64",
  rip: "bits64",
  eflags: "bits64",
  cs: "u16",
  gs: "u16",
  fs: "u16",
  ss: "u16",
  err: "bits64",
  trapno: "bits64",
  oldmask: "bits64",
  cr2: "bits64",
  fpstate: "ptr",
  reserved1: ["bits64", 8],
}, { c: "struct sigcontext", header: "asm/sigcontext.h" });

/** struct ucontext. */
export const Ucontext = struct({
  uc_flags: "u64",
  uc_link: "ptr",
  uc_stack: StackT,
  uc_mcontext: Sigcontext,
  uc_sigmask: "bits64",
}, {
  c: "struct ucontext",
  header: "asm/signal.h asm/sigcontext.h asm/ucontext.h",
});

/** struct rt_sigframe; `pretcode` is the return address, sa_restorer. */
export const RtSigframe = struct({
  pretcode: "ptr",
  uc: Ucontext,
  info: Siginfo,
});

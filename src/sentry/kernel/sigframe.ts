/**
 * The frame of a signal handler on the guest's stack: built before the handler
 * runs, read back by rt_sigreturn(2). Whatever the guest wrote there is hostile.
 */
import {
  FP_XSTATE_MAGIC1,
  FP_XSTATE_MAGIC2,
  FP_XSTATE_MAGIC2_SIZE,
  Fpstate,
  RED_ZONE,
  RtSigframe,
  Sigcontext,
  UC_FP_XSTATE,
  UC_SIGCONTEXT_SS,
  UC_STRICT_RESTORE_SS,
  XstateHeader,
} from "../../abi/linux/sigframe.ts";
import {
  SA_RESTORER,
  SS_AUTODISARM,
  SS_DISABLE,
  SS_ONSTACK,
} from "../../abi/linux/signal.ts";
import {
  CS,
  EFLAGS,
  getReg,
  R10,
  R11,
  R12,
  R13,
  R14,
  R15,
  R8,
  R9,
  RAX,
  RBP,
  RBX,
  RCX,
  RDI,
  RDX,
  RIP,
  RSI,
  RSP,
  setReg,
  SS,
} from "../../platform/registers.ts";
import type { SignalAction } from "./signal_actions.ts";
import { setAltStack } from "./alt_stack.ts";
import type { SigInfo } from "./siginfo.ts";
import { setMask } from "./signal.ts";
import type { Task } from "./task.ts";
import type { TaskSignals } from "./task_signals.ts";

/** Selectors of 64-bit user code and data. */
const USER_CS = 0x33;
const USER_DS = 0x2b;
/** Flags that a handler does not inherit: trap, direction, resume. */
const HANDLER_CLEARS = 0x100 | 0x400 | 0x10000;
/** Flags that sigreturn may set: AC OF DF TF SF ZF AF PF CF RF. */
const RESTORABLE = 0x40000 | 0x800 | 0x400 | 0x100 | 0x80 | 0x40 | 0x10 | 0x4 |
  0x1 | 0x10000;
/** Bits of MXCSR that exist. */
const MXCSR_MASK = 0xffff;
const FXSAVE_SIZE = Fpstate.size;
const HEADER_END = FXSAVE_SIZE + XstateHeader.size;

/** General registers as sigcontext has them: its offset, our index. */
const REGISTERS: readonly (readonly [number, number])[] = [
  [Sigcontext.offsets.r8, R8],
  [Sigcontext.offsets.r9, R9],
  [Sigcontext.offsets.r10, R10],
  [Sigcontext.offsets.r11, R11],
  [Sigcontext.offsets.r12, R12],
  [Sigcontext.offsets.r13, R13],
  [Sigcontext.offsets.r14, R14],
  [Sigcontext.offsets.r15, R15],
  [Sigcontext.offsets.rdi, RDI],
  [Sigcontext.offsets.rsi, RSI],
  [Sigcontext.offsets.rbp, RBP],
  [Sigcontext.offsets.rbx, RBX],
  [Sigcontext.offsets.rdx, RDX],
  [Sigcontext.offsets.rax, RAX],
  [Sigcontext.offsets.rcx, RCX],
  [Sigcontext.offsets.rsp, RSP],
  [Sigcontext.offsets.rip, RIP],
];

const frame = RtSigframe.alloc();
/** Room for the extended state of any CPU there is (AMX: 11 KiB), and the magic behind it. */
const fp = new Uint8Array(16384);
const fpView = new DataView(fp.buffer);
const fxsave = Fpstate.at(fp);
const header = XstateHeader.at(fp, FXSAVE_SIZE);
/** State components that the host's frames save, once seen. */
let featuresLo = 0;
let featuresHi = 0;

/**
 * Makes `t` enter the handler of `action` for `info`: frame on the stack,
 * registers set. `mask` is what sigreturn will restore. False: the stack can't
 * take it (SIGSEGV). Needs `ctx.full`.
 */
export function enterHandler(
  t: Task,
  info: SigInfo,
  action: SignalAction,
  maskLo: number,
  maskHi: number,
): boolean {
  if ((action.flags & SA_RESTORER) === 0) return false;
  const { regs } = t.ctx;
  const length = t.ctx.readFp(fp);
  const total = length > FXSAVE_SIZE ? length + FP_XSTATE_MAGIC2_SIZE : length;
  const fpAt = findStack(t, action.onStack, total);
  if (fpAt < 0) return false;
  const room = RtSigframe.size;
  const at = roundDown(fpAt - room, 16) - 8;
  if (at < 0 || (needsAltStack && !holds(t.signals, at))) return false;
  if (length > 0 && !writeFp(t, fpAt, length)) return false;
  frame.bytes.fill(0);
  frame.pretcode = action.restorer;
  info.write(frame.info);
  fillContext(t, info, length > 0 ? fpAt : 0, length > FXSAVE_SIZE);
  frame.uc.uc_sigmask_lo = maskLo;
  frame.uc.uc_sigmask_hi = maskHi;
  if (!t.copyOut(at, frame)) return false;
  if ((t.signals.altStackFlags & SS_AUTODISARM) !== 0) {
    t.signals.disarmAltStack();
  }
  setReg(regs, RDI, info.signo);
  setReg(regs, RSI, at + RtSigframe.offsets.info);
  setReg(regs, RDX, at + RtSigframe.offsets.uc);
  setReg(regs, RAX, 0);
  setReg(regs, RIP, action.handler);
  setReg(regs, RSP, at);
  regs[CS] = USER_CS;
  regs[SS] = USER_DS;
  regs[EFLAGS] = (regs[EFLAGS] & ~HANDLER_CLEARS) >>> 0;
  t.ctx.resetFp();
  return true;
}

/** Restores what `enterHandler` saved. False: the frame is bad (SIGSEGV). Needs `ctx.full`. */
export function leaveHandler(t: Task): boolean {
  const { regs } = t.ctx;
  const at = getReg(regs, RSP) - 8;
  if (!t.copyIn(at, frame)) return false;
  const { uc } = frame;
  const mc = uc.uc_mcontext;
  if (!restoreFp(t, mc.fpstate)) return false;
  for (const [offset, r] of REGISTERS) {
    regs[r] = mc.view.getUint32(mc.base + offset, true);
    regs[r + 1] = mc.view.getUint32(mc.base + offset + 4, true);
  }
  const flags = mc.eflags_lo & RESTORABLE;
  regs[EFLAGS] = ((regs[EFLAGS] & ~RESTORABLE) | flags) >>> 0;
  regs[CS] = USER_CS;
  regs[SS] = USER_DS;
  setMask(t, uc.uc_sigmask_lo, uc.uc_sigmask_hi);
  const stack = uc.uc_stack;
  setAltStack(t, stack.ss_sp, stack.ss_flags, stack.ss_size);
  return true;
}

/** Whether the frame that `findStack` placed must lie on the alternate stack. */
let needsAltStack = false;

/** Address of an FP area of `size` bytes on the stack that the handler uses, or -1. */
function findStack(t: Task, onStack: boolean, size: number): number {
  const s = t.signals;
  let sp = getReg(t.ctx.regs, RSP) - RED_ZONE;
  needsAltStack = isOnAltStack(s, sp);
  if (onStack && s.altStackSize > 0 && !isOnAltStack(s, sp)) {
    sp = s.altStackAddr + s.altStackSize;
    needsAltStack = true;
  }
  sp = roundDown(sp - size, 64);
  return sp;
}

/** Whether `sp` is in use on the alternate stack; one with SS_AUTODISARM never is. */
export function isOnAltStack(s: TaskSignals, sp: number): boolean {
  return (s.altStackFlags & SS_AUTODISARM) === 0 && holds(s, sp);
}

/** What sigaltstack(2) shows as flags for a task with stack pointer `sp`. */
export function altStackMode(s: TaskSignals, sp: number): number {
  if (s.altStackSize === 0) return SS_DISABLE;
  return isOnAltStack(s, sp) ? SS_ONSTACK : 0;
}

function holds(s: TaskSignals, sp: number): boolean {
  return sp > s.altStackAddr && sp - s.altStackAddr <= s.altStackSize;
}

function fillContext(
  t: Task,
  info: SigInfo,
  fpstate: number,
  extended: boolean,
): void {
  const { regs } = t.ctx;
  const { uc } = frame;
  uc.uc_flags = UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS |
    (extended ? UC_FP_XSTATE : 0);
  uc.uc_stack.ss_sp = t.signals.altStackAddr;
  uc.uc_stack.ss_flags = t.signals.altStackFlags;
  uc.uc_stack.ss_size = t.signals.altStackSize;
  const mc = uc.uc_mcontext;
  for (const [offset, r] of REGISTERS) {
    mc.view.setUint32(mc.base + offset, regs[r], true);
    mc.view.setUint32(mc.base + offset + 4, regs[r + 1], true);
  }
  mc.eflags_lo = regs[EFLAGS];
  mc.cs = USER_CS;
  mc.ss = USER_DS;
  mc.err_lo = info.err;
  mc.trapno_lo = info.trapno;
  mc.oldmask_lo = t.signals.mask.lo;
  mc.oldmask_hi = t.signals.mask.hi;
  if (info.trapno === PAGE_FAULT) {
    mc.cr2_lo = info.addr >>> 0;
    mc.cr2_hi = Math.floor(info.addr / 4294967296) >>> 0;
  }
  mc.fpstate = fpstate;
}

const PAGE_FAULT = 14;

/** Copies the state in `fp` to the guest, with the marks that software looks for. */
function writeFp(t: Task, at: number, length: number): boolean {
  if (length <= FXSAVE_SIZE) return t.mm.copyOut(at, fp, 0, length);
  const sw = fxsave.sw_reserved;
  noteFeatures();
  sw.magic1 = FP_XSTATE_MAGIC1;
  sw.extended_size = length + FP_XSTATE_MAGIC2_SIZE;
  sw.xfeatures_lo = featuresLo;
  sw.xfeatures_hi = featuresHi;
  sw.xstate_size = length;
  fpView.setUint32(length, FP_XSTATE_MAGIC2, true);
  return t.mm.copyOut(at, fp, 0, length + FP_XSTATE_MAGIC2_SIZE);
}

/** Learns the components that exist: from the host's own marks, or what is in use. */
function noteFeatures(): void {
  const sw = fxsave.sw_reserved;
  const marked = sw.magic1 === FP_XSTATE_MAGIC1;
  featuresLo = (featuresLo | header.xfeatures_lo |
    (marked ? sw.xfeatures_lo : 3)) >>> 0;
  featuresHi = (featuresHi | header.xfeatures_hi |
    (marked ? sw.xfeatures_hi : 0)) >>> 0;
}

/** Sets FP state from the guest's `at`; 0 means the state of a new program. */
function restoreFp(t: Task, at: number): boolean {
  if (at === 0) {
    t.ctx.resetFp();
    return true;
  }
  const own = t.ctx.readFp(fp);
  if (own > FXSAVE_SIZE) noteFeatures();
  if (!t.mm.copyIn(at, fp, 0, FXSAVE_SIZE)) return false;
  if ((fxsave.mxcsr & ~MXCSR_MASK) !== 0) return false;
  const length = extendedLength(t, at, own);
  if (length > 0) t.ctx.writeFp(fp, length);
  else if (own > 0) t.ctx.writeFp(fp, FXSAVE_SIZE);
  return length >= 0;
}

/** Reads the extended part if the marks are right: its length, 0 without it, -1 if it is bad. */
function extendedLength(t: Task, at: number, own: number): number {
  const sw = fxsave.sw_reserved;
  const length = sw.xstate_size;
  if (
    sw.magic1 !== FP_XSTATE_MAGIC1 || length < HEADER_END || length > own ||
    length > sw.extended_size
  ) return 0;
  const rest = length - FXSAVE_SIZE;
  if (!t.mm.copyIn(at + FXSAVE_SIZE, fp, FXSAVE_SIZE, rest + 4)) return -1;
  if (fpView.getUint32(length, true) !== FP_XSTATE_MAGIC2) return 0;
  header.xfeatures_lo = (header.xfeatures_lo & featuresLo) >>> 0;
  header.xfeatures_hi = (header.xfeatures_hi & featuresHi) >>> 0;
  for (let i = 0; i < 2; i++) {
    if (header.reserved1.lo(i) !== 0 || header.reserved1.hi(i) !== 0) return -1;
  }
  for (let i = 0; i < 5; i++) header.reserved2.set(i, 0, 0);
  return length;
}

function roundDown(n: number, to: number): number {
  return n - (((n % to) + to) % to);
}

import { assertEquals } from "@std/assert";
import { EINTR } from "../../abi/linux/errno.ts";
import { Siginfo } from "../../abi/linux/siginfo.ts";
import { RtSigframe, Sigcontext, Ucontext } from "../../abi/linux/sigframe.ts";
import {
  SA_NODEFER,
  SA_ONSTACK,
  SA_RESETHAND,
  SA_RESTART,
  SA_RESTORER,
  SIG_DFL,
  SIGSEGV,
  SIGUSR1,
  SIGUSR2,
  SIGWINCH,
} from "../../abi/linux/signal.ts";
import { SYS } from "../../abi/linux/syscall_numbers.ts";
import {
  EFLAGS,
  getReg,
  ORIG_RAX,
  RAX,
  RBX,
  RDI,
  RDX,
  RIP,
  RSI,
  RSP,
  setReg,
} from "../../platform/registers.ts";
import {
  ERESTART_RESTARTBLOCK,
  ERESTARTNOHAND,
  ERESTARTNOINTR,
  ERESTARTSYS,
} from "../syscalls/row.ts";
import { BASE } from "../testing/fake_task.ts";
import {
  contextOf,
  forkProcess,
  initProcess,
  memoryOf,
} from "../testing/fake_process.ts";
import { setAltStack } from "./alt_stack.ts";
import { leaveHandler } from "./sigframe.ts";
import { SigInfo } from "./siginfo.ts";
import { recalcPending, sendToTask, setMask } from "./signal.ts";
import { deliverSignal, Delivery } from "./signal_delivery.ts";
import { sigBit } from "./signal_set.ts";
import type { Task } from "./task.ts";

const HANDLER = 0x20000;
const RESTORER = 0x20100;
const CODE = 0x400000;

function process(): Task {
  const t = forkProcess(initProcess());
  setReg(t.ctx.regs, RIP, CODE);
  return t;
}

function handle(t: Task, signo: number, flags = 0): void {
  const action = t.group.signals.actions.get(signo);
  action.handler = HANDLER;
  action.flags = (flags | SA_RESTORER) >>> 0;
  action.restorer = RESTORER;
}

/** A call that ended with `result`, before its signals are delivered. */
function inCall(t: Task, nr: number, result: number): void {
  t.inSyscall = true;
  t.ctx.regs[ORIG_RAX] = nr;
  setReg(t.ctx.regs, RAX, result);
}

function rax(t: Task): number {
  return t.ctx.regs[RAX] | 0;
}

function frameOf(t: Task) {
  const at = getReg(t.ctx.regs, RSP);
  const frame = RtSigframe.alloc();
  memoryOf(t).copyIn(at, frame.bytes, 0, RtSigframe.size);
  return frame;
}

Deno.test("delivery: a handler gets the signal, siginfo and ucontext", () => {
  const t = process();
  handle(t, SIGUSR1);
  sendToTask(t, SigInfo.user(SIGUSR1, 42, 7));
  assertEquals(deliverSignal(t), Delivery.Guest);
  const { regs } = t.ctx;
  const sp = getReg(regs, RSP);
  assertEquals(getReg(regs, RIP), HANDLER);
  assertEquals(getReg(regs, RDI), SIGUSR1);
  assertEquals(getReg(regs, RSI), sp + RtSigframe.offsets.info);
  assertEquals(getReg(regs, RDX), sp + RtSigframe.offsets.uc);
  assertEquals(sp % 16, 8);
  const frame = frameOf(t);
  assertEquals(frame.pretcode, RESTORER);
  assertEquals([frame.info.si_pid, frame.info.si_uid], [42, 7]);
  assertEquals(frame.uc.uc_mcontext.rip_lo, CODE);
});

Deno.test("delivery: sigreturn restores registers, mask and FP state", () => {
  const t = process();
  handle(t, SIGUSR1);
  setReg(t.ctx.regs, RBX, 0x123456789a);
  t.ctx.regs[EFLAGS] = 0x246;
  contextOf(t).fp.fill(3, 160, 200);
  const before = t.ctx.regs.slice();
  sendToTask(t, SigInfo.user(SIGUSR1, 1, 0));
  deliverSignal(t);
  assertEquals(t.signals.mask.has(SIGUSR1), true);
  assertEquals(contextOf(t).fp[160], 0);
  t.ctx.regs.fill(9, RBX, RBX + 2);
  setReg(t.ctx.regs, RSP, getReg(t.ctx.regs, RSP) + 8);
  assertEquals(leaveHandler(t), true);
  assertEquals(getReg(t.ctx.regs, RBX), 0x123456789a);
  assertEquals(getReg(t.ctx.regs, RSP), getReg(before, RSP));
  assertEquals(t.ctx.regs[EFLAGS] & 0x40, 0x40);
  assertEquals(t.signals.mask.has(SIGUSR1), false);
  assertEquals(contextOf(t).fp[160], 3);
});

Deno.test("delivery: sigreturn takes no privileged flags from the frame", () => {
  const t = process();
  handle(t, SIGUSR1);
  t.ctx.regs[EFLAGS] = 0x202;
  sendToTask(t, SigInfo.user(SIGUSR1, 1, 0));
  deliverSignal(t);
  const at = getReg(t.ctx.regs, RSP);
  const eflags = at + RtSigframe.offsets.uc + Ucontext.offsets.uc_mcontext +
    Sigcontext.offsets.eflags;
  memoryOf(t).setU32(eflags, 0xffffffff);
  setReg(t.ctx.regs, RSP, at + 8);
  leaveHandler(t);
  assertEquals(t.ctx.regs[EFLAGS] & 0x3000, 0);
});

Deno.test("delivery: a context that is not whole is captured first", () => {
  const t = process();
  handle(t, SIGUSR1);
  contextOf(t).full = false;
  sendToTask(t, SigInfo.user(SIGUSR1, 1, 0));
  assertEquals(deliverSignal(t), Delivery.Capture);
  assertEquals(t.signals.pending, true);
  contextOf(t).full = true;
  assertEquals(deliverSignal(t), Delivery.Guest);
  assertEquals(getReg(t.ctx.regs, RIP), HANDLER);
  assertEquals(t.signals.pending, false);
});

Deno.test("delivery: two signals stack, the first one's handler runs last", () => {
  const t = process();
  handle(t, SIGUSR1);
  handle(t, SIGUSR2);
  sendToTask(t, SigInfo.user(SIGUSR2, 1, 0));
  sendToTask(t, SigInfo.user(SIGUSR1, 1, 0));
  deliverSignal(t);
  assertEquals(getReg(t.ctx.regs, RDI), SIGUSR2);
  assertEquals(frameOf(t).uc.uc_mcontext.rdi_lo, SIGUSR1);
});

Deno.test("delivery: SA_RESETHAND resets, SA_NODEFER does not block", () => {
  const t = process();
  handle(t, SIGUSR1, SA_RESETHAND | SA_NODEFER);
  sendToTask(t, SigInfo.user(SIGUSR1, 1, 0));
  deliverSignal(t);
  assertEquals(t.group.signals.actions.get(SIGUSR1).handler, SIG_DFL);
  assertEquals(t.signals.mask.has(SIGUSR1), false);
});

Deno.test("delivery: SA_ONSTACK uses the alternate stack", () => {
  const t = process();
  handle(t, SIGUSR1, SA_ONSTACK);
  setAltStack(t, BASE + 0x20000, 0, 0x4000);
  sendToTask(t, SigInfo.user(SIGUSR1, 1, 0));
  deliverSignal(t);
  const sp = getReg(t.ctx.regs, RSP);
  assertEquals(sp > BASE + 0x20000 && sp < BASE + 0x24000, true);
  assertEquals(frameOf(t).uc.uc_stack.ss_size, 0x4000);
});

Deno.test("delivery: a stack that can't be written means SIGSEGV", () => {
  const t = process();
  handle(t, SIGUSR1);
  setReg(t.ctx.regs, RSP, 0x100);
  sendToTask(t, SigInfo.user(SIGUSR1, 1, 0));
  assertEquals(deliverSignal(t), Delivery.Gone);
  assertEquals(t.group.exitStatus, SIGSEGV);
});

Deno.test("restart: without a handler the call starts again", () => {
  const t = process();
  inCall(t, SYS.read, -ERESTARTSYS);
  t.signals.pending = true;
  assertEquals(deliverSignal(t), Delivery.Restart);
  assertEquals(t.signals.pending, false);
});

Deno.test("restart: a handler without SA_RESTART makes it EINTR", () => {
  const t = process();
  handle(t, SIGUSR1);
  inCall(t, SYS.read, -ERESTARTSYS);
  sendToTask(t, SigInfo.user(SIGUSR1, 1, 0));
  deliverSignal(t);
  const mc = frameOf(t).uc.uc_mcontext;
  assertEquals([mc.rax_lo | 0, mc.rip_lo], [-EINTR, CODE]);
});

Deno.test("restart: after a handler with SA_RESTART the call is made again", () => {
  const t = process();
  handle(t, SIGUSR1, SA_RESTART);
  inCall(t, SYS.wait4, -ERESTARTSYS);
  sendToTask(t, SigInfo.user(SIGUSR1, 1, 0));
  deliverSignal(t);
  const mc = frameOf(t).uc.uc_mcontext;
  assertEquals([mc.rax_lo, mc.rip_lo], [SYS.wait4, CODE - 2]);
});

Deno.test("restart: pause and its like are EINTR even with SA_RESTART", () => {
  const t = process();
  handle(t, SIGUSR1, SA_RESTART);
  inCall(t, SYS.pause, -ERESTARTNOHAND);
  sendToTask(t, SigInfo.user(SIGUSR1, 1, 0));
  deliverSignal(t);
  assertEquals(frameOf(t).uc.uc_mcontext.rax_lo | 0, -EINTR);
});

Deno.test("restart: ERESTARTNOINTR restarts after any handler", () => {
  const t = process();
  handle(t, SIGUSR1);
  inCall(t, SYS.futex, -ERESTARTNOINTR);
  sendToTask(t, SigInfo.user(SIGUSR1, 1, 0));
  deliverSignal(t);
  assertEquals(frameOf(t).uc.uc_mcontext.rip_lo, CODE - 2);
});

Deno.test("restart: a sleep goes on by restart_syscall", () => {
  const t = process();
  inCall(t, SYS.nanosleep, -ERESTART_RESTARTBLOCK);
  t.signals.pending = true;
  assertEquals(deliverSignal(t), Delivery.Restart);
  assertEquals(t.ctx.regs[ORIG_RAX], SYS.restart_syscall);
});

Deno.test("restart: only the innermost handler sees the interrupted call", () => {
  const t = process();
  handle(t, SIGUSR1, SA_RESTART);
  handle(t, SIGUSR2, SA_RESTART);
  inCall(t, SYS.read, -ERESTARTSYS);
  sendToTask(t, SigInfo.user(SIGUSR1, 1, 0));
  sendToTask(t, SigInfo.user(SIGUSR2, 1, 0));
  deliverSignal(t);
  assertEquals(frameOf(t).uc.uc_mcontext.rip_lo, HANDLER);
});

Deno.test("restart: a result that only looks like a code is left alone", () => {
  const t = process();
  t.inSyscall = false;
  setReg(t.ctx.regs, RAX, -ERESTARTSYS);
  t.signals.pending = true;
  assertEquals(deliverSignal(t), Delivery.Guest);
  assertEquals(rax(t), -ERESTARTSYS);
});

Deno.test("sigsuspend: the handler's frame has the mask from before", () => {
  const t = process();
  handle(t, SIGUSR1);
  setMask(t, sigBit(SIGUSR1), 0);
  t.signals.setTemporaryMask(sigBit(SIGUSR2), 0);
  recalcPending(t);
  inCall(t, SYS.rt_sigsuspend, -ERESTARTNOHAND);
  sendToTask(t, SigInfo.user(SIGUSR1, 1, 0));
  deliverSignal(t);
  assertEquals(frameOf(t).uc.uc_sigmask_lo, sigBit(SIGUSR1));
  assertEquals(t.signals.mask.lo, sigBit(SIGUSR1) | sigBit(SIGUSR2));
  assertEquals(t.signals.maskSaved, false);
});

Deno.test("sigsuspend: without a handler the old mask comes back and it runs again", () => {
  const t = process();
  setMask(t, sigBit(SIGUSR1), 0);
  t.signals.setTemporaryMask(0, 0);
  inCall(t, SYS.rt_sigsuspend, -ERESTARTNOHAND);
  t.signals.pending = true;
  sendToTask(t, SigInfo.user(SIGWINCH, 1, 0));
  assertEquals(deliverSignal(t), Delivery.Restart);
  assertEquals(t.signals.mask.lo, sigBit(SIGUSR1));
});

Deno.test("siginfo: what rt_sigqueueinfo gave arrives bit for bit", () => {
  const t = process();
  handle(t, SIGUSR1);
  const si = Siginfo.alloc();
  si.bytes.fill(0x5a, 0, 48);
  si.si_code = -60;
  sendToTask(t, SigInfo.fromGuest(SIGUSR1, si));
  deliverSignal(t);
  si.si_signo = SIGUSR1;
  assertEquals(frameOf(t).info.bytes, si.bytes);
});

import { assertEquals } from "@std/assert";
import { EAGAIN } from "../../abi/linux/errno.ts";
import { RLIMIT_SIGPENDING } from "../../abi/linux/resource.ts";
import { SI_QUEUE } from "../../abi/linux/siginfo.ts";
import {
  SIG_IGN,
  SIGCHLD,
  SIGCONT,
  SIGHUP,
  SIGINT,
  SIGKILL,
  SIGRTMIN,
  SIGSEGV,
  SIGSTOP,
  SIGTERM,
  SIGTSTP,
  SIGUSR1,
  SIGUSR2,
} from "../../abi/linux/signal.ts";
import {
  contextOf,
  forkProcess,
  initProcess,
  parkTask,
  spawnThread,
} from "../testing/fake_process.ts";
import { SigInfo } from "./siginfo.ts";
import {
  forceSignal,
  recalcPending,
  sendToGroup,
  sendToTask,
  setMask,
} from "./signal.ts";
import {
  deliverSignal,
  Delivery,
  nextSignal,
  takeSignal,
} from "./signal_delivery.ts";
import { sigBit } from "./signal_set.ts";
import type { Task } from "./task.ts";
import { TaskState } from "./task.ts";

const HANDLER = 0x20000;

function user(signo: number): SigInfo {
  return SigInfo.user(signo, 7, 0);
}

function queued(signo: number, value: number): SigInfo {
  const info = new SigInfo(signo, SI_QUEUE);
  info.value_lo = value;
  return info;
}

function handle(t: Task, signo: number): void {
  t.group.signals.actions.get(signo).handler = HANDLER;
}

Deno.test("sending: a standard signal that is pending already is not queued twice", () => {
  const t = forkProcess(initProcess());
  handle(t, SIGUSR1);
  setMask(t, sigBit(SIGUSR1), 0);
  sendToTask(t, user(SIGUSR1));
  sendToTask(t, user(SIGUSR1));
  assertEquals(t.signals.queue.size, 1);
});

Deno.test("sending: real-time signals queue up, in order, with their values", () => {
  const t = forkProcess(initProcess());
  setMask(t, 0, 0xffffffff);
  const signo = SIGRTMIN + 2;
  for (const value of [1, 2, 3]) sendToGroup(t.group, queued(signo, value));
  setMask(t, 0, 0);
  const values = [1, 2, 3].map(() => takeSignal(t, signo).value_lo);
  assertEquals([values, nextSignal(t)], [[1, 2, 3], 0]);
});

Deno.test("sending: a real-time signal beyond RLIMIT_SIGPENDING is EAGAIN", () => {
  const t = forkProcess(initProcess());
  t.group.limits.cur[RLIMIT_SIGPENDING] = 1;
  setMask(t, 0, 0xffffffff);
  assertEquals(sendToTask(t, queued(SIGRTMIN + 1, 1)), 0);
  assertEquals(sendToTask(t, queued(SIGRTMIN + 1, 2)), -EAGAIN);
  takeSignal(t, SIGRTMIN + 1);
  assertEquals(sendToTask(t, queued(SIGRTMIN + 1, 3)), 0);
});

Deno.test("sending: the lowest number is delivered first, faults before all", () => {
  const t = forkProcess(initProcess());
  setMask(t, 0xffffffff, 0xffffffff);
  for (const n of [SIGRTMIN + 1, SIGUSR2, SIGSEGV, SIGHUP]) {
    sendToTask(t, user(n));
  }
  setMask(t, 0, 0);
  const order = [];
  for (let n = nextSignal(t); n !== 0; n = nextSignal(t)) {
    order.push(n);
    takeSignal(t, n);
  }
  assertEquals(order, [SIGSEGV, SIGHUP, SIGUSR2, SIGRTMIN + 1]);
});

Deno.test("sending: an ignored signal leaves no trace, unless it is blocked", () => {
  const t = forkProcess(initProcess());
  sendToTask(t, user(SIGCHLD));
  assertEquals([t.signals.pending, t.signals.queue.set.isEmpty], [false, true]);
  setMask(t, sigBit(SIGCHLD), 0);
  sendToTask(t, user(SIGCHLD));
  assertEquals(t.signals.queue.set.has(SIGCHLD), true);
});

Deno.test("sending: a parked task is woken, a running one interrupted", () => {
  const t = forkProcess(initProcess());
  handle(t, SIGUSR1);
  parkTask(t);
  sendToTask(t, user(SIGUSR1));
  assertEquals([t.state, contextOf(t).interrupts], [TaskState.Ready, 0]);
  const other = forkProcess(initProcess());
  handle(other, SIGUSR1);
  sendToTask(other, user(SIGUSR1));
  assertEquals(contextOf(other).interrupts, 1);
});

Deno.test("sending: a process's signal goes to a task that does not block it", () => {
  const t = forkProcess(initProcess());
  const sibling = spawnThread(t);
  handle(t, SIGUSR1);
  setMask(t, sigBit(SIGUSR1), 0);
  sendToGroup(t.group, user(SIGUSR1));
  assertEquals([t.signals.pending, sibling.signals.pending], [false, true]);
});

Deno.test("masking: a signal that the chosen task blocks is handed to a sibling", () => {
  const t = forkProcess(initProcess());
  const sibling = spawnThread(t);
  handle(t, SIGUSR1);
  sendToGroup(t.group, user(SIGUSR1));
  assertEquals([t.signals.pending, sibling.signals.pending], [true, false]);
  setMask(t, sigBit(SIGUSR1), 0);
  assertEquals([t.signals.pending, sibling.signals.pending], [false, true]);
});

Deno.test("masking: SIGKILL and SIGSTOP stay out of the mask", () => {
  const t = forkProcess(initProcess());
  setMask(t, 0xffffffff, 0xffffffff);
  assertEquals(t.signals.mask.has(SIGKILL), false);
  assertEquals(t.signals.mask.has(SIGSTOP), false);
});

Deno.test("killing: SIGTERM ends every task of the process", () => {
  const init = initProcess();
  const t = forkProcess(init);
  const sibling = spawnThread(t);
  parkTask(sibling);
  sendToGroup(t.group, user(SIGTERM));
  assertEquals(deliverSignal(t), Delivery.Gone);
  assertEquals(t.group.exitStatus, null);
  sibling.state = TaskState.Running;
  assertEquals(deliverSignal(sibling), Delivery.Gone);
  assertEquals(t.group.exitStatus, SIGTERM);
  assertEquals(init.group.signals.queue.set.isEmpty, true);
});

Deno.test("killing: SIGKILL reaches a stopped process", () => {
  const t = forkProcess(initProcess());
  sendToTask(t, user(SIGSTOP));
  assertEquals(deliverSignal(t), Delivery.Stopped);
  sendToGroup(t.group, user(SIGTERM));
  assertEquals(t.state, TaskState.Stopped);
  sendToGroup(t.group, user(SIGKILL));
  assertEquals([t.state, t.leaving], [TaskState.Ready, true]);
  assertEquals(deliverSignal(t), Delivery.Gone);
  assertEquals(t.group.exitStatus, SIGKILL);
});

Deno.test("forcing: a blocked SIGSEGV gets its default action", () => {
  const t = forkProcess(initProcess());
  handle(t, SIGSEGV);
  setMask(t, sigBit(SIGSEGV), 0);
  forceSignal(t, SigInfo.fault(SIGSEGV, 1, 0));
  assertEquals(t.signals.pending, true);
  assertEquals(deliverSignal(t), Delivery.Gone);
});

Deno.test("forcing: an ignored SIGSEGV ends the process", () => {
  const t = forkProcess(initProcess());
  t.group.signals.actions.get(SIGSEGV).handler = SIG_IGN;
  forceSignal(t, SigInfo.fault(SIGSEGV, 1, 0));
  assertEquals(deliverSignal(t), Delivery.Gone);
  assertEquals(t.group.exitStatus, SIGSEGV);
});

Deno.test("stopping: all tasks stop, the last one tells the parent", () => {
  const init = initProcess();
  const t = forkProcess(init);
  const sibling = spawnThread(t);
  handle(init, SIGCHLD);
  sendToGroup(t.group, user(SIGSTOP));
  assertEquals(deliverSignal(t), Delivery.Stopped);
  assertEquals([t.group.signals.stopped, init.signals.pending], [false, false]);
  assertEquals(deliverSignal(sibling), Delivery.Stopped);
  assertEquals([t.group.signals.stopped, init.signals.pending], [true, true]);
  assertEquals(t.group.signals.stopReport, SIGSTOP);
});

Deno.test("stopping: SIGCONT lets all tasks go on, whatever its disposition", () => {
  const t = forkProcess(initProcess());
  t.group.signals.actions.get(SIGCONT).handler = SIG_IGN;
  sendToTask(t, user(SIGSTOP));
  deliverSignal(t);
  sendToGroup(t.group, user(SIGCONT));
  assertEquals([t.state, t.leaving], [TaskState.Ready, true]);
  assertEquals(t.group.signals.continueReport, true);
  t.state = TaskState.Running;
  assertEquals(deliverSignal(t), Delivery.Guest);
});

Deno.test("stopping: SIGCONT and stop signals undo each other while they wait", () => {
  const t = forkProcess(initProcess());
  handle(t, SIGCONT);
  setMask(t, 0xffffffff, 0);
  sendToGroup(t.group, user(SIGTSTP));
  sendToGroup(t.group, user(SIGCONT));
  assertEquals(t.group.signals.queue.set.has(SIGTSTP), false);
  sendToGroup(t.group, user(SIGTSTP));
  assertEquals(t.group.signals.queue.set.has(SIGCONT), false);
});

Deno.test("stopping: SIGTSTP does nothing in an orphaned process group", () => {
  const t = initProcess();
  sendToTask(t, user(SIGTSTP));
  assertEquals(deliverSignal(t), Delivery.Guest);
});

Deno.test("waiting: signals that sigtimedwait awaits wake it though blocked", () => {
  const t = forkProcess(initProcess());
  setMask(t, sigBit(SIGINT), 0);
  t.signals.awaited.add(SIGINT);
  recalcPending(t);
  parkTask(t);
  sendToGroup(t.group, user(SIGINT));
  assertEquals(t.state, TaskState.Ready);
});

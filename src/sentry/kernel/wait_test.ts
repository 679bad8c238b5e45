import { assertEquals } from "@std/assert";
import { EAGAIN, ECHILD } from "../../abi/linux/errno.ts";
import { SIGCONT, SIGSTOP } from "../../abi/linux/signal.ts";
import {
  __WALL,
  __WCLONE,
  __WNOTHREAD,
  CONTINUED_STATUS,
  exitStatus,
  P_ALL,
  P_PGID,
  P_PID,
  stopStatus,
  WCONTINUED,
  WEXITED,
  WNOHANG,
  WNOWAIT,
  WUNTRACED,
} from "../../abi/linux/wait.ts";
import { PARKED } from "../syscalls/row.ts";
import {
  contextOf,
  forkProcess,
  initProcess,
  kernelOf,
  spawnThread,
} from "../testing/fake_process.ts";
import { exitGroup } from "./exit.ts";
import { SigInfo } from "./siginfo.ts";
import { sendToGroup } from "./signal.ts";
import { deliverSignal } from "./signal_delivery.ts";
import { TaskState } from "./task.ts";
import { found, waitForChild } from "./wait.ts";

Deno.test("wait: without children it is ECHILD", () => {
  const t = initProcess();
  assertEquals(waitForChild(t, P_ALL, 0, WEXITED, false), -ECHILD);
});

Deno.test("wait: a zombie is reported once and then gone", () => {
  const t = initProcess();
  const child = forkProcess(t);
  exitGroup(child, exitStatus(9));
  assertEquals(waitForChild(t, P_ALL, 0, WEXITED, false), child.group.pid);
  assertEquals(found.status, exitStatus(9));
  assertEquals(kernelOf(t).groups.has(child.group.pid), false);
  assertEquals(waitForChild(t, P_ALL, 0, WEXITED, false), -ECHILD);
});

Deno.test("wait: WNOWAIT leaves the zombie", () => {
  const t = initProcess();
  const child = forkProcess(t);
  exitGroup(child, 0);
  const { pid } = child.group;
  assertEquals(waitForChild(t, P_PID, pid, WEXITED | WNOWAIT, false), pid);
  assertEquals(waitForChild(t, P_PID, pid, WEXITED, false), pid);
});

Deno.test("wait: a living child makes it park, and its end wakes it", () => {
  const t = initProcess();
  const child = forkProcess(t);
  assertEquals(waitForChild(t, P_ALL, 0, WEXITED | WNOHANG, false), 0);
  assertEquals(waitForChild(t, P_ALL, 0, WEXITED, true), -EAGAIN);
  t.call.begin();
  assertEquals(waitForChild(t, P_ALL, 0, WEXITED, false), PARKED);
  exitGroup(child, 0);
  assertEquals(t.state, TaskState.Ready);
});

Deno.test("wait: a stop is reported once, with WUNTRACED only", () => {
  const t = initProcess();
  const child = forkProcess(t);
  sendToGroup(child.group, SigInfo.user(SIGSTOP, 1, 0));
  deliverSignal(child);
  const options = WEXITED | WNOHANG;
  assertEquals(waitForChild(t, P_ALL, 0, options, false), 0);
  const { pid } = child.group;
  assertEquals(waitForChild(t, P_ALL, 0, options | WUNTRACED, false), pid);
  assertEquals(found.status, stopStatus(SIGSTOP));
  assertEquals(waitForChild(t, P_ALL, 0, options | WUNTRACED, false), 0);
});

Deno.test("wait: a continuation is reported once, with WCONTINUED only", () => {
  const t = initProcess();
  const child = forkProcess(t);
  sendToGroup(child.group, SigInfo.user(SIGSTOP, 1, 0));
  deliverSignal(child);
  sendToGroup(child.group, SigInfo.user(SIGCONT, 1, 0));
  const options = WEXITED | WNOHANG | WCONTINUED;
  const { pid } = child.group;
  assertEquals(waitForChild(t, P_ALL, 0, options, false), pid);
  assertEquals(found.status, CONTINUED_STATUS);
  assertEquals(waitForChild(t, P_ALL, 0, options, false), 0);
});

Deno.test("wait: children are chosen by pid or process group", () => {
  const t = initProcess();
  const child = forkProcess(t);
  const options = WEXITED | WNOHANG;
  assertEquals(waitForChild(t, P_PID, 999, options, false), -ECHILD);
  assertEquals(waitForChild(t, P_PGID, 999, options, false), -ECHILD);
  assertEquals(waitForChild(t, P_PGID, t.group.pid, options, false), 0);
  assertEquals(waitForChild(t, P_PID, child.group.pid, options, false), 0);
});

Deno.test("wait: a child without SIGCHLD needs __WCLONE or __WALL", () => {
  const t = initProcess();
  const child = forkProcess(t);
  child.group.exitSignal = 0;
  const options = WEXITED | WNOHANG;
  assertEquals(waitForChild(t, P_ALL, 0, options, false), -ECHILD);
  assertEquals(waitForChild(t, P_ALL, 0, options | __WCLONE, false), 0);
  assertEquals(waitForChild(t, P_ALL, 0, options | __WALL, false), 0);
});

Deno.test("wait: __WNOTHREAD leaves out the children of other threads", () => {
  const t = initProcess();
  forkProcess(t);
  const thread = spawnThread(t);
  const options = WEXITED | WNOHANG;
  assertEquals(waitForChild(thread, P_ALL, 0, options, false), 0);
  assertEquals(
    waitForChild(thread, P_ALL, 0, options | __WNOTHREAD, false),
    -ECHILD,
  );
});

Deno.test("wait: the child's CPU time is added to the parent's children", () => {
  const t = initProcess();
  const child = forkProcess(t);
  contextOf(child).cpu = 5e6;
  exitGroup(child, 0);
  assertEquals(t.group.accounts.children.userTime, 0);
  waitForChild(t, P_ALL, 0, WEXITED, false);
  assertEquals(found.usage.userTime, 5e6);
  assertEquals(t.group.accounts.children.userTime, 5e6);
});

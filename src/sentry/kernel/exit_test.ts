import { assertEquals } from "@std/assert";
import { CLD_EXITED, CLD_KILLED } from "../../abi/linux/siginfo.ts";
import {
  SA_NOCLDWAIT,
  SIG_IGN,
  SIGCHLD,
  SIGCONT,
  SIGHUP,
  SIGKILL,
  SIGSTOP,
  SIGTERM,
} from "../../abi/linux/signal.ts";
import { exitStatus } from "../../abi/linux/wait.ts";
import { BASE } from "../testing/fake_task.ts";
import {
  contextOf,
  forkProcess,
  initProcess,
  kernelOf,
  memoryOf,
  parkTask,
  spawnThread,
} from "../testing/fake_process.ts";
import { exitGroup, exitTask } from "./exit.ts";
import { ProcessGroup, Session } from "./session.ts";
import { SigInfo } from "./siginfo.ts";
import { sendToTask } from "./signal.ts";
import { deliverSignal, takeSignal } from "./signal_delivery.ts";
import type { Task } from "./task.ts";
import { TaskState } from "./task.ts";

function handleChildren(t: Task): void {
  t.group.signals.actions.get(SIGCHLD).handler = 0x1000;
}

/** A shell that leads a session, and a job of it in a process group of its own. */
function shellAndJob(): { shell: Task; job: Task } {
  const init = initProcess();
  const shell = forkProcess(init);
  const session = new Session(shell.group.pid, shell.group);
  new ProcessGroup(shell.kernel, shell.group.pid, session).join(shell.group);
  const job = forkProcess(shell);
  new ProcessGroup(job.kernel, job.group.pid, session).join(job.group);
  return { shell, job };
}

Deno.test("exit: the parent gets SIGCHLD with pid, status and code", () => {
  const init = initProcess();
  handleChildren(init);
  const t = forkProcess(init);
  exitGroup(t, exitStatus(3));
  assertEquals([t.state, t.group.exitStatus], [TaskState.Zombie, 0x300]);
  const info = takeSignal(init, SIGCHLD);
  assertEquals(
    [info.pid, info.status, info.code],
    [t.group.pid, 3, CLD_EXITED],
  );
});

Deno.test("exit: death by a signal is CLD_KILLED with its number", () => {
  const init = initProcess();
  handleChildren(init);
  const t = forkProcess(init);
  sendToTask(t, SigInfo.user(SIGTERM, 1, 0));
  deliverSignal(t);
  const info = takeSignal(init, SIGCHLD);
  assertEquals([info.status, info.code], [SIGTERM, CLD_KILLED]);
});

Deno.test("exit: a leader that ends first waits for its threads", () => {
  const init = initProcess();
  const t = forkProcess(init);
  const thread = spawnThread(t);
  exitTask(t, exitStatus(1));
  assertEquals([t.state, t.group.exitStatus], [TaskState.Zombie, null]);
  exitTask(thread, exitStatus(2));
  assertEquals(t.group.exitStatus, exitStatus(2));
  assertEquals(kernelOf(t).tasks.has(thread.tid), false);
});

Deno.test("exit: exit_group takes threads that wait along", () => {
  const t = forkProcess(initProcess());
  const thread = spawnThread(t);
  parkTask(thread);
  exitGroup(t, exitStatus(5));
  assertEquals(thread.state, TaskState.Ready);
  deliverSignal(thread);
  assertEquals(t.group.exitStatus, exitStatus(5));
});

Deno.test("exit: with SA_NOCLDWAIT nothing is left of the child", () => {
  const init = initProcess();
  init.group.signals.actions.get(SIGCHLD).flags = SA_NOCLDWAIT;
  const t = forkProcess(init);
  exitGroup(t, 0);
  assertEquals(kernelOf(t).groups.has(t.group.pid), false);
  assertEquals(init.group.children.size, 0);
});

Deno.test("exit: with SIGCHLD ignored nothing is left of the child", () => {
  const init = initProcess();
  init.group.signals.actions.get(SIGCHLD).handler = SIG_IGN;
  const t = forkProcess(init);
  exitGroup(t, 0);
  assertEquals(kernelOf(t).tasks.has(t.tid), false);
});

Deno.test("exit: children go to init, with their zombies", () => {
  const init = initProcess();
  handleChildren(init);
  const parent = forkProcess(init);
  const living = forkProcess(parent);
  const zombie = forkProcess(parent);
  exitGroup(zombie, exitStatus(4));
  exitGroup(parent, 0);
  assertEquals(living.group.parent, init.group);
  assertEquals(init.group.children.has(zombie.group), true);
});

Deno.test("exit: children go to the nearest subreaper", () => {
  const init = initProcess();
  const reaper = forkProcess(init);
  reaper.group.childSubreaper = true;
  const parent = forkProcess(reaper);
  const child = forkProcess(parent);
  exitGroup(parent, 0);
  assertEquals(child.group.parent, reaper.group);
});

Deno.test("exit: PR_SET_PDEATHSIG tells the children", () => {
  const parent = forkProcess(initProcess());
  const child = forkProcess(parent);
  child.pdeathSignal = SIGTERM;
  exitGroup(parent, 0);
  assertEquals(child.signals.killed, true);
});

Deno.test("exit: CLONE_CHILD_CLEARTID clears the word of a thread", () => {
  const t = forkProcess(initProcess());
  const thread = spawnThread(t);
  thread.clearChildTid = BASE + 64;
  memoryOf(t).setU32(BASE + 64, thread.tid);
  exitTask(thread, 0);
  assertEquals(memoryOf(t).u32(BASE + 64), 0);
});

Deno.test("exit: a vfork parent goes on", () => {
  const parent = forkProcess(initProcess());
  const child = forkProcess(parent);
  child.vforkParent = parent;
  parkTask(parent);
  exitGroup(child, 0);
  assertEquals(parent.state, TaskState.Ready);
});

Deno.test("exit: init's end ends the sandbox with its code", () => {
  const init = initProcess();
  exitGroup(init, exitStatus(7));
  assertEquals(kernelOf(init).exitCode, 7);
  const killed = initProcess();
  sendToTask(killed, SigInfo.user(SIGKILL, 1, 0));
  deliverSignal(killed);
  assertEquals(kernelOf(killed).exitCode, 137);
});

Deno.test("exit: a stopped job whose shell ends gets SIGHUP and SIGCONT", () => {
  const { shell, job } = shellAndJob();
  job.group.signals.actions.get(SIGHUP).handler = 0x1000;
  job.group.signals.actions.get(SIGCONT).handler = 0x1000;
  sendToTask(job, SigInfo.user(SIGSTOP, 1, 0));
  deliverSignal(job);
  exitGroup(shell, 0);
  assertEquals(job.state, TaskState.Ready);
  const taken = [takeSignal(job, SIGHUP).signo, takeSignal(job, SIGCONT).signo];
  assertEquals(taken, [SIGHUP, SIGCONT]);
});

Deno.test("exit: a session leader's end hangs up the foreground group", () => {
  const init = initProcess();
  const leader = forkProcess(init);
  const session = new Session(leader.group.pid, leader.group);
  const pg = new ProcessGroup(leader.kernel, leader.group.pid, session);
  pg.join(leader.group);
  const job = forkProcess(leader);
  const terminal = {
    session,
    foreground: pg,
    gone: false,
    disassociated() {
      this.gone = true;
    },
  };
  session.terminal = terminal;
  exitGroup(leader, 0);
  assertEquals([terminal.gone, session.terminal], [true, null]);
  assertEquals(job.signals.killed, true);
});

Deno.test("exit: the host thread is released once", () => {
  const t = forkProcess(initProcess());
  exitGroup(t, 0);
  exitTask(t, 0);
  assertEquals(contextOf(t).released, true);
});

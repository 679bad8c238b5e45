/**
 * Processes for tests of signals, exit and wait: real tasks and groups over a
 * kernel without a platform. Contexts only note what is asked of them.
 *
 * @module
 */
import { SIGCHLD } from "../../abi/linux/signal.ts";
import { Reason } from "../../platform/platform.ts";
import { ORIG_RAX, RAX, REGS_WORDS, RSP } from "../../platform/registers.ts";
import { setReg } from "../../platform/registers.ts";
import { Credentials } from "../kernel/credentials.ts";
import { GroupSignals } from "../kernel/group_signals.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { ResourceLimits } from "../kernel/rlimit.ts";
import { ProcessGroup } from "../kernel/session.ts";
import { Task, TaskState } from "../kernel/task.ts";
import { ThreadGroup } from "../kernel/thread_group.ts";
import { TimerHeap } from "../kernel/timer.ts";
import { Users } from "../kernel/user.ts";
import { BASE, FakeMemory } from "./fake_task.ts";

/** Bytes of FP state that a fake context has: FXSAVE, header, one component. */
export const FP_SIZE = 832;

export class FakeContext {
  readonly regs: Uint32Array = new Uint32Array(REGS_WORDS);
  full = true;
  reason = Reason.Syscall;
  as: object = {};
  interrupts = 0;
  released = false;
  fp: Uint8Array = new Uint8Array(FP_SIZE);
  cpu = 0;

  interrupt(): void {
    this.interrupts++;
  }
  release(): void {
    this.released = true;
  }
  readFp(bytes: Uint8Array): number {
    bytes.set(this.fp);
    return this.fp.length;
  }
  writeFp(bytes: Uint8Array, length: number): void {
    this.fp.set(bytes.subarray(0, length));
  }
  resetFp(): void {
    this.fp.fill(0);
  }
  cpuTime(): number {
    return this.cpu;
  }
}

/** Memory with what signal frames and futexes need besides. */
export class ProcessMemory extends FakeMemory {
  users = 1;
  keyOffset = 0;

  futexKey(addr: number): object {
    this.keyOffset = addr;
    return this;
  }
  incRef(): void {
    this.users++;
  }
  decRef(): void {
    this.users--;
  }
  loadU32(addr: number): number {
    return addr < BASE ? -1 : this.u32(addr);
  }
  storeU32(addr: number, value: number): boolean {
    if (addr < BASE) return false;
    this.setU32(addr, value);
    return true;
  }
  getU64(addr: number): number {
    return addr < BASE ? -1 : this.u32(addr) + this.u32(addr + 4) * 4294967296;
  }
  casU32(addr: number, expected: number, value: number): number {
    if (addr < BASE) return -1;
    const seen = this.u32(addr);
    if (seen === expected) this.setU32(addr, value);
    return seen;
  }
}

export class ProcessKernel {
  time = 1e9;
  exitCode: number | null = null;
  readonly timers: TimerHeap = new TimerHeap();
  readonly tasks: Map<number, Task> = new Map();
  readonly groups: Map<number, ThreadGroup> = new Map();
  readonly processGroups: Map<number, ProcessGroup> = new Map();
  readonly users: Users = new Users();
  readonly log = { debugging: false, debug() {} };
  init: ThreadGroup | null = null;
  #lastPid = 0;

  now(): number {
    return this.time;
  }
  ready(_t: Task): void {}
  shutDown(code: number): void {
    this.exitCode ??= code;
  }
  allocatePid(): number {
    return ++this.#lastPid;
  }
  /** Moves the clock and fires timers. */
  pass(ns: number): void {
    this.time += ns;
    this.timers.run(this.time);
  }
}

/** Kernel, memory and context behind a fake task. */
export function kernelOf(t: Task): ProcessKernel {
  return t.kernel as unknown as ProcessKernel;
}
export function memoryOf(t: Task): ProcessMemory {
  return t.mm as unknown as ProcessMemory;
}
export function contextOf(t: Task): FakeContext {
  return t.ctx as unknown as FakeContext;
}

/** The first process of a new kernel. */
export function initProcess(): Task {
  const kernel = new ProcessKernel();
  const pid = kernel.allocatePid();
  const pg = ProcessGroup.ofNewSession(kernel as unknown as Kernel, pid);
  const t = newProcess(kernel, pid, pg, null);
  kernel.init = t.group;
  return t;
}

/** A child process of `parent` with one task, in its process group. */
export function forkProcess(parent: Task): Task {
  const kernel = kernelOf(parent);
  const pg = parent.group.processGroup;
  return newProcess(kernel, kernel.allocatePid(), pg, parent);
}

function newProcess(
  kernel: ProcessKernel,
  pid: number,
  pg: ProcessGroup,
  parent: Task | null,
): Task {
  const group = new ThreadGroup(
    kernel as unknown as Kernel,
    pid,
    pg,
    parent === null
      ? GroupSignals.initial()
      : GroupSignals.forked(parent.group.signals, false, false),
    ResourceLimits.initial(),
  );
  pg.join(group);
  group.parent = parent?.group ?? null;
  group.parentTask = parent;
  group.parent?.children.add(group);
  group.exitSignal = SIGCHLD;
  kernel.groups.set(pid, group);
  const t = newTask(kernel, pid, group, new ProcessMemory());
  group.leader = t;
  return t;
}

/** Another task of the process of `t`. */
export function spawnThread(t: Task): Task {
  const kernel = kernelOf(t);
  memoryOf(t).incRef();
  return newTask(kernel, kernel.allocatePid(), t.group, memoryOf(t));
}

function newTask(
  kernel: ProcessKernel,
  tid: number,
  group: ThreadGroup,
  memory: ProcessMemory,
): Task {
  const context = new FakeContext();
  setReg(context.regs, RSP, BASE + 0x8000);
  const t = new Task(
    kernel as unknown as Kernel,
    tid,
    group,
    context as never,
    memory as never,
    { release() {} } as never,
    { release() {} } as never,
    Credentials.forUser(0, 0),
  );
  group.tasks.push(t);
  kernel.tasks.set(tid, t);
  return t;
}

/** Leaves `t` parked, as a call that waits does. */
export function parkTask(t: Task): void {
  t.call.begin();
  t.park(null, 0);
}

/** Runs a system call's handler as dispatch does: its result, also in RAX. */
export function callAs(t: Task, nr: number, handler: () => number): number {
  if (t.state === TaskState.Running) t.call.begin();
  else {
    t.unlinkWaiters();
    t.state = TaskState.Running;
    t.call.first = false;
  }
  t.inSyscall = true;
  t.ctx.regs[ORIG_RAX] = nr;
  const result = handler();
  setReg(t.ctx.regs, RAX, result);
  return result;
}

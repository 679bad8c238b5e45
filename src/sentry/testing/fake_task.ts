/**
 * A task for unit tests: real but for its kernel (a clock that tests move),
 * and its memory (one array at guest address `BASE`).
 *
 * @module
 */
import { Credentials } from "../kernel/credentials.ts";
import { GroupSignals } from "../kernel/group_signals.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { ResourceLimits } from "../kernel/rlimit.ts";
import { Task, TaskState } from "../kernel/task.ts";
import { ThreadGroup } from "../kernel/thread_group.ts";
import { TimerHeap } from "../kernel/timer.ts";
import { Users } from "../kernel/user.ts";
import type { MemoryManager } from "../mm/memory_manager.ts";
import { FdTable } from "../vfs/fd_table.ts";

/** First guest address that a fake task can use. */
export const BASE = 0x10000;
const SIZE = 0x100000;

/** Guest memory of a fake task: `SIZE` bytes from `BASE` on. */
export class FakeMemory {
  readonly bytes: Uint8Array = new Uint8Array(SIZE);

  copyInSome(addr: number, to: Uint8Array, at: number, n: number): number {
    const fit = this.#fit(addr, n);
    to.set(this.bytes.subarray(addr - BASE, addr - BASE + fit), at);
    return fit;
  }

  copyOutSome(addr: number, from: Uint8Array, at: number, n: number): number {
    const fit = this.#fit(addr, n);
    this.bytes.set(from.subarray(at, at + fit), addr - BASE);
    return fit;
  }

  copyIn(addr: number, to: Uint8Array, at: number, n: number): boolean {
    return this.#fit(addr, n) === n && this.copyInSome(addr, to, at, n) === n;
  }

  copyOut(addr: number, from: Uint8Array, at: number, n: number): boolean {
    return this.#fit(addr, n) === n &&
      this.copyOutSome(addr, from, at, n) === n;
  }

  #fit(addr: number, n: number): number {
    if (addr < BASE || addr >= BASE + SIZE) return 0;
    return Math.min(n, BASE + SIZE - addr);
  }

  /** The 32-bit word at a guest address. */
  u32(addr: number): number {
    return new DataView(this.bytes.buffer).getUint32(addr - BASE, true);
  }

  setU32(addr: number, value: number): void {
    new DataView(this.bytes.buffer).setUint32(addr - BASE, value, true);
  }

  setText(addr: number, text: string): void {
    this.bytes.set(new TextEncoder().encode(text), addr - BASE);
  }

  text(addr: number, n: number): string {
    const at = addr - BASE;
    return new TextDecoder().decode(this.bytes.subarray(at, at + n));
  }
}

/** The clock and queues that a fake task finds in its kernel. */
export class FakeKernel {
  time = 1e9;
  readonly timers: TimerHeap = new TimerHeap();
  readonly tasks: Map<number, Task> = new Map();
  readonly groups: Map<number, ThreadGroup> = new Map();
  readonly processGroups: Map<number, unknown> = new Map();
  readonly users: Users = new Users();
  readonly woken: Task[] = [];
  lastPid = 100;

  now(): number {
    return this.time;
  }

  ready(t: Task): void {
    this.woken.push(t);
  }

  /** Moves the clock and fires timers. */
  pass(ns: number): void {
    this.time += ns;
    this.timers.run(this.time);
  }
}

/** A task and the fakes around it. */
export interface Fake {
  t: Task;
  mem: FakeMemory;
  kernel: FakeKernel;
}

/** A new process with one task; in the same kernel as `beside` if given. */
export function fakeTask(beside?: Fake): Fake {
  const kernel = beside?.kernel ?? new FakeKernel();
  const mem = new FakeMemory();
  const pid = ++kernel.lastPid;
  const group = new ThreadGroup(
    kernel as unknown as Kernel,
    pid,
    { members: new Set() } as never,
    GroupSignals.initial(),
    ResourceLimits.initial(),
  );
  const t = new Task(
    kernel as unknown as Kernel,
    pid,
    group,
    { interrupt() {} } as never,
    mem as unknown as MemoryManager,
    {} as never,
    new FdTable(),
    Credentials.forUser(0, 0),
  );
  group.leader = t;
  group.tasks.push(t);
  kernel.tasks.set(pid, t);
  kernel.groups.set(pid, group);
  return { t, mem, kernel };
}

/** First attempt of a call. */
export function enter(t: Task, handler: () => number): number {
  t.call.begin();
  const r = handler();
  if (t.state !== TaskState.Parked) t.call.end();
  return r;
}

/** A further attempt, after a wake. */
export function again(t: Task, handler: () => number): number {
  t.unlinkWaiters();
  t.state = TaskState.Running;
  t.call.first = false;
  const r = handler();
  if ((t.state as TaskState) !== TaskState.Parked) t.call.end();
  return r;
}

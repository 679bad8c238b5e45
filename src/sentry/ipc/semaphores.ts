/** System V semaphore sets: values, atomic operations, undo at exit. */
import { EAGAIN, ERANGE } from "../../abi/linux/errno.ts";
import { IPC_NOWAIT, SEM_UNDO, SEMMNI, SEMVMX } from "../../abi/linux/ipc.ts";
import { POLLIN } from "../../abi/linux/poll.ts";
import { type Task, TaskState } from "../kernel/task.ts";
import type { ThreadGroup } from "../kernel/thread_group.ts";
import { IpcObject, IpcRegistry, wallTime } from "./registry.ts";

/** One operation of semop(2). */
export interface SemOp {
  readonly num: number;
  readonly op: number;
  readonly flags: number;
}

/** What `SemSet.perform` says when the caller has to wait. */
export const MUST_WAIT = 1;

export class SemSet extends IpcObject {
  readonly values: Int32Array;
  /** The last process to operate on each. */
  readonly pids: Int32Array;
  opTime = 0;
  /** What tasks wait for; those that no longer wait are skipped by state. */
  readonly #waiting: Map<Task, SemOp> = new Map();
  /** SEM_UNDO adjustments. */
  readonly #undo: Map<ThreadGroup, Int32Array> = new Map();

  constructor(t: Task, key: number, mode: number, readonly count: number) {
    super(t, key, mode);
    this.values = new Int32Array(count);
    this.pids = new Int32Array(count);
  }

  /** All of `ops`, or none: 0, MUST_WAIT, -EAGAIN (IPC_NOWAIT), -ERANGE. */
  perform(t: Task, ops: readonly SemOp[]): number {
    this.#waiting.delete(t);
    let done = 0;
    let result = 0;
    while (done < ops.length) {
      result = this.#apply(t, ops[done]);
      if (result !== 0) break;
      done++;
    }
    if (result === 0) {
      this.#finish(t, ops);
      return 0;
    }
    if (result === MUST_WAIT) this.#waiting.set(t, ops[done]);
    while (done-- > 0) this.values[ops[done].num] -= ops[done].op;
    return result;
  }

  #apply(t: Task, o: SemOp): number {
    const value = this.values[o.num];
    const blocked = o.op === 0 ? value !== 0 : value + o.op < 0;
    if (blocked) return (o.flags & IPC_NOWAIT) !== 0 ? -EAGAIN : MUST_WAIT;
    if (value + o.op > SEMVMX) return -ERANGE;
    if ((o.flags & SEM_UNDO) !== 0) {
      const undo = (this.#undo.get(t.group)?.[o.num] ?? 0) - o.op;
      if (undo < -SEMVMX - 1 || undo > SEMVMX) return -ERANGE;
    }
    this.values[o.num] = value + o.op;
    return 0;
  }

  #finish(t: Task, ops: readonly SemOp[]): void {
    let altered = false;
    for (const o of ops) {
      this.pids[o.num] = t.group.pid;
      if (o.op === 0) continue;
      altered = true;
      if ((o.flags & SEM_UNDO) !== 0) this.#undoFor(t.group)[o.num] -= o.op;
    }
    this.opTime = wallTime();
    if (altered) this.queue.wake(POLLIN);
  }

  #undoFor(group: ThreadGroup): Int32Array {
    let undo = this.#undo.get(group);
    if (undo === undefined) {
      undo = new Int32Array(this.count);
      this.#undo.set(group, undo);
      undoers.add(group);
    }
    return undo;
  }

  /** SETVAL and SETALL: undo adjustments of these are forgotten. */
  set(t: Task, num: number, value: number): void {
    this.values[num] = value;
    this.pids[num] = t.group.pid;
    for (const undo of this.#undo.values()) undo[num] = 0;
    this.changeTime = wallTime();
  }

  /** How many tasks wait for `num` to grow, or (`zero`) to become 0. */
  waiters(num: number, zero: boolean): number {
    let n = 0;
    for (const [t, o] of this.#waiting) {
      if (t.state !== TaskState.Parked || t.call.object !== this) {
        this.#waiting.delete(t);
      } else if (o.num === num && (o.op === 0) === zero) n++;
    }
    return n;
  }

  /** The process ends: its adjustments are made, as far as values allow. */
  undoAll(group: ThreadGroup): void {
    const undo = this.#undo.get(group);
    if (undo === undefined) return;
    this.#undo.delete(group);
    for (let i = 0; i < this.count; i++) {
      if (undo[i] === 0) continue;
      const value = this.values[i] + undo[i];
      this.values[i] = Math.min(Math.max(value, 0), SEMVMX);
      this.pids[i] = group.pid;
    }
    this.opTime = wallTime();
    this.queue.wake(POLLIN);
  }
}

export const semaphores: IpcRegistry<SemSet> = new IpcRegistry(SEMMNI);

/** Processes that have used SEM_UNDO. */
const undoers: Set<ThreadGroup> = new Set();

/** Makes the SEM_UNDO adjustments of a process that ends. */
export function undoSemaphores(group: ThreadGroup): void {
  if (!undoers.delete(group)) return;
  for (const set of semaphores.objects) set?.undoAll(group);
}

/**
 * membarrier(2): a caller waits until every task of its memory that runs in
 * the guest has been through the kernel. Those that are in the kernel already
 * pass a barrier on their way back.
 */
import type { Task } from "./task.ts";
import { TaskState } from "./task.ts";

/** One membarrier call under way. */
export class Barrier {
  #toGo: Set<Task> = new Set();

  constructor(readonly caller: Task) {}

  /** Interrupts the running tasks that share memory with the caller, or all. */
  begin(everybody: boolean): void {
    for (const t of this.caller.kernel.tasks.values()) {
      if (t === this.caller || t.state !== TaskState.Running) continue;
      if (!everybody && t.mm !== this.caller.mm) continue;
      this.#toGo.add(t);
      t.signals.barriers.push(this);
      t.signals.pending = true;
      t.ctx.interrupt();
    }
  }

  get isOver(): boolean {
    return this.#toGo.size === 0;
  }

  /** `t` came out of the guest, or has ended. */
  passed(t: Task): void {
    this.#toGo.delete(t);
    if (this.isOver) this.caller.unpark();
  }
}

/** Tells all barriers that wait for `t`. */
export function passBarriers(t: Task): void {
  const { barriers } = t.signals;
  while (barriers.length > 0) barriers.pop()!.passed(t);
}

/** The part of signal state that each task has for itself. */
import { SS_DISABLE } from "../../abi/linux/signal.ts";
import type { Barrier } from "./barrier.ts";
import { SignalQueue } from "./signal_queue.ts";
import { SignalSet } from "./signal_set.ts";
import type { Task } from "./task.ts";

/** How a call that was interrupted goes on; see restart_syscall(2). */
export class RestartBlock {
  /** Runs in place of the call; null: there is nothing to continue. */
  handler: ((t: Task) => number) | null = null;
  /** Monotonic ns at which the wait ends; Infinity for never. */
  deadline = 0;
  /** Arguments of the call, as `handler` needs them. */
  a = 0;
  b = 0;
  c = 0;
  isPrivate = false;
}

export class TaskSignals {
  /**
   * Whether the task has something to do before it may wait or go back to the
   * guest: an unblocked signal, a stop of the group, its death, or a delivery
   * that was begun. May be true without need, never false with need.
   */
  pending = false;
  /** Blocked signals. */
  readonly mask: SignalSet = new SignalSet();
  /** Mask to restore after the call (sigsuspend, ppoll, …), if `maskSaved`. */
  readonly savedMask: SignalSet = new SignalSet();
  maskSaved = false;
  /** Signals sent to this task alone. */
  readonly queue: SignalQueue = new SignalQueue();
  /** A signal that ends the group was accepted: nothing else matters now. */
  killed = false;
  /** The group stops, and this task has yet to. */
  stopPending = false;
  /** Set while a delivery could not be finished (capture, stop). */
  unfinished = false;
  /** Signals that sigtimedwait waits for, while it does: they wake it though blocked. */
  readonly awaited: SignalSet = new SignalSet();
  /** membarrier(2) callers that wait for this task to come by. */
  readonly barriers: Barrier[] = [];
  /** What restart_syscall(2) continues. */
  readonly restart: RestartBlock = new RestartBlock();

  // sigaltstack(2).
  altStackAddr = 0;
  altStackSize = 0;
  altStackFlags: number = SS_DISABLE;

  /** Turns the alternate stack off (execve, SS_AUTODISARM). */
  disarmAltStack(): void {
    this.altStackAddr = 0;
    this.altStackSize = 0;
    this.altStackFlags = SS_DISABLE;
  }

  /**
   * Sets a mask for the time of the running call; signal delivery restores the
   * old one afterwards. First attempt of a call only.
   */
  setTemporaryMask(lo: number, hi: number): void {
    this.savedMask.assign(this.mask);
    this.maskSaved = true;
    this.mask.set(lo, hi);
  }

  /** State of a new task made by `from`; `keepStack`: not CLONE_VM, or CLONE_VFORK. */
  inherit(from: TaskSignals, keepStack: boolean): void {
    this.mask.assign(from.mask);
    if (!keepStack) return;
    this.altStackAddr = from.altStackAddr;
    this.altStackSize = from.altStackSize;
    this.altStackFlags = from.altStackFlags;
  }
}

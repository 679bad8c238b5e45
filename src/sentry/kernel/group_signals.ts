/** The part of signal state that the tasks of a thread group share. */
import { SignalActions } from "./signal_actions.ts";
import { SignalQueue } from "./signal_queue.ts";

export { SignalAction, SignalActions } from "./signal_actions.ts";

export class GroupSignals {
  /** Signals sent to the process. */
  readonly queue: SignalQueue = new SignalQueue();
  /** All tasks are stopped. */
  stopped = false;
  /** Signal of the stop in progress or done, or 0. */
  stopSignal = 0;
  /** Tasks that have yet to stop. */
  stopsToGo = 0;
  /** A stop that wait(2) has not reported yet: its signal, else 0. */
  stopReport = 0;
  /** A continuation that wait(2) has not reported yet. */
  continueReport = false;
  /** Wait status that the group ends with, once it is being killed. */
  exitStatus = 0;

  constructor(public actions: SignalActions) {}

  /** Those of the first process. */
  static initial(): GroupSignals {
    return new GroupSignals(new SignalActions());
  }

  /**
   * Those of a new process made by one with `from`.
   * @param share CLONE_SIGHAND: one table of actions
   * @param clear CLONE_CLEAR_SIGHAND: handlers back to their defaults
   */
  static forked(
    from: GroupSignals,
    share: boolean,
    clear: boolean,
  ): GroupSignals {
    if (share) {
      from.actions.users++;
      return new GroupSignals(from.actions);
    }
    const actions = from.actions.copy();
    if (clear) actions.resetHandlers();
    return new GroupSignals(actions);
  }

  /** The group has ended. */
  release(): void {
    this.actions.users--;
  }

  /** execve(2): a table of its own, without handlers. */
  exec(): void {
    if (this.actions.users > 1) {
      this.actions.users--;
      this.actions = this.actions.copy();
    }
    this.actions.resetHandlers();
  }
}

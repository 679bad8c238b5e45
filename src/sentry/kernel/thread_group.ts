/** A process: the tasks that share a pid, and what they have in common. */
import type { Kernel } from "./kernel.ts";
import type { ProcessGroup } from "./session.ts";
import type { ResourceLimits } from "./rlimit.ts";
import { GroupAccounts } from "./accounts.ts";
import { GroupSignals } from "./group_signals.ts";
import { ProcessTimers } from "./process_timers.ts";
import type { Task } from "./task.ts";
import { WaitQueue } from "./wait_queue.ts";

export class ThreadGroup {
  /** Living tasks, leader first while it lives. */
  readonly tasks: Task[] = [];
  leader!: Task;
  parent: ThreadGroup | null = null;
  /** The task that made it: for PR_SET_PDEATHSIG and __WNOTHREAD. */
  parentTask: Task | null = null;
  readonly children: Set<ThreadGroup> = new Set();
  /** wait4(2) callers of this group's threads wait here. */
  readonly childQueue: WaitQueue = new WaitQueue();
  /** pidfds of it wait here. */
  readonly exitQueue: WaitQueue = new WaitQueue();
  /** Signal sent to the parent at exit. */
  exitSignal = 0;
  /** wait status once it has ended, or null. */
  exitStatus: number | null = null;
  /** Set when it is being killed as a whole: its wait status. */
  groupExiting = false;
  childSubreaper = false;
  readonly timers: ProcessTimers = new ProcessTimers(this);
  /** CPU time of tasks and children that have ended. */
  readonly accounts: GroupAccounts = new GroupAccounts();
  /** execve(2) waits here for its siblings to end. */
  readonly taskQueue: WaitQueue = new WaitQueue();
  executed = false;
  dumpable = 1;
  /** TIOCNOTTY: it does not use its session's terminal. */
  withoutTerminal = false;
  /** /proc/pid/oom_score_adj. */
  oomScoreAdj = 0;

  constructor(
    readonly kernel: Kernel,
    readonly pid: number,
    public processGroup: ProcessGroup,
    readonly signals: GroupSignals,
    public limits: ResourceLimits,
  ) {}
}

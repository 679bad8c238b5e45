/**
 * CPU time and what else getrusage(2) shows. Guest time is the CPU time of the
 * context's host thread; the Sentry's own work is not charged to anybody.
 */
import type { Task } from "./task.ts";
import type { ThreadGroup } from "./thread_group.ts";

/** Sums over several tasks or processes. Times in ns, sizes in KiB. */
export class Usage {
  userTime = 0;
  systemTime = 0;
  maxRss = 0;
  minorFaults = 0;
  majorFaults = 0;
  voluntarySwitches = 0;
  involuntarySwitches = 0;

  clear(): void {
    this.userTime = 0;
    this.systemTime = 0;
    this.maxRss = 0;
    this.minorFaults = 0;
    this.majorFaults = 0;
    this.voluntarySwitches = 0;
    this.involuntarySwitches = 0;
  }

  add(other: Usage): void {
    this.userTime += other.userTime;
    this.systemTime += other.systemTime;
    this.maxRss = Math.max(this.maxRss, other.maxRss);
    this.minorFaults += other.minorFaults;
    this.majorFaults += other.majorFaults;
    this.voluntarySwitches += other.voluntarySwitches;
    this.involuntarySwitches += other.involuntarySwitches;
  }

  /** CPU time, ns. */
  get total(): number {
    return this.userTime + this.systemTime;
  }
}

/** What a thread group keeps of tasks and children that are gone. */
export class GroupAccounts {
  readonly endedTasks: Usage = new Usage();
  /** Children that were waited for, with theirs. */
  readonly children: Usage = new Usage();
}

/** CPU time of one task, ns. */
export function taskTime(t: Task): number {
  return t.ctx.cpuTime?.() ?? 0;
}

/** CPU time of a process, ns: tasks that live and those that have ended. */
export function groupTime(tg: ThreadGroup): number {
  let sum = tg.accounts.endedTasks.total;
  for (const t of tg.tasks) sum += taskTime(t);
  return sum;
}

/** Adds what `t` has used to `usage`. */
export function addTask(usage: Usage, t: Task): void {
  usage.userTime += taskTime(t);
}

/** Fills `usage` with what the process has used. */
export function groupUsage(tg: ThreadGroup, usage: Usage): void {
  usage.clear();
  usage.add(tg.accounts.endedTasks);
  for (const t of tg.tasks) addTask(usage, t);
}

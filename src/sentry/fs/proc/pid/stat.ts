/** /proc/pid/stat, proc_pid_stat(5). */
import { RLIMIT_RSS } from "../../../../abi/linux/resource.ts";
import { addTask, groupUsage, Usage } from "../../../kernel/accounts.ts";
import { nanosecondsToTicks } from "../../../kernel/clock.ts";
import { SignalSet } from "../../../kernel/signal_set.ts";
import { mayInspect } from "../../../kernel/permission.ts";
import type { Task } from "../../../kernel/task.ts";
import { terminalOf } from "../../../tty/job_control.ts";
import { totalUsage, Usage as MemoryUsage } from "../../../mm/usage.ts";
import { type Subject, type TaskEntry, u64 } from "../entry.ts";
import { dispositions } from "./signal_masks.ts";
import { isAlive, stateLetter } from "./state.ts";

const PAGE = 4096;
/** PF_RANDOMIZE and the like are not shown. */
const FLAGS = 0x400000;

const used = new Usage();
const memory = new MemoryUsage();
const ignored = new SignalSet();
const caught = new SignalSet();

function text(of: Subject, t: Task): string {
  const { task } = of;
  return [
    ...identity(of),
    ...times(of),
    ...memoryFields(task, mayInspect(t, task)),
    ...signals(of),
    ...layout(task, mayInspect(t, task)),
  ].join(" ") + "\n";
}

/** Fields 1 to 9. */
function identity(of: Subject): (string | number)[] {
  const { task } = of;
  const { group } = task;
  const tty = terminalOf(group);
  return [
    of.whole ? group.pid : task.tid,
    `(${task.comm})`,
    stateLetter(task),
    group.parent?.pid ?? 0,
    group.processGroup.id,
    group.processGroup.session.id,
    tty?.rdev ?? 0,
    tty === null ? -1 : tty.foreground?.id ?? 0,
    FLAGS,
  ];
}

/** Fields 10 to 22. */
function times(of: Subject): (string | number)[] {
  const { task } = of;
  const { group, kernel } = task;
  if (of.whole) groupUsage(group, used);
  else {
    used.clear();
    if (isAlive(task)) addTask(used, task);
  }
  const { children } = group.accounts;
  const { nice, priority } = task.scheduling;
  return [
    used.minorFaults,
    children.minorFaults,
    used.majorFaults,
    children.majorFaults,
    nanosecondsToTicks(used.userTime),
    nanosecondsToTicks(used.systemTime),
    nanosecondsToTicks(children.userTime),
    nanosecondsToTicks(children.systemTime),
    priority > 0 ? -1 - priority : 20 + nice,
    nice,
    Math.max(1, group.tasks.length),
    0,
    nanosecondsToTicks(Math.max(0, task.startTime - kernel.bootTime)),
  ];
}

/** Fields 23 to 30. */
function memoryFields(t: Task, full: boolean): (string | number)[] {
  const limit = u64(t.group.limits.cur[RLIMIT_RSS]);
  if (!isAlive(t)) return [0, 0, limit, 0, 0, 0, 0, 0];
  const { mm } = t;
  totalUsage(mm, memory);
  return [
    mm.vmBytes,
    Math.floor(memory.rss / PAGE),
    limit,
    full ? mm.codeStart : 1,
    full ? mm.codeEnd : 1,
    full ? mm.stackStart : 0,
    0,
    0,
  ];
}

/** Fields 31 to 44. */
function signals(of: Subject): (string | number)[] {
  const { task } = of;
  const { policy, priority } = task.scheduling;
  dispositions(task.group, ignored, caught);
  return [
    low(task.signals.queue.set),
    low(task.signals.mask),
    low(ignored),
    low(caught),
    isAlive(task) && stateLetter(task) !== "R" ? 1 : 0,
    0,
    0,
    of.whole || task === task.group.leader ? task.group.exitSignal : -1,
    0,
    priority,
    policy,
    0,
    0,
    0,
  ];
}

/** Fields 45 to 52. */
function layout(t: Task, full: boolean): (string | number)[] {
  if (!full || !isAlive(t)) return [0, 0, 0, 0, 0, 0, 0, 0];
  const { mm } = t;
  return [
    mm.dataStart,
    mm.dataEnd,
    mm.brkStart,
    mm.argStart,
    mm.argEnd,
    mm.envStart,
    mm.envEnd,
    t.exitCode,
  ];
}

/** The first 31 signals. */
function low(set: { readonly lo: number }): number {
  return set.lo & 0x7fffffff;
}

export const stat: TaskEntry = { name: "stat", mode: 0o444, text };

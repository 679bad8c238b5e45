/** /proc/pid/limits. */
import {
  RLIM_INFINITY,
  RLIMIT_AS,
  RLIMIT_CORE,
  RLIMIT_CPU,
  RLIMIT_DATA,
  RLIMIT_FSIZE,
  RLIMIT_LOCKS,
  RLIMIT_MEMLOCK,
  RLIMIT_MSGQUEUE,
  RLIMIT_NICE,
  RLIMIT_NOFILE,
  RLIMIT_NPROC,
  RLIMIT_RSS,
  RLIMIT_RTPRIO,
  RLIMIT_RTTIME,
  RLIMIT_SIGPENDING,
  RLIMIT_STACK,
} from "../../../../abi/linux/resource.ts";
import type { TaskEntry } from "../entry.ts";

const ROWS: readonly (readonly [number, string, string])[] = [
  [RLIMIT_CPU, "Max cpu time", "seconds"],
  [RLIMIT_FSIZE, "Max file size", "bytes"],
  [RLIMIT_DATA, "Max data size", "bytes"],
  [RLIMIT_STACK, "Max stack size", "bytes"],
  [RLIMIT_CORE, "Max core file size", "bytes"],
  [RLIMIT_RSS, "Max resident set", "bytes"],
  [RLIMIT_NPROC, "Max processes", "processes"],
  [RLIMIT_NOFILE, "Max open files", "files"],
  [RLIMIT_MEMLOCK, "Max locked memory", "bytes"],
  [RLIMIT_AS, "Max address space", "bytes"],
  [RLIMIT_LOCKS, "Max file locks", "locks"],
  [RLIMIT_SIGPENDING, "Max pending signals", "signals"],
  [RLIMIT_MSGQUEUE, "Max msgqueue size", "bytes"],
  [RLIMIT_NICE, "Max nice priority", ""],
  [RLIMIT_RTPRIO, "Max realtime priority", ""],
  [RLIMIT_RTTIME, "Max realtime timeout", "us"],
];

export const limits: TaskEntry = {
  name: "limits",
  mode: 0o444,
  text({ task }) {
    const { cur, max } = task.group.limits;
    const lines = ROWS.map(([i, name, unit]) =>
      row(name, value(cur[i]), value(max[i]), unit)
    );
    return row("Limit", "Soft Limit", "Hard Limit", "Units") + lines.join("");
  },
};

function row(name: string, soft: string, hard: string, unit: string): string {
  const head = `${name.padEnd(25)} ${soft.padEnd(20)} ${hard.padEnd(20)} `;
  return head + (unit === "" ? "\n" : unit.padEnd(10) + "\n");
}

function value(n: number): string {
  return n >= RLIM_INFINITY ? "unlimited" : String(n);
}

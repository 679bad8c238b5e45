/** /proc/stat, proc_stat(5): the host's CPU times, our processes. */
import { readRealtime } from "../../kernel/clock.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import { TaskState } from "../../kernel/task.ts";
import { cpuNumbers } from "./cpus.ts";
import type { ProcEntry } from "./entry.ts";
import { hostText } from "./host_text.ts";

const COLUMNS = 10;

/** Times of the CPUs that guests see, by number, in ticks. */
function cpuTimes(): Map<number, number[]> {
  const times: Map<number, number[]> = new Map();
  const usable = cpuNumbers();
  for (const line of hostText("/proc/stat", "").split("\n")) {
    const found = /^cpu(\d+) (.*)$/.exec(line);
    if (found === null || !usable.includes(Number(found[1]))) continue;
    times.set(Number(found[1]), found[2].split(" ").map(Number));
  }
  return times;
}

function cpuLines(): string {
  const times = cpuTimes();
  const sum: number[] = new Array(COLUMNS).fill(0);
  let lines = "";
  for (const cpu of cpuNumbers()) {
    const columns = times.get(cpu) ?? new Array(COLUMNS).fill(0);
    for (let i = 0; i < COLUMNS; i++) sum[i] += columns[i] ?? 0;
    lines += `cpu${cpu} ${columns.join(" ")}\n`;
  }
  return `cpu  ${sum.join(" ")}\n${lines}`;
}

/** Tasks that could use a CPU. */
export function runningTasks(kernel: Kernel): number {
  let n = 0;
  for (const t of kernel.tasks.values()) {
    if (t.state === TaskState.Running || t.state === TaskState.Ready) n++;
  }
  return n;
}

/** Real time at which the sandbox started, seconds. */
export function bootSeconds(kernel: Kernel): number {
  const up = (kernel.now() - kernel.bootTime) / 1e9;
  return Math.floor(readRealtime() - up);
}

export const stat: ProcEntry = {
  path: "stat",
  mode: 0o444,
  text: (kernel) =>
    cpuLines() +
    "intr 0\nctxt 0\n" +
    `btime ${bootSeconds(kernel)}\n` +
    `processes ${kernel.lastPid}\n` +
    `procs_running ${runningTasks(kernel)}\n` +
    "procs_blocked 0\n" +
    "softirq 0 0 0 0 0 0 0 0 0 0 0\n",
};

/** /proc/loadavg: the host's load, our tasks. */
import { runningTasks } from "./stat.ts";
import type { ProcEntry } from "./entry.ts";

export const loadavg: ProcEntry = {
  path: "loadavg",
  mode: 0o444,
  text(kernel) {
    const load = Deno.loadavg().map((n) => n.toFixed(2)).join(" ");
    const counts = `${runningTasks(kernel)}/${kernel.tasks.size}`;
    return `${load} ${counts} ${kernel.lastPid}\n`;
  },
};

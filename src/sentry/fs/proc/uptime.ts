/** /proc/uptime: seconds since the sandbox started, and idle ones of all CPUs. */
import { groupTime } from "../../kernel/accounts.ts";
import { cpuNumbers } from "./cpus.ts";
import type { ProcEntry } from "./entry.ts";

export const uptime: ProcEntry = {
  path: "uptime",
  mode: 0o444,
  text(kernel) {
    const up = kernel.now() - kernel.bootTime;
    let busy = 0;
    for (const group of kernel.groups.values()) busy += groupTime(group);
    const idle = Math.max(0, up * cpuNumbers().length - busy);
    return `${(up / 1e9).toFixed(2)} ${(idle / 1e9).toFixed(2)}\n`;
  },
};

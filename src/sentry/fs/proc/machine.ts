/** Files of /proc about a machine that has no disks, modules or interrupts of its own. */
import { versionLine } from "../../uts.ts";
import { cpuNumbers } from "./cpus.ts";
import type { ProcEntry } from "./entry.ts";

const VMSTAT = [
  "nr_free_pages",
  "nr_inactive_anon",
  "nr_active_anon",
  "nr_inactive_file",
  "nr_active_file",
  "nr_mapped",
  "nr_file_pages",
  "nr_dirty",
  "nr_writeback",
  "pgpgin",
  "pgpgout",
  "pswpin",
  "pswpout",
  "pgfault",
  "pgmajfault",
  "oom_kill",
];

function vmstatText(): string {
  const free = Math.floor(Deno.systemMemoryInfo().free / 4096);
  return VMSTAT.map((name) =>
    `${name} ${name === "nr_free_pages" ? free : 0}\n`
  ).join("");
}

function interruptsText(): string {
  const heads = cpuNumbers().map((n) => `CPU${n}`.padEnd(11)).join("");
  return `           ${heads}\n`;
}

export const machine: readonly ProcEntry[] = [
  { path: "version", mode: 0o444, text: () => `${versionLine()}\n` },
  { path: "cmdline", mode: 0o444, text: () => "\n" },
  { path: "diskstats", mode: 0o444, text: () => "" },
  { path: "interrupts", mode: 0o444, text: interruptsText },
  { path: "modules", mode: 0o444, text: () => "" },
  { path: "locks", mode: 0o444, text: () => "" },
  {
    path: "partitions",
    mode: 0o444,
    text: () => "major minor  #blocks  name\n\n",
  },
  {
    path: "swaps",
    mode: 0o444,
    text: () => "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n",
  },
  { path: "vmstat", mode: 0o444, text: vmstatText },
  { path: "misc", mode: 0o444, text: () => "" },
  { path: "consoles", mode: 0o444, text: () => "" },
  { path: "cgroups", mode: 0o444, text: () => CGROUPS },
];

const CGROUPS = "#subsys_name\thierarchy\tnum_cgroups\tenabled\n";

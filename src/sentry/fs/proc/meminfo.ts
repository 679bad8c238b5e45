/** /proc/meminfo: the host's memory. */
import type { ProcEntry } from "./entry.ts";
import { hostText } from "./host_text.ts";

/** Lines in Linux's order; those that the host does not have are left out. */
const NAMES = [
  "MemTotal",
  "MemFree",
  "MemAvailable",
  "Buffers",
  "Cached",
  "SwapCached",
  "Active",
  "Inactive",
  "Active(anon)",
  "Inactive(anon)",
  "Active(file)",
  "Inactive(file)",
  "Unevictable",
  "Mlocked",
  "SwapTotal",
  "SwapFree",
  "Dirty",
  "Writeback",
  "AnonPages",
  "Mapped",
  "Shmem",
  "KReclaimable",
  "Slab",
  "SReclaimable",
  "SUnreclaim",
  "KernelStack",
  "PageTables",
  "NFS_Unstable",
  "Bounce",
  "WritebackTmp",
  "CommitLimit",
  "Committed_AS",
  "VmallocTotal",
  "VmallocUsed",
  "VmallocChunk",
  "Percpu",
  "AnonHugePages",
  "ShmemHugePages",
  "ShmemPmdMapped",
  "HugePages_Total",
  "HugePages_Free",
  "HugePages_Rsvd",
  "HugePages_Surp",
  "Hugepagesize",
  "Hugetlb",
];

function line(name: string, bytes: number): string {
  const kb = String(Math.floor(bytes / 1024));
  return `${name}:`.padEnd(16) + kb.padStart(8) + " kB\n";
}

/** The few lines that can be had without the host's /proc. */
function withoutHost(): string {
  const m = Deno.systemMemoryInfo();
  return line("MemTotal", m.total) + line("MemFree", m.free) +
    line("MemAvailable", m.available) + line("Buffers", m.buffers) +
    line("Cached", m.cached) + line("SwapTotal", m.swapTotal) +
    line("SwapFree", m.swapFree);
}

function text(): string {
  const lines: Map<string, string> = new Map();
  for (const line of hostText("/proc/meminfo", "").split("\n")) {
    lines.set(line.slice(0, line.indexOf(":")), line);
  }
  if (!lines.has("MemTotal")) return withoutHost();
  const shown = NAMES.map((name) => lines.get(name))
    .filter((line) => line !== undefined);
  return shown.join("\n") + "\n";
}

export const meminfo: ProcEntry = { path: "meminfo", mode: 0o444, text };

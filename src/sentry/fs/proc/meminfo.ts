/** /proc/meminfo: the host's memory, without what only its kernel knows. */
import type { ProcEntry } from "./entry.ts";

function line(name: string, bytes: number): string {
  const kb = String(Math.floor(bytes / 1024));
  return `${name}:`.padEnd(16) + kb.padStart(8) + " kB\n";
}

function text(): string {
  const m = Deno.systemMemoryInfo();
  const used = Math.max(0, m.total - m.free - m.buffers - m.cached);
  return line("MemTotal", m.total) +
    line("MemFree", m.free) +
    line("MemAvailable", m.available) +
    line("Buffers", m.buffers) +
    line("Cached", m.cached) +
    line("SwapCached", 0) +
    line("Active", used + m.cached / 2) +
    line("Inactive", m.cached / 2) +
    line("Active(anon)", used) +
    line("Inactive(anon)", 0) +
    line("Active(file)", m.cached / 2) +
    line("Inactive(file)", m.cached / 2) +
    line("Unevictable", 0) +
    line("Mlocked", 0) +
    line("SwapTotal", m.swapTotal) +
    line("SwapFree", m.swapFree) +
    line("Dirty", 0) +
    line("Writeback", 0) +
    line("AnonPages", used) +
    line("Mapped", m.cached / 4) +
    line("Shmem", 0) +
    line("KReclaimable", 0) +
    line("Slab", 0) +
    line("SReclaimable", 0) +
    line("SUnreclaim", 0) +
    line("KernelStack", 0) +
    line("PageTables", 0) +
    line("NFS_Unstable", 0) +
    line("Bounce", 0) +
    line("WritebackTmp", 0) +
    line("CommitLimit", m.total / 2 + m.swapTotal) +
    line("Committed_AS", used) +
    "VmallocTotal:   34359738367 kB\n" +
    line("VmallocUsed", 0) +
    line("VmallocChunk", 0) +
    line("Percpu", 0) +
    line("AnonHugePages", 0) +
    line("ShmemHugePages", 0) +
    line("ShmemPmdMapped", 0) +
    "HugePages_Total:       0\nHugePages_Free:        0\n" +
    "HugePages_Rsvd:        0\nHugePages_Surp:        0\n" +
    line("Hugepagesize", 2048 * 1024) +
    line("Hugetlb", 0);
}

export const meminfo: ProcEntry = { path: "meminfo", mode: 0o444, text };

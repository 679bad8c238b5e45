/** /proc/pid/smaps and smaps_rollup, proc_pid_smaps(5). */
import {
  PROT_EXEC,
  PROT_READ,
  PROT_WRITE,
} from "../../../../abi/linux/mman.ts";
import type { Task } from "../../../kernel/task.ts";
import { totalUsage, Usage, vmaUsage } from "../../../mm/usage.ts";
import {
  VM_DONTDUMP,
  VM_DONTFORK,
  VM_GROWSDOWN,
  VM_HUGEPAGE,
  VM_LOCKED,
  VM_MAYWRITE,
  VM_MERGEABLE,
  VM_NOHUGEPAGE,
  VM_NORESERVE,
  VM_RAND_READ,
  VM_SEQ_READ,
  VM_WIPEONFORK,
  type Vma,
} from "../../../mm/vma.ts";
import { hex, type Subject, type TaskEntry } from "../entry.ts";
import { eachMapping, vdsoLine, vmaLine } from "./maps.ts";
import { isAlive } from "./state.ts";

const usage = new Usage();

function kb(name: string, bytes: number): string {
  const text = String(Math.floor(bytes / 1024));
  return `${name}:`.padEnd(16) + text.padStart(8) + " kB\n";
}

/** The lines from Rss to Locked. */
function numbers(u: Usage, locked: number): string {
  const own = u.anonymous - u.shared;
  const pss = own + u.shared / 2 + u.file + u.shmem;
  return kb("Rss", u.rss) +
    kb("Pss", pss) +
    kb("Pss_Dirty", own + u.shared / 2) +
    kb("Shared_Clean", 0) +
    kb("Shared_Dirty", u.shared + u.shmem) +
    kb("Private_Clean", u.file) +
    kb("Private_Dirty", own) +
    kb("Referenced", u.rss) +
    kb("Anonymous", u.anonymous) +
    kb("KSM", 0) +
    kb("LazyFree", 0) +
    kb("AnonHugePages", 0) +
    kb("ShmemPmdMapped", 0) +
    kb("FilePmdMapped", 0) +
    kb("Shared_Hugetlb", 0) +
    kb("Private_Hugetlb", 0) +
    kb("Swap", 0) +
    kb("SwapPss", 0) +
    kb("Locked", locked);
}

/** Letters of VmFlags by bit. */
const FLAGS: readonly (readonly [number, string])[] = [
  [VM_GROWSDOWN, "gd"],
  [VM_LOCKED, "lo"],
  [VM_SEQ_READ, "sr"],
  [VM_RAND_READ, "rr"],
  [VM_DONTFORK, "dc"],
  [VM_NORESERVE, "nr"],
  [VM_DONTDUMP, "dd"],
  [VM_WIPEONFORK, "wf"],
  [VM_HUGEPAGE, "hg"],
  [VM_NOHUGEPAGE, "nh"],
  [VM_MERGEABLE, "mg"],
];

function flags(vma: Vma): string {
  let text = "VmFlags:";
  if ((vma.prot & PROT_READ) !== 0) text += " rd";
  if ((vma.prot & PROT_WRITE) !== 0) text += " wr";
  if ((vma.prot & PROT_EXEC) !== 0) text += " ex";
  if (vma.isShared) text += " sh";
  text += " mr";
  if ((vma.flags & VM_MAYWRITE) !== 0) text += " mw";
  text += " me";
  if (vma.isShared) text += " ms";
  for (const [bit, letters] of FLAGS) {
    if ((vma.flags & bit) !== 0) text += ` ${letters}`;
  }
  return `${text} \n`;
}

function block(head: string, size: number, u: Usage, locked: number): string {
  return `${head}\n` + kb("Size", size) + kb("KernelPageSize", 4096) +
    kb("MMUPageSize", 4096) + numbers(u, locked) + "THPeligible:           0\n";
}

function smapsText({ task }: Subject, t: Task): string {
  if (!isAlive(task)) return "";
  const lines: string[] = [];
  eachMapping(task, (vma) => {
    vmaUsage(task.mm, vma, usage);
    const locked = (vma.flags & VM_LOCKED) !== 0 ? usage.rss : 0;
    const head = vmaLine(task, vma, t);
    lines.push(block(head, vma.length, usage, locked), flags(vma));
  }, () => {
    usage.clear();
    lines.push(block(vdsoLine(task), task.mm.vdsoLength, usage, 0));
    lines.push("VmFlags: rd ex mr mw me de \n");
  });
  return lines.join("");
}

function rollupText({ task }: Subject): string {
  if (!isAlive(task)) return "";
  const { mm } = task;
  totalUsage(mm, usage);
  const { items } = mm.vmas;
  const start = items.length === 0 ? 0 : items[0].start;
  const end = items.length === 0 ? 0 : items[items.length - 1].end;
  const head = `${hex(start, 8)}-${hex(end, 8)} ---p 00000000 00:00 0 `;
  return head.padEnd(73) + "[rollup]\n" + numbers(usage, mm.lockedBytes);
}

export const smaps: TaskEntry = {
  name: "smaps",
  mode: 0o444,
  guarded: true,
  text: smapsText,
};

export const smapsRollup: TaskEntry = {
  name: "smaps_rollup",
  mode: 0o444,
  guarded: true,
  text: rollupText,
};

/** /proc/pid/status, proc_pid_status(5). */
import { RLIMIT_SIGPENDING } from "../../../../abi/linux/resource.ts";
import { SignalSet } from "../../../kernel/signal_set.ts";
import type { CapSet } from "../../../kernel/capabilities.ts";
import type { Task } from "../../../kernel/task.ts";
import { Kinds, totalUsage, Usage, vmaKinds } from "../../../mm/usage.ts";
import { hex64, type Subject, type TaskEntry } from "../entry.ts";
import { cpuNumbers, cpusOfSet, formatList, formatMask } from "../cpus.ts";
import { dispositions } from "./signal_masks.ts";
import { isAlive, stateText } from "./state.ts";

const memory = new Usage();
const kinds = new Kinds();
const ignored = new SignalSet();
const caught = new SignalSet();

function text({ task }: Subject): string {
  return identity(task) + (isAlive(task) ? memoryLines(task) : "") +
    `Threads:\t${Math.max(1, task.group.tasks.length)}\n` + signalLines(task) +
    rights(task) + placement(task);
}

function identity(t: Task): string {
  const { group, creds: c } = t;
  const umask = isAlive(t)
    ? `Umask:\t${t.fs.umask.toString(8).padStart(4, "0")}\n`
    : "";
  return `Name:\t${escape(t.comm)}\n` + umask +
    `State:\t${stateText(t)}\n` +
    `Tgid:\t${group.pid}\n` +
    "Ngid:\t0\n" +
    `Pid:\t${t.tid}\n` +
    `PPid:\t${group.parent?.pid ?? 0}\n` +
    "TracerPid:\t0\n" +
    `Uid:\t${c.uid}\t${c.euid}\t${c.suid}\t${c.fsuid}\n` +
    `Gid:\t${c.gid}\t${c.egid}\t${c.sgid}\t${c.fsgid}\n` +
    `FDSize:\t${isAlive(t) ? tableSize(t.files.size) : 0}\n` +
    `Groups:\t${c.groups.join(" ")} \n` +
    `NStgid:\t${group.pid}\n` +
    `NSpid:\t${t.tid}\n` +
    `NSpgid:\t${group.processGroup.id}\n` +
    `NSsid:\t${group.processGroup.session.id}\n` +
    "Kthread:\t0\n";
}

/** Slots of a descriptor table: Linux grows it from 64 by powers of two. */
function tableSize(used: number): number {
  let size = 64;
  while (size < used) size *= size === 64 ? 4 : 2;
  return size;
}

function memoryLines(t: Task): string {
  const { mm } = t;
  totalUsage(mm, memory);
  vmaKinds(mm, kinds);
  return size("VmPeak", Math.max(mm.vmPeak, mm.vmBytes)) +
    size("VmSize", mm.vmBytes) +
    size("VmLck", mm.lockedBytes) +
    size("VmPin", 0) +
    size("VmHWM", Math.max(mm.rssPeak, memory.rss)) +
    size("VmRSS", memory.rss) +
    size("RssAnon", memory.anonymous) +
    size("RssFile", memory.file) +
    size("RssShmem", memory.shmem) +
    size("VmData", mm.dataBytes) +
    size("VmStk", kinds.stack) +
    size("VmExe", kinds.code) +
    size("VmLib", kinds.libraries) +
    size("VmPTE", 0) +
    size("VmSwap", 0) +
    size("HugetlbPages", 0) +
    "CoreDumping:\t0\n" +
    "THP_enabled:\t1\n" +
    "untag_mask:\t0xffffffffffffffff\n";
}

function size(name: string, bytes: number): string {
  return `${name}:\t${String(Math.floor(bytes / 1024)).padStart(8)} kB\n`;
}

function signalLines(t: Task): string {
  const { group } = t;
  const user = t.kernel.users.get(t.creds.uid);
  dispositions(group, ignored, caught);
  return `SigQ:\t${user.pendingSignals}/${
    group.limits.cur[RLIMIT_SIGPENDING]
  }\n` +
    set("SigPnd", t.signals.queue.set) +
    set("ShdPnd", group.signals.queue.set) +
    set("SigBlk", t.signals.mask) +
    set("SigIgn", ignored) +
    set("SigCgt", caught);
}

function set(name: string, s: SignalSet | CapSet): string {
  return `${name}:\t${hex64(s.hi, s.lo)}\n`;
}

function rights(t: Task): string {
  const c = t.creds;
  return set("CapInh", c.inheritable) +
    set("CapPrm", c.permitted) +
    set("CapEff", c.effective) +
    set("CapBnd", c.bounding) +
    set("CapAmb", c.ambient) +
    `NoNewPrivs:\t${t.noNewPrivs ? 1 : 0}\n` +
    "Seccomp:\t0\n" +
    "Seccomp_filters:\t0\n" +
    "Speculation_Store_Bypass:\tthread vulnerable\n" +
    "SpeculationIndirectBranch:\tconditional enabled\n";
}

function placement(t: Task): string {
  const { affinity } = t.scheduling;
  const cpus = affinity === null ? cpuNumbers() : cpusOfSet(affinity);
  return `Cpus_allowed:\t${formatMask(cpus)}\n` +
    `Cpus_allowed_list:\t${formatList(cpus)}\n` +
    "Mems_allowed:\t00000000,00000001\n" +
    "Mems_allowed_list:\t0\n" +
    "voluntary_ctxt_switches:\t0\n" +
    "nonvoluntary_ctxt_switches:\t0\n";
}

/** A name without what would break the line. */
function escape(comm: string): string {
  return comm.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

export const status: TaskEntry = { name: "status", mode: 0o444, text };

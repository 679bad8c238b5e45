/**
 * How much memory a process uses, for /proc and getrusage(2). Numbers are the
 * host's truth for frames (holes of an arena are not resident); of files all
 * that is mapped and within the file counts as resident, for the page cache is
 * the host's.
 */
import * as ffi from "../../../ffi/mod.ts";
import { PAGE_SIZE, PROT_EXEC, PROT_WRITE } from "../../abi/linux/mman.ts";
import { CHUNK } from "./extents.ts";
import type { MemoryManager } from "./memory_manager.ts";
import { endOfFile } from "./pages.ts";
import type { Run } from "./run.ts";
import { VM_GROWSDOWN, type Vma } from "./vma.ts";

/** One VMA's numbers for smaps, bytes; and their sum for a process. */
export class Usage {
  size = 0;
  /** Frames of private memory. */
  anonymous = 0;
  /** Pages of files, private or shared. */
  file = 0;
  /** Shared anonymous memory. */
  shmem = 0;
  /** Of `anonymous`: frames that another process has too. */
  shared = 0;

  get rss(): number {
    return this.anonymous + this.file + this.shmem;
  }

  clear(): void {
    this.size =
      this.anonymous =
      this.file =
      this.shmem =
      this.shared =
        0;
  }

  add(other: Usage): void {
    this.size += other.size;
    this.anonymous += other.anonymous;
    this.file += other.file;
    this.shmem += other.shmem;
    this.shared += other.shared;
  }
}

/** Calls `visit` for each VMA that the guest may see, in address order. */
export function forEachVma(mm: MemoryManager, visit: (vma: Vma) => void): void {
  for (const vma of mm.vmas.items) if (!vma.isHidden) visit(vma);
}

/** What maps shows as the VMA's name where it maps no file. */
export function vmaName(mm: MemoryManager, vma: Vma): string {
  if (vma.name !== "") return vma.name;
  if (vma.object !== null) return `${vma.object.name} (deleted)`;
  if (vma.file !== null) return "";
  const heap = mm.brk > mm.brkStart && vma.start <= mm.brk &&
    vma.end >= mm.brkStart;
  return heap ? "[heap]" : "";
}

/** Fills `into` with the numbers of `vma`. */
export function vmaUsage(mm: MemoryManager, vma: Vma, into: Usage): void {
  into.clear();
  into.size = vma.end - vma.start;
  const { items } = mm.runs;
  for (
    let i = mm.runs.lower(vma.start);
    i < items.length && items[i].start < vma.end;
    i++
  ) {
    const start = Math.max(vma.start, items[i].start);
    const end = Math.min(vma.end, items[i].end);
    addPart(into, vma, items[i], start, end);
  }
}

function addPart(
  into: Usage,
  vma: Vma,
  run: Run,
  start: number,
  end: number,
): void {
  const offset = run.offset + (start - run.start);
  const length = end - start;
  if (run.arena !== null) {
    const bytes = dataBytes(run, offset, length);
    into.anonymous += bytes;
    if (run.arena.isShared(offset)) into.shared += bytes;
  } else if (vma.object !== null) into.shmem += dataBytes(run, offset, length);
  else into.file += Math.max(0, Math.min(length, endOfFile(run.file) - offset));
}

function dataBytes(run: Run, offset: number, length: number): number {
  return Math.max(0, ffi.fdDataBytes(run.file.fd, offset, length));
}

const part = new Usage();

/** Fills `into` with the process's numbers, and keeps the high-water mark. */
export function totalUsage(mm: MemoryManager, into: Usage): void {
  into.clear();
  for (const vma of mm.vmas.items) {
    if (vma.isHidden) continue;
    vmaUsage(mm, vma, part);
    into.add(part);
  }
  mm.rssPeak = Math.max(mm.rssPeak, into.rss);
}

/** Sizes by kind of VMA, bytes: VmExe, VmLib, VmStk of /proc/pid/status. */
export class Kinds {
  /** The program's own text. */
  code = 0;
  /** Other executable file maps. */
  libraries = 0;
  stack = 0;
}

export function vmaKinds(mm: MemoryManager, into: Kinds): void {
  into.code = into.libraries = into.stack = 0;
  for (const vma of mm.vmas.items) {
    if (vma.isHidden) continue;
    const length = vma.end - vma.start;
    if ((vma.flags & VM_GROWSDOWN) !== 0) into.stack += length;
    else if ((vma.prot & (PROT_EXEC | PROT_WRITE)) === PROT_EXEC) {
      const own = vma.start < mm.codeEnd && vma.end > mm.codeStart;
      if (own) into.code += length;
      else into.libraries += length;
    }
  }
}

/** mincore(2): one byte a page of [start, end), all of which is mapped. */
export function residentPages(
  mm: MemoryManager,
  start: number,
  end: number,
  vec: Uint8Array,
): void {
  vec.fill(0, 0, (end - start) / PAGE_SIZE);
  const { items } = mm.runs;
  for (
    let i = mm.runs.lower(start);
    i < items.length && items[i].start < end;
    i++
  ) {
    const run = items[i];
    let at = Math.max(start, run.start);
    const stop = Math.min(end, run.end);
    while (at < stop) {
      const offset = run.offset + (at - run.start);
      const length = Math.min(stop - at, CHUNK - offset % CHUNK);
      const host = run.file.hostAddress(offset);
      ffi.mincoreHost(host, length, vec, (at - start) / PAGE_SIZE);
      at += length;
    }
  }
}

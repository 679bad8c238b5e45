/** Where things go in an address space: the stack on top, mappings below it, brk where the loader says. */
import { ENOMEM } from "../../abi/linux/errno.ts";
import { PAGE_SIZE } from "../../abi/linux/mman.ts";
import { RLIMIT_STACK } from "../../abi/linux/resource.ts";
import type { FileDescription } from "../vfs/file_description.ts";
import { STACK_GAP } from "./faults.ts";
import { mapVma } from "./mapping.ts";
import type { MemoryManager } from "./memory_manager.ts";
import { VM_GROWSDOWN, VM_MAYWRITE, Vma } from "./vma.ts";

const GIB = 2 ** 30;
/** The stack's own random offset is below this: 22 bits of pages, as in Linux. */
const STACK_RANDOM = 16 * GIB;
/** Random offset of mappings: 28 bits of pages. */
const MMAP_RANDOM_PAGES = 2 ** 28;
const MIN_STACK_GAP = 128 * 1024 * 1024;
/** What a new program's stack has below its arguments: Linux's stack_expand. */
const STACK_EXPAND = 128 * 1024;
/** Offsets kept for a stack to grow into, so that its host mappings merge. */
const STACK_RESERVE = 8 * 1024 * 1024;

const random = new Uint32Array(1);

/** A random page-aligned offset below `pages` (at most 2^32) pages. */
export function randomPages(pages: number): number {
  crypto.getRandomValues(random);
  return (random[0] % pages) * PAGE_SIZE;
}

/** Places stack and mappings for a new program. `randomize` false: ADDR_NO_RANDOMIZE. */
export function setLayout(mm: MemoryManager, randomize: boolean): void {
  const top = mm.taskSize - mm.taskSize % PAGE_SIZE;
  mm.stackTop = top - (randomize ? randomPages(STACK_RANDOM / PAGE_SIZE) : 0);
  // Linux's mmap_base(): the stack's limit, within bounds, and its random part.
  const most = Math.floor(top / 6) * 5;
  const limit = Math.min(mm.limit(RLIMIT_STACK), most);
  const gap = Math.max(MIN_STACK_GAP, limit) + STACK_GAP +
    (randomize ? STACK_RANDOM : 0);
  const offset = randomize ? randomPages(MMAP_RANDOM_PAGES) : 0;
  const base = top - Math.min(gap, most) - offset;
  mm.mmapBase = base - base % PAGE_SIZE;
  mm.gapHint = mm.mmapBase;
  mm.largestSkipped = 0;
}

/**
 * Maps the stack: room for `length` bytes of arguments and 128 KiB more, below
 * `mm.stackTop`. 0 or -ENOMEM.
 */
export function mapStack(
  mm: MemoryManager,
  length: number,
  prot: number,
): number {
  const size = Math.ceil((length + STACK_EXPAND) / PAGE_SIZE) * PAGE_SIZE;
  const start = mm.stackTop - size;
  const reserve = mm.arena.reserve(size + STACK_RESERVE);
  if (reserve >= 0) {
    mm.stackReserve = size + STACK_RESERVE;
    mm.stackReserveEnd = mm.stackTop;
    mm.stackReserveOffset = reserve;
  }
  const flags = VM_GROWSDOWN | VM_MAYWRITE;
  return mapVma(
    mm,
    new Vma(start, mm.stackTop, prot, flags, null, null, null, 0, "[stack]"),
  );
}

/**
 * Maps private memory at a fixed place, for the loader: `file` from `offset`
 * on, or zeroes if it is null. Replaces what is there. 0, or -errno: what
 * mmap(2) says of the file.
 */
export function mapFixed(
  mm: MemoryManager,
  addr: number,
  length: number,
  prot: number,
  file: FileDescription | null,
  offset: number,
): number {
  if (addr < mm.minAddress || addr + length > mm.taskSize) return -ENOMEM;
  if (!mm.mayGrow(length)) return -ENOMEM;
  const memory = file === null ? null : file.memoryFile(false, false);
  if (typeof memory === "number") return memory;
  const end = addr + length;
  return mapVma(
    mm,
    new Vma(addr, end, prot, VM_MAYWRITE, file, memory, null, offset, ""),
  );
}

/** Where the heap begins, and ends as yet. */
export function setBrk(mm: MemoryManager, addr: number): void {
  mm.brkStart = addr;
  mm.brk = addr;
}

/** Start of the gap that a VMA's guest range needs below itself. */
function gapStart(vma: Vma): number {
  return (vma.flags & VM_GROWSDOWN) !== 0
    ? Math.max(0, vma.start - STACK_GAP)
    : vma.start;
}

/** Whether nothing is mapped in [start, end), a stack's guard gap included. */
export function isFree(mm: MemoryManager, start: number, end: number): boolean {
  const i = mm.vmas.lower(start);
  return i === mm.vmas.items.length || gapStart(mm.vmas.items[i]) >= end;
}

/** The highest free range of `length` bytes below `mmapBase`; its address or -ENOMEM. */
export function findGap(mm: MemoryManager, length: number): number {
  if (length <= mm.largestSkipped || mm.gapHint > mm.mmapBase) {
    mm.gapHint = mm.mmapBase;
    mm.largestSkipped = 0;
  }
  const found = searchDown(mm, mm.minAddress, mm.gapHint, length);
  if (found >= 0) {
    mm.gapHint = found;
    return found;
  }
  // Nothing below: as Linux, from the bottom up above the base.
  mm.gapHint = mm.mmapBase;
  mm.largestSkipped = 0;
  return searchDown(mm, mm.mmapBase, mm.taskSize, length);
}

/** The highest free range of `length` bytes in [low, high); its address or -ENOMEM. */
export function searchDown(
  mm: MemoryManager,
  low: number,
  high: number,
  length: number,
): number {
  const { items } = mm.vmas;
  let end = high;
  for (let i = mm.vmas.lower(high - 1); i >= 0; i--) {
    if (i < items.length) end = Math.min(end, gapStart(items[i]));
    const below = Math.max(low, i > 0 ? items[i - 1].end : 0);
    if (end - length >= below) return end - length;
    mm.largestSkipped = Math.max(mm.largestSkipped, end - below);
    if (below === low) return -ENOMEM;
  }
  return -ENOMEM;
}

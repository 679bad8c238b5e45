/** The heap that brk(2) moves the end of. */
import { PROT_READ, PROT_WRITE } from "../../abi/linux/mman.ts";
import { RLIMIT_DATA } from "../../abi/linux/resource.ts";
import { isFree } from "./layout.ts";
import { mapVma, unmapRange } from "./mapping.ts";
import type { MemoryManager } from "./memory_manager.ts";
import { pageUp } from "./placement.ts";
import { VM_MAYWRITE, Vma } from "./vma.ts";

/** Offsets in the arena that a growing heap takes from, so that its host mappings join. */
const HEAP_RESERVE = 64 * 1024 * 1024;

/** Moves the end of the heap to `addr` if that is possible; where it is then. */
export function moveBrk(mm: MemoryManager, addr: number): number {
  if (!(addr >= mm.brkStart && addr <= mm.taskSize)) return mm.brk;
  const data = addr - mm.brkStart + (mm.dataEnd - mm.dataStart);
  if (data > mm.limit(RLIMIT_DATA)) return mm.brk;
  const oldEnd = pageUp(mm.brk);
  const newEnd = pageUp(addr);
  if (newEnd < oldEnd) unmapRange(mm, newEnd, oldEnd);
  else if (newEnd > oldEnd && !growHeap(mm, oldEnd, newEnd)) return mm.brk;
  mm.brk = addr;
  return addr;
}

function growHeap(mm: MemoryManager, start: number, end: number): boolean {
  if (!isFree(mm, start, end) || end > mm.taskSize) return false;
  if (!mm.mayGrow(end - start) || !mm.mayCommit(end - start)) return false;
  reserveHeap(mm, start, end);
  const flags = VM_MAYWRITE | mm.futureLock;
  const prot = PROT_READ | PROT_WRITE;
  const vma = new Vma(start, end, prot, flags, null, null, null, 0, "");
  return mapVma(mm, vma) === 0;
}

/** Sees to it that a heap that grows as never before does so in one piece. */
function reserveHeap(mm: MemoryManager, start: number, end: number): void {
  const known = start < mm.heapReserveStart;
  const fits = start === mm.heapReserveStart && end - start <= mm.heapReserve;
  if (known || fits || end - start > HEAP_RESERVE) return;
  if (mm.heapReserve > 0) {
    mm.arena.unreserve(mm.heapReserveOffset, mm.heapReserve);
  }
  const offset = mm.arena.reserve(HEAP_RESERVE);
  mm.heapReserve = offset < 0 ? 0 : HEAP_RESERVE;
  mm.heapReserveOffset = offset;
  mm.heapReserveStart = start;
}

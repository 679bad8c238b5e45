/** Where mmap(2) puts a mapping. */
import { EEXIST, EINVAL, ENOMEM, EPERM } from "../../abi/linux/errno.ts";
import {
  MAP_32BIT,
  MAP_FIXED,
  MAP_FIXED_NOREPLACE,
  PAGE_SIZE,
} from "../../abi/linux/mman.ts";
import { findGap, isFree, searchDown } from "./layout.ts";
import type { MemoryManager } from "./memory_manager.ts";

const FIRST_32BIT = 0x40000000;
const END_32BIT = 0x80000000;

/**
 * Address for `length` bytes (a page multiple) with hint `addr` and MAP_*
 * flags. EINVAL (unaligned), ENOMEM, EPERM (below vm.mmap_min_addr), EEXIST.
 */
export function place(
  mm: MemoryManager,
  addr: number,
  length: number,
  flags: number,
): number {
  if (!(length <= mm.taskSize)) return -ENOMEM;
  if ((flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) !== 0) {
    const r = checkFixed(mm, addr, length);
    if (r < 0) return r;
    if ((flags & MAP_FIXED_NOREPLACE) === 0) return addr;
    return mm.vmas.overlaps(addr, addr + length) ? -EEXIST : addr;
  }
  if ((flags & MAP_32BIT) !== 0) {
    return searchDown(mm, FIRST_32BIT, END_32BIT, length);
  }
  const hint = addr - addr % PAGE_SIZE;
  if (hint > 0) {
    const at = Math.max(hint, mm.minAddress);
    if (at + length <= mm.taskSize && isFree(mm, at, at + length)) return at;
  }
  return findGap(mm, length);
}

/** Whether a fixed range is one that may be mapped. 0 or -errno. */
export function checkFixed(
  mm: MemoryManager,
  addr: number,
  length: number,
): number {
  if (addr % PAGE_SIZE !== 0) return -EINVAL;
  if (!(addr + length <= mm.taskSize)) return -ENOMEM;
  return addr < mm.minAddress ? -EPERM : 0;
}

/** `length` rounded up to pages. */
export function pageUp(length: number): number {
  return Math.ceil(length / PAGE_SIZE) * PAGE_SIZE;
}

/** Bytes of [start, end) that are mapped, as the guest sees it. */
export function mappedBytes(
  mm: MemoryManager,
  start: number,
  end: number,
): number {
  const { items } = mm.vmas;
  let sum = 0;
  for (
    let i = mm.vmas.lower(start);
    i < items.length && items[i].start < end;
    i++
  ) {
    if (items[i].isHidden) continue;
    sum += Math.min(end, items[i].end) - Math.max(start, items[i].start);
  }
  return sum;
}

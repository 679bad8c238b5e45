/** mlock(2) and friends. Memory is the host's, which pages as it likes: only the accounts and errors are Linux's. */
import { ENOMEM } from "../../abi/linux/errno.ts";
import { account, carveVmas, joinVmas } from "./mapping.ts";
import type { MemoryManager } from "./memory_manager.ts";
import { VM_LOCKED, VM_LOCKONFAULT } from "./vma.ts";

const LOCK_BITS = VM_LOCKED | VM_LOCKONFAULT;

/** Bytes of [start, end) that are locked. */
export function lockedIn(
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
    if ((items[i].flags & VM_LOCKED) === 0) continue;
    sum += Math.min(end, items[i].end) - Math.max(start, items[i].start);
  }
  return sum;
}

/**
 * Sets the lock bits of all that is mapped in [start, end). 0, or -ENOMEM at
 * the first hole (what lies before it is changed).
 */
export function setLocks(
  mm: MemoryManager,
  start: number,
  end: number,
  bits: number,
): number {
  let at = start;
  let result = 0;
  while (at < end) {
    const vma = mm.vmas.find(at);
    if (vma === null || vma.isHidden) {
      result = -ENOMEM;
      break;
    }
    const stop = Math.min(end, vma.end);
    if ((vma.flags & LOCK_BITS) !== bits) {
      const part = mm.vmas.items[carveVmas(mm, at, stop)];
      account(mm, part, -1);
      part.flags = (part.flags & ~LOCK_BITS) | bits;
      account(mm, part, 1);
    }
    at = stop;
  }
  joinVmas(mm, start, end);
  return result;
}

/** Sets the lock bits of everything. */
export function setAllLocks(mm: MemoryManager, bits: number): void {
  for (const vma of mm.vmas.items) {
    if (vma.isHidden) continue;
    account(mm, vma, -1);
    vma.flags = (vma.flags & ~LOCK_BITS) | bits;
    account(mm, vma, 1);
  }
  joinVmas(mm, 0, mm.taskSize);
}

/** madvise(2): what it does to a part of one VMA. */
import { EACCES, EFAULT, EINVAL, ENOMEM } from "../../abi/linux/errno.ts";
import {
  MADV_DODUMP,
  MADV_DOFORK,
  MADV_DONTDUMP,
  MADV_DONTFORK,
  MADV_DONTNEED,
  MADV_DONTNEED_LOCKED,
  MADV_FREE,
  MADV_HUGEPAGE,
  MADV_KEEPONFORK,
  MADV_MERGEABLE,
  MADV_NOHUGEPAGE,
  MADV_NORMAL,
  MADV_POPULATE_READ,
  MADV_POPULATE_WRITE,
  MADV_RANDOM,
  MADV_REMOVE,
  MADV_SEQUENTIAL,
  MADV_UNMERGEABLE,
  MADV_WIPEONFORK,
  PROT_WRITE,
} from "../../abi/linux/mman.ts";
import { makeAccessible } from "./faults.ts";
import { carveVmas, joinVmas } from "./mapping.ts";
import type { MemoryManager } from "./memory_manager.ts";
import { dropRuns, makePrivate, populate } from "./pages.ts";
import { hostProt } from "./run.ts";
import {
  VM_DONTDUMP,
  VM_DONTFORK,
  VM_DROPPABLE,
  VM_HUGEPAGE,
  VM_LOCKED,
  VM_MAYWRITE,
  VM_MERGEABLE,
  VM_NOHUGEPAGE,
  VM_RAND_READ,
  VM_SEQ_READ,
  VM_WIPEONFORK,
  type Vma,
} from "./vma.ts";

/** FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE: how MADV_REMOVE frees a part of a file. */
export const PUNCH_MODE = 0x3;

/**
 * Applies `advice` to [start, end) of `vma`. 0 or -errno; MADV_REMOVE of a
 * file's pages is the caller's.
 */
export function adviseVma(
  mm: MemoryManager,
  vma: Vma,
  start: number,
  end: number,
  advice: number,
): number {
  switch (advice) {
    case MADV_DONTNEED:
      if ((vma.flags & VM_LOCKED) !== 0) return -EINVAL;
      return forget(mm, vma, start, end);
    case MADV_DONTNEED_LOCKED:
      return forget(mm, vma, start, end);
    case MADV_FREE:
      if (!vma.isAnonymous) return -EINVAL;
      return forget(mm, vma, start, end);
    case MADV_REMOVE:
      return removeShared(mm, vma, start, end);
    case MADV_POPULATE_READ:
    case MADV_POPULATE_WRITE:
      return prefault(mm, vma, start, end, advice === MADV_POPULATE_WRITE);
    default:
      return adviseFlags(mm, vma, start, end, advice);
  }
}

/** Frees private pages: the next access finds zeroes, or the file's bytes. */
function forget(
  mm: MemoryManager,
  vma: Vma,
  start: number,
  end: number,
): number {
  // Shared pages stay: only their page table entries would go.
  if (vma.isShared) return 0;
  mm.forgetWindows();
  const { runs } = mm;
  let at = start;
  while (at < end) {
    const run = runs.items[runs.lower(at)];
    if (run === undefined || run.start >= end) return 0;
    at = Math.max(at, run.start);
    let stop = Math.min(end, run.end);
    if (run.arena !== null) {
      const offset = run.offset + (at - run.start);
      if (run.arena === mm.arena && vma.isAnonymous) {
        stop = at + mm.arena.sameSharing(offset, stop - at);
        if (!mm.arena.isShared(offset)) {
          mm.arena.file.punch(offset, stop - at);
          at = stop;
          continue;
        }
      }
      const r = replace(mm, vma, at, stop);
      if (r < 0) return r;
    }
    at = stop;
  }
  return 0;
}

/** Backs [start, end) anew. */
function replace(
  mm: MemoryManager,
  vma: Vma,
  start: number,
  end: number,
): number {
  dropRuns(mm, start, end);
  const mapped = populate(mm, vma, start, end);
  if (mapped < end - start) mm.as.unmap(start, end - start);
  return Math.min(0, mapped);
}

/** MADV_REMOVE of shared anonymous memory. */
function removeShared(
  mm: MemoryManager,
  vma: Vma,
  start: number,
  end: number,
): number {
  if ((vma.flags & VM_LOCKED) !== 0 || vma.memory === null) return -EINVAL;
  if (!vma.isShared || (vma.flags & VM_MAYWRITE) === 0) return -EACCES;
  mm.forgetWindows();
  if (vma.object !== null) vma.memory.punch(vma.offsetOf(start), end - start);
  return 0;
}

function prefault(
  mm: MemoryManager,
  vma: Vma,
  start: number,
  end: number,
  write: boolean,
): number {
  if (write && (vma.prot & PROT_WRITE) === 0) return -EINVAL;
  if (hostProt(vma.prot) === 0) return -EINVAL;
  let at = start;
  while (at < end) {
    const run = mm.runs.find(at);
    if (run === null) {
      const r = makeAccessible(mm, vma, at, write);
      if (r < 0) return r;
      continue;
    }
    const stop = Math.min(end, run.end);
    if (write && run.cow) {
      const r = makePrivate(mm, vma, at, stop);
      if (r < 0) return r === -ENOMEM ? r : -EFAULT;
    }
    at = stop;
  }
  return 0;
}

/** Advice that only marks the VMA. */
function adviseFlags(
  mm: MemoryManager,
  vma: Vma,
  start: number,
  end: number,
  advice: number,
): number {
  const flags = newFlags(vma, advice);
  if (flags < 0 || flags === vma.flags) return Math.min(0, flags);
  const part = mm.vmas.items[carveVmas(mm, start, end)];
  part.flags = flags;
  joinVmas(mm, start, end);
  return 0;
}

/** `vma.flags` as `advice` wants them, or -EINVAL where it can't be. */
function newFlags(vma: Vma, advice: number): number {
  const { flags } = vma;
  switch (advice) {
    case MADV_NORMAL:
      return flags & ~(VM_SEQ_READ | VM_RAND_READ);
    case MADV_SEQUENTIAL:
      return (flags & ~VM_RAND_READ) | VM_SEQ_READ;
    case MADV_RANDOM:
      return (flags & ~VM_SEQ_READ) | VM_RAND_READ;
    case MADV_DONTFORK:
      return flags | VM_DONTFORK;
    case MADV_DOFORK:
      return flags & ~VM_DONTFORK;
    case MADV_WIPEONFORK:
      return vma.isAnonymous ? flags | VM_WIPEONFORK : -EINVAL;
    case MADV_KEEPONFORK:
      return (flags & VM_DROPPABLE) !== 0 ? -EINVAL : flags & ~VM_WIPEONFORK;
    case MADV_DONTDUMP:
      return flags | VM_DONTDUMP;
    case MADV_DODUMP:
      return (flags & VM_DROPPABLE) !== 0 ? -EINVAL : flags & ~VM_DONTDUMP;
    case MADV_HUGEPAGE:
      return (flags & ~VM_NOHUGEPAGE) | VM_HUGEPAGE;
    case MADV_NOHUGEPAGE:
      return (flags & ~VM_HUGEPAGE) | VM_NOHUGEPAGE;
    case MADV_MERGEABLE:
      return flags | VM_MERGEABLE;
    case MADV_UNMERGEABLE:
      return flags & ~VM_MERGEABLE;
    default:
      return flags;
  }
}

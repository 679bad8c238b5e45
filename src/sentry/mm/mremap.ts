/** mremap(2): mappings grow, shrink and move; frames are never copied. */
import { EAGAIN, EFAULT, EINVAL, ENOMEM } from "../../abi/linux/errno.ts";
import {
  MREMAP_DONTUNMAP,
  MREMAP_FIXED,
  MREMAP_MAYMOVE,
  PAGE_SIZE,
} from "../../abi/linux/mman.ts";
import { RLIMIT_MEMLOCK } from "../../abi/linux/resource.ts";
import { findGap, isFree } from "./layout.ts";
import {
  account,
  carveVmas,
  countsAsData,
  insertVma,
  mapVma,
  unmapRange,
} from "./mapping.ts";
import type { MemoryManager } from "./memory_manager.ts";
import { MAX_MAP_COUNT } from "./mmap.ts";
import { addRun, makePrivate, populate, populateGaps } from "./pages.ts";
import { checkFixed, pageUp } from "./placement.ts";
import type { Run } from "./run.ts";
import { VM_LOCKED, type Vma } from "./vma.ts";

const FLAGS = MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP;

/** The new address or -errno. `mayLock`: the caller has CAP_IPC_LOCK. */
export function remapMemory(
  mm: MemoryManager,
  old: number,
  oldLength: number,
  newLength: number,
  flags: number,
  target: number,
  mayLock: boolean,
): number {
  if ((flags & ~FLAGS) !== 0) return -EINVAL;
  const mayMove = (flags & MREMAP_MAYMOVE) !== 0;
  const fixed = (flags & MREMAP_FIXED) !== 0;
  const keep = (flags & MREMAP_DONTUNMAP) !== 0;
  if ((fixed || keep) && !mayMove) return -EINVAL;
  if (keep && oldLength !== newLength) return -EINVAL;
  if (old % PAGE_SIZE !== 0) return -EINVAL;
  const from = pageUp(oldLength);
  const to = pageUp(newLength);
  if (to === 0) return -EINVAL;
  if (fixed) {
    const r = checkTarget(mm, old, from, to, target);
    if (r < 0) return r;
  }
  const vma = mm.vmas.find(old);
  if (vma === null || vma.isHidden) return -EFAULT;
  if (from === 0 && !vma.isShared) return -EINVAL;
  if (old + from > vma.end) return -EFAULT;
  if (!fixed && !keep) {
    const r = resizeInPlace(mm, vma, old, from, to, mayLock);
    if (r !== 0) return r;
    if (!mayMove) return -ENOMEM;
  }
  const r = mayExtend(mm, vma, keep ? to : Math.max(0, to - from), mayLock);
  if (r < 0) return r;
  if (mm.vmas.items.length >= MAX_MAP_COUNT - 3) return -ENOMEM;
  let at = target;
  if (fixed) {
    unmapRange(mm, target, target + to);
    if (from > to) unmapRange(mm, old + to, old + from);
  } else {
    at = findGap(mm, to);
    if (at < 0) return at;
  }
  return from === 0
    ? duplicate(mm, vma, old, at, to)
    : move(mm, old, Math.min(from, to), to, at, keep);
}

function checkTarget(
  mm: MemoryManager,
  old: number,
  from: number,
  to: number,
  target: number,
): number {
  if (!(to <= mm.taskSize)) return -EINVAL;
  const r = checkFixed(mm, target, to);
  if (r === -ENOMEM) return -EINVAL;
  if (r < 0) return r;
  return old + from > target && target + to > old ? -EINVAL : 0;
}

/** Whether the limits allow `vma` to have `growth` bytes more. 0 or -errno. */
function mayExtend(
  mm: MemoryManager,
  vma: Vma,
  growth: number,
  mayLock: boolean,
): number {
  if (growth === 0) return 0;
  if (
    (vma.flags & VM_LOCKED) !== 0 && !mayLock &&
    mm.lockedBytes + growth > mm.limit(RLIMIT_MEMLOCK)
  ) return -EAGAIN;
  if (!mm.mayGrow(growth) || !mm.mayCommit(growth)) return -ENOMEM;
  const data = countsAsData(vma.prot, vma.flags, vma.isShared);
  return data && !mm.mayGrowData(growth) ? -ENOMEM : 0;
}

/** Shrinks, or grows if there is room behind. The address; 0: it must move; or -errno. */
function resizeInPlace(
  mm: MemoryManager,
  vma: Vma,
  old: number,
  from: number,
  to: number,
  mayLock: boolean,
): number {
  if (from === 0) return 0;
  if (to <= from) {
    if (to < from) unmapRange(mm, old + to, old + from);
    return old;
  }
  const end = old + from;
  if (vma.end !== end || !isFree(mm, end, old + to)) return 0;
  if (old + to > mm.taskSize) return 0;
  const r = mayExtend(mm, vma, to - from, mayLock);
  if (r < 0) return r;
  const more = vma.clone(vma.start, old + to);
  more.start = end;
  more.offset = vma.offsetOf(end);
  const mapped = mapVma(mm, more);
  more.drop();
  return mapped < 0 ? mapped : old;
}

/** A second mapping of a shared object's pages from `old` on: old size 0. */
function duplicate(
  mm: MemoryManager,
  vma: Vma,
  old: number,
  at: number,
  length: number,
): number {
  const copy = vma.clone(old, vma.end);
  copy.start = at;
  copy.end = at + length;
  const r = mapVma(mm, copy);
  copy.drop();
  return r < 0 ? r : at;
}

/** Moves `length` bytes at `old` to `at`, where they become `size` bytes. The address or -errno. */
function move(
  mm: MemoryManager,
  old: number,
  length: number,
  size: number,
  at: number,
  keep: boolean,
): number {
  mm.forgetWindows();
  const index = carveVmas(mm, old, old + length);
  const vma = mm.vmas.items[index];
  const owned = ownFrames(mm, vma, old, old + length);
  if (owned < 0) return owned;
  const runs = takeRuns(mm, old, old + length);
  const moved = vma.clone(old, old + length);
  moved.start = at;
  moved.end = at + size;
  mm.as.unmap(old, length);
  if (keep) {
    const r = populate(mm, vma, vma.start, vma.end);
    if (r < 0) return r;
  } else {
    account(mm, vma, -1);
    vma.drop();
    mm.vmas.remove(index, 1);
    mm.rangeFreed(old + length);
  }
  const into = insertVma(mm, moved);
  for (const run of runs) {
    const distance = run.start - old;
    run.end += at - old;
    run.start = at + distance;
    mm.as.mapFile(
      run.start,
      run.end - run.start,
      run.host,
      run.file,
      run.offset,
    );
    addRun(mm, run);
  }
  const r = populateGaps(mm, into, at, at + size);
  return r < 0 ? r : at;
}

/**
 * Frames of another arena (after a fork) can't be mapped anew by this address
 * space's host process, so they are copied first. 0 or -errno.
 */
function ownFrames(
  mm: MemoryManager,
  vma: Vma,
  start: number,
  end: number,
): number {
  for (let at = start; at < end;) {
    const run = mm.runs.items[mm.runs.lower(at)];
    if (run === undefined || run.start >= end) return 0;
    const stop = Math.min(run.end, end);
    at = stop;
    if (run.arena === null || run.arena === mm.arena) continue;
    const r = makePrivate(mm, vma, Math.max(run.start, start), stop);
    if (r < 0) return r;
  }
  return 0;
}

/** Takes the runs of [start, end) out of the list without freeing their frames. */
function takeRuns(mm: MemoryManager, start: number, end: number): Run[] {
  const first = mm.runs.carve(start, end);
  let i = first;
  while (i < mm.runs.items.length && mm.runs.items[i].start < end) i++;
  const taken = mm.runs.items.slice(first, i);
  mm.runs.remove(first, i - first);
  return taken;
}

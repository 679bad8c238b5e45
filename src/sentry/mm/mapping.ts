/** The list of VMAs: what is mapped, taken away and re-protected, with accounts. */
import { EACCES, ENOMEM } from "../../abi/linux/errno.ts";
import { PROT_WRITE } from "../../abi/linux/mman.ts";
import type { MemoryManager } from "./memory_manager.ts";
import { dropRuns, populate, populateGaps, protectRuns } from "./pages.ts";
import {
  VM_GROWSDOWN,
  VM_HIDDEN,
  VM_LOCKED,
  VM_MAYWRITE,
  VM_NORESERVE,
  type Vma,
} from "./vma.ts";

/** Adds (sign 1) or takes away (sign -1) a VMA in the accounts. */
export function account(mm: MemoryManager, vma: Vma, sign: number): void {
  if ((vma.flags & VM_HIDDEN) !== 0) return;
  const length = sign * (vma.end - vma.start);
  mm.vmBytes += length;
  if (mm.vmBytes > mm.vmPeak) mm.vmPeak = mm.vmBytes;
  if (countsAsData(vma.prot, vma.flags, vma.isShared)) mm.dataBytes += length;
  if ((vma.flags & VM_LOCKED) !== 0) mm.lockedBytes += length;
}

/** Whether RLIMIT_DATA counts it: private, writable and no stack. */
export function countsAsData(
  prot: number,
  flags: number,
  shared: boolean,
): boolean {
  return !shared && (prot & PROT_WRITE) !== 0 && (flags & VM_GROWSDOWN) === 0;
}

/** Adds `vma`, whose range is free; the VMA that has it then (a neighbour may have taken it in). */
export function insertVma(mm: MemoryManager, vma: Vma): Vma {
  account(mm, vma, 1);
  const { items } = mm.vmas;
  const i = mm.vmas.lower(vma.start);
  const left = i > 0 ? items[i - 1] : null;
  if (left !== null && left.continuesIn(vma)) {
    left.end = vma.end;
    vma.drop();
    joinNext(mm, i - 1);
    return left;
  }
  mm.vmas.insert(i, vma);
  joinNext(mm, i);
  return vma;
}

/** Joins VMA `i` with the next if that continues it. */
function joinNext(mm: MemoryManager, i: number): void {
  const { items } = mm.vmas;
  if (i + 1 >= items.length || !items[i].continuesIn(items[i + 1])) return;
  items[i].end = items[i + 1].end;
  items[i + 1].drop();
  mm.vmas.remove(i + 1, 1);
}

/** Joins what continues each other from before `start` to behind `end`. */
export function joinVmas(mm: MemoryManager, start: number, end: number): void {
  const first = Math.max(0, mm.vmas.lower(start) - 1);
  for (let i = mm.vmas.lower(end); i >= first; i--) {
    if (i < mm.vmas.items.length) joinNext(mm, i);
  }
}

/** Makes VMA borders at `start` and `end`; index of the first VMA not before `start`. */
export function carveVmas(
  mm: MemoryManager,
  start: number,
  end: number,
): number {
  splitVma(mm, end);
  return splitVma(mm, start);
}

function splitVma(mm: MemoryManager, addr: number): number {
  const i = mm.vmas.lower(addr);
  if (i === mm.vmas.items.length) return i;
  const vma = mm.vmas.items[i];
  if (vma.start >= addr) return i;
  mm.vmas.insert(i + 1, vma.clone(addr, vma.end));
  vma.end = addr;
  return i + 1;
}

/** Takes the VMAs and runs of [start, end) away. Whether the host has mappings left there. */
function clearRange(mm: MemoryManager, start: number, end: number): boolean {
  const first = carveVmas(mm, start, end);
  const { items } = mm.vmas;
  let i = first;
  let hidden = false;
  while (i < items.length && items[i].start < end) {
    const vma = items[i++];
    account(mm, vma, -1);
    vma.drop();
    if (vma.isHidden) hidden = true;
  }
  if (i === first) return false;
  mm.vmas.remove(first, i - first);
  mm.rangeFreed(end);
  mm.sites?.forget(start, end);
  if (hidden) mm.hiddenLost?.(start, end);
  return dropRuns(mm, start, end);
}

/** Maps `vma` where it says, replacing what is there. 0 or -ENOMEM. */
export function mapVma(mm: MemoryManager, vma: Vma): number {
  const { start, end } = vma;
  mm.forgetWindows();
  if (!mm.graves.isEmpty) mm.graves.reap();
  const had = clearRange(mm, start, end);
  vma.hold();
  const into = insertVma(mm, vma);
  const mapped = populate(mm, into, start, end);
  if (mapped < 0) {
    clearRange(mm, start, end);
    mm.as.unmap(start, end - start);
    return mapped;
  }
  if (had && mapped < end - start) mm.as.unmap(start, end - start);
  return 0;
}

/** Takes [start, end) away, but for the Sentry's own pages. */
export function unmapRange(
  mm: MemoryManager,
  start: number,
  end: number,
): void {
  mm.forgetWindows();
  let at = start;
  while (at < end) {
    const hidden = nextHidden(mm, at, end);
    const stop = hidden === null ? end : Math.max(at, hidden.start);
    if (at < stop && clearRange(mm, at, stop)) mm.as.unmap(at, stop - at);
    at = hidden === null ? end : hidden.end;
  }
}

function nextHidden(mm: MemoryManager, start: number, end: number): Vma | null {
  if (mm.hiddenCount === 0) return null;
  const { items } = mm.vmas;
  for (
    let i = mm.vmas.lower(start);
    i < items.length && items[i].start < end;
    i++
  ) {
    if (items[i].isHidden) return items[i];
  }
  return null;
}

/**
 * Gives [start, end) rights `prot`. 0; -ENOMEM where nothing is mapped
 * (what lies before is changed, as in Linux) or memory lacks; -EACCES.
 */
export function protectRange(
  mm: MemoryManager,
  start: number,
  end: number,
  prot: number,
): number {
  mm.forgetWindows();
  let result = 0;
  let at = start;
  while (at < end) {
    const vma = mm.vmas.find(at);
    if (vma === null || vma.isHidden) {
      result = -ENOMEM;
      break;
    }
    const stop = Math.min(vma.end, end);
    result = protectVma(mm, vma, at, stop, prot);
    if (result < 0) break;
    at = stop;
  }
  joinVmas(mm, start, end);
  return result;
}

/** mprotect of the part [start, end) of `vma`. */
function protectVma(
  mm: MemoryManager,
  vma: Vma,
  start: number,
  end: number,
  prot: number,
): number {
  if (vma.prot === prot) return 0;
  if ((prot & PROT_WRITE) !== 0 && (vma.flags & VM_MAYWRITE) === 0) {
    return -EACCES;
  }
  const grows = countsAsData(prot, vma.flags, vma.isShared) &&
    !countsAsData(vma.prot, vma.flags, vma.isShared);
  if (grows && !mm.mayGrowData(end - start)) return -ENOMEM;
  const commits = grows && (vma.flags & VM_NORESERVE) === 0;
  if (commits && !mm.mayCommit(end - start)) return -ENOMEM;
  if ((prot & PROT_WRITE) !== 0) mm.sites?.restore(mm, start, end);
  const part = mm.vmas.items[carveVmas(mm, start, end)];
  account(mm, part, -1);
  part.prot = prot;
  account(mm, part, 1);
  protectRuns(mm, part, start, end);
  return Math.min(0, populateGaps(mm, part, start, end));
}

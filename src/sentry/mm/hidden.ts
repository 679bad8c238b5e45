/**
 * Pages of the Sentry's own in a guest's address space (trampolines of
 * rewritten call sites), and replacing of text pages. Neither shows in maps.
 *
 * To change a text page: `frame = replacePage(mm, addr)` gives an offset in
 * `mm.arena.file` of a fresh copy that nobody runs yet; write to it with
 * `mm.arena.file.write`; `commitPage(mm, addr, frame)` maps it in place of the
 * old one, all at once.
 */
import { EFAULT, ENOMEM } from "../../abi/linux/errno.ts";
import { PAGE_SIZE, PROT_WRITE } from "../../abi/linux/mman.ts";
import { searchDown } from "./layout.ts";
import { mapVma } from "./mapping.ts";
import type { MemoryManager } from "./memory_manager.ts";
import { addRun, dropRuns, makePrivate } from "./pages.ts";
import { hostProt, NO_SHADOW, Run } from "./run.ts";
import { VM_HIDDEN, Vma } from "./vma.ts";

/** What a 32-bit displacement reaches, less room for code at both ends. */
const REACH = 2 ** 31 - 2 ** 24;

/**
 * Maps `length` bytes (a page multiple) of zeroed arena frames with rights
 * `prot` within ±2 GiB of `near`, in a gap. The address, or -ENOMEM. The frames
 * are at `hiddenOffset`. munmap(2) of the guest leaves them alone; a MAP_FIXED
 * over them calls `mm.hiddenLost`.
 */
export function mapHidden(
  mm: MemoryManager,
  near: number,
  length: number,
  prot: number,
): number {
  const low = Math.max(mm.minAddress, near - REACH);
  const high = Math.min(mm.taskSize, near + REACH);
  // Below first: the heap grows from behind the text.
  let addr = searchDown(mm, low, near - near % PAGE_SIZE, length);
  if (addr < 0) addr = searchDown(mm, low, high - high % PAGE_SIZE, length);
  if (addr < 0) return addr;
  mm.hiddenCount++;
  const vma = new Vma(
    addr,
    addr + length,
    prot & ~PROT_WRITE,
    VM_HIDDEN,
    null,
    null,
    null,
    0,
    "",
  );
  const r = mapVma(mm, vma);
  return r < 0 ? r : addr;
}

/**
 * Offset in `mm.arena.file` of the frame behind hidden address `addr`, good to
 * be written: after a fork the frame is copied first. -EFAULT, -ENOMEM.
 */
export function hiddenOffset(mm: MemoryManager, addr: number): number {
  const page = addr - addr % PAGE_SIZE;
  const vma = mm.vmas.find(page);
  if (vma === null || !vma.isHidden) return -EFAULT;
  const r = makePrivate(mm, vma, vma.start, vma.end);
  if (r < 0) return r;
  const run = mm.runs.find(page);
  return run === null ? -EFAULT : run.offset + (addr - run.start);
}

/**
 * A copy of the private page at `addr` in a frame of the own arena that is
 * mapped nowhere yet: its offset. -EFAULT (no private page there), -ENOMEM.
 */
export function replacePage(mm: MemoryManager, addr: number): number {
  const page = addr - addr % PAGE_SIZE;
  const vma = mm.vmas.find(page);
  const run = mm.runs.find(page);
  if (vma === null || run === null || vma.isShared) return -EFAULT;
  const frame = mm.arena.allocate(PAGE_SIZE, false);
  if (frame < 0) return -ENOMEM;
  const from = run.offset + (page - run.start);
  const r = mm.arena.file.copyFrom(run.file, from, frame, PAGE_SIZE);
  if (r < 0) mm.arena.drop(frame, PAGE_SIZE);
  return r < 0 ? -EFAULT : frame;
}

/**
 * Maps frame `frame` (from `replacePage`) at the page of `addr`. False: the
 * mapping is no longer there; the frame is freed.
 */
export function commitPage(
  mm: MemoryManager,
  addr: number,
  frame: number,
): boolean {
  const page = addr - addr % PAGE_SIZE;
  const vma = mm.vmas.find(page);
  if (vma === null || vma.isShared) {
    mm.arena.drop(frame, PAGE_SIZE);
    return false;
  }
  mm.forgetWindows();
  dropRuns(mm, page, page + PAGE_SIZE);
  const { arena } = mm;
  const host = hostProt(vma.prot);
  addRun(
    mm,
    new Run(
      page,
      page + PAGE_SIZE,
      arena.file,
      frame,
      arena,
      false,
      host,
      NO_SHADOW,
    ),
  );
  mm.as.mapFile(page, PAGE_SIZE, host, arena.file, frame);
  return true;
}

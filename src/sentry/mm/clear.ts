/** execve(2) in an address space that nobody else uses: it becomes like new. */
import { HotPages } from "./hot_pages.ts";
import type { MemoryManager } from "./memory_manager.ts";
import { releaseFrames } from "./pages.ts";

/**
 * Takes everything away, the Sentry's own pages included, and forgets layout
 * and accounts. No other thread may run in it.
 */
export function clear(mm: MemoryManager): void {
  mm.forgetWindows();
  mm.graves.clear();
  unmapAll(mm);
  for (const vma of mm.vmas.items) vma.drop();
  mm.vmas.items.length = 0;
  for (const run of mm.runs.items) releaseFrames(mm, run);
  mm.runs.items.length = 0;
  if (mm.stackReserve > 0) {
    mm.arena.unreserve(mm.stackReserveOffset, mm.stackReserve);
    mm.stackReserve = 0;
  }
  if (mm.heapReserve > 0) {
    mm.arena.unreserve(mm.heapReserveOffset, mm.heapReserve);
    mm.heapReserve = 0;
  }
  mm.heapReserveStart = 0;
  mm.sites = null;
  mm.hiddenLost = null;
  mm.hiddenCount = 0;
  mm.hot = new HotPages();
  mm.vmBytes =
    mm.vmPeak =
    mm.dataBytes =
    mm.lockedBytes =
      0;
  mm.rssPeak = 0;
  mm.futureLock = 0;
  mm.lastCopyEnd = 0;
  mm.setExe(null);
}

/** One or two ranges that hold all mappings but not the vDSO. */
function unmapAll(mm: MemoryManager): void {
  const { items } = mm.runs;
  if (items.length === 0) return;
  const start = items[0].start;
  const end = items[items.length - 1].end;
  const vdsoEnd = mm.vdsoStart + mm.vdsoLength;
  if (vdsoEnd <= start || mm.vdsoStart >= end) mm.as.unmap(start, end - start);
  else {
    if (mm.vdsoStart > start) mm.as.unmap(start, mm.vdsoStart - start);
    if (vdsoEnd < end) mm.as.unmap(vdsoEnd, end - vdsoEnd);
  }
}

/** madvise(2), process_madvise(2). */
import { EINVAL, ENOMEM, EPERM } from "../../abi/linux/errno.ts";
import { CAP_SYS_ADMIN } from "../../abi/linux/capability.ts";
import {
  MADV_COLLAPSE,
  MADV_FREE,
  MADV_HWPOISON,
  MADV_NORMAL,
  MADV_REMOVE,
  MADV_SOFT_OFFLINE,
  MADV_WILLNEED,
  PAGE_SIZE,
} from "../../abi/linux/mman.ts";
import type { Task } from "../kernel/task.ts";
import { adviseVma, PUNCH_MODE } from "../mm/advice.ts";
import { pageUp } from "../mm/placement.ts";
import type { MemoryManager } from "../mm/memory_manager.ts";
import type { Vma } from "../mm/vma.ts";
import { int, partial, ptr, type Row, size } from "./row.ts";

function isAdvice(advice: number): boolean {
  // 5 to 7 are free; the last is MADV_COLLAPSE.
  return (advice >= MADV_NORMAL && advice <= 4) ||
    (advice >= MADV_FREE && advice <= MADV_COLLAPSE);
}

/** madvise(2). EACCES, EFAULT, EINVAL, ENOMEM, EPERM. */
export function madvise(
  t: Task,
  addr: number,
  length: number,
  advice: number,
): number {
  if (advice === MADV_HWPOISON || advice === MADV_SOFT_OFFLINE) {
    return t.creds.can(CAP_SYS_ADMIN) ? -EINVAL : -EPERM;
  }
  if (!isAdvice(advice) || addr % PAGE_SIZE !== 0) return -EINVAL;
  const end = addr + pageUp(length);
  if (!(end <= Number.MAX_SAFE_INTEGER)) return -EINVAL;
  return adviseRange(t, t.mm, addr, end, advice);
}

/** Advice for each VMA of the range; holes are ENOMEM, but what lies behind them is advised too. */
function adviseRange(
  t: Task,
  mm: MemoryManager,
  start: number,
  end: number,
  advice: number,
): number {
  let result = 0;
  let at = start;
  while (at < end) {
    const vma = mm.vmas.items[mm.vmas.lower(at)];
    if (vma === undefined || vma.start >= end) return -ENOMEM;
    const from = Math.max(at, vma.start);
    if (from > at || vma.isHidden) result = -ENOMEM;
    at = Math.min(end, vma.end);
    if (vma.isHidden) continue;
    const r = adviseOne(t, mm, vma, from, at, advice);
    if (r < 0) return r;
  }
  return result;
}

function adviseOne(
  t: Task,
  mm: MemoryManager,
  vma: Vma,
  start: number,
  end: number,
  advice: number,
): number {
  const { file } = vma;
  if (advice === MADV_WILLNEED && file === null && vma.isAnonymous) return 0;
  const offset = vma.offsetOf(start);
  const r = adviseVma(mm, vma, start, end, advice);
  if (r < 0 || advice !== MADV_REMOVE || file === null) return r;
  return file.allocate(t, PUNCH_MODE, offset, end - start);
}

export const adviceRows: Row[] = [
  partial(
    28,
    "madvise",
    madvise,
    [ptr, size, int],
    "hints change nothing but what maps shows; no guard regions, no poisoning",
  ),
];

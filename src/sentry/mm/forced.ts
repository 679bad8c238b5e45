/** Access to guest memory whatever its rights, as debuggers and /proc/pid/mem have it. */
import { PAGE_SIZE } from "../../abi/linux/mman.ts";
import type { MemoryManager } from "./memory_manager.ts";
import { makePrivate } from "./pages.ts";

/**
 * Copies up to `length` bytes at `addr` to `bytes[at..]`; the count, short at
 * the first page that is not mapped. Pages that were never accessible are zero.
 */
export function forceRead(
  mm: MemoryManager,
  addr: number,
  bytes: Uint8Array,
  at: number,
  length: number,
): number {
  let done = 0;
  while (done < length) {
    const page = addr - addr % PAGE_SIZE;
    const n = Math.min(length - done, page + PAGE_SIZE - addr);
    if (mm.vmas.find(page) === null) break;
    const run = mm.runs.find(page);
    if (run === null) bytes.fill(0, at + done, at + done + n);
    else {
      const offset = run.offset + (addr - run.start);
      if (run.file.read(offset, bytes, at + done, n) < 0) break;
    }
    addr += n;
    done += n;
  }
  return done;
}

/**
 * Copies up to `length` bytes of `bytes` from `at` on to guest `addr`; private
 * pages are made private first. The count, short at the first page that can't
 * be had: not mapped, never accessible, past a file's end.
 */
export function forceWrite(
  mm: MemoryManager,
  addr: number,
  bytes: Uint8Array,
  at: number,
  length: number,
): number {
  let done = 0;
  while (done < length) {
    const page = addr - addr % PAGE_SIZE;
    const n = Math.min(length - done, page + PAGE_SIZE - addr);
    const vma = mm.vmas.find(page);
    let run = mm.runs.find(page);
    if (vma === null || run === null) break;
    if (run.cow) {
      if (makePrivate(mm, vma, page, page + PAGE_SIZE) < 0) break;
      run = mm.runs.find(page);
      if (run === null || run.cow) break;
    }
    const offset = run.offset + (addr - run.start);
    if (run.file.write(offset, bytes, at + done, n) < 0) break;
    addr += n;
    done += n;
  }
  return done;
}

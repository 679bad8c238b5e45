/** mmap(2), brk(2) and what else changes or asks about mappings. */
import { CAP_IPC_LOCK } from "../../abi/linux/capability.ts";
import {
  EBADF,
  EBUSY,
  EFAULT,
  EINVAL,
  ENOMEM,
  ENOSYS,
} from "../../abi/linux/errno.ts";
import {
  MAP_ANONYMOUS,
  MAP_HUGETLB,
  MS_ASYNC,
  MS_INVALIDATE,
  MS_SYNC,
  PAGE_SIZE,
  PROT_EXEC,
  PROT_GROWSDOWN,
  PROT_GROWSUP,
  PROT_READ,
  PROT_SEM,
  PROT_WRITE,
} from "../../abi/linux/mman.ts";
import { READ_IMPLIES_EXEC } from "../../abi/linux/personality.ts";
import type { Task } from "../kernel/task.ts";
import { moveBrk } from "../mm/brk.ts";
import { mapMemory } from "../mm/mmap.ts";
import { mappedBytes, pageUp } from "../mm/placement.ts";
import { protectRange, unmapRange } from "../mm/mapping.ts";
import { remapMemory } from "../mm/mremap.ts";
import { residentPages } from "../mm/usage.ts";
import { VM_GROWSDOWN, VM_LOCKED } from "../mm/vma.ts";
import {
  Decode,
  fd,
  flags,
  full,
  int,
  missing,
  off,
  outBuf,
  partial,
  ptr,
  type Row,
  size,
  traced,
} from "./row.ts";

const PROT_MASK = PROT_READ | PROT_WRITE | PROT_EXEC;
const PROT_KNOWN = PROT_MASK | PROT_SEM;
const MS_KNOWN = MS_ASYNC | MS_INVALIDATE | MS_SYNC;

/** Rights as the personality has them: READ_IMPLIES_EXEC is for old programs. */
function effectiveProt(t: Task, prot: number): number {
  return (prot & PROT_READ) !== 0 && (t.personality & READ_IMPLIES_EXEC) !== 0
    ? prot | PROT_EXEC
    : prot;
}

/**
 * mmap(2). EACCES, EAGAIN, EBADF, EEXIST, EINVAL, ENODEV, ENOMEM, EOPNOTSUPP,
 * EOVERFLOW, EPERM. There are no huge pages to give: MAP_HUGETLB is ENOMEM.
 */
export function mmap(
  t: Task,
  addr: number,
  length: number,
  prot: number,
  mapFlags: number,
  fd: number,
  offset: number,
): number {
  if (offset % PAGE_SIZE !== 0) return -EINVAL;
  const anonymous = (mapFlags & MAP_ANONYMOUS) !== 0;
  const file = anonymous ? null : t.file(fd);
  if (file === null && !anonymous) return -EBADF;
  if ((mapFlags & MAP_HUGETLB) !== 0) return anonymous ? -ENOMEM : -EINVAL;
  // An offset is unsigned for Linux, and beyond any file if it looks negative.
  const from = offset < 0 ? Infinity : offset;
  return mapMemory(
    t.mm,
    addr,
    length,
    effectiveProt(t, prot),
    mapFlags,
    file,
    from,
    t.creds.can(CAP_IPC_LOCK),
  );
}

/** munmap(2). EINVAL. */
export function munmap(t: Task, addr: number, length: number): number {
  if (addr % PAGE_SIZE !== 0 || length === 0) return -EINVAL;
  const end = addr + pageUp(length);
  if (!(end <= t.mm.taskSize)) return -EINVAL;
  unmapRange(t.mm, addr, end);
  return 0;
}

/** mprotect(2). EACCES, EINVAL, ENOMEM. */
export function mprotect(
  t: Task,
  addr: number,
  length: number,
  prot: number,
): number {
  const down = (prot & PROT_GROWSDOWN) !== 0;
  const up = (prot & PROT_GROWSUP) !== 0;
  prot &= ~(PROT_GROWSDOWN | PROT_GROWSUP);
  if ((down && up) || addr % PAGE_SIZE !== 0) return -EINVAL;
  if (length === 0) return 0;
  const end = addr + pageUp(length);
  if (!(end <= t.mm.taskSize)) return -ENOMEM;
  if ((prot & ~PROT_KNOWN) !== 0) return -EINVAL;
  let start = addr;
  if (down || up) {
    const vma = t.mm.vmas.find(addr);
    if (vma === null) return -ENOMEM;
    // No mapping grows up on x86-64.
    if (up || (vma.flags & VM_GROWSDOWN) === 0) return -EINVAL;
    start = vma.start;
  }
  const rights = effectiveProt(t, prot) & PROT_MASK;
  return protectRange(t.mm, start, end, rights);
}

/** pkey_mprotect(2): there are no protection keys, only -1 (none). EINVAL and as mprotect(2). */
export function pkey_mprotect(
  t: Task,
  addr: number,
  length: number,
  prot: number,
  pkey: number,
): number {
  return pkey === -1 ? mprotect(t, addr, length, prot) : -EINVAL;
}

/** brk(2) as the kernel has it: where the heap ends now. Never fails. */
export function brk(t: Task, addr: number): number {
  return moveBrk(t.mm, addr);
}

/** mremap(2). EAGAIN, EFAULT, EINVAL, ENOMEM. */
export function mremap(
  t: Task,
  oldAddr: number,
  oldLength: number,
  newLength: number,
  remapFlags: number,
  newAddr: number,
): number {
  return remapMemory(
    t.mm,
    oldAddr,
    oldLength,
    newLength,
    remapFlags,
    newAddr,
    t.creds.can(CAP_IPC_LOCK),
  );
}

/** msync(2). EBUSY, EINVAL, ENOMEM, EIO. */
export function msync(
  t: Task,
  addr: number,
  length: number,
  syncFlags: number,
): number {
  if ((syncFlags & ~MS_KNOWN) !== 0 || addr % PAGE_SIZE !== 0) return -EINVAL;
  if ((syncFlags & MS_ASYNC) !== 0 && (syncFlags & MS_SYNC) !== 0) {
    return -EINVAL;
  }
  const end = addr + pageUp(length);
  if (!(end <= t.mm.taskSize)) return -ENOMEM;
  let result = mappedBytes(t.mm, addr, end) < end - addr ? -ENOMEM : 0;
  const { items } = t.mm.vmas;
  for (
    let i = t.mm.vmas.lower(addr);
    i < items.length && items[i].start < end;
    i++
  ) {
    const vma = items[i];
    if (
      (syncFlags & MS_INVALIDATE) !== 0 && (vma.flags & VM_LOCKED) !== 0
    ) return -EBUSY;
    if ((syncFlags & MS_SYNC) === 0 || vma.file === null || !vma.isShared) {
      continue;
    }
    const r = vma.file.fsync(t, true);
    if (r < 0 && r !== -EINVAL && result === 0) result = r;
  }
  return result;
}

/** Pages asked about at a time. */
const VEC = 4096;
const vec = new Uint8Array(VEC);

/** mincore(2). EFAULT, EINVAL, ENOMEM. */
export function mincore(
  t: Task,
  addr: number,
  length: number,
  to: number,
): number {
  if (addr % PAGE_SIZE !== 0) return -EINVAL;
  const end = addr + pageUp(length);
  if (!(end <= t.mm.taskSize)) return -ENOMEM;
  for (let at = addr; at < end; at += VEC * PAGE_SIZE) {
    const stop = Math.min(end, at + VEC * PAGE_SIZE);
    if (mappedBytes(t.mm, at, stop) < stop - at) return -ENOMEM;
    residentPages(t.mm, at, stop, vec);
    const pages = (stop - at) / PAGE_SIZE;
    const position = to + (at - addr) / PAGE_SIZE;
    if (!t.mm.copyOut(position, vec, 0, pages)) return -EFAULT;
  }
  return 0;
}

const prot = traced(Decode.Uint, "prot");

export const memoryRows: Row[] = [
  full(
    9,
    "mmap",
    mmap,
    ptr,
    size,
    prot,
    traced(Decode.Uint, "mapFlags"),
    fd,
    off,
  ),
  full(10, "mprotect", mprotect, ptr, size, prot),
  full(11, "munmap", munmap, ptr, size),
  full(12, "brk", brk, ptr),
  full(25, "mremap", mremap, ptr, size, size, flags, ptr),
  full(26, "msync", msync, ptr, size, flags),
  full(27, "mincore", mincore, ptr, size, outBuf(1)),
  missing(216, "remap_file_pages", ENOSYS, "mmap(2) does it too"),
  partial(
    329,
    "pkey_mprotect",
    pkey_mprotect,
    [ptr, size, prot, int],
    "no protection keys: only -1",
  ),
];

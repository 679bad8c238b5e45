/** mlock(2), munlock(2), mlockall(2). */
import { CAP_IPC_LOCK } from "../../abi/linux/capability.ts";
import { EINVAL, ENOMEM, EPERM } from "../../abi/linux/errno.ts";
import {
  MCL_CURRENT,
  MCL_FUTURE,
  MCL_ONFAULT,
  MLOCK_ONFAULT,
  PAGE_SIZE,
} from "../../abi/linux/mman.ts";
import { RLIMIT_MEMLOCK } from "../../abi/linux/resource.ts";
import type { Task } from "../kernel/task.ts";
import { lockedIn, setAllLocks, setLocks } from "../mm/lock.ts";
import { pageUp } from "../mm/placement.ts";
import { VM_LOCKED, VM_LOCKONFAULT } from "../mm/vma.ts";
import { flags, partial, ptr, type Row, size } from "./row.ts";

const NOTE = "accounts and limits only: pages are the host's to keep";

/** Locks the pages of a range. EINVAL, ENOMEM, EPERM. */
function lock(t: Task, addr: number, length: number, bits: number): number {
  const { mm } = t;
  const limit = mm.limit(RLIMIT_MEMLOCK);
  const free = t.creds.can(CAP_IPC_LOCK);
  if (!free && limit === 0) return -EPERM;
  const start = addr - addr % PAGE_SIZE;
  const end = start + pageUp(length + (addr - start));
  if (!(end <= Number.MAX_SAFE_INTEGER)) return -EINVAL;
  if (start === end) return 0;
  const more = end - start - lockedIn(mm, start, end);
  if (!free && mm.lockedBytes + more > limit) return -ENOMEM;
  return setLocks(mm, start, end, bits);
}

/** mlock(2). EINVAL, ENOMEM, EPERM. */
export function mlock(t: Task, addr: number, length: number): number {
  return lock(t, addr, length, VM_LOCKED);
}

/** mlock2(2). EINVAL, ENOMEM, EPERM. */
export function mlock2(
  t: Task,
  addr: number,
  length: number,
  lockFlags: number,
): number {
  if ((lockFlags & ~MLOCK_ONFAULT) !== 0) return -EINVAL;
  const bits = lockFlags === 0 ? VM_LOCKED : VM_LOCKED | VM_LOCKONFAULT;
  return lock(t, addr, length, bits);
}

/** munlock(2). EINVAL, ENOMEM. */
export function munlock(t: Task, addr: number, length: number): number {
  const start = addr - addr % PAGE_SIZE;
  const end = start + pageUp(length + (addr - start));
  if (!(end <= Number.MAX_SAFE_INTEGER)) return -EINVAL;
  return setLocks(t.mm, start, end, 0);
}

/** mlockall(2). EINVAL, ENOMEM, EPERM. */
export function mlockall(t: Task, lockFlags: number): number {
  const known = MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT;
  if (lockFlags === 0 || (lockFlags & ~known) !== 0) return -EINVAL;
  if (lockFlags === MCL_ONFAULT) return -EINVAL;
  const { mm } = t;
  const limit = mm.limit(RLIMIT_MEMLOCK);
  const free = t.creds.can(CAP_IPC_LOCK);
  if (!free && limit === 0) return -EPERM;
  const current = (lockFlags & MCL_CURRENT) !== 0;
  if (current && !free && mm.vmBytes > limit) return -ENOMEM;
  const bits = VM_LOCKED |
    ((lockFlags & MCL_ONFAULT) !== 0 ? VM_LOCKONFAULT : 0);
  mm.futureLock = (lockFlags & MCL_FUTURE) !== 0 ? bits : 0;
  if (current) setAllLocks(mm, bits);
  return 0;
}

/** munlockall(2). */
export function munlockall(t: Task): number {
  t.mm.futureLock = 0;
  setAllLocks(t.mm, 0);
  return 0;
}

export const lockRows: Row[] = [
  partial(149, "mlock", mlock, [ptr, size], NOTE),
  partial(150, "munlock", munlock, [ptr, size], NOTE),
  partial(151, "mlockall", mlockall, [flags], NOTE),
  partial(152, "munlockall", munlockall, [], NOTE),
  partial(325, "mlock2", mlock2, [ptr, size, flags], NOTE),
];

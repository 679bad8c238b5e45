/** shmget(2), shmat(2), shmdt(2), shmctl(2). */
import { CAP_IPC_LOCK, CAP_SYS_ADMIN } from "../../abi/linux/capability.ts";
import {
  EACCES,
  EFAULT,
  EINVAL,
  ENOMEM,
  EPERM,
} from "../../abi/linux/errno.ts";
import {
  IPC_INFO,
  IPC_RMID,
  IPC_SET,
  IPC_STAT,
  SHM_EXEC,
  SHM_INFO,
  SHM_LOCK,
  SHM_LOCKED,
  SHM_RDONLY,
  SHM_REMAP,
  SHM_RND,
  SHM_STAT,
  SHM_STAT_ANY,
  SHM_UNLOCK,
  ShmidDs,
  ShmInfo,
  Shminfo,
  SHMLBA,
  SHMMNI,
} from "../../abi/linux/ipc.ts";
import {
  MAP_FIXED,
  PAGE_SIZE,
  PROT_EXEC,
  PROT_READ,
  PROT_WRITE,
} from "../../abi/linux/mman.ts";
import { RLIMIT_MEMLOCK } from "../../abi/linux/resource.ts";
import type { Task } from "../kernel/task.ts";
import { isFree } from "../mm/layout.ts";
import { mapVma, unmapRange } from "../mm/mapping.ts";
import type { MemoryManager } from "../mm/memory_manager.ts";
import { place } from "../mm/placement.ts";
import { shmNamespace, ShmSegment } from "../mm/shm.ts";
import { VM_MAYWRITE, VM_SHARED, Vma } from "../mm/vma.ts";
import { flags, full, int, partial, ptr, type Row, size } from "./row.ts";

const MAY_READ = 4;
const MAY_WRITE = 2;
const MAY_EXEC = 1;
/** kernel.shmmax and kernel.shmall as Linux sets them: no limit to speak of. */
const SHMMAX = 2 ** 64 - 2 ** 24;

const ds = ShmidDs.alloc();
const limits = Shminfo.alloc();
const usage = ShmInfo.alloc();

/** shmget(2). EACCES, EEXIST, EINVAL, EIDRM, ENOENT, ENOMEM, ENOSPC. */
export function shmget(
  t: Task,
  key: number,
  bytes: number,
  shmFlags: number,
): number {
  return shmNamespace(t.kernel).get(t, key, bytes, shmFlags);
}

/** shmat(2): the address. EACCES, EIDRM, EINVAL, ENOMEM. */
export function shmat(
  t: Task,
  id: number,
  addr: number,
  shmFlags: number,
): number {
  const remap = (shmFlags & SHM_REMAP) !== 0;
  if (addr % SHMLBA !== 0) {
    if ((shmFlags & SHM_RND) === 0) return -EINVAL;
    addr -= addr % SHMLBA;
    if (addr === 0 && remap) return -EINVAL;
  } else if (addr === 0 && remap) return -EINVAL;
  const segment = shmNamespace(t.kernel).find(id);
  if (typeof segment === "number") return segment;
  const readOnly = (shmFlags & SHM_RDONLY) !== 0;
  const exec = (shmFlags & SHM_EXEC) !== 0;
  const bits = MAY_READ | (readOnly ? 0 : MAY_WRITE) | (exec ? MAY_EXEC : 0);
  if (!segment.allows(t.creds, bits)) return -EACCES;
  const { mm } = t;
  const length = segment.size;
  const start = place(mm, addr, length, addr === 0 ? 0 : MAP_FIXED);
  if (start < 0) return start === -EPERM ? -EINVAL : start;
  if (addr !== 0 && !remap && !isFree(mm, start, start + length)) {
    return -EINVAL;
  }
  if (!mm.mayGrow(length)) return -ENOMEM;
  const prot = PROT_READ | (readOnly ? 0 : PROT_WRITE) |
    (exec ? PROT_EXEC : 0);
  const vmFlags = VM_SHARED | (readOnly ? 0 : VM_MAYWRITE);
  const r = mapVma(
    mm,
    new Vma(
      start,
      start + length,
      prot,
      vmFlags,
      null,
      segment.file,
      segment,
      0,
      "",
    ),
  );
  if (r < 0) return r;
  segment.lastPid = t.group.pid;
  return start;
}

/** shmdt(2). EINVAL. */
export function shmdt(t: Task, addr: number): number {
  if (addr % PAGE_SIZE !== 0) return -EINVAL;
  const first = attachedAt(t.mm, addr);
  if (first === null) return -EINVAL;
  first.lastPid = t.group.pid;
  // mprotect(2) may have split the mapping; parts may be gone.
  const end = addr + first.size;
  for (let at = addr; at < end;) {
    const vma = t.mm.vmas.items[t.mm.vmas.lower(at)];
    if (vma === undefined || vma.start >= end) break;
    at = vma.end;
    if (vma.object === first && vma.start - addr === vma.offset) {
      unmapRange(t.mm, vma.start, vma.end);
    }
  }
  return 0;
}

/** The segment of which the first mapped part from `addr` on was attached there. */
function attachedAt(mm: MemoryManager, addr: number): ShmSegment | null {
  const { items } = mm.vmas;
  for (let i = mm.vmas.lower(addr); i < items.length; i++) {
    const vma = items[i];
    if (vma.object instanceof ShmSegment) {
      if (vma.start - addr === vma.offset) return vma.object;
    }
  }
  return null;
}

/** shmctl(2). EACCES, EFAULT, EIDRM, EINVAL, EPERM, ENOMEM. */
export function shmctl(
  t: Task,
  id: number,
  command: number,
  buf: number,
): number {
  const namespace = shmNamespace(t.kernel);
  const highest = Math.max(0, namespace.segments.findLastIndex((s) => s));
  switch (command) {
    case IPC_INFO:
      limits.shmmax = SHMMAX;
      limits.shmmin = 1;
      limits.shmmni = SHMMNI;
      limits.shmseg = SHMMNI;
      limits.shmall = SHMMAX;
      return t.copyOut(buf, limits) ? highest : -EFAULT;
    case SHM_INFO:
      usage.used_ids = namespace.count;
      usage.shm_tot = namespace.pages;
      usage.shm_rss = namespace.pages;
      return t.copyOut(buf, usage) ? highest : -EFAULT;
    case SHM_STAT:
    case SHM_STAT_ANY: {
      const segment = namespace.segments[id] ?? null;
      if (segment === null) return -EINVAL;
      const r = stat(t, segment, buf, command === SHM_STAT_ANY);
      return r < 0 ? r : segment.id;
    }
  }
  const segment = namespace.find(id);
  if (typeof segment === "number") return segment;
  switch (command) {
    case IPC_STAT:
      return stat(t, segment, buf, false);
    case IPC_SET:
      return set(t, segment, buf);
    case IPC_RMID:
      if (!mayChange(t, segment)) return -EPERM;
      namespace.remove(segment);
      return 0;
    case SHM_LOCK:
    case SHM_UNLOCK:
      return lock(t, segment, command === SHM_LOCK);
    default:
      return -EINVAL;
  }
}

function mayChange(t: Task, segment: ShmSegment): boolean {
  return segment.isOwner(t.creds) || t.creds.can(CAP_SYS_ADMIN);
}

function stat(t: Task, s: ShmSegment, buf: number, any: boolean): number {
  if (!any && !s.allows(t.creds, MAY_READ)) return -EACCES;
  const perm = ds.shm_perm;
  perm.key = s.key;
  perm.uid = s.uid;
  perm.gid = s.gid;
  perm.cuid = s.cuid;
  perm.cgid = s.cgid;
  perm.mode = s.mode;
  perm.seq = s.sequence;
  ds.shm_segsz = s.bytes;
  ds.shm_atime = s.attachTime;
  ds.shm_dtime = s.detachTime;
  ds.shm_ctime = s.changeTime;
  ds.shm_cpid = s.creatorPid;
  ds.shm_lpid = s.lastPid;
  ds.shm_nattch = s.attached;
  return t.copyOut(buf, ds) ? 0 : -EFAULT;
}

function set(t: Task, segment: ShmSegment, buf: number): number {
  if (!t.copyIn(buf, ds)) return -EFAULT;
  if (!mayChange(t, segment)) return -EPERM;
  segment.uid = ds.shm_perm.uid;
  segment.gid = ds.shm_perm.gid;
  segment.mode = (segment.mode & ~0o777) | (ds.shm_perm.mode & 0o777);
  segment.changed();
  return 0;
}

/** SHM_LOCK: only shown, for pages are the host's to keep. */
function lock(t: Task, segment: ShmSegment, on: boolean): number {
  if (!t.creds.can(CAP_IPC_LOCK)) {
    if (!segment.isOwner(t.creds)) return -EPERM;
    if (on && t.mm.limit(RLIMIT_MEMLOCK) === 0) return -EPERM;
  }
  if (on) segment.mode |= SHM_LOCKED;
  else segment.mode &= ~SHM_LOCKED;
  return 0;
}

export const shmRows: Row[] = [
  full(29, "shmget", shmget, int, size, flags),
  full(30, "shmat", shmat, int, ptr, flags),
  partial(
    31,
    "shmctl",
    shmctl,
    [int, int, ptr],
    "SHM_LOCK is noted only",
  ),
  full(67, "shmdt", shmdt, ptr),
];

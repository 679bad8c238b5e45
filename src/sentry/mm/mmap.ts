/** mmap(2) once the arguments are decoded and the file is found. */
import {
  EACCES,
  EAGAIN,
  EINVAL,
  ENOMEM,
  EOPNOTSUPP,
  EOVERFLOW,
  EPERM,
} from "../../abi/linux/errno.ts";
import {
  MAP_32BIT,
  MAP_ANONYMOUS,
  MAP_DENYWRITE,
  MAP_EXECUTABLE,
  MAP_FIXED,
  MAP_FIXED_NOREPLACE,
  MAP_GROWSDOWN,
  MAP_HUGE_1GB,
  MAP_HUGE_2MB,
  MAP_HUGETLB,
  MAP_LOCKED,
  MAP_NONBLOCK,
  MAP_NORESERVE,
  MAP_POPULATE,
  MAP_PRIVATE,
  MAP_SHARED,
  MAP_SHARED_VALIDATE,
  MAP_STACK,
  MAP_TYPE,
  MAP_UNINITIALIZED,
  PROT_EXEC,
  PROT_READ,
  PROT_WRITE,
} from "../../abi/linux/mman.ts";
import { RLIMIT_MEMLOCK } from "../../abi/linux/resource.ts";
import type { MemoryFile } from "../../platform/memory_file.ts";
import type { FileDescription } from "../vfs/file_description.ts";
import { countsAsData, mapVma } from "./mapping.ts";
import type { MemoryManager } from "./memory_manager.ts";
import { mappedBytes, pageUp, place } from "./placement.ts";
import { SharedMemory } from "./shared_memory.ts";
import {
  VM_DONTDUMP,
  VM_DROPPABLE,
  VM_GROWSDOWN,
  VM_LOCKED,
  VM_MAYWRITE,
  VM_NORESERVE,
  VM_SHARED,
  VM_WIPEONFORK,
  Vma,
} from "./vma.ts";

/** A mapping type of Linux 6.11: private, zero on fork, may be lost. */
const MAP_DROPPABLE = 0x8;
/** vm.max_map_count. */
export const MAX_MAP_COUNT = 65530;
/** What MAP_SHARED_VALIDATE accepts: LEGACY_MAP_MASK. */
const KNOWN_FLAGS = MAP_SHARED | MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS |
  MAP_DENYWRITE | MAP_EXECUTABLE | MAP_UNINITIALIZED | MAP_GROWSDOWN |
  MAP_LOCKED | MAP_NORESERVE | MAP_POPULATE | MAP_NONBLOCK | MAP_STACK |
  MAP_HUGETLB | MAP_HUGE_2MB | MAP_HUGE_1GB | MAP_32BIT |
  MAP_FIXED_NOREPLACE | MAP_TYPE;
const PROT_MASK = PROT_READ | PROT_WRITE | PROT_EXEC;

/**
 * Maps `length` bytes; the address or -errno as mmap(2) gives it.
 * @param file null for MAP_ANONYMOUS
 * @param mayLock whether the caller has CAP_IPC_LOCK
 */
export function mapMemory(
  mm: MemoryManager,
  addr: number,
  length: number,
  prot: number,
  flags: number,
  file: FileDescription | null,
  offset: number,
  mayLock: boolean,
): number {
  if (length === 0) return -EINVAL;
  const size = pageUp(length);
  if (!(size <= mm.taskSize)) return -ENOMEM;
  if (offset + size > Number.MAX_SAFE_INTEGER) return -EOVERFLOW;
  if (mm.vmas.items.length >= MAX_MAP_COUNT) return -ENOMEM;
  const start = place(mm, addr, size, flags);
  if (start < 0) return start;
  const lock = lockFlags(mm, size, flags, mayLock);
  if (lock < 0) return lock;
  const type = typeFlags(prot, flags, file);
  if (type < 0) return type;
  if (file !== null && file.mapsZeroes) file = null;
  prot &= PROT_MASK;
  const replaced = (flags & MAP_FIXED) !== 0
    ? mappedBytes(mm, start, start + size)
    : 0;
  if (!mm.mayGrow(size - replaced)) return -ENOMEM;
  const vmFlags = type | lock;
  const shared = (vmFlags & VM_SHARED) !== 0;
  if (countsAsData(prot, vmFlags, shared) && !mm.mayGrowData(size)) {
    return -ENOMEM;
  }
  if (isCommitted(prot, vmFlags, file) && !mm.mayCommit(size)) return -ENOMEM;
  return mapNew(mm, start, size, prot, vmFlags, file, offset);
}

/** Whether the mapping may need memory of its own for all pages. */
function isCommitted(
  prot: number,
  flags: number,
  file: FileDescription | null,
): boolean {
  if ((flags & VM_NORESERVE) !== 0) return false;
  return (flags & VM_SHARED) !== 0 ? file === null : (prot & PROT_WRITE) !== 0;
}

function lockFlags(
  mm: MemoryManager,
  size: number,
  flags: number,
  mayLock: boolean,
): number {
  const lock = mm.futureLock | ((flags & MAP_LOCKED) !== 0 ? VM_LOCKED : 0);
  if (lock === 0 || mayLock) return lock;
  const limit = mm.limit(RLIMIT_MEMLOCK);
  if (limit === 0 && (flags & MAP_LOCKED) !== 0) return -EPERM;
  return mm.lockedBytes + size > limit ? -EAGAIN : lock;
}

/** VM_* flags for the mapping's type, or -errno where file and type disagree. */
function typeFlags(
  prot: number,
  flags: number,
  file: FileDescription | null,
): number {
  let vm = (flags & MAP_NORESERVE) !== 0 ? VM_NORESERVE : 0;
  const type = flags & MAP_TYPE;
  if (type === MAP_SHARED || type === MAP_SHARED_VALIDATE) {
    vm |= VM_SHARED;
    if (file === null) {
      return (flags & MAP_GROWSDOWN) !== 0 ? -EINVAL : vm | VM_MAYWRITE;
    }
    if (type === MAP_SHARED_VALIDATE && (flags & ~KNOWN_FLAGS) !== 0) {
      return -EOPNOTSUPP;
    }
    if ((prot & PROT_WRITE) !== 0 && !file.writable) return -EACCES;
    if (file.writable) vm |= VM_MAYWRITE;
  } else if (type === MAP_PRIVATE) {
    vm |= VM_MAYWRITE;
  } else if (type === MAP_DROPPABLE && file === null) {
    if ((flags & MAP_LOCKED) !== 0) return -EINVAL;
    vm |= VM_MAYWRITE | VM_DROPPABLE | VM_WIPEONFORK | VM_DONTDUMP |
      VM_NORESERVE;
  } else return -EINVAL;
  if (file !== null && !file.readable) return -EACCES;
  if ((flags & MAP_GROWSDOWN) !== 0) {
    if (file !== null) return -EINVAL;
    vm |= VM_GROWSDOWN;
  }
  return vm;
}

function mapNew(
  mm: MemoryManager,
  start: number,
  size: number,
  prot: number,
  flags: number,
  file: FileDescription | null,
  offset: number,
): number {
  let memory: MemoryFile | number | null = null;
  let object: SharedMemory | null = null;
  const shared = (flags & VM_SHARED) !== 0;
  if (file !== null) {
    memory = file.memoryFile(shared, shared && (flags & VM_MAYWRITE) !== 0);
    if (memory === -EPERM && (prot & PROT_WRITE) === 0) {
      // Sealed against writing: mapped so that it stays read-only.
      flags &= ~VM_MAYWRITE;
      memory = file.memoryFile(shared, false);
    }
    if (typeof memory === "number") return memory;
  } else if (shared) {
    object = SharedMemory.create(size, "/dev/zero");
    if (object === null) return -ENOMEM;
    memory = object.file;
  }
  const at = memory === null ? 0 : file === null ? 0 : offset;
  const r = mapVma(
    mm,
    new Vma(start, start + size, prot, flags, file, memory, object, at, ""),
  );
  return r < 0 ? r : start;
}

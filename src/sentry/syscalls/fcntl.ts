/** dup(2), fcntl(2), flock(2), ioctl(2). */
import {
  EAGAIN,
  EBADF,
  EDEADLK,
  EFAULT,
  EINVAL,
  ENOTDIR,
  EOVERFLOW,
  EPERM,
  ESRCH,
} from "../../abi/linux/errno.ts";
import { CAP_SYS_RESOURCE } from "../../abi/linux/capability.ts";
import * as F from "../../abi/linux/fcntl.ts";
import {
  FIOASYNC,
  FIOCLEX,
  FIONBIO,
  FIONCLEX,
  FIOQSIZE,
} from "../../abi/linux/ioctl.ts";
import { RLIMIT_NOFILE } from "../../abi/linux/resource.ts";
import { I32, I64 } from "../../abi/linux/scalars.ts";
import { pipeOf } from "../fs/anon/pipe_end.ts";
import { TmpfsRegular } from "../fs/tmpfs/inode.ts";
import type { Task } from "../kernel/task.ts";
import { asyncChanged, noteDirectory } from "../vfs/async_io.ts";
import type { FileDescription } from "../vfs/file_description.ts";
import { FileLocks, LOCK_EVENT, type RecordLock } from "../vfs/file_locks.ts";
import { isOwner } from "../vfs/permission.ts";
import { Decode, fd, full, int, partial, type Row, traced } from "./row.ts";

/** dup(2). EBADF, EMFILE. */
export function dup(t: Task, oldfd: number): number {
  const file = t.files.get(oldfd);
  return file === null ? -EBADF : t.files.install(t, file, false);
}

/** dup2(2). EBADF. */
export function dup2(t: Task, oldfd: number, newfd: number): number {
  if (oldfd !== newfd) return duplicate(t, oldfd, newfd, false);
  return t.files.get(oldfd) === null ? -EBADF : newfd;
}

/** dup3(2). EBADF, EINVAL. */
export function dup3(
  t: Task,
  oldfd: number,
  newfd: number,
  flags: number,
): number {
  if ((flags & ~F.O_CLOEXEC) !== 0 || oldfd === newfd) return -EINVAL;
  return duplicate(t, oldfd, newfd, flags !== 0);
}

function duplicate(
  t: Task,
  oldfd: number,
  newfd: number,
  cloexec: boolean,
): number {
  const limit = t.group.limits.cur[RLIMIT_NOFILE];
  const file = t.files.get(oldfd);
  if (file === null || newfd < 0 || newfd >= limit) return -EBADF;
  t.files.installAt(t, newfd, file, cloexec);
  return newfd;
}

const SETTABLE = F.O_APPEND | F.O_NONBLOCK | F.FASYNC | F.O_DIRECT |
  F.O_NOATIME;

function setFlags(
  t: Task,
  fd: number,
  file: FileDescription,
  arg: number,
): number {
  const added = arg & ~file.flags;
  if ((added & F.O_NOATIME) !== 0 && !isOwner(t.creds, file.inode)) {
    return -EPERM;
  }
  if (((arg ^ file.flags) & F.FASYNC) !== 0) {
    asyncChanged(t, file, fd, (arg & F.FASYNC) !== 0);
  }
  file.flags = (file.flags & ~SETTABLE) | (arg & SETTABLE);
  file.flagsChanged();
  return 0;
}

/** fcntl(2). EACCES, EAGAIN, EBADF, EBUSY, EDEADLK, EFAULT, EINVAL, EMFILE, EPERM, ESRCH. */
export function fcntl(t: Task, fd: number, cmd: number, arg: number): number {
  const file = t.files.get(fd);
  if (file === null) return -EBADF;
  const low = arg % 4294967296 | 0;
  switch (cmd) {
    case F.F_DUPFD:
    case F.F_DUPFD_CLOEXEC:
      if (low < 0 || low >= t.group.limits.cur[RLIMIT_NOFILE]) return -EINVAL;
      return t.files.install(t, file, cmd === F.F_DUPFD_CLOEXEC, low);
    case F.F_GETFD:
      return t.files.isCloexec(fd) ? F.FD_CLOEXEC : 0;
    case F.F_SETFD:
      t.files.setCloexec(fd, (low & F.FD_CLOEXEC) !== 0);
      return 0;
    case F.F_GETFL:
      return file.flags;
    case F.F_DUPFD_QUERY:
      return t.files.get(low) === file ? 1 : 0;
  }
  if ((file.flags & F.O_PATH) !== 0) return -EBADF;
  return fileControl(t, fd, file, cmd, arg, low);
}

function fileControl(
  t: Task,
  fd: number,
  file: FileDescription,
  cmd: number,
  arg: number,
  low: number,
): number {
  switch (cmd) {
    case F.F_SETFL:
      return setFlags(t, fd, file, low);
    case F.F_GETLK:
    case F.F_OFD_GETLK:
      return getLock(t, file, cmd, arg);
    case F.F_SETLK:
    case F.F_SETLKW:
    case F.F_OFD_SETLK:
    case F.F_OFD_SETLKW:
      return setLock(t, fd, file, cmd, arg);
    case F.F_SETOWN:
    case F.F_GETOWN:
    case F.F_SETOWN_EX:
    case F.F_GETOWN_EX:
    case F.F_SETSIG:
    case F.F_GETSIG:
      return ownerControl(t, file, cmd, arg, low);
    case F.F_NOTIFY:
      if (!file.inode.isDirectory) return -ENOTDIR;
      noteDirectory(t, file, fd, low);
      return 0;
    case F.F_GETLEASE:
      return F.F_UNLCK;
    case F.F_SETPIPE_SZ:
    case F.F_GETPIPE_SZ: {
      const pipe = pipeOf(file);
      if (typeof pipe === "number") return pipe;
      if (cmd === F.F_GETPIPE_SZ) return pipe.capacity;
      if (low < 0) return -EINVAL;
      return pipe.resize(low, t.creds.can(CAP_SYS_RESOURCE));
    }
    case F.F_ADD_SEALS:
      return addSeals(file, low);
    case F.F_GET_SEALS: {
      const { inode } = file;
      return inode instanceof TmpfsRegular ? inode.seals : -EINVAL;
    }
    case F.F_GET_RW_HINT:
    case F.F_GET_FILE_RW_HINT:
      hint.value = 0;
      return t.copyOut(arg, hint) ? 0 : -EFAULT;
  }
  return -EINVAL;
}

const hint = I64.alloc();
const SEALS = F.F_SEAL_SEAL | F.F_SEAL_SHRINK | F.F_SEAL_GROW |
  F.F_SEAL_WRITE | F.F_SEAL_FUTURE_WRITE | F.F_SEAL_EXEC;

function addSeals(file: FileDescription, seals: number): number {
  const { inode } = file;
  if (!(inode instanceof TmpfsRegular) || (seals & ~SEALS) !== 0) {
    return -EINVAL;
  }
  if (!file.writable) return -EPERM;
  return inode.addSeals(seals);
}

const ownerEx = F.FOwnerEx.alloc();

function ownerControl(
  t: Task,
  file: FileDescription,
  cmd: number,
  arg: number,
  low: number,
): number {
  switch (cmd) {
    case F.F_GETOWN:
      return file.owner;
    case F.F_SETOWN:
      if (low === -2147483648) return -EINVAL;
      if (low !== 0 && !exists(t, Math.abs(low), low < 0)) return -ESRCH;
      file.owner = low;
      file.ownerType = low < 0 ? F.F_OWNER_PGRP : F.F_OWNER_PID;
      return 0;
    case F.F_GETOWN_EX:
      ownerEx.type = file.ownerType;
      ownerEx.pid = Math.abs(file.owner);
      return t.copyOut(arg, ownerEx) ? 0 : -EFAULT;
    case F.F_SETOWN_EX: {
      if (!t.copyIn(arg, ownerEx)) return -EFAULT;
      const { type, pid } = ownerEx;
      if (type < F.F_OWNER_TID || type > F.F_OWNER_PGRP) return -EINVAL;
      const group = type === F.F_OWNER_PGRP;
      if (pid !== 0 && !exists(t, pid, group)) return -ESRCH;
      file.ownerType = type;
      file.owner = group ? -pid : pid;
      return 0;
    }
    case F.F_GETSIG:
      return file.ownerSignal;
  }
  if (low < 0 || low > 64) return -EINVAL;
  file.ownerSignal = low;
  return 0;
}

function exists(t: Task, pid: number, group: boolean): boolean {
  return group
    ? t.kernel.processGroups.has(pid)
    : t.kernel.tasks.has(pid) || t.kernel.groups.has(pid);
}

const record = F.Flock.alloc();
const MAX_OFFSET = 2 ** 63;

/** The lock that `record` (just copied in) asks for, or -EINVAL, -EOVERFLOW. */
function wantedLock(
  t: Task,
  file: FileDescription,
  open: boolean,
): RecordLock | number {
  const { l_type, l_whence, l_start, l_len } = record;
  if (l_type < F.F_RDLCK || l_type > F.F_UNLCK) return -EINVAL;
  let start = l_start;
  if (l_whence === 1) start += file.offset;
  else if (l_whence === 2) {
    file.inode.refresh();
    start += file.inode.size;
  } else if (l_whence !== 0) return -EINVAL;
  let end = l_len === 0 ? Infinity : start + l_len;
  if (l_len < 0) {
    end = start;
    start += l_len;
  }
  if (start < 0) return -EINVAL;
  if (end !== Infinity && end > MAX_OFFSET) return -EOVERFLOW;
  const owner = open ? file : t.files;
  return { owner, type: l_type, start, end, pid: open ? -1 : t.group.pid };
}

function getLock(
  t: Task,
  file: FileDescription,
  cmd: number,
  addr: number,
): number {
  if (!t.copyIn(addr, record)) return -EFAULT;
  const open = cmd === F.F_OFD_GETLK;
  if (open && record.l_pid !== 0) return -EINVAL;
  const wanted = wantedLock(t, file, open);
  if (typeof wanted === "number") return wanted;
  if (wanted.type === F.F_UNLCK) return -EINVAL;
  const held = file.inode.locks === null
    ? null
    : file.inode.locks.conflict(wanted);
  if (held === null) record.l_type = F.F_UNLCK;
  else {
    record.l_type = held.type;
    record.l_whence = 0;
    record.l_start = held.start;
    record.l_len = held.end === Infinity ? 0 : held.end - held.start;
    record.l_pid = held.pid;
  }
  return t.copyOut(addr, record) ? 0 : -EFAULT;
}

function setLock(
  t: Task,
  fd: number,
  file: FileDescription,
  cmd: number,
  addr: number,
): number {
  if (!t.copyIn(addr, record)) return -EFAULT;
  const open = cmd === F.F_OFD_SETLK || cmd === F.F_OFD_SETLKW;
  const wait = cmd === F.F_SETLKW || cmd === F.F_OFD_SETLKW;
  if (open && record.l_pid !== 0) return -EINVAL;
  const wanted = wantedLock(t, file, open);
  if (typeof wanted === "number") return wanted;
  if (wanted.type === F.F_RDLCK && !file.readable) return -EBADF;
  if (wanted.type === F.F_WRLCK && !file.writable) return -EBADF;
  const locks = FileLocks.of(file.inode);
  FileLocks.stopWaiting(wanted.owner);
  const held = wanted.type === F.F_UNLCK ? null : locks.conflict(wanted);
  if (held === null) {
    // A sibling may have closed the descriptor while this one waited.
    if (t.files.get(fd) !== file && !open) return -EBADF;
    locks.set(wanted);
    return 0;
  }
  if (!wait) return -EAGAIN;
  if (!open && locks.wouldDeadlock(wanted.owner, held.owner)) return -EDEADLK;
  t.pinnedFile(fd);
  return t.park(locks.queue, LOCK_EVENT);
}

/** flock(2). EBADF, EINVAL, EWOULDBLOCK; restarts after a signal. */
export function flock(t: Task, fd: number, operation: number): number {
  const file = t.pinnedFile(fd);
  if (file === null) return -EBADF;
  const nonBlocking = (operation & F.LOCK_NB) !== 0;
  switch (operation & ~F.LOCK_NB) {
    case F.LOCK_UN:
      if (file.inode.locks !== null) file.inode.locks.unlockWhole(file);
      return 0;
    case F.LOCK_SH:
    case F.LOCK_EX:
      break;
    default:
      return -EINVAL;
  }
  const exclusive = (operation & F.LOCK_EX) !== 0;
  const locks = FileLocks.of(file.inode);
  const type = exclusive ? F.F_WRLCK : F.F_RDLCK;
  if (locks.lockWhole(file, type)) return 0;
  return nonBlocking ? -EAGAIN : t.park(locks.queue, LOCK_EVENT);
}

const int32 = I32.alloc();
const int64 = I64.alloc();

/** ioctl(2). EBADF, EFAULT, ENOTTY and those of the file's type. */
export function ioctl(
  t: Task,
  fd: number,
  request: number,
  arg: number,
): number {
  const file = t.file(fd);
  if (file === null) return -EBADF;
  switch (request) {
    case FIOCLEX:
      t.files.setCloexec(fd, true);
      return 0;
    case FIONCLEX:
      t.files.setCloexec(fd, false);
      return 0;
    case FIONBIO:
      return switchFlag(t, fd, file, F.O_NONBLOCK, arg);
    case FIOASYNC:
      return switchFlag(t, fd, file, F.FASYNC, arg);
    case FIOQSIZE:
      if (!file.inode.isRegular && !file.inode.isDirectory) break;
      file.inode.refresh();
      int64.value = file.inode.size;
      return t.copyOut(arg, int64) ? 0 : -EFAULT;
  }
  return file.ioctl(t, request, arg);
}

function switchFlag(
  t: Task,
  fd: number,
  file: FileDescription,
  flag: number,
  arg: number,
): number {
  if (!t.copyIn(arg, int32)) return -EFAULT;
  const flags = int32.value !== 0 ? file.flags | flag : file.flags & ~flag;
  return setFlags(t, fd, file, flags);
}

const command = traced(Decode.Int, "fcntlCmd");
const argument = traced(Decode.Word, "fcntlArg");
const request = traced(Decode.Uint, "ioctlRequest");
const ioctlArgument = traced(Decode.Word, "ptr");

export const fcntlRows: Row[] = [
  full(32, "dup", dup, fd),
  full(33, "dup2", dup2, fd, fd),
  full(292, "dup3", dup3, fd, fd, traced(Decode.Uint, "openFlags")),
  partial(
    72,
    "fcntl",
    fcntl,
    [fd, command, argument],
    "leases are EINVAL",
  ),
  full(73, "flock", flock, fd, int),
  full(16, "ioctl", ioctl, fd, request, ioctlArgument),
];

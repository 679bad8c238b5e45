/** sync(2), fsync(2), readahead(2), posix_fadvise(2), memfd_create(2). */
import {
  EAGAIN,
  EBADF,
  EINVAL,
  ENAMETOOLONG,
  ESPIPE,
} from "../../abi/linux/errno.ts";
import { POSIX_FADV_NOREUSE } from "../../abi/linux/fcntl.ts";
import {
  MFD_ALLOW_SEALING,
  MFD_CLOEXEC,
  MFD_EXEC,
  MFD_NOEXEC_SEAL,
} from "../../abi/linux/mman.ts";
import { POLLIN } from "../../abi/linux/poll.ts";
import { S_IFIFO } from "../../abi/linux/stat.ts";
import { newMemfd } from "../fs/tmpfs/memfd.ts";
import type { Task } from "../kernel/task.ts";
import { callFile } from "./read.ts";
import {
  fd,
  flags,
  full,
  int,
  off,
  PARKED,
  partial,
  type Row,
  size,
  str,
} from "./row.ts";

/** sync(2). */
export function sync(t: Task): number {
  for (const mount of t.fs.root.mount.namespace.list()) mount.fs.sync();
  return 0;
}

/** syncfs(2). EBADF, EIO, ENOSPC. */
export function syncfs(t: Task, fd: number): number {
  const file = t.file(fd);
  return file === null ? -EBADF : file.inode.fs.sync();
}

/** Waits as Linux does: nothing but SIGKILL ends it. */
function syncFile(t: Task, fd: number, dataOnly: boolean): number {
  const file = callFile(t, fd);
  if (file === null) return -EBADF;
  const n = file.fsyncLater(t, dataOnly);
  t.killableOnly = n === -EAGAIN;
  if (n !== -EAGAIN) return n;
  t.pinnedFile(fd);
  const r = t.park(file.queue, POLLIN);
  if (r !== PARKED) t.killableOnly = false;
  return r;
}

/** fsync(2). EBADF, EINVAL (a file without storage), EIO, ENOSPC. */
export function fsync(t: Task, fd: number): number {
  return syncFile(t, fd, false);
}

/** fdatasync(2). */
export function fdatasync(t: Task, fd: number): number {
  return syncFile(t, fd, true);
}

/** sync_file_range(2): writes all of the file's data out. EBADF, EINVAL, EIO, ESPIPE. */
export function sync_file_range(
  t: Task,
  fd: number,
  offset: number,
  nbytes: number,
  flags: number,
): number {
  const file = t.file(fd);
  if (file === null) return -EBADF;
  if ((flags & ~7) !== 0 || offset < 0 || nbytes < 0) return -EINVAL;
  const { inode } = file;
  if (!inode.isRegular && !inode.isDirectory && !inode.isSymlink) {
    return -ESPIPE;
  }
  return flags === 0 ? 0 : file.fsync(t, true);
}

/** readahead(2): there is nothing to do. EBADF, EINVAL. */
export function readahead(
  t: Task,
  fd: number,
  offset: number,
  _count: number,
): number {
  const file = t.file(fd);
  if (file === null || !file.readable) return -EBADF;
  return !file.inode.isRegular || offset < 0 ? -EINVAL : 0;
}

/** posix_fadvise(2): advice is not needed. EBADF, EINVAL, ESPIPE. */
export function fadvise64(
  t: Task,
  fd: number,
  _offset: number,
  len: number,
  advice: number,
): number {
  const file = t.file(fd);
  if (file === null) return -EBADF;
  if (file.inode.type === S_IFIFO) return -ESPIPE;
  const known = advice >= 0 && advice <= POSIX_FADV_NOREUSE;
  return len < 0 || !known ? -EINVAL : 0;
}

/** Longest name, with its 0. */
const MEMFD_NAME_MAX = 250;

/** memfd_create(2). EFAULT, EINVAL (flags, name), EMFILE. */
export function memfd_create(t: Task, uname: number, flags: number): number {
  const known = MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL | MFD_EXEC;
  if ((flags & ~known) !== 0) return -EINVAL;
  const both = MFD_EXEC | MFD_NOEXEC_SEAL;
  if ((flags & both) === both) return -EINVAL;
  const name = t.mm.copyInString(uname, MEMFD_NAME_MAX);
  if (typeof name === "number") return name === -ENAMETOOLONG ? -EINVAL : name;
  const file = newMemfd(
    t,
    name,
    (flags & (MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL)) !== 0,
    (flags & MFD_NOEXEC_SEAL) !== 0,
  );
  return t.files.installNew(t, file, (flags & MFD_CLOEXEC) !== 0);
}

export const syncRows: Row[] = [
  full(162, "sync", sync),
  full(306, "syncfs", syncfs, fd),
  full(74, "fsync", fsync, fd),
  full(75, "fdatasync", fdatasync, fd),
  full(277, "sync_file_range", sync_file_range, fd, off, off, flags),
  full(187, "readahead", readahead, fd, off, size),
  full(221, "fadvise64", fadvise64, fd, off, off, int),
  partial(
    319,
    "memfd_create",
    memfd_create,
    [str, flags],
    "MFD_HUGETLB is EINVAL",
  ),
];

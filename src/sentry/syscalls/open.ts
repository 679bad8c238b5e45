/** open(2), openat2(2), creat(2), close(2), close_range(2). */
import { E2BIG, EFAULT, EINVAL, EMFILE } from "../../abi/linux/errno.ts";
import {
  AT_FDCWD,
  CLOSE_RANGE_CLOEXEC,
  CLOSE_RANGE_UNSHARE,
  FASYNC,
  O_ACCMODE,
  O_APPEND,
  O_CLOEXEC,
  O_CREAT,
  O_DIRECT,
  O_DIRECTORY,
  O_DSYNC,
  O_EXCL,
  O_LARGEFILE,
  O_NOATIME,
  O_NOCTTY,
  O_NOFOLLOW,
  O_NONBLOCK,
  O_PATH,
  O_SYNC,
  O_TMPFILE,
  O_TRUNC,
  O_WRONLY,
  OpenHow,
  RESOLVE_BENEATH,
  RESOLVE_CACHED,
  RESOLVE_IN_ROOT,
} from "../../abi/linux/fcntl.ts";
import type { Task } from "../kernel/task.ts";
import { openAt } from "../vfs/open.ts";
import { copyInPath } from "../vfs/resolve.ts";
import {
  dirfd,
  fd,
  flags,
  full,
  mode,
  openFlags,
  path,
  ptr,
  type Row,
  size,
  uint,
} from "./row.ts";

const VALID = O_ACCMODE | O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_APPEND |
  O_NONBLOCK | O_SYNC | O_DSYNC | FASYNC | O_DIRECT | O_LARGEFILE |
  O_DIRECTORY | O_NOFOLLOW | O_NOATIME | O_CLOEXEC | O_PATH | O_TMPFILE;
const RESOLVE_ALL = 0x3f;

function openFile(
  t: Task,
  dirfd: number,
  addr: number,
  flags: number,
  mode: number,
  scope: number,
): number {
  const name = copyInPath(t, addr);
  if (typeof name === "number") return name;
  // Nothing is to be made or cut short when there is no descriptor for it.
  if (!t.files.hasRoom(t)) return -EMFILE;
  const file = openAt(t, dirfd, name, flags, mode & 0o7777, scope);
  if (typeof file === "number") return file;
  return t.files.installNew(t, file, (flags & O_CLOEXEC) !== 0);
}

/** open(2). See openat. */
export function open(
  t: Task,
  pathname: number,
  flags: number,
  mode: number,
): number {
  return openFile(t, AT_FDCWD, pathname, flags & VALID, mode, 0);
}

/** openat(2). EACCES, EBADF, EEXIST, EFAULT, EINVAL, EISDIR, ELOOP, EMFILE, ENAMETOOLONG, ENOENT, ENOSPC, ENOTDIR, ENXIO, EPERM, EROFS, ETXTBSY. */
export function openat(
  t: Task,
  dirfd: number,
  pathname: number,
  flags: number,
  mode: number,
): number {
  return openFile(t, dirfd, pathname, flags & VALID, mode, 0);
}

/** creat(2). */
export function creat(t: Task, pathname: number, mode: number): number {
  return open(t, pathname, O_CREAT | O_WRONLY | O_TRUNC, mode);
}

const how = OpenHow.alloc();
const rest = new Uint8Array(4096);

/** openat2(2). As openat, and E2BIG, EINVAL for what is not known, EXDEV, EAGAIN (RESOLVE_CACHED). */
export function openat2(
  t: Task,
  dirfd: number,
  pathname: number,
  addr: number,
  size: number,
): number {
  if (size < OpenHow.size) return -EINVAL;
  if (size > 4096) return -E2BIG;
  if (!t.copyIn(addr, how)) return -EFAULT;
  const extra = size - OpenHow.size;
  if (extra > 0) {
    if (!t.mm.copyIn(addr + OpenHow.size, rest, 0, extra)) return -EFAULT;
    for (let i = 0; i < extra; i++) if (rest[i] !== 0) return -E2BIG;
  }
  const { flags, mode, resolve } = how;
  if (flags > 0xffffffff || (flags & ~VALID) !== 0) return -EINVAL;
  if (resolve > RESOLVE_ALL) return -EINVAL;
  const both = RESOLVE_BENEATH | RESOLVE_IN_ROOT;
  if ((resolve & both) === both) return -EINVAL;
  const creates = (flags & O_CREAT) !== 0 ||
    (flags & O_TMPFILE) === O_TMPFILE;
  if (creates ? mode > 0o7777 : mode !== 0) return -EINVAL;
  if ((flags & O_PATH) !== 0) {
    const withPath = O_DIRECTORY | O_NOFOLLOW | O_PATH | O_CLOEXEC;
    if ((flags & ~withPath) !== 0) return -EINVAL;
  }
  if ((resolve & RESOLVE_CACHED) !== 0) {
    if ((flags & (O_TRUNC | O_CREAT | O_TMPFILE)) !== 0) return -EINVAL;
  }
  return openFile(t, dirfd, pathname, flags, mode, resolve & ~RESOLVE_CACHED);
}

/** close(2). EBADF, and what the file's last write has to say. */
export function close(t: Task, fd: number): number {
  return t.files.close(t, fd);
}

/** close_range(2). EINVAL. */
export function close_range(
  t: Task,
  first: number,
  last: number,
  flags: number,
): number {
  if ((flags & ~(CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC)) !== 0) {
    return -EINVAL;
  }
  if (first > last) return -EINVAL;
  if ((flags & CLOSE_RANGE_UNSHARE) !== 0 && t.files.refs > 1) {
    const shared = t.files;
    t.files = shared.fork();
    shared.release(t);
  }
  const end = Math.min(last, t.files.size - 1);
  for (let fd = first; fd <= end; fd++) {
    if (t.files.get(fd) === null) continue;
    if ((flags & CLOSE_RANGE_CLOEXEC) !== 0) t.files.setCloexec(fd, true);
    else t.files.close(t, fd);
  }
  return 0;
}

export const openRows: Row[] = [
  full(2, "open", open, path, openFlags, mode),
  full(257, "openat", openat, dirfd, path, openFlags, mode),
  full(437, "openat2", openat2, dirfd, path, ptr, size),
  full(85, "creat", creat, path, mode),
  full(3, "close", close, fd),
  full(436, "close_range", close_range, uint, uint, flags),
];

/** Attributes: chmod(2), chown(2), utimensat(2), truncate(2), fallocate(2). */
import {
  EACCES,
  EBADF,
  EFAULT,
  EFBIG,
  EINVAL,
  EISDIR,
  ENODEV,
  EOPNOTSUPP,
  EPERM,
  EROFS,
  ESPIPE,
  ETXTBSY,
} from "../../abi/linux/errno.ts";
import { CAP_CHOWN, CAP_FSETID } from "../../abi/linux/capability.ts";
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_SYMLINK_NOFOLLOW,
} from "../../abi/linux/fcntl.ts";
import { S_IFIFO, S_ISGID, S_ISUID, S_IXGRP } from "../../abi/linux/stat.ts";
import { Timespec, Timeval, Utimbuf } from "../../abi/linux/time.ts";
import { IN_MODIFY } from "../../abi/linux/inotify.ts";
import type { Task } from "../kernel/task.ts";
import { tick, wallNanoseconds, wallSeconds } from "../vfs/clock.ts";
import {
  ATTR_ATIME,
  ATTR_GID,
  ATTR_MODE,
  ATTR_MTIME,
  ATTR_UID,
  Attributes,
} from "../vfs/inode.ts";
import { notifyFile } from "../vfs/notify.ts";
import { isOwner, MAY_WRITE } from "../vfs/permission.ts";
import {
  dropPrivileges,
  limitSize,
  MAX_FILE_SIZE,
} from "../vfs/regular_file.ts";
import { copyInPath, FOLLOW, resolve } from "../vfs/resolve.ts";
import {
  Decode,
  dirfd,
  fd,
  flags,
  full,
  mode,
  off,
  path,
  ptr,
  type Row,
  traced,
  uint,
} from "./row.ts";
import {
  notifyAttributes,
  target,
  targetAt,
  targetOf,
  targetWritable,
} from "./target.ts";

/** `target` for a change by path. 0, -EROFS, or -errno of the walk. */
function changeAt(
  t: Task,
  dirfd: number,
  pathname: number,
  at: number,
): number {
  const r = targetAt(t, dirfd, pathname, at);
  return r < 0 ? r : targetWritable();
}

/** `target` for a change by descriptor. 0, -EBADF or -EROFS. */
function changeOf(t: Task, fd: number): number {
  const r = targetOf(t, fd);
  return r < 0 ? r : targetWritable();
}

function changed(r: number): number {
  if (r === 0) notifyAttributes();
  return r;
}

const attributes = new Attributes();

function changeMode(t: Task, mode: number): number {
  const { inode } = target;
  const { creds } = t;
  if (!isOwner(creds, inode)) return -EPERM;
  if (inode.isSymlink) return -EOPNOTSUPP;
  mode &= 0o7777;
  // Who is not in the file's group can't give it to that group.
  if ((mode & S_ISGID) !== 0 && !creds.inFsGroup(inode.gid)) {
    if (!creds.can(CAP_FSETID)) mode &= ~S_ISGID;
  }
  attributes.mask = ATTR_MODE;
  attributes.mode = mode;
  return changed(inode.setAttributes(attributes));
}

/** chmod(2). EACCES, EFAULT, ELOOP, ENOENT, ENOTDIR, EPERM, EROFS. */
export function chmod(t: Task, pathname: number, mode: number): number {
  return fchmodat2(t, AT_FDCWD, pathname, mode, 0);
}

/** fchmod(2). EBADF, EPERM, EROFS. */
export function fchmod(t: Task, fd: number, mode: number): number {
  const r = changeOf(t, fd);
  return r < 0 ? r : changeMode(t, mode);
}

/** fchmodat(2), the system call: it has no flags. */
export function fchmodat(
  t: Task,
  dirfd: number,
  pathname: number,
  mode: number,
): number {
  return fchmodat2(t, dirfd, pathname, mode, 0);
}

/** fchmodat2(2). As chmod, and EBADF, EINVAL, EOPNOTSUPP (a link). */
export function fchmodat2(
  t: Task,
  dirfd: number,
  pathname: number,
  mode: number,
  at: number,
): number {
  if ((at & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) !== 0) return -EINVAL;
  const r = changeAt(t, dirfd, pathname, at);
  return r < 0 ? r : changeMode(t, mode);
}

/** uid_t and gid_t value for "leave it". */
const KEEP = 0xffffffff;

function changeOwner(t: Task, uid: number, gid: number): number {
  const { inode } = target;
  const { creds } = t;
  const owns = creds.fsuid === inode.uid;
  const may = creds.can(CAP_CHOWN);
  if (uid !== KEEP && !may && !(owns && uid === inode.uid)) return -EPERM;
  if (gid !== KEEP && !may) {
    const mine = gid === inode.gid || creds.inFsGroup(gid);
    if (!owns || !mine) return -EPERM;
  }
  attributes.mask = (uid !== KEEP ? ATTR_UID : 0) |
    (gid !== KEEP ? ATTR_GID : 0);
  attributes.uid = uid;
  attributes.gid = gid;
  const { mode } = inode;
  if (inode.isRegular && (mode & (S_ISUID | S_ISGID)) !== 0) {
    let kept = mode & ~S_ISUID;
    if ((mode & S_IXGRP) !== 0) kept &= ~S_ISGID;
    attributes.mask |= ATTR_MODE;
    attributes.mode = kept & 0o7777;
  }
  return changed(inode.setAttributes(attributes));
}

/** chown(2). EACCES, EFAULT, ELOOP, ENOENT, ENOTDIR, EPERM, EROFS. */
export function chown(
  t: Task,
  pathname: number,
  owner: number,
  group: number,
): number {
  return fchownat(t, AT_FDCWD, pathname, owner, group, 0);
}

/** lchown(2). */
export function lchown(
  t: Task,
  pathname: number,
  owner: number,
  group: number,
): number {
  const at = AT_SYMLINK_NOFOLLOW;
  return fchownat(t, AT_FDCWD, pathname, owner, group, at);
}

/** fchown(2). EBADF, EPERM, EROFS. */
export function fchown(
  t: Task,
  fd: number,
  owner: number,
  group: number,
): number {
  const r = changeOf(t, fd);
  return r < 0 ? r : changeOwner(t, owner, group);
}

/** fchownat(2). As chown, and EBADF, EINVAL. */
export function fchownat(
  t: Task,
  dirfd: number,
  pathname: number,
  owner: number,
  group: number,
  at: number,
): number {
  if ((at & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) !== 0) return -EINVAL;
  const r = changeAt(t, dirfd, pathname, at);
  return r < 0 ? r : changeOwner(t, owner, group);
}

const UTIME_NOW = 0x3fffffff;
const UTIME_OMIT = 0x3ffffffe;
const spec = Timespec.alloc();
const val = Timeval.alloc();
const buf = Utimbuf.alloc();

/** Times that a call asks for, nanoseconds as in utimensat(2). */
const wanted = { atime: 0, atimeNsec: 0, mtime: 0, mtimeNsec: 0 };

function wantNow(): void {
  wanted.atimeNsec = UTIME_NOW;
  wanted.mtimeNsec = UTIME_NOW;
}

function badNanoseconds(n: number): boolean {
  return n !== UTIME_NOW && n !== UTIME_OMIT && !(n >= 0 && n < 1e9);
}

/** Sets `target`'s times as `wanted`. EACCES, EPERM. */
function changeTimes(t: Task): number {
  const { inode } = target;
  const { atimeNsec, mtimeNsec } = wanted;
  if (atimeNsec === UTIME_OMIT && mtimeNsec === UTIME_OMIT) return 0;
  const bothNow = atimeNsec === UTIME_NOW && mtimeNsec === UTIME_NOW;
  if (!isOwner(t.creds, inode)) {
    if (!bothNow) return -EPERM;
    if (inode.permission(t.creds, MAY_WRITE) < 0) return -EACCES;
  }
  tick();
  attributes.mask = 0;
  if (atimeNsec !== UTIME_OMIT) {
    const now = atimeNsec === UTIME_NOW;
    attributes.mask |= ATTR_ATIME;
    attributes.atime = now ? wallSeconds() : wanted.atime;
    attributes.atimeNsec = now ? wallNanoseconds() : atimeNsec;
  }
  if (mtimeNsec !== UTIME_OMIT) {
    const now = mtimeNsec === UTIME_NOW;
    attributes.mask |= ATTR_MTIME;
    attributes.mtime = now ? wallSeconds() : wanted.mtime;
    attributes.mtimeNsec = now ? wallNanoseconds() : mtimeNsec;
  }
  return changed(inode.setAttributes(attributes));
}

/** utimensat(2); a null pathname means `dirfd` itself. EACCES, EBADF, EFAULT, EINVAL, EPERM, EROFS and those of a walk. */
export function utimensat(
  t: Task,
  dirfd: number,
  pathname: number,
  times: number,
  at: number,
): number {
  if ((at & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) !== 0) return -EINVAL;
  if (times === 0) wantNow();
  else {
    if (!t.copyIn(times, spec)) return -EFAULT;
    wanted.atime = spec.tv_sec;
    wanted.atimeNsec = spec.tv_nsec;
    if (!t.copyIn(times + Timespec.size, spec)) return -EFAULT;
    wanted.mtime = spec.tv_sec;
    wanted.mtimeNsec = spec.tv_nsec;
    if (badNanoseconds(wanted.atimeNsec)) return -EINVAL;
    if (badNanoseconds(wanted.mtimeNsec)) return -EINVAL;
  }
  let r;
  if (pathname === 0 && (at & AT_EMPTY_PATH) === 0) {
    if (dirfd === AT_FDCWD) return -EFAULT;
    if (at !== 0) return -EINVAL;
    r = changeOf(t, dirfd);
  } else r = changeAt(t, dirfd, pathname, at);
  return r < 0 ? r : changeTimes(t);
}

/** futimesat(2), utimes(2): microseconds. */
export function futimesat(
  t: Task,
  dirfd: number,
  pathname: number,
  times: number,
): number {
  if (times === 0) wantNow();
  else {
    if (!t.copyIn(times, val)) return -EFAULT;
    wanted.atime = val.tv_sec;
    wanted.atimeNsec = val.tv_usec * 1000;
    if (!(val.tv_usec >= 0 && val.tv_usec < 1000000)) return -EINVAL;
    if (!t.copyIn(times + Timeval.size, val)) return -EFAULT;
    wanted.mtime = val.tv_sec;
    wanted.mtimeNsec = val.tv_usec * 1000;
    if (!(val.tv_usec >= 0 && val.tv_usec < 1000000)) return -EINVAL;
  }
  const r = pathname === 0 && dirfd !== AT_FDCWD
    ? changeOf(t, dirfd)
    : changeAt(t, dirfd, pathname, 0);
  return r < 0 ? r : changeTimes(t);
}

/** utimes(2). */
export function utimes(t: Task, pathname: number, times: number): number {
  return futimesat(t, AT_FDCWD, pathname, times);
}

/** utime(2): seconds. */
export function utime(t: Task, pathname: number, times: number): number {
  if (times === 0) wantNow();
  else {
    if (!t.copyIn(times, buf)) return -EFAULT;
    wanted.atime = buf.actime;
    wanted.mtime = buf.modtime;
    wanted.atimeNsec = 0;
    wanted.mtimeNsec = 0;
  }
  const r = changeAt(t, AT_FDCWD, pathname, 0);
  return r < 0 ? r : changeTimes(t);
}

/** truncate(2). EACCES, EFAULT, EFBIG, EINVAL, EISDIR, EROFS, ETXTBSY and those of a walk. */
export function truncate(t: Task, pathname: number, length: number): number {
  if (length < 0) return -EINVAL;
  const name = copyInPath(t, pathname);
  if (typeof name === "number") return name;
  const place = resolve(t, AT_FDCWD, name, FOLLOW);
  if (typeof place === "number") return place;
  const { inode, mount } = place;
  if (inode.isDirectory) return -EISDIR;
  if (!inode.isRegular) return -EINVAL;
  if (mount.readonly) return -EROFS;
  let r = inode.permission(t.creds, MAY_WRITE);
  if (r < 0) return r;
  if (inode.writers < 0) return -ETXTBSY;
  r = limitSize(t, inode, length);
  if (r < 0) return r;
  r = inode.truncate(length);
  if (r < 0) return r;
  dropPrivileges(t, inode);
  notifyFile(place.dentry, IN_MODIFY);
  return 0;
}

/** ftruncate(2). EBADF, EFBIG, EINVAL (also when not writable), EPERM (seals). */
export function ftruncate(t: Task, fd: number, length: number): number {
  if (length < 0) return -EINVAL;
  const file = t.file(fd);
  if (file === null) return -EBADF;
  if (!file.inode.isRegular || !file.writable) return -EINVAL;
  return file.truncate(t, length);
}

const KNOWN_MODES = 0x7f;

/** fallocate(2). EBADF, EFBIG, EINVAL, ENODEV, ENOSPC, EOPNOTSUPP, EPERM, ESPIPE. */
export function fallocate(
  t: Task,
  fd: number,
  mode: number,
  offset: number,
  length: number,
): number {
  const file = t.file(fd);
  if (file === null) return -EBADF;
  if (offset < 0 || length <= 0) return -EINVAL;
  if ((mode & ~KNOWN_MODES) !== 0) return -EOPNOTSUPP;
  if (!file.writable) return -EBADF;
  const { inode } = file;
  if (inode.type === S_IFIFO) return -ESPIPE;
  if (inode.isDirectory) return -EISDIR;
  if (!inode.isRegular) return -ENODEV;
  if (offset + length > MAX_FILE_SIZE) return -EFBIG;
  const r = file.allocate(t, mode, offset, length);
  if (r === 0 && file.path !== null) notifyFile(file.path.dentry, IN_MODIFY);
  return r;
}

const atFlags = traced(Decode.Uint, "atFlags");

export const attrRows: Row[] = [
  full(90, "chmod", chmod, path, mode),
  full(91, "fchmod", fchmod, fd, mode),
  full(268, "fchmodat", fchmodat, dirfd, path, mode),
  full(452, "fchmodat2", fchmodat2, dirfd, path, mode, atFlags),
  full(92, "chown", chown, path, uint, uint),
  full(93, "fchown", fchown, fd, uint, uint),
  full(94, "lchown", lchown, path, uint, uint),
  full(260, "fchownat", fchownat, dirfd, path, uint, uint, atFlags),
  full(280, "utimensat", utimensat, dirfd, path, ptr, atFlags),
  full(261, "futimesat", futimesat, dirfd, path, ptr),
  full(235, "utimes", utimes, path, ptr),
  full(132, "utime", utime, path, ptr),
  full(76, "truncate", truncate, path, off),
  full(77, "ftruncate", ftruncate, fd, off),
  full(285, "fallocate", fallocate, fd, flags, off, off),
];

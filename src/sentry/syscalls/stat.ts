/** stat(2), statx(2), statfs(2), access(2), readlink(2). */
import {
  EACCES,
  EBADF,
  EFAULT,
  EINVAL,
  ENOENT,
  EROFS,
} from "../../abi/linux/errno.ts";
import {
  AT_EACCESS,
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_NO_AUTOMOUNT,
  AT_STATX_SYNC_TYPE,
  AT_SYMLINK_NOFOLLOW,
} from "../../abi/linux/fcntl.ts";
import {
  major,
  minor,
  S_IFDIR,
  S_IFLNK,
  S_IFREG,
  ST_NOATIME,
  ST_NODEV,
  ST_NOEXEC,
  ST_NOSUID,
  ST_RDONLY,
  ST_RELATIME,
  ST_VALID,
  Stat,
  Statfs,
  Statx,
  STATX_ATTR_MOUNT_ROOT,
  STATX_BASIC_STATS,
  STATX_BTIME,
  STATX_MNT_ID,
} from "../../abi/linux/stat.ts";
import { CapSet } from "../kernel/credentials.ts";
import type { Task } from "../kernel/task.ts";
import { encodeBinaryInto } from "../strings.ts";
import type { Usage } from "../vfs/file_system.ts";
import type { Inode } from "../vfs/inode.ts";
import {
  type Mount,
  MS_NOATIME,
  MS_NODEV,
  MS_NOEXEC,
  MS_NOSUID,
} from "../vfs/mount.ts";
import type { VfsPath } from "../vfs/path.ts";
import { MAY_EXEC, MAY_WRITE } from "../vfs/permission.ts";
import {
  copyInPath,
  EMPTY_PATH,
  FOLLOW,
  resolve,
  resolveInode,
} from "../vfs/resolve.ts";
import { nextSerial } from "../vfs/serial.ts";
import {
  Decode,
  dirfd,
  fd,
  flags,
  full,
  mode,
  outBuf,
  path,
  ptr,
  type Row,
  traced,
} from "./row.ts";
import { target, targetAt, targetNamed, walkFlags } from "./target.ts";

/** Bit of statx's mask kept for extensions. */
const STATX_RESERVED = 0x80000000;

const st = Stat.alloc();

function copyOutStat(t: Task, inode: Inode, addr: number): number {
  const r = inode.refresh();
  if (r < 0) return r;
  st.st_dev = inode.dev;
  st.st_ino = inode.ino;
  st.st_nlink = inode.nlink;
  st.st_mode = inode.mode;
  st.st_uid = inode.uid;
  st.st_gid = inode.gid;
  st.st_rdev = inode.rdev;
  st.st_size = inode.size;
  st.st_blksize = inode.blockSize;
  st.st_blocks = inode.blocks;
  st.st_atime = inode.atime;
  st.st_atime_nsec = inode.atimeNsec;
  st.st_mtime = inode.mtime;
  st.st_mtime_nsec = inode.mtimeNsec;
  st.st_ctime = inode.ctime;
  st.st_ctime_nsec = inode.ctimeNsec;
  return t.copyOut(addr, st) ? 0 : -EFAULT;
}

/** stat(2). See newfstatat. */
export function stat(t: Task, pathname: number, statbuf: number): number {
  return newfstatat(t, AT_FDCWD, pathname, statbuf, 0);
}

/** lstat(2). */
export function lstat(t: Task, pathname: number, statbuf: number): number {
  return newfstatat(t, AT_FDCWD, pathname, statbuf, AT_SYMLINK_NOFOLLOW);
}

/** fstat(2). EBADF, EFAULT. */
export function fstat(t: Task, fd: number, statbuf: number): number {
  const file = t.files.get(fd);
  if (file === null) return -EBADF;
  nextSerial();
  return copyOutStat(t, file.inode, statbuf);
}

/** fstatat(2). EACCES, EBADF, EFAULT, EINVAL, ELOOP, ENAMETOOLONG, ENOENT, ENOTDIR. */
export function newfstatat(
  t: Task,
  dirfd: number,
  pathname: number,
  statbuf: number,
  at: number,
): number {
  const known = AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH | AT_NO_AUTOMOUNT |
    AT_STATX_SYNC_TYPE;
  if ((at & ~known) !== 0) return -EINVAL;
  const inode = inodeAt(t, dirfd, pathname, at);
  return typeof inode === "number" ? inode : copyOutStat(t, inode, statbuf);
}

/** The inode for a pathname in guest memory and AT_* flags; a null pathname with AT_EMPTY_PATH is empty, as since Linux 6.11. */
export function inodeAt(
  t: Task,
  dirfd: number,
  pathname: number,
  at: number,
): Inode | number {
  if (pathname === 0 && (at & AT_EMPTY_PATH) !== 0) {
    nextSerial();
    return resolveInode(t, dirfd, "", walkFlags(at));
  }
  const name = copyInPath(t, pathname);
  if (typeof name === "number") return name;
  if (name === "") nextSerial();
  return resolveInode(t, dirfd, name, walkFlags(at));
}

const stx = Statx.alloc();

/** statx(2). As fstatat. */
export function statx(
  t: Task,
  dirfd: number,
  pathname: number,
  at: number,
  mask: number,
  buf: number,
): number {
  const known = AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH | AT_NO_AUTOMOUNT |
    AT_STATX_SYNC_TYPE;
  if ((at & ~known) !== 0) return -EINVAL;
  if ((at & AT_STATX_SYNC_TYPE) === AT_STATX_SYNC_TYPE) return -EINVAL;
  if ((mask & STATX_RESERVED) !== 0) return -EINVAL;
  const found = targetAt(t, dirfd, pathname, at);
  if (found < 0) return found;
  const { inode, place } = target;
  const r = inode.refresh();
  if (r < 0) return r;
  fillStatx(inode, place);
  return t.copyOut(buf, stx) ? 0 : -EFAULT;
}

function fillStatx(inode: Inode, place: VfsPath | null): void {
  stx.bytes.fill(0);
  stx.stx_mask = STATX_BASIC_STATS | (inode.btime !== 0 ? STATX_BTIME : 0);
  stx.stx_blksize = inode.blockSize;
  stx.stx_attributes_mask = STATX_ATTR_MOUNT_ROOT;
  stx.stx_nlink = inode.nlink;
  stx.stx_uid = inode.uid;
  stx.stx_gid = inode.gid;
  stx.stx_mode = inode.mode;
  stx.stx_ino = inode.ino;
  stx.stx_size = inode.size;
  stx.stx_blocks = inode.blocks;
  stx.stx_atime.tv_sec = inode.atime;
  stx.stx_atime.tv_nsec = inode.atimeNsec;
  stx.stx_btime.tv_sec = inode.btime;
  stx.stx_btime.tv_nsec = inode.btimeNsec;
  stx.stx_ctime.tv_sec = inode.ctime;
  stx.stx_ctime.tv_nsec = inode.ctimeNsec;
  stx.stx_mtime.tv_sec = inode.mtime;
  stx.stx_mtime.tv_nsec = inode.mtimeNsec;
  stx.stx_rdev_major = major(inode.rdev);
  stx.stx_rdev_minor = minor(inode.rdev);
  stx.stx_dev_major = major(inode.dev);
  stx.stx_dev_minor = minor(inode.dev);
  if (place === null) return;
  stx.stx_mask |= STATX_MNT_ID;
  stx.stx_mnt_id = place.mount.id;
  if (place.dentry === place.mount.root) {
    stx.stx_attributes = STATX_ATTR_MOUNT_ROOT;
  }
}

const fsStat = Statfs.alloc();
const usage: Usage = {
  blockSize: 0,
  blocks: 0,
  free: 0,
  available: 0,
  files: 0,
  filesFree: 0,
  nameMax: 0,
};

function copyOutStatfs(
  t: Task,
  inode: Inode,
  mount: Mount | null,
  addr: number,
): number {
  const { fs } = inode;
  const r = fs.usage(usage);
  if (r < 0) return r;
  fsStat.f_type = fs.magic;
  fsStat.f_bsize = usage.blockSize;
  fsStat.f_blocks = usage.blocks;
  fsStat.f_bfree = usage.free;
  fsStat.f_bavail = usage.available;
  fsStat.f_files = usage.files;
  fsStat.f_ffree = usage.filesFree;
  fsStat.f_fsid_lo = fs.dev;
  fsStat.f_fsid_hi = 0;
  fsStat.f_namelen = usage.nameMax;
  fsStat.f_frsize = usage.blockSize;
  fsStat.f_flags = ST_VALID | (mount === null ? 0 : mountBits(mount));
  return t.copyOut(addr, fsStat) ? 0 : -EFAULT;
}

function mountBits(mount: Mount): number {
  const { flags } = mount;
  return (mount.readonly ? ST_RDONLY : 0) |
    ((flags & MS_NOSUID) !== 0 ? ST_NOSUID : 0) |
    ((flags & MS_NODEV) !== 0 ? ST_NODEV : 0) |
    ((flags & MS_NOEXEC) !== 0 ? ST_NOEXEC : 0) |
    ((flags & MS_NOATIME) !== 0 ? ST_NOATIME : ST_RELATIME);
}

/** statfs(2). EFAULT and what a walk gives. */
export function statfs(t: Task, pathname: number, buf: number): number {
  const name = copyInPath(t, pathname);
  if (typeof name === "number") return name;
  const place = resolve(t, AT_FDCWD, name, FOLLOW);
  if (typeof place === "number") return place;
  return copyOutStatfs(t, place.inode, place.mount, buf);
}

/** fstatfs(2). EBADF, EFAULT. */
export function fstatfs(t: Task, fd: number, buf: number): number {
  const file = t.files.get(fd);
  if (file === null) return -EBADF;
  return copyOutStatfs(t, file.inode, file.path?.mount ?? null, buf);
}

/** access(2). See faccessat2. */
export function access(t: Task, pathname: number, mode: number): number {
  return faccessat2(t, AT_FDCWD, pathname, mode, 0);
}

/** faccessat(2), the system call: it has no flags. */
export function faccessat(
  t: Task,
  dirfd: number,
  pathname: number,
  mode: number,
): number {
  return faccessat2(t, dirfd, pathname, mode, 0);
}

/** faccessat2(2). EACCES, EROFS, EINVAL and what a walk gives. Judges by the real ids unless AT_EACCESS is given. */
export function faccessat2(
  t: Task,
  dirfd: number,
  pathname: number,
  mode: number,
  at: number,
): number {
  if ((mode & ~7) !== 0) return -EINVAL;
  const known = AT_EACCESS | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH;
  if ((at & ~known) !== 0) return -EINVAL;
  const { creds } = t;
  const real = creds.uid !== creds.fsuid || creds.gid !== creds.fsgid ||
    creds.uid !== creds.euid;
  if (real && (at & AT_EACCESS) === 0) {
    const judged = creds.copy();
    judged.fsuid = creds.uid;
    judged.fsgid = creds.gid;
    judged.effective = creds.uid === 0 ? creds.permitted.copy() : new CapSet();
    t.creds = judged;
  }
  const r = accessible(t, dirfd, pathname, mode, at);
  t.creds = creds;
  return r;
}

function accessible(
  t: Task,
  dirfd: number,
  pathname: number,
  mode: number,
  at: number,
): number {
  const name = copyInPath(t, pathname);
  if (typeof name === "number") return name;
  const found = targetNamed(t, dirfd, name, at);
  if (found < 0) return found;
  const { inode, place } = target;
  if (mode === 0) return 0;
  if ((mode & MAY_EXEC) !== 0 && inode.isRegular && place !== null) {
    if ((place.mount.flags & MS_NOEXEC) !== 0) return -EACCES;
  }
  const r = inode.permission(t.creds, mode);
  if (r < 0 || (mode & MAY_WRITE) === 0) return r;
  const { type } = inode;
  const stored = type === S_IFREG || type === S_IFDIR || type === S_IFLNK;
  return stored && place !== null && place.mount.readonly ? -EROFS : 0;
}

/** readlink(2). See readlinkat. */
export function readlink(
  t: Task,
  pathname: number,
  buf: number,
  size: number,
): number {
  return readlinkat(t, AT_FDCWD, pathname, buf, size);
}

const linkBytes = new Uint8Array(8192);

/** readlinkat(2). EINVAL (not a link, size below 1), EFAULT, ENOENT and what a walk gives. */
export function readlinkat(
  t: Task,
  dirfd: number,
  pathname: number,
  buf: number,
  size: number,
): number {
  if (size <= 0) return -EINVAL;
  const name = copyInPath(t, pathname);
  if (typeof name === "number") return name;
  const inode = resolveInode(t, dirfd, name, EMPTY_PATH);
  if (typeof inode === "number") return inode;
  // Linux: an empty path on what is no link is ENOENT.
  if (!inode.isSymlink) return name === "" ? -ENOENT : -EINVAL;
  const text = inode.readlink(t);
  if (typeof text === "number") return text;
  const n = Math.min(text.length, size, linkBytes.length);
  encodeBinaryInto(text.slice(0, n), linkBytes, 0);
  return t.mm.copyOut(buf, linkBytes, 0, n) ? n : -EFAULT;
}

const statbuf = traced(Decode.Word, "stat");
const atFlags = traced(Decode.Uint, "atFlags");
const bufSize = traced(Decode.Int, "int");

export const statRows: Row[] = [
  full(4, "stat", stat, path, statbuf),
  full(5, "fstat", fstat, fd, statbuf),
  full(6, "lstat", lstat, path, statbuf),
  full(262, "newfstatat", newfstatat, dirfd, path, statbuf, atFlags),
  full(332, "statx", statx, dirfd, path, atFlags, flags, ptr),
  full(137, "statfs", statfs, path, ptr),
  full(138, "fstatfs", fstatfs, fd, ptr),
  full(21, "access", access, path, mode),
  full(269, "faccessat", faccessat, dirfd, path, mode),
  full(439, "faccessat2", faccessat2, dirfd, path, mode, atFlags),
  full(89, "readlink", readlink, path, outBuf(2), bufSize),
  full(267, "readlinkat", readlinkat, dirfd, path, outBuf(3), bufSize),
];

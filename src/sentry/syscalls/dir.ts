/** Directories and names: mkdir(2), unlink(2), rename(2), link(2), symlink(2), mknod(2), getdents(2), chdir(2), chroot(2). */
import {
  EBADF,
  EFAULT,
  EINVAL,
  ENOENT,
  ENOTDIR,
  EPERM,
  ERANGE,
} from "../../abi/linux/errno.ts";
import {
  CAP_DAC_READ_SEARCH,
  CAP_SYS_CHROOT,
} from "../../abi/linux/capability.ts";
import { LinuxDirent, LinuxDirent64 } from "../../abi/linux/dirent.ts";
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_REMOVEDIR,
  AT_SYMLINK_FOLLOW,
} from "../../abi/linux/fcntl.ts";
import {
  S_IFBLK,
  S_IFCHR,
  S_IFDIR,
  S_IFIFO,
  S_IFMT,
  S_IFREG,
  S_IFSOCK,
} from "../../abi/linux/stat.ts";
import { setU64 } from "../../abi/struct.ts";
import type { Task } from "../kernel/task.ts";
import { encodeBinaryInto } from "../strings.ts";
import type { DirSink } from "../vfs/dir_sink.ts";
import type { VfsPath } from "../vfs/path.ts";
import { MAY_EXEC } from "../vfs/permission.ts";
import {
  copyInPath,
  EMPTY_PATH,
  FOLLOW,
  PATH_MAX,
  resolve,
  resolveDirectory,
} from "../vfs/resolve.ts";
import {
  makeDirectory,
  makeLink,
  makeNode,
  makeSymlink,
  removeDirectory,
  rename as renameFile,
  unlink as unlinkFile,
} from "../vfs/tree.ts";
import {
  Decode,
  dirfd,
  fd,
  flags,
  full,
  mode,
  outBuf,
  path,
  type Row,
  size,
  traced,
  uint,
} from "./row.ts";

/** mkdir(2). See mkdirat. */
export function mkdir(t: Task, pathname: number, mode: number): number {
  return mkdirat(t, AT_FDCWD, pathname, mode);
}

/** mkdirat(2). EACCES, EEXIST, EMLINK, ENOENT, ENOSPC, ENOTDIR, EPERM, EROFS. */
export function mkdirat(
  t: Task,
  dirfd: number,
  pathname: number,
  mode: number,
): number {
  const name = copyInPath(t, pathname);
  if (typeof name === "number") return name;
  return makeDirectory(t, dirfd, name, mode);
}

/** rmdir(2). EACCES, EBUSY, EINVAL, ENOENT, ENOTDIR, ENOTEMPTY, EPERM, EROFS. */
export function rmdir(t: Task, pathname: number): number {
  return unlinkat(t, AT_FDCWD, pathname, AT_REMOVEDIR);
}

/** unlink(2). See unlinkat. */
export function unlink(t: Task, pathname: number): number {
  return unlinkat(t, AT_FDCWD, pathname, 0);
}

/** unlinkat(2). EACCES, EBUSY, EINVAL, EISDIR, ENOENT, ENOTDIR, EPERM, EROFS; of a directory as rmdir. */
export function unlinkat(
  t: Task,
  dirfd: number,
  pathname: number,
  flags: number,
): number {
  if ((flags & ~AT_REMOVEDIR) !== 0) return -EINVAL;
  const name = copyInPath(t, pathname);
  if (typeof name === "number") return name;
  return flags === 0
    ? unlinkFile(t, dirfd, name)
    : removeDirectory(t, dirfd, name);
}

/** rename(2). See renameat2. */
export function rename(t: Task, oldpath: number, newpath: number): number {
  return renameat2(t, AT_FDCWD, oldpath, AT_FDCWD, newpath, 0);
}

/** renameat(2). */
export function renameat(
  t: Task,
  olddirfd: number,
  oldpath: number,
  newdirfd: number,
  newpath: number,
): number {
  return renameat2(t, olddirfd, oldpath, newdirfd, newpath, 0);
}

/** renameat2(2). EACCES, EBUSY, EEXIST, EINVAL, EISDIR, ENOENT, ENOTDIR, ENOTEMPTY, EPERM, EROFS, EXDEV. RENAME_WHITEOUT is EINVAL. */
export function renameat2(
  t: Task,
  olddirfd: number,
  oldpath: number,
  newdirfd: number,
  newpath: number,
  flags: number,
): number {
  const from = copyInPath(t, oldpath);
  if (typeof from === "number") return from;
  const to = copyInPath(t, newpath);
  if (typeof to === "number") return to;
  return renameFile(t, olddirfd, from, newdirfd, to, flags);
}

/** link(2). See linkat. */
export function link(t: Task, oldpath: number, newpath: number): number {
  return linkat(t, AT_FDCWD, oldpath, AT_FDCWD, newpath, 0);
}

/** linkat(2). EACCES, EEXIST, EINVAL, EMLINK, ENOENT, ENOTDIR, EPERM, EROFS, EXDEV. */
export function linkat(
  t: Task,
  olddirfd: number,
  oldpath: number,
  newdirfd: number,
  newpath: number,
  at: number,
): number {
  if ((at & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH)) !== 0) return -EINVAL;
  if ((at & AT_EMPTY_PATH) !== 0 && !t.creds.can(CAP_DAC_READ_SEARCH)) {
    return -ENOENT;
  }
  const from = copyInPath(t, oldpath);
  if (typeof from === "number") return from;
  const to = copyInPath(t, newpath);
  if (typeof to === "number") return to;
  const walk = ((at & AT_SYMLINK_FOLLOW) !== 0 ? FOLLOW : 0) |
    ((at & AT_EMPTY_PATH) !== 0 ? EMPTY_PATH : 0);
  const place = resolve(t, olddirfd, from, walk);
  if (typeof place === "number") return place;
  return makeLink(t, place, newdirfd, to);
}

/** symlink(2). See symlinkat. */
export function symlink(t: Task, target: number, linkpath: number): number {
  return symlinkat(t, target, AT_FDCWD, linkpath);
}

/** symlinkat(2). EACCES, EEXIST, ENAMETOOLONG, ENOENT, ENOSPC, ENOTDIR, EPERM, EROFS. */
export function symlinkat(
  t: Task,
  target: number,
  newdirfd: number,
  linkpath: number,
): number {
  const text = copyInPath(t, target);
  if (typeof text === "number") return text;
  const name = copyInPath(t, linkpath);
  if (typeof name === "number") return name;
  return makeSymlink(t, text, newdirfd, name);
}

/** mknod(2). See mknodat. */
export function mknod(
  t: Task,
  pathname: number,
  mode: number,
  dev: number,
): number {
  return mknodat(t, AT_FDCWD, pathname, mode, dev);
}

/** mknodat(2). EACCES, EEXIST, EINVAL (type), ENOENT, ENOSPC, ENOTDIR, EPERM (directory, devices without CAP_MKNOD), EROFS. */
export function mknodat(
  t: Task,
  dirfd: number,
  pathname: number,
  mode: number,
  dev: number,
): number {
  switch (mode & S_IFMT) {
    case 0:
    case S_IFREG:
    case S_IFCHR:
    case S_IFBLK:
    case S_IFIFO:
    case S_IFSOCK:
      break;
    case S_IFDIR:
      return -EPERM;
    default:
      return -EINVAL;
  }
  const name = copyInPath(t, pathname);
  if (typeof name === "number") return name;
  const made = makeNode(t, dirfd, name, mode, dev);
  return typeof made === "number" ? made : 0;
}

const records = new Uint8Array(65536);
const view = new DataView(records.buffer);
const d64 = LinuxDirent64.offsets;
const d32 = LinuxDirent.offsets;

/** Collects directory entries as records, for as long as they fit. */
class Records implements DirSink {
  used = 0;
  room = 0;
  /** An entry did not fit. */
  full = false;
  old = false;

  begin(room: number, old: boolean): void {
    this.used = 0;
    this.room = Math.min(room, records.length);
    this.full = false;
    this.old = old;
  }

  emit(name: string, ino: number, type: number, next: number): boolean {
    // The old form has d_type behind the name's 0.
    const offsets = this.old ? d32 : d64;
    const head = this.old ? d32.d_name + 2 : d64.d_name + 1;
    const length = (head + name.length + 7) & ~7;
    const at = this.used;
    if (at + length > this.room) {
      this.full = true;
      return false;
    }
    // The padding, and the name's 0.
    view.setUint32(at + length - 8, 0, true);
    view.setUint32(at + length - 4, 0, true);
    setU64(view, at + offsets.d_ino, ino);
    setU64(view, at + offsets.d_off, next);
    view.setUint16(at + offsets.d_reclen, length, true);
    encodeBinaryInto(name, records, at + offsets.d_name);
    records[this.old ? at + length - 1 : at + d64.d_type] = type;
    this.used += length;
    return true;
  }
}

const sink = new Records();

function listInto(
  t: Task,
  fd: number,
  addr: number,
  count: number,
  old: boolean,
): number {
  const file = t.file(fd);
  if (file === null) return -EBADF;
  sink.begin(count, old);
  const start = file.offset;
  const r = file.readDir(t, sink);
  if (r < 0) return r;
  if (sink.used === 0) return sink.full ? -EINVAL : 0;
  if (t.mm.copyOut(addr, records, 0, sink.used)) return sink.used;
  file.offset = start;
  return -EFAULT;
}

/** getdents64(2). EBADF, EFAULT, EINVAL (the buffer is too small), ENOENT, ENOTDIR. */
export function getdents64(
  t: Task,
  fd: number,
  dirp: number,
  count: number,
): number {
  return listInto(t, fd, dirp, count, false);
}

/** getdents(2). */
export function getdents(
  t: Task,
  fd: number,
  dirp: number,
  count: number,
): number {
  return listInto(t, fd, dirp, count, true);
}

/** A directory that may become the working directory or root. */
function enterable(t: Task, place: VfsPath | number): VfsPath | number {
  if (typeof place === "number") return place;
  if (!place.inode.isDirectory) return -ENOTDIR;
  const r = place.inode.permission(t.creds, MAY_EXEC);
  return r < 0 ? r : place;
}

function directoryAt(t: Task, pathname: number): VfsPath | number {
  const name = copyInPath(t, pathname);
  if (typeof name === "number") return name;
  return enterable(t, resolveDirectory(t, name));
}

/** chdir(2). EACCES, EFAULT, ELOOP, ENAMETOOLONG, ENOENT, ENOTDIR. */
export function chdir(t: Task, pathname: number): number {
  const place = directoryAt(t, pathname);
  if (typeof place === "number") return place;
  t.fs.setCwd(place);
  return 0;
}

/** fchdir(2). EACCES, EBADF, ENOTDIR. */
export function fchdir(t: Task, fd: number): number {
  const file = t.files.get(fd);
  if (file === null) return -EBADF;
  const place = enterable(t, file.path ?? -ENOTDIR);
  if (typeof place === "number") return place;
  t.fs.setCwd(place);
  return 0;
}

/** chroot(2). As chdir, and EPERM without CAP_SYS_CHROOT. */
export function chroot(t: Task, pathname: number): number {
  const place = directoryAt(t, pathname);
  if (typeof place === "number") return place;
  if (!t.creds.can(CAP_SYS_CHROOT)) return -EPERM;
  t.fs.setRoot(place);
  return 0;
}

const cwdBytes = new Uint8Array(65536);

/** getcwd(2): length with the 0. EFAULT, ENOENT (removed), ERANGE. */
export function getcwd(t: Task, buf: number, size: number): number {
  const { cwd, root } = t.fs;
  if (cwd.dentry.deleted) return -ENOENT;
  const name = cwd.nameBelow(root);
  const n = name.length + 1;
  if (n > size || n > PATH_MAX) return -ERANGE;
  encodeBinaryInto(name, cwdBytes, 0);
  cwdBytes[n - 1] = 0;
  return t.mm.copyOut(buf, cwdBytes, 0, n) ? n : -EFAULT;
}

/** umask(2): the old one. */
export function umask(t: Task, mask: number): number {
  const old = t.fs.umask;
  t.fs.umask = mask & 0o777;
  return old;
}

const dirents = traced(Decode.Word, "dirents");
const nodeMode = traced(Decode.Uint, "nodeMode");

export const dirRows: Row[] = [
  full(83, "mkdir", mkdir, path, mode),
  full(258, "mkdirat", mkdirat, dirfd, path, mode),
  full(84, "rmdir", rmdir, path),
  full(87, "unlink", unlink, path),
  full(263, "unlinkat", unlinkat, dirfd, path, flags),
  full(82, "rename", rename, path, path),
  full(264, "renameat", renameat, dirfd, path, dirfd, path),
  full(316, "renameat2", renameat2, dirfd, path, dirfd, path, flags),
  full(86, "link", link, path, path),
  full(265, "linkat", linkat, dirfd, path, dirfd, path, flags),
  full(88, "symlink", symlink, path, path),
  full(266, "symlinkat", symlinkat, path, dirfd, path),
  full(133, "mknod", mknod, path, nodeMode, uint),
  full(259, "mknodat", mknodat, dirfd, path, nodeMode, uint),
  full(78, "getdents", getdents, fd, dirents, uint),
  full(217, "getdents64", getdents64, fd, dirents, uint),
  full(80, "chdir", chdir, path),
  full(81, "fchdir", fchdir, fd),
  full(161, "chroot", chroot, path),
  full(79, "getcwd", getcwd, outBuf(1), size),
  full(95, "umask", umask, mode),
];

/** open(2) below the level of descriptors: lookup, creation, permission, O_TRUNC. */
import {
  EACCES,
  EEXIST,
  EINVAL,
  EISDIR,
  ELOOP,
  ENOENT,
  ENOTDIR,
  ENXIO,
  EPERM,
  EROFS,
  ETXTBSY,
} from "../../abi/linux/errno.ts";
import {
  O_CLOEXEC,
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_LARGEFILE,
  O_NOATIME,
  O_NOCTTY,
  O_NOFOLLOW,
  O_PATH,
  O_TMPFILE,
  O_TRUNC,
} from "../../abi/linux/fcntl.ts";
import {
  S_IFBLK,
  S_IFCHR,
  S_IFDIR,
  S_IFIFO,
  S_IFLNK,
  S_IFSOCK,
} from "../../abi/linux/stat.ts";
import { IN_OPEN } from "../../abi/linux/inotify.ts";
import type { Task } from "../kernel/task.ts";
import { FileDescription } from "./file_description.ts";
import type { Inode } from "./inode.ts";
import { MS_NODEV } from "./mount.ts";
import { notifyFile } from "./notify.ts";
import type { VfsPath } from "./path.ts";
import { isOwner, MAY_READ, MAY_WRITE } from "./permission.ts";
import {
  FOLLOW,
  last,
  LastKind,
  lookupChild,
  resolve,
  resolveParent,
} from "./resolve.ts";
import { blockDevice, charDevice, fifoOpener } from "./special.ts";
import { createFile, makeTmpfile } from "./tree.ts";

/** Flags that a description does not keep. */
const NOT_KEPT = O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_CLOEXEC;
const TMPFILE_BIT = O_TMPFILE & ~O_DIRECTORY;

/** A description that only names a place. */
class PathFile extends FileDescription {
  override get pollable(): boolean {
    return false;
  }
}

/**
 * Opens `path`. Flags that are no flags of open(2) are ignored; openat2 has
 * refused them.
 * @param mode permission bits for a new file, before the umask
 * @param scope RESOLVE_* bits
 * @returns a description without references, -errno as in open(2), or a park
 * result (fifos wait for their other end)
 */
export function openAt(
  t: Task,
  dirfd: number,
  path: string,
  flags: number,
  mode: number,
  scope = 0,
): FileDescription | number {
  if ((flags & O_PATH) !== 0) return openPathOnly(t, dirfd, path, flags, scope);
  if ((flags & TMPFILE_BIT) !== 0) {
    return openTmpfile(t, dirfd, path, flags, mode, scope);
  }
  if ((flags & O_CREAT) !== 0) {
    if ((flags & O_DIRECTORY) !== 0) return -EINVAL;
    return openCreate(t, dirfd, path, flags, mode, scope);
  }
  const follow = (flags & O_NOFOLLOW) === 0 ? FOLLOW : 0;
  const place = resolve(t, dirfd, path, follow, scope);
  return typeof place === "number" ? place : openExisting(t, place, flags);
}

function openPathOnly(
  t: Task,
  dirfd: number,
  path: string,
  flags: number,
  scope: number,
): FileDescription | number {
  const follow = (flags & O_NOFOLLOW) === 0 ? FOLLOW : 0;
  const place = resolve(t, dirfd, path, follow, scope);
  if (typeof place === "number") return place;
  if ((flags & O_DIRECTORY) !== 0 && !place.inode.isDirectory) return -ENOTDIR;
  const kept = flags & (O_PATH | O_DIRECTORY | O_NOFOLLOW);
  return new PathFile(place.inode, place, kept);
}

function openTmpfile(
  t: Task,
  dirfd: number,
  path: string,
  flags: number,
  mode: number,
  scope: number,
): FileDescription | number {
  if ((flags & O_TMPFILE) !== O_TMPFILE || (flags & 3) === 0) return -EINVAL;
  if ((flags & O_CREAT) !== 0) return -EINVAL;
  const dir = resolve(t, dirfd, path, FOLLOW, scope);
  if (typeof dir === "number") return dir;
  const place = makeTmpfile(t, dir, mode);
  if (typeof place === "number") return place;
  return openInode(t, place, flags);
}

function openCreate(
  t: Task,
  dirfd: number,
  path: string,
  flags: number,
  mode: number,
  scope: number,
): FileDescription | number {
  const exclusive = (flags & O_EXCL) !== 0;
  const follow = !exclusive && (flags & O_NOFOLLOW) === 0 ? FOLLOW : 0;
  if (!exclusive) {
    const place = resolve(t, dirfd, path, follow, scope);
    if (typeof place !== "number") return openExisting(t, place, flags);
    if (place !== -ENOENT) {
      // "x/" where x is a file: creating could never succeed.
      return place === -ENOTDIR && path.endsWith("/") ? -EISDIR : place;
    }
  }
  const dir = resolveParent(t, dirfd, path, follow, scope);
  if (typeof dir === "number") return dir;
  if (last.kind !== LastKind.Name) return exclusive ? -EEXIST : -EISDIR;
  if (last.slash) return -EISDIR;
  const { name } = last;
  const found = lookupChild(dir.dentry, name, true);
  if (typeof found !== "number") {
    if (exclusive) return -EEXIST;
    return openExisting(t, found.through(dir.mount), flags);
  }
  if (found !== -ENOENT) return found;
  const made = createFile(t, dir, name, mode);
  if (typeof made === "number") return made;
  return openInode(t, made, flags);
}

/** Opens what is at `place`, with all the checks of open(2). As `openAt`. */
export function openExisting(
  t: Task,
  place: VfsPath,
  flags: number,
): FileDescription | number {
  const { inode } = place;
  if ((flags & O_CREAT) !== 0) {
    if ((flags & O_EXCL) !== 0) return -EEXIST;
    if (inode.isDirectory) return -EISDIR;
  }
  if ((flags & O_DIRECTORY) !== 0 && !inode.isDirectory) return -ENOTDIR;
  const r = mayOpen(t, place, flags);
  if (r < 0) return r;
  if ((flags & O_TRUNC) !== 0 && inode.isRegular) {
    const file = openInode(t, place, flags);
    if (typeof file === "number") return file;
    const truncated = inode.truncate(0);
    if (truncated === 0) return file;
    file.incRef();
    file.decRef();
    return truncated;
  }
  return openInode(t, place, flags);
}

/** Linux's may_open(). 0 or -errno. */
function mayOpen(t: Task, place: VfsPath, flags: number): number {
  const { inode, mount } = place;
  const access = flags & 3;
  let mask = access === 0 ? MAY_READ : access === 1 ? MAY_WRITE : 6;
  if ((flags & O_TRUNC) !== 0) mask |= MAY_WRITE;
  switch (inode.type) {
    case S_IFLNK:
      return -ELOOP;
    case S_IFDIR:
      if ((mask & MAY_WRITE) !== 0) return -EISDIR;
      break;
    case S_IFCHR:
    case S_IFBLK:
      if ((mount.flags & MS_NODEV) !== 0) return -EACCES;
      break;
    case S_IFIFO:
    case S_IFSOCK:
      break;
    default:
      if ((mask & MAY_WRITE) !== 0) {
        if (mount.readonly) return -EROFS;
        if (inode.writers < 0) return -ETXTBSY;
      }
  }
  const r = inode.permission(t.creds, mask);
  if (r < 0) return r;
  if ((flags & O_NOATIME) !== 0 && !isOwner(t.creds, inode)) return -EPERM;
  return 0;
}

/** The description itself, by the kind of file. */
function openInode(
  t: Task,
  place: VfsPath,
  flags: number,
): FileDescription | number {
  const { inode } = place;
  const kept = (flags & ~NOT_KEPT) | O_LARGEFILE;
  const file = openByType(t, inode, place, kept, flags & O_NOCTTY);
  if (typeof file !== "number") notifyFile(place.dentry, IN_OPEN);
  return file;
}

function openByType(
  t: Task,
  inode: Inode,
  place: VfsPath,
  kept: number,
  noctty: number,
): FileDescription | number {
  if (inode.opensItself) return inode.open(t, place, kept);
  let opener = null;
  switch (inode.type) {
    case S_IFCHR:
      opener = charDevice(inode.rdev);
      // Terminals want to know; no driver keeps it.
      kept |= noctty;
      break;
    case S_IFBLK:
      opener = blockDevice(inode.rdev);
      break;
    case S_IFIFO:
      opener = fifoOpener();
      break;
    case S_IFSOCK:
      return -ENXIO;
    default:
      return inode.open(t, place, kept);
  }
  return opener === null ? -ENXIO : opener.open(t, inode, place, kept);
}

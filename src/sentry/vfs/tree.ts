/**
 * Changes of the tree: new names, removed names, renames. Here are the checks
 * that hold for every file system; see the man page of each call for the errors.
 */
import {
  EBUSY,
  EEXIST,
  EINVAL,
  EISDIR,
  EMLINK,
  ENOENT,
  ENOTDIR,
  ENOTEMPTY,
  EPERM,
  EROFS,
  EXDEV,
} from "../../abi/linux/errno.ts";
import { CAP_FSETID, CAP_MKNOD } from "../../abi/linux/capability.ts";
import {
  S_IFBLK,
  S_IFCHR,
  S_IFMT,
  S_IFREG,
  S_ISGID,
  S_ISVTX,
  S_IXGRP,
} from "../../abi/linux/stat.ts";
import {
  RENAME_EXCHANGE,
  RENAME_NOREPLACE,
  RENAME_WHITEOUT,
} from "../../abi/linux/fs.ts";
import {
  IN_ATTRIB,
  IN_CREATE,
  IN_DELETE,
  IN_DELETE_SELF,
  IN_ISDIR,
  IN_MOVE_SELF,
  IN_MOVED_FROM,
  IN_MOVED_TO,
} from "../../abi/linux/inotify.ts";
import type { Task } from "../kernel/task.ts";
import { Dentry } from "./dentry.ts";
import type { Inode } from "./inode.ts";
import { nextCookie, notify } from "./notify.ts";
import type { VfsPath } from "./path.ts";
import { isOwner, MAY_EXEC, MAY_WRITE } from "./permission.ts";
import { last, LastKind, lookupChild, resolveParent } from "./resolve.ts";

const MAX_LINKS = 65000;

/** Whether entries of `dir` may be made or removed. 0, -EACCES, -EROFS, -ENOENT (it has been removed). */
function mayChange(t: Task, dir: VfsPath): number {
  if (dir.mount.readonly) return -EROFS;
  const r = dir.inode.permission(t.creds, MAY_WRITE | MAY_EXEC);
  if (r < 0) return r;
  return dir.dentry.deleted ? -ENOENT : 0;
}

/** The same for a name that is not there yet. */
function mayMake(t: Task, dir: VfsPath): number {
  return dir.inode.namesFixed ? -ENOENT : mayChange(t, dir);
}

/** Group of a new file: the directory's if that has set-group-id. */
function groupIn(t: Task, dir: Inode): number {
  return (dir.mode & S_ISGID) !== 0 ? dir.gid : t.creds.fsgid;
}

/** Mode of a new file: the umask applied, set-group-id only for members. */
function modeIn(t: Task, dir: Inode, mode: number): number {
  mode &= ~t.fs.umask & ~S_IFMT;
  const sgid = S_ISGID | S_IXGRP;
  if ((mode & sgid) !== sgid || (dir.mode & S_ISGID) === 0) return mode;
  if (t.creds.inFsGroup(dir.gid) || t.creds.can(CAP_FSETID)) return mode;
  return mode & ~S_ISGID;
}

/** Enters what a file system has made into the cache and tells watchers. */
function entered(dir: VfsPath, name: string, inode: Inode): VfsPath {
  const dentry = dir.dentry.addChild(name, inode);
  const bits = inode.isDirectory ? IN_CREATE | IN_ISDIR : IN_CREATE;
  notify(dir.inode, bits, name);
  return dentry.through(dir.mount);
}

/** A new regular file for open(2); `name` is known to be absent. */
export function createFile(
  t: Task,
  dir: VfsPath,
  name: string,
  mode: number,
): VfsPath | number {
  const r = mayMake(t, dir);
  if (r < 0) return r;
  const made = dir.inode.create(
    name,
    modeIn(t, dir.inode, mode),
    t.creds.fsuid,
    groupIn(t, dir.inode),
  );
  return typeof made === "number" ? made : entered(dir, name, made);
}

/** An unnamed file for O_TMPFILE. */
export function makeTmpfile(
  t: Task,
  dir: VfsPath,
  mode: number,
): VfsPath | number {
  if (!dir.inode.isDirectory) return -ENOTDIR;
  const r = mayChange(t, dir);
  if (r < 0) return r;
  const made = dir.inode.tmpfile(
    modeIn(t, dir.inode, mode),
    t.creds.fsuid,
    groupIn(t, dir.inode),
  );
  if (typeof made === "number") return made;
  const dentry = new Dentry(dir.dentry, `#${made.ino}`, made);
  dentry.deleted = true;
  return dentry.through(dir.mount);
}

/**
 * Where `path` is to be made: its directory, with the name in `last`; the name
 * is free and may be made there. -EEXIST, -ENOENT ("x/" for a file), …
 */
function placeFor(
  t: Task,
  dirfd: number,
  path: string,
  isDirectory: boolean,
): VfsPath | number {
  const dir = resolveParent(t, dirfd, path, 0);
  if (typeof dir === "number") return dir;
  if (last.kind !== LastKind.Name) return -EEXIST;
  const found = lookupChild(dir.dentry, last.name, true);
  if (typeof found !== "number") return -EEXIST;
  if (found !== -ENOENT) return found;
  if (last.slash && !isDirectory) return -ENOENT;
  const r = mayMake(t, dir);
  return r < 0 ? r : dir;
}

/** mkdir(2). 0 or -errno. */
export function makeDirectory(
  t: Task,
  dirfd: number,
  path: string,
  mode: number,
): number {
  const dir = placeFor(t, dirfd, path, true);
  if (typeof dir === "number") return dir;
  const { inode } = dir;
  if (inode.nlink >= MAX_LINKS) return -EMLINK;
  const { name } = last;
  // mkdir(2) takes the permission bits and the sticky bit.
  const bits = modeIn(t, inode, mode & 0o1777);
  const gid = groupIn(t, inode);
  const made = inode.mkdir(name, bits, t.creds.fsuid, gid);
  if (typeof made === "number") return made;
  entered(dir, name, made);
  return 0;
}

/**
 * mknod(2), and bind(2) of unix sockets: a file of any type but directory and
 * link. The new place, or -errno (-EADDRINUSE is for bind to make of -EEXIST).
 * @param mode type and permission bits, before the umask
 */
export function makeNode(
  t: Task,
  dirfd: number,
  path: string,
  mode: number,
  rdev: number,
): VfsPath | number {
  const dir = placeFor(t, dirfd, path, false);
  if (typeof dir === "number") return dir;
  const type = mode & S_IFMT;
  if (type === S_IFCHR || type === S_IFBLK) {
    if (!t.creds.can(CAP_MKNOD)) return -EPERM;
  }
  const { inode } = dir;
  const { name } = last;
  const bits = modeIn(t, inode, mode);
  const gid = groupIn(t, inode);
  const uid = t.creds.fsuid;
  const made = type === 0 || type === S_IFREG
    ? inode.create(name, bits, uid, gid)
    : inode.mknod(name, type | bits, rdev, uid, gid);
  return typeof made === "number" ? made : entered(dir, name, made);
}

/** symlink(2). 0 or -errno. */
export function makeSymlink(
  t: Task,
  target: string,
  dirfd: number,
  path: string,
): number {
  if (target === "") return -ENOENT;
  const dir = placeFor(t, dirfd, path, false);
  if (typeof dir === "number") return dir;
  const { inode } = dir;
  const { name } = last;
  const gid = groupIn(t, inode);
  const made = inode.symlink(name, target, t.creds.fsuid, gid);
  if (typeof made === "number") return made;
  entered(dir, name, made);
  return 0;
}

/** link(2): another name for what is at `from`. 0 or -errno. */
export function makeLink(
  t: Task,
  from: VfsPath,
  dirfd: number,
  path: string,
): number {
  const dir = placeFor(t, dirfd, path, false);
  if (typeof dir === "number") return dir;
  if (dir.mount !== from.mount) return -EXDEV;
  const { inode } = from;
  if (inode.isDirectory) return -EPERM;
  // Without a name it can be linked only if it never had one: O_TMPFILE.
  if (inode.nlink === 0 && !from.dentry.name.startsWith("#")) return -ENOENT;
  if (inode.nlink >= MAX_LINKS) return -EMLINK;
  const { name } = last;
  const r = dir.inode.link(name, inode);
  if (r < 0) return r;
  entered(dir, name, inode);
  notify(inode, IN_ATTRIB);
  return 0;
}

/** Linux's may_delete(): whether `victim` may lose its name in `dir`. 0 or -errno. */
function mayDelete(
  t: Task,
  dir: VfsPath,
  victim: Dentry,
  isDirectory: boolean,
): number {
  const inode = victim.inode!;
  const r = dir.inode.permission(t.creds, MAY_WRITE | MAY_EXEC);
  if (r < 0) return r;
  if ((dir.inode.mode & S_ISVTX) !== 0 && !isOwner(t.creds, inode)) {
    if (t.creds.fsuid !== dir.inode.uid) return -EPERM;
  }
  if (isDirectory) {
    if (!inode.isDirectory) return -ENOTDIR;
  } else if (inode.isDirectory) return -EISDIR;
  return dir.dentry.deleted ? -ENOENT : 0;
}

/** The dentry does not lead anywhere any more. */
function gone(dir: Dentry, victim: Dentry): void {
  victim.deleted = true;
  dir.dropChild(victim);
  if (dir.inode!.stable) dir.addChild(victim.name, null);
}

/** unlink(2). 0 or -errno. */
export function unlink(t: Task, dirfd: number, path: string): number {
  const dir = resolveParent(t, dirfd, path, 0);
  if (typeof dir === "number") return dir;
  if (last.kind !== LastKind.Name) return -EISDIR;
  if (dir.mount.readonly) return -EROFS;
  const victim = lookupChild(dir.dentry, last.name, true);
  if (typeof victim === "number") return victim;
  const inode = victim.inode!;
  if (last.slash) return inode.isDirectory ? -EISDIR : -ENOTDIR;
  let r = mayDelete(t, dir, victim, false);
  if (r < 0) return r;
  if (victim.mounts !== null || victim.synthetic) return -EBUSY;
  r = dir.inode.unlink(last.name, inode);
  if (r < 0) return r;
  gone(dir.dentry, victim);
  notify(inode, IN_ATTRIB);
  notify(dir.inode, IN_DELETE, victim.name);
  if (inode.nlink === 0) notify(inode, IN_DELETE_SELF);
  return 0;
}

/** rmdir(2). 0 or -errno. */
export function removeDirectory(
  t: Task,
  dirfd: number,
  path: string,
): number {
  const dir = resolveParent(t, dirfd, path, 0);
  if (typeof dir === "number") return dir;
  switch (last.kind) {
    case LastKind.Root:
      return -EBUSY;
    case LastKind.Dot:
      return -EINVAL;
    case LastKind.DotDot:
      return -ENOTEMPTY;
  }
  if (dir.mount.readonly) return -EROFS;
  const victim = lookupChild(dir.dentry, last.name, true);
  if (typeof victim === "number") return victim;
  let r = mayDelete(t, dir, victim, true);
  if (r < 0) return r;
  if (victim.mounts !== null || victim.synthetic) return -EBUSY;
  r = dir.inode.rmdir(last.name, victim.inode!);
  if (r < 0) return r;
  gone(dir.dentry, victim);
  notify(victim.inode!, IN_DELETE_SELF | IN_ISDIR);
  notify(dir.inode, IN_DELETE | IN_ISDIR, victim.name);
  return 0;
}

/** renameat2(2). 0 or -errno. */
export function rename(
  t: Task,
  oldDirfd: number,
  oldPath: string,
  newDirfd: number,
  newPath: string,
  flags: number,
): number {
  const known = RENAME_NOREPLACE | RENAME_EXCHANGE | RENAME_WHITEOUT;
  const exchange = (flags & RENAME_EXCHANGE) !== 0;
  const noReplace = (flags & RENAME_NOREPLACE) !== 0;
  if ((flags & ~known) !== 0) return -EINVAL;
  if (exchange && (flags & ~RENAME_EXCHANGE) !== 0) return -EINVAL;
  if ((flags & RENAME_WHITEOUT) !== 0) return -EINVAL;
  const oldDir = resolveParent(t, oldDirfd, oldPath, 0);
  if (typeof oldDir === "number") return oldDir;
  const oldKind = last.kind;
  const oldName = last.name;
  const oldSlash = last.slash;
  const newDir = resolveParent(t, newDirfd, newPath, 0);
  if (typeof newDir === "number") return newDir;
  const newName = last.name;
  if (oldDir.mount !== newDir.mount) return -EXDEV;
  if (oldKind !== LastKind.Name) return -EBUSY;
  if (last.kind !== LastKind.Name) return noReplace ? -EEXIST : -EBUSY;
  if (oldDir.mount.readonly) return -EROFS;
  const moved = lookupChild(oldDir.dentry, oldName, true);
  if (typeof moved === "number") return moved;
  const found = lookupChild(newDir.dentry, newName, true);
  if (typeof found === "number" && found !== -ENOENT) return found;
  const target = typeof found === "number" ? null : found;
  if (noReplace && target !== null) return -EEXIST;
  if (target === null && (exchange || newDir.inode.namesFixed)) return -ENOENT;
  const isDirectory = moved.inode!.isDirectory;
  if (!isDirectory && (oldSlash || (last.slash && !exchange))) return -ENOTDIR;
  if (moved.contains(newDir.dentry)) return -EINVAL;
  if (target !== null && target.contains(oldDir.dentry)) {
    return exchange ? -EINVAL : -ENOTEMPTY;
  }
  if (target !== null && target.inode === moved.inode) return 0;
  const r = mayRename(t, oldDir, moved, newDir, target, exchange);
  if (r < 0) return r;
  return move(oldDir, moved, newDir, newName, target, exchange);
}

function mayRename(
  t: Task,
  oldDir: VfsPath,
  moved: Dentry,
  newDir: VfsPath,
  target: Dentry | null,
  exchange: boolean,
): number {
  const isDirectory = moved.inode!.isDirectory;
  let r = mayDelete(t, oldDir, moved, isDirectory);
  if (r < 0) return r;
  const targetIsDirectory = target !== null && target.inode!.isDirectory;
  r = target === null
    ? mayChange(t, newDir)
    : mayDelete(t, newDir, target, exchange ? targetIsDirectory : isDirectory);
  if (r < 0) return r;
  if (oldDir.dentry !== newDir.dentry) {
    // A directory's ".." changes with its parent.
    if (isDirectory) r = moved.inode!.permission(t.creds, MAY_WRITE);
    if (r === 0 && exchange && targetIsDirectory) {
      r = target!.inode!.permission(t.creds, MAY_WRITE);
    }
    if (r < 0) return r;
  }
  if (moved.mounts !== null || moved.synthetic) return -EBUSY;
  if (target !== null && (target.mounts !== null || target.synthetic)) {
    return -EBUSY;
  }
  return 0;
}

function move(
  oldDir: VfsPath,
  moved: Dentry,
  newDir: VfsPath,
  newName: string,
  target: Dentry | null,
  exchange: boolean,
): number {
  const inode = moved.inode!;
  const oldName = moved.name;
  const r = oldDir.inode.rename(
    oldName,
    inode,
    newDir.inode,
    newName,
    target === null ? null : target.inode,
    exchange,
  );
  if (r < 0) return r;
  if (target !== null && !exchange) gone(newDir.dentry, target);
  oldDir.dentry.dropChild(moved);
  if (target !== null && exchange) {
    newDir.dentry.dropChild(target);
    adopt(oldDir.dentry, oldName, target);
  } else if (oldDir.inode.stable) oldDir.dentry.addChild(oldName, null);
  adopt(newDir.dentry, newName, moved);
  const bits = inode.isDirectory ? IN_ISDIR : 0;
  const cookie = nextCookie();
  notify(oldDir.inode, IN_MOVED_FROM | bits, oldName, cookie);
  notify(newDir.inode, IN_MOVED_TO | bits, newName, cookie);
  notify(inode, IN_MOVE_SELF);
  if (target !== null && !exchange && target.inode!.nlink === 0) {
    notify(target.inode!, IN_DELETE_SELF);
  }
  return 0;
}

/** Gives a dentry its new place. */
function adopt(dir: Dentry, name: string, dentry: Dentry): void {
  const old = dir.child(name);
  if (old !== undefined) dir.dropChild(old);
  dentry.parent = dir;
  dentry.name = name;
  dir.adoptChild(dentry);
}

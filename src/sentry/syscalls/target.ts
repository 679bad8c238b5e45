/** What a call acts on that takes a path or, in its place, a descriptor. */
import { EBADF, EROFS } from "../../abi/linux/errno.ts";
import { IN_ATTRIB } from "../../abi/linux/inotify.ts";
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_SYMLINK_NOFOLLOW,
} from "../../abi/linux/fcntl.ts";
import type { Task } from "../kernel/task.ts";
import type { FileDescription } from "../vfs/file_description.ts";
import type { Inode } from "../vfs/inode.ts";
import { notify, notifyFile } from "../vfs/notify.ts";
import type { VfsPath } from "../vfs/path.ts";
import { copyInPath, EMPTY_PATH, FOLLOW, resolve } from "../vfs/resolve.ts";
import { nextSerial } from "../vfs/serial.ts";

/** Set by the latest `target…`; `place` is null for files that have no path. */
export const target: { inode: Inode; place: VfsPath | null } = {
  inode: null as never,
  place: null,
};

/** Flags of a walk for an AT_* flag word. */
export function walkFlags(at: number): number {
  return ((at & AT_SYMLINK_NOFOLLOW) === 0 ? FOLLOW : 0) |
    ((at & AT_EMPTY_PATH) === 0 ? 0 : EMPTY_PATH);
}

/**
 * By a pathname in guest memory and AT_* flags; a null one with AT_EMPTY_PATH is
 * empty, as since Linux 6.11. 0, or -errno of the walk.
 */
export function targetAt(
  t: Task,
  dirfd: number,
  pathname: number,
  at: number,
): number {
  if (pathname === 0 && (at & AT_EMPTY_PATH) !== 0) {
    return targetNamed(t, dirfd, "", at);
  }
  const name = copyInPath(t, pathname);
  if (typeof name === "number") return name;
  return targetNamed(t, dirfd, name, at);
}

/** The same, with the name at hand. */
export function targetNamed(
  t: Task,
  dirfd: number,
  name: string,
  at: number,
): number {
  if (name === "" && (at & AT_EMPTY_PATH) !== 0 && dirfd !== AT_FDCWD) {
    return take(t.files.get(dirfd));
  }
  const place = resolve(t, dirfd, name, walkFlags(at));
  if (typeof place === "number") return place;
  target.inode = place.inode;
  target.place = place;
  return 0;
}

/** By a descriptor that is open for more than its path. 0 or -EBADF. */
export function targetOf(t: Task, fd: number): number {
  return take(t.file(fd));
}

function take(file: FileDescription | null): number {
  if (file === null) return -EBADF;
  nextSerial();
  target.inode = file.inode;
  target.place = file.path;
  return 0;
}

/** 0 if the target's mount lets it be changed, else -EROFS. */
export function targetWritable(): number {
  return target.place !== null && target.place.mount.readonly ? -EROFS : 0;
}

/** Tells watchers of the target, and of its directory, that its attributes changed. */
export function notifyAttributes(): void {
  if (target.place !== null) notifyFile(target.place.dentry, IN_ATTRIB);
  else notify(target.inode, IN_ATTRIB);
}

/** inotify_init(2), inotify_add_watch(2), inotify_rm_watch(2). */
import { EBADF, EINVAL, ENOTDIR } from "../../abi/linux/errno.ts";
import { AT_FDCWD } from "../../abi/linux/fcntl.ts";
import {
  IN_ALL_EVENTS,
  IN_CLOEXEC,
  IN_DONT_FOLLOW,
  IN_EXCL_UNLINK,
  IN_ISDIR,
  IN_MASK_ADD,
  IN_MASK_CREATE,
  IN_NONBLOCK,
  IN_ONESHOT,
  IN_ONLYDIR,
  IN_Q_OVERFLOW,
  IN_UNMOUNT,
} from "../../abi/linux/inotify.ts";
import { Inotify } from "../fs/anon/inotify.ts";
import type { Task } from "../kernel/task.ts";
import { MAY_READ } from "../vfs/permission.ts";
import { copyInPath, FOLLOW, resolve } from "../vfs/resolve.ts";
import {
  fd as fdKind,
  flags as flagsKind,
  full,
  int,
  partial,
  path,
  type Row,
} from "./row.ts";

export const inotifyRows: Row[] = [
  full(253, "inotify_init", inotify_init),
  full(294, "inotify_init1", inotify_init1, flagsKind),
  partial(
    254,
    "inotify_add_watch",
    inotify_add_watch,
    [fdKind, path, flagsKind],
    "changes that the host makes are not seen; IN_EXCL_UNLINK has no effect",
  ),
  full(255, "inotify_rm_watch", inotify_rm_watch, fdKind, int),
];

const KNOWN = IN_ALL_EVENTS | IN_UNMOUNT | IN_Q_OVERFLOW | IN_ONLYDIR |
  IN_DONT_FOLLOW | IN_EXCL_UNLINK | IN_MASK_CREATE | IN_MASK_ADD | IN_ISDIR |
  IN_ONESHOT;

export function inotify_init(t: Task): number {
  return inotify_init1(t, 0);
}

/** inotify_init1(2). EINVAL, EMFILE. */
export function inotify_init1(t: Task, flags: number): number {
  if ((flags & ~(IN_CLOEXEC | IN_NONBLOCK)) !== 0) return -EINVAL;
  const file = new Inotify();
  file.flags |= flags & IN_NONBLOCK;
  return t.files.installNew(t, file, (flags & IN_CLOEXEC) !== 0);
}

/** inotify_add_watch(2). EACCES, EBADF, EEXIST, EFAULT, EINVAL, ENOENT, ENOTDIR. */
export function inotify_add_watch(
  t: Task,
  fd: number,
  pathname: number,
  mask: number,
): number {
  if ((mask & KNOWN) === 0 || (mask & ~KNOWN) !== 0) return -EINVAL;
  const both = IN_MASK_ADD | IN_MASK_CREATE;
  const file = t.file(fd);
  if (file === null) return -EBADF;
  if ((mask & both) === both || !(file instanceof Inotify)) return -EINVAL;
  const name = copyInPath(t, pathname);
  if (typeof name === "number") return name;
  const follow = (mask & IN_DONT_FOLLOW) !== 0 ? 0 : FOLLOW;
  const place = resolve(t, AT_FDCWD, name, follow);
  if (typeof place === "number") return place;
  const { inode } = place;
  if ((mask & IN_ONLYDIR) !== 0 && !inode.isDirectory) return -ENOTDIR;
  const denied = inode.permission(t.creds, MAY_READ);
  return denied < 0 ? denied : file.watch(inode, mask);
}

/** inotify_rm_watch(2). EBADF, EINVAL. */
export function inotify_rm_watch(t: Task, fd: number, wd: number): number {
  const file = t.file(fd);
  if (file === null) return -EBADF;
  return file instanceof Inotify ? file.unwatch(wd) : -EINVAL;
}

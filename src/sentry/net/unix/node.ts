/** The file that bind(2) makes for a pathname. */
import { EADDRINUSE, ENOENT, EROFS } from "../../../abi/linux/errno.ts";
import { AT_FDCWD } from "../../../abi/linux/fcntl.ts";
import { S_IFSOCK } from "../../../abi/linux/stat.ts";
import { IN_CREATE } from "../../../abi/linux/inotify.ts";
import type { Task } from "../../kernel/task.ts";
import type { Inode } from "../../vfs/inode.ts";
import { notify } from "../../vfs/notify.ts";
import { MAY_EXEC, MAY_WRITE } from "../../vfs/permission.ts";
import {
  last,
  LastKind,
  lookupChild,
  resolveParent,
} from "../../vfs/resolve.ts";

/**
 * Makes a socket file at `path`. The inode; -EADDRINUSE if something is there,
 * else as mknod(2).
 */
export function makeSocketNode(
  t: Task,
  path: string,
  mode: number,
): Inode | number {
  const dir = resolveParent(t, AT_FDCWD, path, 0);
  if (typeof dir === "number") return dir;
  if (last.kind !== LastKind.Name) return -EADDRINUSE;
  const { name, slash } = last;
  const existing = lookupChild(dir.dentry, name, true);
  if (typeof existing !== "number") return -EADDRINUSE;
  if (existing !== -ENOENT) return existing;
  if (slash) return -ENOENT;
  if (dir.mount.readonly) return -EROFS;
  const denied = dir.inode.permission(t.creds, MAY_WRITE | MAY_EXEC);
  if (denied < 0) return denied;
  const bits = S_IFSOCK | (mode & ~t.fs.umask);
  const { fsuid, fsgid } = t.creds;
  const inode = dir.inode.mknod(name, bits, 0, fsuid, fsgid);
  if (typeof inode === "number") return inode;
  dir.dentry.addChild(name, inode);
  notify(dir.inode, IN_CREATE, name);
  return inode;
}

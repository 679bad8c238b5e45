/** Finds (or makes up) the places of mounts before there is a task to walk for. */
import { ELOOP, ENOENT, ENOTDIR } from "../../abi/linux/errno.ts";
import type { Dentry } from "../vfs/dentry.ts";
import type { VfsPath } from "../vfs/path.ts";
import { lookupChild, topmost } from "../vfs/resolve.ts";
import { StaticDirectory, SyntheticFs, TextFile } from "../vfs/synthetic.ts";
import { TmpfsFs } from "./tmpfs/fs.ts";

/** Places that no file system has: there only for what is mounted on them. */
const made = new SyntheticFs("rootfs", 0x858458f6);

/**
 * The place `path` below `root`, links followed, `..` contained. What is
 * missing is made: in memory file systems for good, elsewhere (the host's tree
 * stays as it is) as a synthetic entry. -ENOTDIR, -ELOOP, …
 */
export function mountPoint(
  root: VfsPath,
  path: string,
  isDirectory: boolean,
): VfsPath | number {
  let place = topmost(root);
  let todo = path.split("/");
  let links = 0;
  while (todo.length > 0) {
    const name = todo.shift()!;
    if (name === "" || name === ".") continue;
    if (name === "..") {
      place = above(place, root);
      continue;
    }
    if (!place.inode.isDirectory) return -ENOTDIR;
    let child = lookupChild(place.dentry, name, true);
    if (typeof child === "number") {
      if (child !== -ENOENT) return child;
      const last = todo.every((part) => part === "" || part === ".");
      child = make(place, name, isDirectory || !last);
      if (typeof child === "number") return child;
    }
    const next = child.through(place.mount);
    if (next.inode.isSymlink) {
      const target = next.inode.readlink(null as never);
      if (typeof target === "number") return target;
      if (++links > 40) return -ELOOP;
      if (target.startsWith("/")) place = topmost(root);
      todo = target.split("/").concat(todo);
      continue;
    }
    place = topmost(next);
  }
  return place;
}

function above(place: VfsPath, root: VfsPath): VfsPath {
  let { mount, dentry } = place;
  while (dentry === mount.root && mount.parent !== null) {
    dentry = mount.mountpoint!;
    mount = mount.parent;
  }
  const isRoot = mount === root.mount && dentry === root.dentry;
  if (isRoot || dentry.parent === null) return topmost(root);
  return topmost(dentry.parent.through(mount));
}

function make(
  dir: VfsPath,
  name: string,
  isDirectory: boolean,
): Dentry | number {
  if (dir.inode.fs instanceof TmpfsFs) {
    const inode = isDirectory
      ? dir.inode.mkdir(name, 0o755, 0, 0)
      : dir.inode.create(name, 0o644, 0, 0);
    return typeof inode === "number" ? inode : dir.dentry.addChild(name, inode);
  }
  const inode = isDirectory
    ? new StaticDirectory(made, 0o755)
    : new TextFile(made, 0o444, () => "");
  const child = dir.dentry.addChild(name, inode);
  child.synthetic = true;
  child.pins++;
  return child;
}

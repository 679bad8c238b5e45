/** Paths for files that have no name, so that links in /proc can lead to them. */
import { Dentry } from "../../vfs/dentry.ts";
import type { FileDescription } from "../../vfs/file_description.ts";
import type { Inode } from "../../vfs/inode.ts";
import { Mount, MountNamespace } from "../../vfs/mount.ts";
import type { VfsPath } from "../../vfs/path.ts";

const paths: WeakMap<Inode, VfsPath> = new WeakMap();

/** Where `file` was opened, or a place of its own. */
export function pathOf(file: FileDescription): VfsPath {
  return file.path ?? pathOfInode(file.inode, file.linkText() ?? "");
}

/** The name of a place that `pathOf` made, or null for others. */
export function namelessText(path: VfsPath): string | null {
  return paths.get(path.inode) === path ? path.dentry.name : null;
}

/** A place outside of all trees where `inode` is. */
export function pathOfInode(inode: Inode, name: string): VfsPath {
  let path = paths.get(inode);
  if (path === undefined) {
    const dentry = new Dentry(null, name, inode);
    const namespace = new MountNamespace();
    const mount = new Mount(namespace, inode.fs, dentry, 0);
    namespace.root = mount;
    path = dentry.through(mount);
    paths.set(inode, path);
  }
  return path;
}

/** Open directories. */
import { EINVAL, EISDIR, ENOENT } from "../../abi/linux/errno.ts";
import { DT_DIR } from "../../abi/linux/dirent.ts";
import { IN_CLOSE_NOWRITE } from "../../abi/linux/inotify.ts";
import type { Task } from "../kernel/task.ts";
import { direntType, type DirSink } from "./dir_sink.ts";
import { FileDescription } from "./file_description.ts";
import type { Inode } from "./inode.ts";
import { notifyFile } from "./notify.ts";
import type { VfsPath } from "./path.ts";

/** Entries of a directory, collected in one go. */
export class DirListing {
  readonly names: string[] = [];
  readonly inodes: number[] = [];
  readonly types: number[] = [];

  /** @param type DT_* */
  add(name: string, ino: number, type: number): void {
    this.names.push(name);
    this.inodes.push(ino);
    this.types.push(type);
  }
}

/**
 * An open directory whose entries are listed as a whole when reading starts
 * (at offset 0); entries made or removed later may or may not be seen, as
 * POSIX leaves open. The offset counts entries: ".", "..", then the listing.
 */
export abstract class DirectoryFile extends FileDescription {
  #listing: DirListing | null = null;

  /** Adds all entries but "." and ".." to `listing`. 0 or -errno. */
  protected abstract list(t: Task, listing: DirListing): number;

  override get pollable(): boolean {
    return false;
  }

  override read(): number {
    return -EISDIR;
  }

  override pread(): number {
    return -EISDIR;
  }

  override seek(_t: Task, offset: number, whence: number): number {
    if (whence === 1) offset += this.offset;
    else if (whence !== 0) return -EINVAL;
    if (offset < 0) return -EINVAL;
    if (offset === 0) this.#listing = null;
    this.offset = offset;
    return offset;
  }

  override fsync(): number {
    return 0;
  }

  override readDir(t: Task, sink: DirSink): number {
    const { path } = this;
    if (path !== null && path.dentry.deleted) return -ENOENT;
    if (this.#listing === null || this.offset === 0) {
      const listing = new DirListing();
      const r = this.list(t, listing);
      if (r < 0) return r;
      if (path !== null) addSynthetic(path, listing);
      this.#listing = listing;
    }
    const { names, inodes, types } = this.#listing;
    while (this.offset < names.length + 2) {
      const i = this.offset - 2;
      const taken = i === -2
        ? sink.emit(".", this.inode.ino, DT_DIR, 1)
        : i === -1
        ? sink.emit("..", parentOf(this).ino, DT_DIR, 2)
        : sink.emit(names[i], inodes[i], types[i], i + 3);
      if (!taken) return 0;
      this.offset++;
    }
    return 0;
  }

  override release(): void {
    if (this.path !== null) notifyFile(this.path.dentry, IN_CLOSE_NOWRITE);
  }
}

function parentOf(file: FileDescription): Inode {
  return file.path?.dentry.parent?.inode ?? file.inode;
}

/** Mount points that the directory itself does not know. */
function addSynthetic(path: VfsPath, listing: DirListing): void {
  const children = path.dentry.children;
  if (children === null) return;
  for (const child of children.values()) {
    const inode = child.inode;
    if (!child.synthetic || inode === null) continue;
    if (listing.names.includes(child.name)) continue;
    listing.add(child.name, inode.ino, direntType(inode.mode));
  }
}

/**
 * A name in the tree and what it leads to. Dentries are a cache over the file
 * systems' directories, but while one is in use (cwd, open file, mount point)
 * it is the identity of that place: `pins` keeps it from being dropped.
 */
import type { Inode } from "./inode.ts";
import type { Mount } from "./mount.ts";
import { VfsPath } from "./path.ts";

export class Dentry {
  /** Cached entries by name, negative ones included; null: none yet. */
  children: Map<string, Dentry> | null = null;
  /** Mounts on top of it, the latest last; null: none. */
  mounts: Mount[] | null = null;
  /** Why it must stay: open files, working directories, mounts. */
  pins = 0;
  /** Unlinked: shown as "(deleted)", nothing can be made in it. */
  deleted = false;
  /** There for a mount only: its directory (which may be read-only) does not know it. */
  synthetic = false;
  #path: VfsPath | null = null;

  /**
   * @param inode null: known to be absent
   */
  constructor(
    public parent: Dentry | null,
    public name: string,
    public inode: Inode | null,
  ) {}

  /** This place seen through `mount`. */
  through(mount: Mount): VfsPath {
    const path = this.#path;
    if (path !== null && path.mount === mount) return path;
    return this.#path = new VfsPath(mount, this);
  }

  /** The cached entry, or undefined. */
  child(name: string): Dentry | undefined {
    return this.children === null ? undefined : this.children.get(name);
  }

  /** Caches `name` as leading to `inode` (null: absent). The old entry of that name is let go. */
  addChild(name: string, inode: Inode | null): Dentry {
    const child = new Dentry(this, name, inode);
    (this.children ??= new Map()).set(name, child);
    return child;
  }

  /** Takes the entry out of the cache; it keeps its parent, to show where it was. */
  dropChild(child: Dentry): void {
    if (this.children?.get(child.name) === child) {
      this.children.delete(child.name);
    }
  }

  /** Whether `other` is this or lies below. */
  contains(other: Dentry): boolean {
    let d: Dentry | null = other;
    while (d !== null) {
      if (d === this) return true;
      d = d.parent;
    }
    return false;
  }
}

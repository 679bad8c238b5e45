/**
 * A name in the tree and what it leads to. Dentries are a cache over the file
 * systems' directories, but while one is in use (cwd, open file, mount point)
 * it is the identity of that place: `pins` keeps it from being dropped.
 */
import type { Inode } from "./inode.ts";
import type { Mount } from "./mount.ts";
import { VfsPath } from "./path.ts";

/** Cached entries before the first sweep, and between two. */
const MANY = 8192;
/** Entries that are in caches. */
let live = 0;
let sweepAt = MANY;

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
  /** Looked up since the last sweep. */
  used = true;
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
    const old = this.child(name);
    if (old !== undefined) this.dropChild(old);
    const child = new Dentry(this, name, inode);
    this.adoptChild(child);
    if (live > sweepAt) sweepTree(child);
    return child;
  }

  /** Caches a dentry whose parent and name say that it belongs here. */
  adoptChild(child: Dentry): void {
    (this.children ??= new Map()).set(child.name, child);
    live++;
    if (child.inode !== null) child.inode.names++;
  }

  /** Takes the entry out of the cache; it keeps its parent, to show where it was. */
  dropChild(child: Dentry): void {
    if (this.children?.get(child.name) !== child) return;
    this.children.delete(child.name);
    live--;
    if (child.inode !== null) child.inode.names--;
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

/** Drops what nobody holds or has looked up since the last sweep, in the whole tree of `dentry` (but not that). */
function sweepTree(dentry: Dentry): void {
  dentry.pins++;
  let root = dentry;
  while (root.parent !== null) root = root.parent;
  sweep(root);
  dentry.pins--;
  sweepAt = live + MANY;
}

function sweep(dir: Dentry): void {
  for (const child of dir.children!.values()) {
    if (child.children !== null && child.children.size > 0) sweep(child);
    if (child.children !== null && child.children.size > 0) continue;
    if (child.pins > 0 || child.mounts !== null || child.synthetic) continue;
    if (child.used) {
      child.used = false;
      continue;
    }
    dir.dropChild(child);
    const { inode } = child;
    if (inode !== null && inode.names === 0) inode.fs.uncached(inode);
  }
}

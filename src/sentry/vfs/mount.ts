/**
 * Mounts: which file system (or part of one) is seen where. A namespace is a
 * tree of mounts; a mount hangs on a dentry of its parent mount.
 */
import type { Dentry } from "./dentry.ts";
import type { FileSystem } from "./file_system.ts";
import {
  MS_NOATIME,
  MS_NODEV,
  MS_NOEXEC,
  MS_NOSUID,
  MS_RDONLY,
} from "../../abi/linux/mount.ts";

export { MS_NOATIME, MS_NODEV, MS_NOEXEC, MS_NOSUID, MS_RDONLY };

let lastId = 20;

export class Mount {
  readonly id: number = ++lastId;
  /** The mount it hangs on; null for the root or when detached. */
  parent: Mount | null = null;
  /** Where in the parent. */
  mountpoint: Dentry | null = null;
  readonly children: Set<Mount> = new Set();
  /** In no tree, for files without a place: names below it stand alone. */
  internal = false;
  /** Made by the sandbox's owner: the guest can't take it away or make it writable. */
  locked = false;
  /** Open files, working directories and roots seen through it: umount2 says EBUSY. */
  pins = 0;

  /**
   * @param root what is seen at the mount point: the file system's root, or part of it (bind)
   * @param flags MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME
   */
  constructor(
    readonly namespace: MountNamespace,
    readonly fs: FileSystem,
    readonly root: Dentry,
    public flags: number,
  ) {
    root.pins++;
    namespace.count(fs, 1);
  }

  /** Nothing can be written through it: EROFS. */
  get readonly(): boolean {
    return (this.flags & MS_RDONLY) !== 0 || this.fs.readonly;
  }

  /** Hangs it on `mountpoint` of `parent`, over what is mounted there. */
  attach(parent: Mount, mountpoint: Dentry): void {
    this.parent = parent;
    this.mountpoint = mountpoint;
    parent.children.add(this);
    mountpoint.pins++;
    (mountpoint.mounts ??= []).push(this);
  }

  /** Takes it out of the tree; mounts on it go with it. */
  detach(): void {
    const { parent, mountpoint } = this;
    if (parent === null || mountpoint === null) return;
    parent.children.delete(this);
    const mounts = mountpoint.mounts!;
    mounts.splice(mounts.indexOf(this), 1);
    if (mounts.length === 0) mountpoint.mounts = null;
    mountpoint.pins--;
    this.parent = null;
    this.mountpoint = null;
  }

  /** After `detach`, once nobody needs the file system's root through it. */
  release(): void {
    this.root.pins--;
    this.namespace.count(this.fs, -1);
  }

  /** The topmost mount at `dentry` of this mount, or null. */
  mountAt(dentry: Dentry): Mount | null {
    const mounts = dentry.mounts;
    if (mounts === null) return null;
    for (let i = mounts.length - 1; i >= 0; i--) {
      if (mounts[i].parent === this) return mounts[i];
    }
    return null;
  }
}

export class MountNamespace {
  /** Set by whoever makes the first mount. */
  root!: Mount;
  #counts: Map<FileSystem, number> = new Map();

  /** Keeps track of the mounts of `fs`; releases it after the last. */
  count(fs: FileSystem, change: number): void {
    const n = (this.#counts.get(fs) ?? 0) + change;
    if (n > 0) this.#counts.set(fs, n);
    else {
      this.#counts.delete(fs);
      fs.release();
    }
  }

  /** All mounts, parents before children, in the order they were made. */
  list(): Mount[] {
    const all: Mount[] = [];
    collect(this.root, all);
    return all;
  }
}

function collect(mount: Mount, all: Mount[]): void {
  all.push(mount);
  for (const child of mount.children) collect(child, all);
}

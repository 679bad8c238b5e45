/** A place in the guest's tree: a dentry seen through a mount. Immutable. */
import type { Dentry } from "./dentry.ts";
import type { Inode } from "./inode.ts";
import type { Mount } from "./mount.ts";

export class VfsPath {
  constructor(readonly mount: Mount, readonly dentry: Dentry) {}

  /** What is there. Paths of negative dentries are never handed out. */
  get inode(): Inode {
    return this.dentry.inode!;
  }

  /** Keeps the place from being dropped or unmounted, until `unpin`: for whoever holds it longer than a call. */
  pin(): this {
    this.mount.pins++;
    this.dentry.pins++;
    return this;
  }

  unpin(): void {
    this.mount.pins--;
    this.dentry.pins--;
  }

  equals(other: VfsPath): boolean {
    return this.mount === other.mount && this.dentry === other.dentry;
  }

  /**
   * The absolute name as seen from `root` (binary string): with " (deleted)"
   * behind it once unlinked, with "(unreachable)" before it when it does not
   * lie below `root`.
   */
  pathname(root: VfsPath): string {
    const name = this.nameBelow(root);
    return isDeleted(this.dentry) ? name + " (deleted)" : name;
  }

  /** As `pathname`, without " (deleted)". */
  nameBelow(root: VfsPath): string {
    let text = "";
    let mount = this.mount;
    let dentry = this.dentry;
    for (;;) {
      if (mount === root.mount && dentry === root.dentry) {
        return text === "" ? "/" : text;
      }
      if (dentry === mount.root || dentry.parent === null) {
        if (mount.parent === null || mount.mountpoint === null) break;
        dentry = mount.mountpoint;
        mount = mount.parent;
        continue;
      }
      text = "/" + dentry.name + text;
      dentry = dentry.parent;
    }
    if (mount.internal) return text;
    return "(unreachable)" + (text === "" ? "/" : text);
  }
}

function isDeleted(dentry: Dentry): boolean {
  return dentry.deleted;
}

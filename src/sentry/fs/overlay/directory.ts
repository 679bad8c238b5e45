/** Directories of an overlay: what was changed, over the entries below. */
import { ENOENT } from "../../../abi/linux/errno.ts";
import { S_IFDIR, S_IFMT } from "../../../abi/linux/stat.ts";
import { DirListing } from "../../vfs/directory_file.ts";
import type { Inode } from "../../vfs/inode.ts";
import { TmpfsDirectory } from "../tmpfs/inode.ts";
import { copyAttributes, type OverlayFs } from "./fs.ts";
import { readXattrs } from "./xattrs.ts";

export class OverlayDirectory extends TmpfsDirectory {
  /** Names below that are not to be seen. */
  readonly #hidden: Set<string> = new Set();
  #xattrsTaken = false;

  constructor(override readonly fs: OverlayFs, readonly lower: Inode) {
    super(fs, lower.ino, lower.mode & ~S_IFMT, lower.uid, lower.gid);
    copyAttributes(lower, this);
    this.mode = S_IFDIR | (lower.mode & ~S_IFMT);
  }

  /** Whether entries were added or removed. */
  get isChanged(): boolean {
    return this.entries.size > 0 || this.#hidden.size > 0;
  }

  protected override loadXattrs(): void {
    if (this.#xattrsTaken) return;
    this.#xattrsTaken = true;
    readXattrs(this.lower, (name, value) => this.seedXattr(name, value));
  }

  override lookup(name: string): Inode | number {
    const changed = this.entries.get(name);
    if (changed !== undefined) return changed;
    if (this.#hidden.has(name)) return -ENOENT;
    const below = this.lower.lookup(name);
    return typeof below === "number" ? below : this.fs.over(below);
  }

  override count(): number {
    const listing = new DirListing();
    return this.listAll(listing) < 0 ? 1 : listing.names.length;
  }

  override listAll(listing: DirListing): number {
    const below = new DirListing();
    const r = this.lower.listAll(below);
    if (r < 0) return r;
    for (let i = 0; i < below.names.length; i++) {
      const name = below.names[i];
      if (this.#hidden.has(name) || this.entries.has(name)) continue;
      listing.add(name, below.inodes[i], below.types[i]);
    }
    return super.listAll(listing);
  }

  protected override erase(name: string, inode: Inode): void {
    this.#hidden.add(name);
    super.erase(name, inode);
  }
}

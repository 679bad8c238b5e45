/**
 * A tree that can be changed over one that stays as it is: changes live in
 * memory. An overlay inode has attributes of its own (so chmod, chown, utimes
 * and rename copy no data) and refers to the file below for the rest: a
 * directory for the entries that were not changed, a file for its bytes until
 * they are first written. The tree below must not be changed by others while
 * it serves as one: what was looked up is not looked up again.
 */
import { OVERLAYFS_SUPER_MAGIC } from "../../../abi/linux/stat.ts";
import type { Dentry } from "../../vfs/dentry.ts";
import type { FileSystem, Usage } from "../../vfs/file_system.ts";
import type { Inode } from "../../vfs/inode.ts";
import { TmpfsFs } from "../tmpfs/fs.ts";
import {
  type TmpfsDirectory,
  TmpfsSpecial,
  TmpfsSymlink,
} from "../tmpfs/inode.ts";
import { OverlayDirectory } from "./directory.ts";
import { type LowerRegular, OverlayRegular } from "./regular.ts";

/** Numbers of files that have nothing below start here; below are those of the tree below. */
const FIRST_OWN_INODE = 2 ** 48;

/** Set while the constructor of the base class asks for the root. */
let lowerOfNew: Dentry | null = null;

export class OverlayFs extends TmpfsFs {
  /** Overlay inode of each file below that was looked up. */
  readonly #over: Map<Inode, Inode> = new Map();
  /** The other way round; the root is not in it. */
  readonly #below: Map<Inode, Inode> = new Map();
  readonly lower: FileSystem;
  #ownInode = FIRST_OWN_INODE;

  /** @param lower root of the tree below, a directory */
  constructor(lower: Dentry) {
    lowerOfNew = lower;
    super(0o755, 0, 0, "overlay", OVERLAYFS_SUPER_MAGIC);
    lowerOfNew = null;
    this.lower = lower.inode!.fs;
    this.#over.set(lower.inode!, this.root.inode!);
  }

  protected override makeRoot(): TmpfsDirectory {
    return new OverlayDirectory(this, lowerOfNew!.inode!);
  }

  override nextInode(): number {
    return ++this.#ownInode;
  }

  override uncached(inode: Inode): void {
    const lower = this.#below.get(inode);
    if (lower === undefined || inode.dirty || inode.isInUse) return;
    if (inode instanceof OverlayDirectory && inode.isChanged) return;
    this.#over.delete(lower);
    this.#below.delete(inode);
    lower.fs.uncached(lower);
  }

  /** The overlay inode of a file below. */
  over(lower: Inode): Inode {
    let inode = this.#over.get(lower);
    if (inode === undefined) {
      inode = this.#make(lower);
      this.#over.set(lower, inode);
      this.#below.set(inode, lower);
    }
    return inode;
  }

  #make(lower: Inode): Inode {
    if (lower.isDirectory) return new OverlayDirectory(this, lower);
    const { uid, gid, ino } = lower;
    let inode: Inode;
    if (lower.isRegular) {
      return new OverlayRegular(this, lower as LowerRegular);
    }
    if (lower.isSymlink) {
      const target = lower.readlink(NO_TASK);
      const text = typeof target === "number" ? "" : target;
      inode = new TmpfsSymlink(this, text, uid, gid, ino);
    } else {
      const { mode, rdev } = lower;
      inode = new TmpfsSpecial(this, mode, rdev, uid, gid, ino);
    }
    copyAttributes(lower, inode);
    return inode;
  }

  /** That of the tree below: its files are what there is to see. */
  override usage(u: Usage): number {
    return this.lower.usage(u);
  }

  override release(): void {
    this.lower.release();
  }
}

/** Links of stored trees do not depend on who reads them. */
const NO_TASK = null as never;

/** What stat shows of a file below becomes what it shows of `inode`. */
export function copyAttributes(lower: Inode, inode: Inode): void {
  inode.mode = lower.mode;
  inode.uid = lower.uid;
  inode.gid = lower.gid;
  inode.nlink = lower.nlink;
  inode.size = lower.size;
  inode.blocks = lower.blocks;
  inode.blockSize = lower.blockSize;
  inode.atime = lower.atime;
  inode.atimeNsec = lower.atimeNsec;
  inode.mtime = lower.mtime;
  inode.mtimeNsec = lower.mtimeNsec;
  inode.ctime = lower.ctime;
  inode.ctimeNsec = lower.ctimeNsec;
  inode.btime = lower.btime;
  inode.btimeNsec = lower.btimeNsec;
}

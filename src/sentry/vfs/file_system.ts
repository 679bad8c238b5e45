/** A file system instance (Linux's super block). */
import { makedev } from "../../abi/linux/stat.ts";
import type { Dentry } from "./dentry.ts";
import type { Inode } from "./inode.ts";

/** What statfs(2) shows; sizes in blocks of `blockSize` bytes. */
export interface Usage {
  blockSize: number;
  blocks: number;
  free: number;
  available: number;
  files: number;
  filesFree: number;
  nameMax: number;
}

let lastDevice = 0;

/** A device number for a file system without a device: major 0, as Linux gives out. */
export function anonymousDevice(): number {
  return makedev(0, ++lastDevice);
}

export abstract class FileSystem {
  /** st_dev of its files. */
  readonly dev: number = anonymousDevice();
  /** No writing, whatever the mount says. */
  readonly = false;
  /** First column of /proc/mounts. */
  source = "none";
  /** Text behind rw/ro in /proc/mounts: ",size=64k" or "". */
  options = "";
  #lastInode = 1;

  /**
   * @param type name in /proc/filesystems
   * @param magic f_type of statfs(2)
   */
  constructor(readonly type: string, readonly magic: number) {}

  /** Its root, made once by the subclass. */
  abstract readonly root: Dentry;

  /** An inode number that no file of this system has; the root's is 1. */
  nextInode(): number {
    return ++this.#lastInode;
  }

  /** Fills `u`. 0 or -errno. */
  usage(u: Usage): number {
    u.blockSize = 4096;
    u.blocks = 0;
    u.free = 0;
    u.available = 0;
    u.files = 0;
    u.filesFree = 0;
    u.nameMax = 255;
    return 0;
  }

  /** No cached dentry leads to `inode` any more, and no file is open on it: what can be found again may be forgotten. */
  uncached(_inode: Inode): void {}

  /** sync(2) of this file system. 0 or -errno. */
  sync(): number {
    return 0;
  }

  /** mount(2) with MS_REMOUNT: new option text. 0 or -errno. */
  remount(_options: string): number {
    return 0;
  }

  /** The last mount of it is gone. */
  release(): void {}
}

/** /dev/pts/N. */
import { S_IFCHR } from "../../../abi/linux/stat.ts";
import type { FileSystem } from "../../vfs/file_system.ts";
import { Inode } from "../../vfs/inode.ts";
import type { Tty } from "../../tty/tty.ts";

export class PtsInode extends Inode {
  constructor(
    fs: FileSystem,
    readonly index: number,
    readonly tty: Tty,
    mode: number,
  ) {
    super(fs, index + 3, S_IFCHR | mode);
    this.rdev = tty.rdev;
    this.blockSize = 1024;
    this.stampNew();
  }
}

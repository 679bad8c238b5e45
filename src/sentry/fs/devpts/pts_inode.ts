/** /dev/pts/N. */
import { S_IFCHR } from "../../../abi/linux/stat.ts";
import type { FileSystem } from "../../vfs/file_system.ts";
import { Inode } from "../../vfs/inode.ts";
import type { Tty } from "../../tty/tty.ts";

/** Group that owns terminals ("tty" in every distribution). */
const TTY_GROUP = 5;

export class PtsInode extends Inode {
  constructor(
    fs: FileSystem,
    readonly index: number,
    readonly tty: Tty,
    uid: number,
    mode: number,
  ) {
    super(fs, index + 3, S_IFCHR | mode);
    this.uid = uid;
    this.gid = TTY_GROUP;
    this.rdev = tty.rdev;
    this.blockSize = 1024;
    this.stampNew();
  }
}

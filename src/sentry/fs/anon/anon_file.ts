/** A file of anon_inode: seeking does nothing, and succeeds. */
import { O_RDWR } from "../../../abi/linux/fcntl.ts";
import { FileDescription } from "../../vfs/file_description.ts";
import { anonInode } from "./anon_inode.ts";

export abstract class AnonFile extends FileDescription {
  constructor(flags: number = O_RDWR) {
    super(anonInode(), null, flags);
  }

  override seek(): number {
    return 0;
  }
}

/** A directory of proc(5): its entries are computed, and names that are not known can't be made, either. */
import { ENOENT } from "../../../abi/linux/errno.ts";
import { DynamicDirectory } from "../../vfs/synthetic.ts";

/** As Linux's, gives ENOENT for an attempt to make an entry, where others give EPERM. */
export abstract class ProcDirectory extends DynamicDirectory {
  override mkdir(): number {
    return -ENOENT;
  }

  override create(): number {
    return -ENOENT;
  }

  override mknod(): number {
    return -ENOENT;
  }

  override symlink(): number {
    return -ENOENT;
  }
}

/** A directory of proc(5): its entries are computed, and no others can be made. */
import { DynamicDirectory } from "../../vfs/synthetic.ts";

export abstract class ProcDirectory extends DynamicDirectory {
  override get namesFixed(): boolean {
    return true;
  }
}

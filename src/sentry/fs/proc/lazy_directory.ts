/** A directory of the kernel's that is filled when somebody first looks into it. */
import type { FileSystem } from "../../vfs/file_system.ts";
import type { Inode } from "../../vfs/inode.ts";
import { StaticDirectory } from "../../vfs/synthetic.ts";

export class LazyDirectory extends StaticDirectory {
  #fill: ((dir: LazyDirectory) => void) | null;

  /** @param fill adds all entries; called once */
  constructor(
    fs: FileSystem,
    fill: (dir: LazyDirectory) => void,
    mode = 0o555,
    ino: number = fs.nextInode(),
  ) {
    super(fs, mode, ino);
    this.#fill = fill;
  }

  #filled(): void {
    const fill = this.#fill;
    this.#fill = null;
    if (fill !== null) fill(this);
  }

  override refresh(): number {
    this.#filled();
    return super.refresh();
  }

  override get entries(): ReadonlyMap<string, Inode> {
    this.#filled();
    return super.entries;
  }

  override lookup(name: string): Inode | number {
    this.#filled();
    return super.lookup(name);
  }
}

/** /proc/pid/net (and /proc/net, which leads there). */
import { ENOENT } from "../../../../abi/linux/errno.ts";
import { DT_REG } from "../../../../abi/linux/dirent.ts";
import type { Task } from "../../../kernel/task.ts";
import type { DirListing } from "../../../vfs/directory_file.ts";
import type { FileSystem } from "../../../vfs/file_system.ts";
import type { Inode } from "../../../vfs/inode.ts";
import { TextFile } from "../../../vfs/synthetic.ts";
import type { Subject } from "../entry.ts";
import { TaskDirectory } from "../pid/task_inode.ts";
import { NET_ENTRIES } from "./tables.ts";

export class NetDirectory extends TaskDirectory {
  readonly #made: Map<string, Inode> = new Map();

  constructor(fs: FileSystem, of: Subject) {
    super(fs, of, 0o555);
  }

  override lookup(name: string): Inode | number {
    const known = this.#made.get(name);
    if (known !== undefined) return known;
    const text = NET_ENTRIES[name];
    if (text === undefined) return -ENOENT;
    const inode = new TextFile(this.fs, 0o444, (t) => text(t.kernel));
    this.#made.set(name, inode);
    return inode;
  }

  override list(_t: Task, listing: DirListing): number {
    for (const name of Object.keys(NET_ENTRIES)) {
      const inode = this.lookup(name);
      if (typeof inode !== "number") listing.add(name, inode.ino, DT_REG);
    }
    return 0;
  }
}

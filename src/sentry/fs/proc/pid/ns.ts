/** /proc/pid/ns: the namespaces, of which there is one each. */
import { ENOENT } from "../../../../abi/linux/errno.ts";
import { DT_LNK } from "../../../../abi/linux/dirent.ts";
import { S_IFREG } from "../../../../abi/linux/stat.ts";
import type { Task } from "../../../kernel/task.ts";
import { Dentry } from "../../../vfs/dentry.ts";
import type { DirListing } from "../../../vfs/directory_file.ts";
import { FileDescription } from "../../../vfs/file_description.ts";
import { FileSystem } from "../../../vfs/file_system.ts";
import { Inode } from "../../../vfs/inode.ts";
import type { VfsPath } from "../../../vfs/path.ts";
import type { Subject } from "../entry.ts";
import { pathOfInode } from "../nameless.ts";
import { TaskDirectory, TaskLink } from "./task_inode.ts";

const NSFS_MAGIC = 0x6e736673;

/** Inode numbers of Linux's first namespaces. */
const NUMBERS: Readonly<Record<string, number>> = {
  cgroup: 4026531835,
  ipc: 4026531839,
  mnt: 4026531841,
  net: 4026531840,
  pid: 4026531836,
  pid_for_children: 4026531836,
  time: 4026531834,
  time_for_children: 4026531834,
  user: 4026531837,
  uts: 4026531838,
};

class NsFs extends FileSystem {
  readonly root: Dentry = new Dentry(null, "", null);
}

const nsfs = new NsFs("nsfs", NSFS_MAGIC);

class NsInode extends Inode {
  override open(_t: Task, path: VfsPath, flags: number): FileDescription {
    return new NsFile(this, path, flags);
  }
}

/** An open namespace: something to compare, or to give to setns(2). */
class NsFile extends FileDescription {
  override get pollable(): boolean {
    return false;
  }

  override linkText(): string | null {
    return this.path?.dentry.name ?? null;
  }
}

const inodes: Map<string, NsInode> = new Map();

/** "net:[4026531840]". */
function textOf(name: string): string {
  const type = name.replace("_for_children", "");
  return `${type}:[${NUMBERS[name]}]`;
}

function inodeOf(name: string): NsInode {
  const type = textOf(name);
  let inode = inodes.get(type);
  if (inode === undefined) {
    inode = new NsInode(nsfs, NUMBERS[name], S_IFREG | 0o444);
    inode.stampNew();
    inodes.set(type, inode);
  }
  return inode;
}

export class NsDirectory extends TaskDirectory {
  readonly #links: Map<string, TaskLink> = new Map();

  constructor(fs: FileSystem, of: Subject) {
    super(fs, of, 0o511);
  }

  override lookup(name: string): Inode | number {
    if (!Object.hasOwn(NUMBERS, name)) return -ENOENT;
    let link = this.#links.get(name);
    if (link === undefined) {
      link = new TaskLink(
        this.fs,
        this.of,
        () => textOf(name),
        () => pathOfInode(inodeOf(name), textOf(name)),
      );
      this.#links.set(name, link);
    }
    return link;
  }

  override list(_t: Task, listing: DirListing): number {
    for (const name of Object.keys(NUMBERS)) {
      const inode = this.lookup(name);
      if (typeof inode !== "number") listing.add(name, inode.ino, DT_LNK);
    }
    return 0;
  }
}

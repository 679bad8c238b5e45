/** /proc/pid, /proc/pid/task and /proc/pid/task/tid. */
import { EINVAL, ENOENT, EPERM, ESRCH } from "../../../../abi/linux/errno.ts";
import { DT_DIR } from "../../../../abi/linux/dirent.ts";
import type { Credentials } from "../../../kernel/credentials.ts";
import type { ProcessDirectory } from "../../../kernel/pidfd_target.ts";
import type { Task } from "../../../kernel/task.ts";
import type { ThreadGroup } from "../../../kernel/thread_group.ts";
import { direntType } from "../../../vfs/dir_sink.ts";
import type { DirListing } from "../../../vfs/directory_file.ts";
import type { FileSystem } from "../../../vfs/file_system.ts";
import type { Inode } from "../../../vfs/inode.ts";
import { MAY_WRITE } from "../../../vfs/permission.ts";
import type { Subject, TaskEntry } from "../entry.ts";
import { NetDirectory } from "../net/net_directory.ts";
import { auxv, cmdline, environ } from "./arguments.ts";
import { comm } from "./comm.ts";
import { FdDirectory, FdInfoDirectory } from "./fd.ts";
import { limits } from "./limits.ts";
import { LINK_NAMES, placeLink } from "./links.ts";
import { maps } from "./maps.ts";
import { MemInode } from "./mem.ts";
import { mountinfo, mounts, mountstats } from "./mounts.ts";
import { NsDirectory } from "./ns.ts";
import { oomAdj, oomScore, oomScoreAdj } from "./oom.ts";
import { small } from "./small.ts";
import { smaps, smapsRollup } from "./smaps.ts";
import { stat } from "./stat.ts";
import { statm } from "./statm.ts";
import { status } from "./status.ts";
import { isReaped, TaskDirectory, TaskFile } from "./task_inode.ts";

const ENTRIES: readonly TaskEntry[] = [
  auxv,
  cmdline,
  comm,
  environ,
  limits,
  maps,
  mountinfo,
  mounts,
  mountstats,
  oomAdj,
  oomScore,
  oomScoreAdj,
  smaps,
  smapsRollup,
  stat,
  statm,
  status,
  ...small,
];

const BY_NAME: ReadonlyMap<string, TaskEntry> = new Map(
  ENTRIES.map((e) => [e.name, e]),
);

/** Everything but text files, by how it is made. */
type Maker = (fs: FileSystem, of: Subject) => Inode;

const OTHERS: ReadonlyMap<string, Maker> = new Map<string, Maker>([
  ["fd", (fs, of) => new FdDirectory(fs, of)],
  ["fdinfo", (fs, of) => new FdInfoDirectory(fs, of)],
  ["ns", (fs, of) => new NsDirectory(fs, of)],
  ["net", (fs, of) => new NetDirectory(fs, of)],
  ["mem", (fs, of) => new MemInode(fs, of)],
  ["attr", (fs, of) => new AttrDirectory(fs, of)],
  ...LINK_NAMES.map((name): [string, Maker] => [
    name,
    (fs, of) => placeLink(fs, of, name),
  ]),
]);

/** /proc/pid (or, for one thread, /proc/pid/task/tid). Inodes are made at first use. */
export class PidDirectory extends TaskDirectory implements ProcessDirectory {
  readonly #made: Map<string, Inode> = new Map();

  constructor(fs: FileSystem, of: Subject) {
    super(fs, of, 0o555);
  }

  /** For pidfd_send_signal(2), which takes /proc/pid for a pidfd. */
  get signalledGroup(): ThreadGroup | null {
    return this.of.whole ? this.of.task.group : null;
  }

  override permission(creds: Credentials, mask: number): number {
    if (this.of.whole && isReaped(this.of.task)) return -ESRCH;
    // Linux makes these inodes immutable.
    if ((mask & MAY_WRITE) !== 0) return -EPERM;
    return super.permission(creds, mask);
  }

  override lookup(name: string): Inode | number {
    if (isReaped(this.of.task)) return -ENOENT;
    const known = this.#made.get(name);
    if (known !== undefined) return known;
    const inode = this.#make(name);
    if (typeof inode !== "number") this.#made.set(name, inode);
    return inode;
  }

  #make(name: string): Inode | number {
    const { fs, of } = this;
    const entry = BY_NAME.get(name);
    if (entry !== undefined) {
      return this.#has(entry) ? new TaskFile(fs, of, entry) : -ENOENT;
    }
    const make = OTHERS.get(name);
    if (make !== undefined) return make(fs, of);
    if (name === "task" && of.whole) return new ThreadsDirectory(fs, of);
    return -ENOENT;
  }

  #has(entry: TaskEntry): boolean {
    return entry.only === undefined ||
      (entry.only === "process") === this.of.whole;
  }

  override list(_t: Task, listing: DirListing): number {
    if (isReaped(this.of.task)) return -ENOENT;
    if (this.of.whole) this.#listName("task", listing);
    for (const name of OTHERS.keys()) this.#listName(name, listing);
    for (const entry of ENTRIES) {
      if (this.#has(entry)) this.#listName(entry.name, listing);
    }
    return 0;
  }

  #listName(name: string, listing: DirListing): void {
    const inode = this.lookup(name);
    if (typeof inode === "number") return;
    listing.add(name, inode.ino, direntType(inode.mode));
  }
}

/** /proc/pid/task. */
class ThreadsDirectory extends TaskDirectory {
  readonly #made: Map<Task, PidDirectory> = new Map();

  constructor(fs: FileSystem, of: Subject) {
    super(fs, of, 0o555);
  }

  override refresh(): number {
    this.nlink = 2 + this.#threads().length;
    return super.refresh();
  }

  /** Living threads, and the leader even if it has ended. */
  #threads(): Task[] {
    const { leader, tasks } = this.of.task.group;
    return tasks.includes(leader) ? tasks : [leader, ...tasks];
  }

  override lookup(name: string): Inode | number {
    const task = this.#threads().find((t) => String(t.tid) === name);
    if (task === undefined) return -ENOENT;
    let dir = this.#made.get(task);
    if (dir === undefined) {
      for (const old of this.#made.keys()) {
        if (isReaped(old)) this.#made.delete(old);
      }
      dir = new PidDirectory(this.fs, { task, whole: false });
      this.#made.set(task, dir);
    }
    return dir;
  }

  override list(_t: Task, listing: DirListing): number {
    for (const task of this.#threads()) {
      const dir = this.lookup(String(task.tid));
      if (typeof dir === "number") continue;
      listing.add(String(task.tid), dir.ino, DT_DIR);
    }
    return 0;
  }
}

/** /proc/pid/attr: there is no security module to ask. */
class AttrDirectory extends TaskDirectory {
  readonly #current: TaskFile;

  constructor(fs: FileSystem, of: Subject) {
    super(fs, of, 0o555);
    this.#current = new TaskFile(fs, of, {
      name: "current",
      mode: 0o666,
      text: () => -EINVAL,
    });
  }

  override lookup(name: string): Inode | number {
    return name === "current" ? this.#current : -ENOENT;
  }

  override list(_t: Task, listing: DirListing): number {
    const { ino, mode } = this.#current;
    listing.add("current", ino, direntType(mode));
    return 0;
  }
}

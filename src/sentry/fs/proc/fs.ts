/** proc(5): a directory per process, and files about the system. */
import { ENOENT } from "../../../abi/linux/errno.ts";
import { DT_DIR } from "../../../abi/linux/dirent.ts";
import { PROC_SUPER_MAGIC } from "../../../abi/linux/stat.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import type { Task } from "../../kernel/task.ts";
import { Dentry } from "../../vfs/dentry.ts";
import { direntType } from "../../vfs/dir_sink.ts";
import type { DirListing } from "../../vfs/directory_file.ts";
import { FileSystem } from "../../vfs/file_system.ts";
import type { Inode } from "../../vfs/inode.ts";
import {
  StaticDirectory,
  SyntheticLink,
  TextFile,
} from "../../vfs/synthetic.ts";
import { cpuinfo } from "./cpuinfo.ts";
import { devices } from "./devices.ts";
import { ProcDirectory } from "./directory.ts";
import type { ProcEntry } from "./entry.ts";
import { filesystems } from "./filesystems.ts";
import { LazyDirectory } from "./lazy_directory.ts";
import { loadavg } from "./loadavg.ts";
import { machine } from "./machine.ts";
import { meminfo } from "./meminfo.ts";
import { PidDirectory } from "./pid/task_directory.ts";
import { isReaped } from "./pid/task_inode.ts";
import { stat } from "./stat.ts";
import { sysctls } from "./sys/entries.ts";
import { sysvipc } from "./sysvipc.ts";
import { uptime } from "./uptime.ts";

const ENTRIES: readonly ProcEntry[] = [
  cpuinfo,
  devices,
  filesystems,
  loadavg,
  meminfo,
  stat,
  uptime,
  ...machine,
  ...sysctls,
  ...sysvipc,
];

export class ProcFs extends FileSystem {
  readonly root: Dentry;

  constructor(readonly kernel: Kernel) {
    super("proc", PROC_SUPER_MAGIC);
    this.source = "proc";
    this.root = new Dentry(null, "", new ProcRoot(this));
  }
}

class ProcRoot extends ProcDirectory {
  readonly #kernel: Kernel;
  /** What is always there. */
  readonly #fixed: LazyDirectory;
  /** By number; the process may have gone. */
  readonly #pids: Map<number, PidDirectory> = new Map();

  constructor(fs: ProcFs) {
    super(fs, 0o555, 1);
    this.#kernel = fs.kernel;
    this.#fixed = new LazyDirectory(fs, (dir) => this.#fill(dir));
  }

  #fill(dir: StaticDirectory): void {
    for (const entry of ENTRIES) this.#add(dir, entry);
    const link = (name: string, text: (t: Task) => string) =>
      dir.add(name, new SyntheticLink(this.fs, text));
    link("self", (t) => String(t.group.pid));
    link("thread-self", (t) => `${t.group.pid}/task/${t.tid}`);
    link("mounts", () => "self/mounts");
    link("net", () => "self/net");
  }

  /** Adds a file and the directories above it. */
  #add(top: StaticDirectory, { path, mode, text, taken }: ProcEntry): void {
    const kernel = this.#kernel;
    const names = path.split("/");
    let dir = top;
    for (const name of names.slice(0, -1)) {
      const known = dir.entries.get(name);
      dir = known instanceof StaticDirectory
        ? known
        : dir.add(name, new StaticDirectory(this.fs));
    }
    const file = new TextFile(
      this.fs,
      mode,
      (t) => text(kernel, t),
      taken === undefined ? null : (t, written) => taken(kernel, t, written),
    );
    dir.add(names[names.length - 1], file);
  }

  override refresh(): number {
    this.nlink = 2 + this.#kernel.groups.size;
    return 0;
  }

  override lookup(name: string): Inode | number {
    const code = name.charCodeAt(0);
    if (code < 0x31 || code > 0x39) return this.#fixed.lookup(name);
    return /^\d{1,7}$/.test(name) ? this.#process(Number(name)) : -ENOENT;
  }

  /** The directory of process (or, unlisted, thread) `pid`. */
  #process(pid: number): Inode | number {
    const known = this.#pids.get(pid);
    const thread = this.#kernel.tasks.get(pid);
    const task = thread?.group.leader.tid === pid
      ? thread.group.leader
      : thread;
    if (task === undefined || isReaped(task)) {
      this.#pids.delete(pid);
      return -ENOENT;
    }
    if (known !== undefined && known.of.task === task) return known;
    this.#forgetGone();
    const dir = new PidDirectory(this.fs, { task, whole: true });
    this.#pids.set(pid, dir);
    return dir;
  }

  #forgetGone(): void {
    if (this.#pids.size < 2 * this.#kernel.tasks.size + 64) return;
    for (const [pid, dir] of this.#pids) {
      if (isReaped(dir.of.task)) this.#pids.delete(pid);
    }
  }

  override list(_t: Task, listing: DirListing): number {
    for (const [name, inode] of this.#fixed.entries) {
      listing.add(name, inode.ino, direntType(inode.mode));
    }
    const pids = [...this.#kernel.groups.keys()].sort((a, b) => a - b);
    for (const pid of pids) {
      const dir = this.#process(pid);
      if (typeof dir !== "number") {
        listing.add(String(pid), dir.ino, DT_DIR);
      }
    }
    return 0;
  }
}

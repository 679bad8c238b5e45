/** /proc/pid/fd and fdinfo. */
import { EACCES, ENOENT } from "../../../../abi/linux/errno.ts";
import { DT_LNK, DT_REG } from "../../../../abi/linux/dirent.ts";
import { O_CLOEXEC } from "../../../../abi/linux/fcntl.ts";
import type { Credentials } from "../../../kernel/credentials.ts";
import { mayInspect } from "../../../kernel/permission.ts";
import type { Task } from "../../../kernel/task.ts";
import type { DirListing } from "../../../vfs/directory_file.ts";
import type { FileDescription } from "../../../vfs/file_description.ts";
import type { FileSystem } from "../../../vfs/file_system.ts";
import type { Inode } from "../../../vfs/inode.ts";
import type { VfsPath } from "../../../vfs/path.ts";
import type { Subject } from "../entry.ts";
import { pathOf } from "../nameless.ts";
import { fileName } from "./maps.ts";
import { isAlive } from "./state.ts";
import { TaskDirectory, TaskFile, TaskLink } from "./task_inode.ts";

/** A directory with an entry per descriptor. */
abstract class DescriptorDirectory extends TaskDirectory {
  /** Entries by descriptor, with the file they were made for. */
  readonly #made: Map<number, { file: FileDescription; inode: Inode }> =
    new Map();

  protected abstract make(fd: number, file: FileDescription): Inode;
  /** DT_* of its entries. */
  protected abstract readonly entryType: number;

  override lookup(name: string): Inode | number {
    const { task } = this.of;
    if (!/^(0|[1-9]\d{0,8})$/.test(name) || !isAlive(task)) return -ENOENT;
    const fd = Number(name);
    const file = task.files.get(fd);
    if (file === null) {
      this.#made.delete(fd);
      return -ENOENT;
    }
    const known = this.#made.get(fd);
    if (known !== undefined && known.file === file) return known.inode;
    const inode = this.make(fd, file);
    this.#made.set(fd, { file, inode });
    return inode;
  }

  override list(t: Task, listing: DirListing): number {
    const { task } = this.of;
    if (!isAlive(task)) return -ENOENT;
    if (!mayInspect(t, task)) return -EACCES;
    for (let fd = 0; fd < task.files.size; fd++) {
      if (task.files.get(fd) === null) continue;
      const inode = this.lookup(String(fd));
      if (typeof inode !== "number") {
        listing.add(String(fd), inode.ino, this.entryType);
      }
    }
    return 0;
  }

  /** A process may always look at its own. */
  override open(
    t: Task,
    path: VfsPath,
    flags: number,
  ): FileDescription | number {
    return super.open(t, path, flags);
  }

  override permission(creds: Credentials, mask: number): number {
    if (creds === this.of.task.creds) return 0;
    return super.permission(creds, mask);
  }
}

/** The file of `fd` now, or null. */
function current(of: Subject, fd: number): FileDescription | null {
  return isAlive(of.task) ? of.task.files.get(fd) : null;
}

export class FdDirectory extends DescriptorDirectory {
  protected readonly entryType = DT_LNK;

  constructor(fs: FileSystem, of: Subject) {
    super(fs, of, 0o500);
  }

  protected make(fd: number, file: FileDescription): Inode {
    const { of } = this;
    const mode = (file.readable ? 0o500 : 0) | (file.writable ? 0o300 : 0);
    return new TaskLink(
      this.fs,
      of,
      (t) => {
        const now = current(of, fd);
        return now === null ? -ENOENT : fileName(t, now);
      },
      () => {
        const now = current(of, fd);
        return now === null ? -ENOENT : pathOf(now);
      },
      mode === 0 ? 0o700 : mode,
    );
  }
}

export class FdInfoDirectory extends DescriptorDirectory {
  protected readonly entryType = DT_REG;

  constructor(fs: FileSystem, of: Subject) {
    super(fs, of, 0o555);
  }

  protected make(fd: number, _file: FileDescription): Inode {
    return new TaskFile(this.fs, this.of, {
      name: String(fd),
      mode: 0o444,
      guarded: true,
      text: (of) => infoText(of, fd),
    });
  }
}

function infoText(of: Subject, fd: number): string | number {
  const file = current(of, fd);
  if (file === null) return -ENOENT;
  const cloexec = of.task.files.isCloexec(fd) ? O_CLOEXEC : 0;
  const flags = ((file.flags | cloexec) >>> 0).toString(8);
  return `pos:\t${file.offset}\nflags:\t0${flags}\n` +
    `mnt_id:\t${file.path?.mount.id ?? 0}\nino:\t${file.inode.ino}\n` +
    file.fdInfo();
}

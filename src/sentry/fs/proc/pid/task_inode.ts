/** What all entries of /proc/pid have in common: they belong to the task's user, and vanish with it. */
import { EACCES, ENOENT, ESRCH } from "../../../../abi/linux/errno.ts";
import type { Credentials } from "../../../kernel/credentials.ts";
import { mayInspect } from "../../../kernel/permission.ts";
import type { Task } from "../../../kernel/task.ts";
import { TaskState } from "../../../kernel/task.ts";
import type { FileDescription } from "../../../vfs/file_description.ts";
import type { FileSystem } from "../../../vfs/file_system.ts";
import type { Inode } from "../../../vfs/inode.ts";
import type { VfsPath } from "../../../vfs/path.ts";
import { genericPermission } from "../../../vfs/permission.ts";
import {
  type LinkTarget,
  type LinkText,
  MagicLink,
  TextFile,
} from "../../../vfs/synthetic.ts";
import { ProcDirectory } from "../directory.ts";
import type { Subject, TaskEntry } from "../entry.ts";

/** Gives `inode` the owner that Linux shows: the task's effective ids, or root's when it is not dumpable. */
export function own(inode: Inode, of: Task): void {
  const plain = of.group.dumpable === 1;
  inode.uid = plain ? of.creds.euid : 0;
  inode.gid = plain ? of.creds.egid : 0;
}

/** Whether the task has been reaped. */
export function isReaped(of: Task): boolean {
  return of.state === TaskState.Dead;
}

/** A directory of a task, with its owner; ENOENT once the task is reaped. */
export abstract class TaskDirectory extends ProcDirectory {
  constructor(fs: FileSystem, readonly of: Subject, mode: number) {
    super(fs, mode);
    own(this, of.task);
  }

  override refresh(): number {
    own(this, this.of.task);
    return isReaped(this.of.task) ? -ENOENT : 0;
  }

  override permission(creds: Credentials, mask: number): number {
    own(this, this.of.task);
    return genericPermission(creds, this, mask);
  }
}

export class TaskFile extends TextFile {
  constructor(fs: FileSystem, readonly of: Subject, readonly entry: TaskEntry) {
    const { taken } = entry;
    super(
      fs,
      entry.mode,
      (t) => isReaped(of.task) ? -ESRCH : entry.text(of, t),
      taken === undefined
        ? null
        : (t, text) => isReaped(of.task) ? -ESRCH : taken(of, t, text),
    );
    own(this, of.task);
  }

  override refresh(): number {
    own(this, this.of.task);
    return isReaped(this.of.task) ? -ENOENT : 0;
  }

  override permission(creds: Credentials, mask: number): number {
    own(this, this.of.task);
    return genericPermission(creds, this, mask);
  }

  override open(
    t: Task,
    path: VfsPath,
    flags: number,
  ): FileDescription | number {
    const { task } = this.of;
    if (isReaped(task)) return -ESRCH;
    if (this.entry.guarded === true && !mayInspect(t, task)) return -EACCES;
    return super.open(t, path, flags);
  }
}

/** A link that only who may inspect the task can read or follow. */
export class TaskLink extends MagicLink {
  constructor(
    fs: FileSystem,
    readonly of: Subject,
    text: LinkText,
    target: LinkTarget,
    mode = 0o777,
  ) {
    super(
      fs,
      (t) => mayInspect(t, of.task) ? text(t) : -EACCES,
      (t) => mayInspect(t, of.task) ? target(t) : -EACCES,
      fs.nextInode(),
      mode,
    );
    own(this, of.task);
  }

  override refresh(): number {
    own(this, this.of.task);
    return isReaped(this.of.task) ? -ENOENT : 0;
  }
}

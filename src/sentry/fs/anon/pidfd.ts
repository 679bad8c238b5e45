/** pidfd_open(2): a process as a file. */
import { O_NONBLOCK, O_RDWR } from "../../../abi/linux/fcntl.ts";
import { POLLHUP, POLLIN } from "../../../abi/linux/poll.ts";
import type { PidfdFile } from "../../kernel/pidfd_target.ts";
import type { Task } from "../../kernel/task.ts";
import type { ThreadGroup } from "../../kernel/thread_group.ts";
import type { WaitQueue } from "../../kernel/wait_queue.ts";
import { FileDescription } from "../../vfs/file_description.ts";
import { anonInode } from "./anon_inode.ts";

export class PidFd extends FileDescription implements PidfdFile {
  override readonly queue: WaitQueue;

  constructor(readonly pidfdGroup: ThreadGroup) {
    super(anonInode(), null, O_RDWR);
    this.queue = pidfdGroup.exitQueue;
  }

  get #reaped(): boolean {
    const { kernel, pid } = this.pidfdGroup;
    return kernel.groups.get(pid) !== this.pidfdGroup;
  }

  /** POLLIN once the process has ended, POLLHUP once it has been waited for. */
  override poll(): number {
    if (this.pidfdGroup.exitStatus === null) return 0;
    return this.#reaped ? POLLIN | POLLHUP : POLLIN;
  }

  override linkText(): string {
    return "anon_inode:[pidfd]";
  }

  override fdInfo(): string {
    const pid = this.#reaped ? -1 : this.pidfdGroup.pid;
    return `Pid:\t${pid}\nNSpid:\t${pid}\n`;
  }
}

/** A descriptor for a process, close-on-exec. -EMFILE. `flags`: O_NONBLOCK. */
export function installPidfd(
  t: Task,
  group: ThreadGroup,
  flags: number,
): number {
  const file = new PidFd(group);
  file.flags |= flags & O_NONBLOCK;
  return t.files.installNew(t, file, true);
}

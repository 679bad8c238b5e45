/** /proc/pid/mem: a process's memory as a file; offsets are addresses. */
import { EACCES, EINVAL, EIO } from "../../../../abi/linux/errno.ts";
import { S_IFREG } from "../../../../abi/linux/stat.ts";
import { mayInspect } from "../../../kernel/permission.ts";
import type { Task } from "../../../kernel/task.ts";
import type { MemoryManager } from "../../../mm/memory_manager.ts";
import type { UserBuffer } from "../../../mm/user_buffer.ts";
import { FileDescription } from "../../../vfs/file_description.ts";
import type { FileSystem } from "../../../vfs/file_system.ts";
import type { Inode } from "../../../vfs/inode.ts";
import type { VfsPath } from "../../../vfs/path.ts";
import { SyntheticInode } from "../../../vfs/synthetic.ts";
import type { Subject } from "../entry.ts";
import { isAlive } from "./state.ts";
import { own } from "./task_inode.ts";

const scratch = new Uint8Array(65536);

export class MemInode extends SyntheticInode {
  constructor(fs: FileSystem, readonly of: Subject) {
    super(fs, S_IFREG | 0o600);
    own(this, of.task);
  }

  override refresh(): number {
    own(this, this.of.task);
    return 0;
  }

  override open(
    t: Task,
    path: VfsPath,
    flags: number,
  ): FileDescription | number {
    const { task } = this.of;
    if (!mayInspect(t, task)) return -EACCES;
    return new MemFile(this, path, flags, isAlive(task) ? task.mm : null);
  }
}

/** The memory that the process had when it was opened. */
class MemFile extends FileDescription {
  constructor(
    inode: Inode,
    path: VfsPath,
    flags: number,
    readonly mm: MemoryManager | null,
  ) {
    super(inode, path, flags);
  }

  get #memory(): MemoryManager | null {
    return this.mm !== null && this.mm.users > 0 ? this.mm : null;
  }

  override read(t: Task, dst: UserBuffer): number {
    const n = this.pread(t, dst, this.offset);
    if (n > 0) this.offset += n;
    return n;
  }

  override write(t: Task, src: UserBuffer): number {
    const n = this.pwrite(t, src, this.offset);
    if (n > 0) this.offset += n;
    return n;
  }

  override pread(_t: Task, dst: UserBuffer, offset: number): number {
    const mm = this.#memory;
    if (mm === null) return 0;
    let done = 0;
    while (dst.remaining > 0) {
      const want = Math.min(dst.remaining, scratch.length);
      const got = mm.copyInSome(offset + done, scratch, 0, want);
      const n = got > 0 ? dst.copy(scratch, 0, got) : -EIO;
      if (n < 0) return done > 0 ? done : n;
      done += n;
      if (n < want) break;
    }
    return done;
  }

  override pwrite(_t: Task, src: UserBuffer, offset: number): number {
    const mm = this.#memory;
    if (mm === null) return 0;
    let done = 0;
    while (src.remaining > 0) {
      const got = src.copy(scratch, 0, Math.min(src.remaining, scratch.length));
      if (got < 0) return done > 0 ? done : got;
      const n = mm.copyOutSome(offset + done, scratch, 0, got);
      if (n === 0) return done > 0 ? done : -EIO;
      done += n;
      if (n < got) break;
    }
    return done;
  }

  override seek(_t: Task, offset: number, whence: number): number {
    if (whence === 1) offset += this.offset;
    else if (whence !== 0) return -EINVAL;
    return this.offset = offset;
  }
}

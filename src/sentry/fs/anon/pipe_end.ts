/** An open end of a pipe, or of a fifo (then perhaps both ends at once). */
import { EBADF, EFAULT, EPIPE } from "../../../abi/linux/errno.ts";
import { O_DIRECT } from "../../../abi/linux/fcntl.ts";
import { FIONREAD } from "../../../abi/linux/ioctl.ts";
import { I32 } from "../../../abi/linux/scalars.ts";
import type { Task } from "../../kernel/task.ts";
import type { WaitQueue } from "../../kernel/wait_queue.ts";
import type { UserBuffer } from "../../mm/user_buffer.ts";
import { FileDescription } from "../../vfs/file_description.ts";
import type { Inode } from "../../vfs/inode.ts";
import type { VfsPath } from "../../vfs/path.ts";
import type { Pipe } from "./pipe.ts";
import { sendSigpipe } from "./sigpipe.ts";

const number = I32.alloc();

export class PipeEnd extends FileDescription {
  override readonly queue: WaitQueue;
  /** A fifo opened without waiting for a writer hangs up only after one came. */
  #writersBefore = 0;
  /** While a fifo's open waits: the partner's opens before it. */
  awaited = 0;

  /** Counts as a reader, a writer or both, by the access mode in `flags`. */
  constructor(
    inode: Inode,
    path: VfsPath | null,
    flags: number,
    readonly pipe: Pipe,
  ) {
    super(inode, path, flags);
    this.queue = pipe.queue;
    if (this.readable) pipe.addReader();
    if (this.writable) pipe.addWriter();
  }

  /** For a fifo opened with O_NONBLOCK: no POLLHUP before a writer came. */
  ignoreHangUp(): void {
    this.#writersBefore = this.pipe.writerOpens;
  }

  override read(_t: Task, dst: UserBuffer): number {
    return this.pipe.read(dst);
  }

  /** As Pipe.write; -EPIPE comes with a SIGPIPE. */
  override write(t: Task, src: UserBuffer): number {
    const n = this.pipe.write(src, (this.flags & O_DIRECT) !== 0);
    if (n === -EPIPE) sendSigpipe(t);
    return n;
  }

  override poll(): number {
    const { pipe } = this;
    let events = 0;
    if (this.readable) {
      events |= pipe.pollRead(pipe.writerOpens !== this.#writersBefore);
    }
    if (this.writable) events |= pipe.pollWrite();
    return events;
  }

  override ioctl(t: Task, request: number, arg: number): number {
    if (request !== FIONREAD) return super.ioctl(t, request, arg);
    number.value = this.pipe.length;
    return t.copyOut(arg, number) ? 0 : -EFAULT;
  }

  override release(): void {
    if (this.readable) this.pipe.removeReader();
    if (this.writable) this.pipe.removeWriter();
  }

  override linkText(): string | null {
    return this.path === null ? `pipe:[${this.inode.ino}]` : null;
  }
}

/** The pipe behind `file` for fcntl(2), or -EBADF if it is none. */
export function pipeOf(file: FileDescription): Pipe | number {
  return file instanceof PipeEnd ? file.pipe : -EBADF;
}

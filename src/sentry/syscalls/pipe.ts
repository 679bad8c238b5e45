/** pipe(2), pipe2(2). */
import { EFAULT, EINVAL } from "../../abi/linux/errno.ts";
import {
  O_CLOEXEC,
  O_DIRECT,
  O_NONBLOCK,
  O_RDONLY,
  O_WRONLY,
} from "../../abi/linux/fcntl.ts";
import { struct } from "../../abi/struct.ts";
import { pipeInode } from "../fs/anon/anon_inode.ts";
import { Pipe } from "../fs/anon/pipe.ts";
import { PipeEnd } from "../fs/anon/pipe_end.ts";
import type { Task } from "../kernel/task.ts";
import { flags, full, ptr, type Row } from "./row.ts";

const FdPair = struct({ read: "i32", write: "i32" });
const pair = FdPair.alloc();

export const pipeRows: Row[] = [
  full(22, "pipe", pipe, ptr),
  full(293, "pipe2", pipe2, ptr, flags),
];

export function pipe(t: Task, fds: number): number {
  return pipe2(t, fds, 0);
}

/** pipe2(2). EFAULT, EINVAL, EMFILE. */
export function pipe2(t: Task, fds: number, flags: number): number {
  if ((flags & ~(O_CLOEXEC | O_DIRECT | O_NONBLOCK)) !== 0) return -EINVAL;
  const inode = pipeInode(t.creds.fsuid, t.creds.fsgid);
  const shared = new Pipe();
  // Opening it again through /proc/self/fd leads to the same pipe.
  inode.attachment = shared;
  const reader = new PipeEnd(
    inode,
    null,
    O_RDONLY | (flags & O_NONBLOCK),
    shared,
  );
  const writer = new PipeEnd(
    inode,
    null,
    O_WRONLY | (flags & (O_NONBLOCK | O_DIRECT)),
    shared,
  );
  const cloexec = (flags & O_CLOEXEC) !== 0;
  const read = t.files.installNew(t, reader, cloexec);
  if (read < 0) {
    writer.release();
    return read;
  }
  const write = t.files.installNew(t, writer, cloexec);
  if (write < 0) {
    t.files.close(t, read);
    return write;
  }
  pair.read = read;
  pair.write = write;
  if (t.copyOut(fds, pair)) return 0;
  t.files.close(t, read);
  t.files.close(t, write);
  return -EFAULT;
}

/** write(2) and its variants, lseek(2). */
import {
  EAGAIN,
  EBADF,
  EFAULT,
  EINVAL,
  EOPNOTSUPP,
  ETIMEDOUT,
} from "../../abi/linux/errno.ts";
import { O_APPEND, O_NONBLOCK } from "../../abi/linux/fcntl.ts";
import { POLLOUT } from "../../abi/linux/poll.ts";
import {
  MAX_RW_COUNT,
  RWF_APPEND,
  RWF_DSYNC,
  RWF_HIPRI,
  RWF_NOAPPEND,
  RWF_NOWAIT,
  RWF_SYNC,
} from "../../abi/linux/uio.ts";
import type { Task } from "../kernel/task.ts";
import type { UserBuffer } from "../mm/user_buffer.ts";
import type { FileDescription } from "../vfs/file_description.ts";
import { appendIovec } from "./iovec.ts";
import { callFile, limitWait, TASK_END } from "./read.ts";
import {
  Decode,
  fd,
  flags,
  full,
  inBuf,
  int,
  off,
  PARKED,
  ptr,
  type Row,
  size,
  traced,
} from "./row.ts";

const CURRENT = -1;

/**
 * Writes what is left of `src` (whose first `call.done` bytes earlier attempts
 * have written). A file that took a part and would block makes the call wait
 * for the rest, unless it is non-blocking.
 */
function attempt(
  t: Task,
  fd: number,
  file: FileDescription,
  src: UserBuffer,
  offset: number,
  nowait: boolean,
): number {
  const { call } = t;
  for (;;) {
    const n = offset === CURRENT
      ? file.write(t, src)
      : file.pwrite(t, src, offset + call.done);
    if (n === -EAGAIN && !nowait && (file.flags & O_NONBLOCK) === 0) {
      t.pinnedFile(fd);
      limitWait(t, file.writeLimit);
      const r = t.park(file.queue, POLLOUT);
      if (r > PARKED && call.done > 0) return call.done;
      return r === -ETIMEDOUT ? -EAGAIN : r;
    }
    if (n < 0) return call.done > 0 ? call.done : n;
    call.done += n;
    // A short write of a regular file says why only when asked again by the caller.
    if (n === 0 || src.remaining === 0 || file.inode.isRegular) {
      return call.done;
    }
  }
}

/** `offset`: CURRENT for the description's own. */
function writeAt(
  t: Task,
  fd: number,
  buf: number,
  count: number,
  offset: number,
): number {
  const file = callFile(t, fd);
  if (file === null || !file.writable) return -EBADF;
  if (buf + count > TASK_END) return -EFAULT;
  const n = count > MAX_RW_COUNT ? MAX_RW_COUNT : count;
  const { done } = t.call;
  return attempt(t, fd, file, t.in(buf + done, n - done), offset, false);
}

/** write(2). EBADF, EFAULT, EFBIG, EINVAL, ENOSPC, EPIPE, EAGAIN; restarts after a signal. */
export function write(t: Task, fd: number, buf: number, count: number): number {
  return writeAt(t, fd, buf, count, CURRENT);
}

/** pwrite64(2). As write, and ESPIPE. */
export function pwrite64(
  t: Task,
  fd: number,
  buf: number,
  count: number,
  offset: number,
): number {
  return offset < 0 ? -EINVAL : writeAt(t, fd, buf, count, offset);
}

/** writev and its like; `nowait`: as if non-blocking. */
export function writeVector(
  t: Task,
  fd: number,
  vec: number,
  count: number,
  offset: number,
  rwf: number,
  nowait: boolean,
): number {
  const file = callFile(t, fd);
  if (file === null || !file.writable) return -EBADF;
  const src = t.inVec();
  const total = appendIovec(t, src, vec, count);
  if (total < 0) return total;
  const known = RWF_HIPRI | RWF_DSYNC | RWF_SYNC | RWF_NOWAIT | RWF_APPEND |
    RWF_NOAPPEND;
  if ((rwf & ~known) !== 0) return -EOPNOTSUPP;
  src.advance(t.call.done);
  const kept = file.flags;
  if ((rwf & RWF_APPEND) !== 0) file.flags |= O_APPEND;
  if ((rwf & RWF_NOAPPEND) !== 0) file.flags &= ~O_APPEND;
  const now = nowait || (rwf & RWF_NOWAIT) !== 0;
  const n = attempt(t, fd, file, src, offset, now);
  file.flags = kept;
  if (n > 0 && (rwf & (RWF_SYNC | RWF_DSYNC)) !== 0) {
    const r = file.fsync(t, (rwf & RWF_SYNC) === 0);
    if (r < 0 && r !== -EINVAL) return r;
  }
  return n;
}

/** writev(2). */
export function writev(t: Task, fd: number, vec: number, n: number): number {
  return writeVector(t, fd, vec, n, CURRENT, 0, false);
}

/** pwritev(2). */
export function pwritev(
  t: Task,
  fd: number,
  vec: number,
  n: number,
  offset: number,
): number {
  if (offset < 0) return -EINVAL;
  return writeVector(t, fd, vec, n, offset, 0, false);
}

/** pwritev2(2): offset -1 is the current one. EOPNOTSUPP for unknown flags. */
export function pwritev2(
  t: Task,
  fd: number,
  vec: number,
  n: number,
  offset: number,
  _high: number,
  rwf = 0,
): number {
  if (offset < CURRENT) return -EINVAL;
  return writeVector(t, fd, vec, n, offset, rwf, false);
}

/** lseek(2). EBADF, EINVAL, ENXIO, ESPIPE. */
export function lseek(
  t: Task,
  fd: number,
  offset: number,
  whence: number,
): number {
  const file = t.file(fd);
  if (file === null) return -EBADF;
  if (whence > 4) return -EINVAL;
  return file.seek(t, offset, whence);
}

const rwf = traced(Decode.Uint, "hex");
const whence = traced(Decode.Uint, "whence");

export const writeRows: Row[] = [
  full(1, "write", write, fd, inBuf(2), size),
  full(18, "pwrite64", pwrite64, fd, inBuf(2), size, off),
  full(20, "writev", writev, fd, ptr, int),
  full(296, "pwritev", pwritev, fd, ptr, int, off),
  full(328, "pwritev2", pwritev2, fd, ptr, int, off, flags, rwf),
  full(8, "lseek", lseek, fd, off, whence),
];

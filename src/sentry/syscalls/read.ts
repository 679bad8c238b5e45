/** read(2) and its variants. */
import {
  EAGAIN,
  EBADF,
  EFAULT,
  EINVAL,
  EOPNOTSUPP,
  ETIMEDOUT,
} from "../../abi/linux/errno.ts";
import { O_NONBLOCK } from "../../abi/linux/fcntl.ts";
import { POLLIN } from "../../abi/linux/poll.ts";
import {
  MAX_RW_COUNT,
  RWF_DSYNC,
  RWF_HIPRI,
  RWF_NOWAIT,
  RWF_SYNC,
} from "../../abi/linux/uio.ts";
import type { Task } from "../kernel/task.ts";
import type { UserBuffer } from "../mm/user_buffer.ts";
import type { FileDescription } from "../vfs/file_description.ts";
import { appendIovec } from "./iovec.ts";
import {
  Decode,
  fd,
  flags,
  full,
  int,
  off,
  outBuf,
  ptr,
  type Row,
  size,
  traced,
} from "./row.ts";

/** Offset that stands for the description's own. */
const CURRENT = -1;
/** End of user addresses. */
export const TASK_END = 2 ** 47;

/** The file of a call that may wait, in its first and later attempts. */
export function callFile(t: Task, fd: number): FileDescription | null {
  return t.call.pins > 0 ? t.call.pinned[0] : t.files.lookup(fd);
}

/** One attempt; parks (the file pinned) where the file says EAGAIN and may wait. */
function attempt(
  t: Task,
  fd: number,
  file: FileDescription,
  dst: UserBuffer,
  offset: number,
  nowait: boolean,
): number {
  const n = offset === CURRENT ? file.read(t, dst) : file.pread(t, dst, offset);
  if (n !== -EAGAIN || nowait || (file.flags & O_NONBLOCK) !== 0) return n;
  t.pinnedFile(fd);
  limitWait(t, file.readLimit);
  const r = t.park(file.queue, POLLIN);
  return r === -ETIMEDOUT ? -EAGAIN : r;
}

/** SO_RCVTIMEO and the like: from the first attempt on. */
export function limitWait(t: Task, limit: number): void {
  if (limit === Infinity || t.call.deadline !== Infinity) return;
  t.call.deadline = t.kernel.now() + limit;
}

/** `offset`: CURRENT for the description's own. */
function readAt(
  t: Task,
  fd: number,
  buf: number,
  count: number,
  offset: number,
): number {
  const file = callFile(t, fd);
  if (file === null || !file.readable) return -EBADF;
  if (buf + count > TASK_END) return -EFAULT;
  const n = count > MAX_RW_COUNT ? MAX_RW_COUNT : count;
  return attempt(t, fd, file, t.out(buf, n), offset, false);
}

/** read(2). EBADF, EFAULT, EINVAL, EISDIR, EAGAIN; restarts after a signal. */
export function read(t: Task, fd: number, buf: number, count: number): number {
  return readAt(t, fd, buf, count, CURRENT);
}

/** pread64(2). As read, and ESPIPE. */
export function pread64(
  t: Task,
  fd: number,
  buf: number,
  count: number,
  offset: number,
): number {
  return offset < 0 ? -EINVAL : readAt(t, fd, buf, count, offset);
}

/** readv and its like; `nowait`: as if non-blocking. */
export function readVector(
  t: Task,
  fd: number,
  vec: number,
  count: number,
  offset: number,
  rwf: number,
  nowait: boolean,
): number {
  const file = callFile(t, fd);
  if (file === null || !file.readable) return -EBADF;
  const dst = t.outVec();
  const total = appendIovec(t, dst, vec, count);
  if (total < 0) return total;
  const known = RWF_HIPRI | RWF_DSYNC | RWF_SYNC | RWF_NOWAIT;
  if ((rwf & ~known) !== 0) return -EOPNOTSUPP;
  const now = nowait || (rwf & RWF_NOWAIT) !== 0;
  return attempt(t, fd, file, dst, offset, now);
}

/** readv(2). */
export function readv(t: Task, fd: number, vec: number, n: number): number {
  return readVector(t, fd, vec, n, CURRENT, 0, false);
}

/** preadv(2). */
export function preadv(
  t: Task,
  fd: number,
  vec: number,
  n: number,
  offset: number,
): number {
  if (offset < 0) return -EINVAL;
  return readVector(t, fd, vec, n, offset, 0, false);
}

/** preadv2(2): offset -1 is the current one. EOPNOTSUPP for unknown flags. */
export function preadv2(
  t: Task,
  fd: number,
  vec: number,
  n: number,
  offset: number,
  _high: number,
  rwf = 0,
): number {
  if (offset < CURRENT) return -EINVAL;
  return readVector(t, fd, vec, n, offset, rwf, false);
}

const rwf = traced(Decode.Uint, "hex");

export const readRows: Row[] = [
  full(0, "read", read, fd, outBuf(2), size),
  full(17, "pread64", pread64, fd, outBuf(2), size, off),
  full(19, "readv", readv, fd, ptr, int),
  full(295, "preadv", preadv, fd, ptr, int, off),
  full(327, "preadv2", preadv2, fd, ptr, int, off, flags, rwf),
];

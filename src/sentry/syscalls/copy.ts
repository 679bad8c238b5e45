/** Data from file to file: sendfile(2), splice(2), tee(2), vmsplice(2), copy_file_range(2). */
import {
  EAGAIN,
  EBADF,
  EFAULT,
  EINVAL,
  EISDIR,
  EOVERFLOW,
  EPIPE,
  ESPIPE,
  EXDEV,
} from "../../abi/linux/errno.ts";
import { O_APPEND, O_NONBLOCK } from "../../abi/linux/fcntl.ts";
import {
  SPLICE_F_GIFT,
  SPLICE_F_MORE,
  SPLICE_F_MOVE,
  SPLICE_F_NONBLOCK,
} from "../../abi/linux/fs.ts";
import { POLLIN, POLLOUT } from "../../abi/linux/poll.ts";
import { I64 } from "../../abi/linux/scalars.ts";
import { MAX_RW_COUNT } from "../../abi/linux/uio.ts";
import type { Pipe } from "../fs/anon/pipe.ts";
import { pipeOf } from "../fs/anon/pipe_end.ts";
import { sendSigpipe } from "../fs/anon/sigpipe.ts";
import type { Task } from "../kernel/task.ts";
import type { WaitQueue } from "../kernel/wait_queue.ts";
import { UserBuffer } from "../mm/user_buffer.ts";
import type { FileDescription } from "../vfs/file_description.ts";
import { KERNEL_BASE, KernelMemory } from "../vfs/kernel_memory.ts";
import { MAX_FILE_SIZE } from "../vfs/regular_file.ts";
import { readVector } from "./read.ts";
import { fd, flags, full, int, PARKED, ptr, type Row, size } from "./row.ts";
import { writeVector } from "./write.ts";

/** Bytes handed over at a time. */
const CHUNK = 262144;
const toKernel = new UserBuffer(true);
const fromKernel = new UserBuffer(false);
let memory: KernelMemory | null = null;

/** An empty buffer of the Sentry's, `n` bytes, to be filled by a file. */
function filled(n: number): UserBuffer {
  memory ??= new KernelMemory(CHUNK);
  return toKernel.set(memory, KERNEL_BASE, n);
}

/** The first `n` bytes that were filled. */
function stored(n: number): UserBuffer {
  return fromKernel.set(memory!, KERNEL_BASE, n);
}

/** Parks; what was moved before a signal is the result then. */
function waitOn(
  t: Task,
  queue: WaitQueue,
  events: number,
  done: number,
): number {
  const r = t.park(queue, events);
  return r > PARKED && done > 0 ? done : r;
}

const position = I64.alloc();

/** Where a file is read or written: an offset in guest memory, or its own. */
class Place {
  offset = 0;
  #addr = 0;
  #file: FileDescription | null = null;

  /** @param moved bytes that earlier attempts moved. 0, -EFAULT, -EINVAL. */
  load(t: Task, file: FileDescription, addr: number, moved: number): number {
    this.#addr = addr;
    this.#file = file;
    if (addr === 0) {
      this.offset = file.offset;
      return 0;
    }
    if (!t.copyIn(addr, position)) return -EFAULT;
    this.offset = position.value + moved;
    return this.offset < 0 ? -EINVAL : 0;
  }

  /** Moves on; the description's own offset follows at once. */
  advance(n: number): void {
    this.offset += n;
    if (this.#addr === 0) this.#file!.offset = this.offset;
  }

  /** At the end of the call: tells the guest. False: EFAULT. */
  store(t: Task): boolean {
    if (this.#addr === 0) return true;
    position.value = this.offset;
    return t.copyOut(this.#addr, position);
  }
}

const source = new Place();
const sink = new Place();

/** sendfile(2). EAGAIN, EBADF, EFAULT, EINVAL, ESPIPE; restarts after a signal. */
export function sendfile(
  t: Task,
  outFd: number,
  inFd: number,
  offset: number,
  count: number,
): number {
  const { call } = t;
  const from = t.pinnedFile(inFd, 0);
  if (from === null || !from.readable) return -EBADF;
  const to = t.pinnedFile(outFd, 1);
  if (to === null || !to.writable) return -EBADF;
  if (!from.inode.isRegular) return offset !== 0 ? -ESPIPE : -EINVAL;
  if ((to.flags & O_APPEND) !== 0) return -EINVAL;
  // A pipe that is full ends the call once something has gone in.
  const short = typeof pipeOf(to) !== "number";
  const r = source.load(t, from, offset, call.done);
  if (r < 0) return r;
  const want = Math.min(count, MAX_RW_COUNT);
  let n = 0;
  while (call.done < want) {
    n = from.pread(
      t,
      filled(Math.min(want - call.done, CHUNK)),
      source.offset,
    );
    if (n <= 0) break;
    n = to.write(t, stored(n));
    if (n === -EAGAIN && short && call.done > 0) break;
    if (n === -EAGAIN && (to.flags & O_NONBLOCK) === 0) {
      return waitOn(t, to.queue, POLLOUT, call.done);
    }
    if (n <= 0) break;
    call.done += n;
    source.advance(n);
  }
  if (!source.store(t)) return -EFAULT;
  return n < 0 && call.done === 0 ? n : call.done;
}

const SPLICE_FLAGS = SPLICE_F_MOVE | SPLICE_F_NONBLOCK | SPLICE_F_MORE |
  SPLICE_F_GIFT;

/** splice(2). EAGAIN, EBADF, EFAULT, EINVAL, EPIPE, ESPIPE; restarts after a signal. */
export function splice(
  t: Task,
  inFd: number,
  inOffset: number,
  outFd: number,
  outOffset: number,
  len: number,
  flags: number,
): number {
  if ((flags & ~SPLICE_FLAGS) !== 0) return -EINVAL;
  if (len === 0) return 0;
  const from = t.pinnedFile(inFd, 0);
  if (from === null || !from.readable) return -EBADF;
  const to = t.pinnedFile(outFd, 1);
  if (to === null || !to.writable) return -EBADF;
  const inPipe = pipeOf(from);
  const outPipe = pipeOf(to);
  if (typeof inPipe !== "number" && inOffset !== 0) return -ESPIPE;
  if (typeof outPipe !== "number" && outOffset !== 0) return -ESPIPE;
  const wait = (flags & SPLICE_F_NONBLOCK) === 0;
  if (typeof inPipe !== "number") {
    return inPipe === outPipe
      ? -EINVAL
      : fromPipe(t, from, inPipe, to, outOffset, len, wait);
  }
  if (typeof outPipe === "number") return -EINVAL;
  return intoPipe(t, from, inOffset, to, outPipe, len, wait);
}

function fromPipe(
  t: Task,
  from: FileDescription,
  pipe: Pipe,
  to: FileDescription,
  outOffset: number,
  len: number,
  wait: boolean,
): number {
  if ((to.flags & O_APPEND) !== 0) return -EINVAL;
  if (outOffset !== 0) {
    const r = sink.load(t, to, outOffset, 0);
    if (r < 0) return r;
  }
  const n = pipe.peek(filled(Math.min(len, CHUNK)));
  if (n === -EAGAIN && wait && (from.flags & O_NONBLOCK) === 0) {
    return t.park(pipe.queue, POLLIN);
  }
  if (n <= 0) return n;
  const written = outOffset !== 0
    ? to.pwrite(t, stored(n), sink.offset)
    : to.write(t, stored(n));
  if (written === -EAGAIN && wait && (to.flags & O_NONBLOCK) === 0) {
    return t.park(to.queue, POLLOUT);
  }
  if (written <= 0) return written;
  pipe.discard(written);
  if (outOffset === 0) return written;
  sink.advance(written);
  return sink.store(t) ? written : -EFAULT;
}

function intoPipe(
  t: Task,
  from: FileDescription,
  inOffset: number,
  to: FileDescription,
  pipe: Pipe,
  len: number,
  wait: boolean,
): number {
  if (pipe.readers === 0) {
    sendSigpipe(t);
    return -EPIPE;
  }
  if (pipe.room === 0) {
    return wait && (to.flags & O_NONBLOCK) === 0
      ? t.park(pipe.queue, POLLOUT)
      : -EAGAIN;
  }
  if (inOffset !== 0) {
    const r = source.load(t, from, inOffset, 0);
    if (r < 0) return r;
  }
  const dst = filled(Math.min(len, pipe.room, CHUNK));
  const n = inOffset !== 0
    ? from.pread(t, dst, source.offset)
    : from.read(t, dst);
  if (n === -EAGAIN && wait && (from.flags & O_NONBLOCK) === 0) {
    return t.park(from.queue, POLLIN);
  }
  if (n <= 0) return n;
  pipe.write(stored(n), false);
  if (inOffset === 0) return n;
  source.advance(n);
  return source.store(t) ? n : -EFAULT;
}

/** tee(2). EAGAIN, EBADF, EINVAL, EPIPE; restarts after a signal. */
export function tee(
  t: Task,
  inFd: number,
  outFd: number,
  len: number,
  flags: number,
): number {
  if ((flags & ~SPLICE_FLAGS) !== 0) return -EINVAL;
  if (len === 0) return 0;
  const from = t.pinnedFile(inFd, 0);
  if (from === null || !from.readable) return -EBADF;
  const to = t.pinnedFile(outFd, 1);
  if (to === null || !to.writable) return -EBADF;
  const inPipe = pipeOf(from);
  const outPipe = pipeOf(to);
  if (typeof inPipe === "number" || typeof outPipe === "number") {
    return -EINVAL;
  }
  if (inPipe === outPipe) return -EINVAL;
  const wait = (flags & SPLICE_F_NONBLOCK) === 0;
  if (outPipe.readers === 0) {
    sendSigpipe(t);
    return -EPIPE;
  }
  if (outPipe.room === 0) {
    return wait && (to.flags & O_NONBLOCK) === 0
      ? t.park(outPipe.queue, POLLOUT)
      : -EAGAIN;
  }
  const n = inPipe.peek(filled(Math.min(len, outPipe.room, CHUNK)));
  if (n === -EAGAIN && wait && (from.flags & O_NONBLOCK) === 0) {
    return t.park(inPipe.queue, POLLIN);
  }
  return n <= 0 ? n : outPipe.write(stored(n), false);
}

/** vmsplice(2): a writev or readv on a pipe. EBADF, EINVAL, EAGAIN and theirs. */
export function vmsplice(
  t: Task,
  fd: number,
  iov: number,
  count: number,
  flags: number,
): number {
  if ((flags & ~SPLICE_FLAGS) !== 0) return -EINVAL;
  const file = t.pinnedFile(fd);
  if (file === null) return -EBADF;
  const pipe = pipeOf(file);
  if (typeof pipe === "number") return pipe;
  const nowait = (flags & SPLICE_F_NONBLOCK) !== 0;
  return file.writable
    ? writeVector(t, fd, iov, count, -1, 0, nowait)
    : readVector(t, fd, iov, count, -1, 0, nowait);
}

/** copy_file_range(2). EBADF, EFAULT, EINVAL, EISDIR, EOVERFLOW, EXDEV (another file system). */
export function copy_file_range(
  t: Task,
  inFd: number,
  inOffset: number,
  outFd: number,
  outOffset: number,
  len: number,
  flags: number,
): number {
  const from = t.file(inFd);
  const to = t.file(outFd);
  if (from === null || to === null) return -EBADF;
  if (flags !== 0) return -EINVAL;
  if (from.inode.isDirectory || to.inode.isDirectory) return -EISDIR;
  if (!from.inode.isRegular || !to.inode.isRegular) return -EINVAL;
  if (!from.readable || !to.writable) return -EBADF;
  if ((to.flags & O_APPEND) !== 0) return -EBADF;
  if (from.inode.fs !== to.inode.fs) return -EXDEV;
  let r = source.load(t, from, inOffset, 0);
  if (r === 0) r = sink.load(t, to, outOffset, 0);
  if (r < 0) return r;
  const want = Math.min(len, MAX_RW_COUNT);
  if (source.offset + want > MAX_FILE_SIZE) return -EOVERFLOW;
  if (sink.offset + want > MAX_FILE_SIZE) return -EOVERFLOW;
  if (from.inode === to.inode) {
    const apart = source.offset + want <= sink.offset ||
      sink.offset + want <= source.offset;
    if (!apart) return -EINVAL;
  }
  let done = 0;
  let n = 0;
  while (done < want) {
    n = from.pread(t, filled(Math.min(want - done, CHUNK)), source.offset);
    if (n <= 0) break;
    n = to.pwrite(t, stored(n), sink.offset);
    if (n <= 0) break;
    done += n;
    source.advance(n);
    sink.advance(n);
  }
  if (!source.store(t) || !sink.store(t)) return -EFAULT;
  return n < 0 && done === 0 ? n : done;
}

export const copyRows: Row[] = [
  full(40, "sendfile", sendfile, fd, fd, ptr, size),
  full(275, "splice", splice, fd, ptr, fd, ptr, size, flags),
  full(276, "tee", tee, fd, fd, size, flags),
  full(278, "vmsplice", vmsplice, fd, ptr, int, flags),
  full(326, "copy_file_range", copy_file_range, fd, ptr, fd, ptr, size, flags),
];

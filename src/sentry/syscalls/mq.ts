/** POSIX message queues: mq_open(2), mq_timedsend(2), mq_notify(2), … */
import {
  EACCES,
  EAGAIN,
  EBADF,
  EEXIST,
  EFAULT,
  EINVAL,
  EMSGSIZE,
  ENAMETOOLONG,
  ENOENT,
  ENOSPC,
  EPERM,
} from "../../abi/linux/errno.ts";
import { CAP_FOWNER, CAP_SYS_RESOURCE } from "../../abi/linux/capability.ts";
import {
  O_ACCMODE,
  O_CLOEXEC,
  O_CREAT,
  O_EXCL,
  O_NONBLOCK,
  O_RDONLY,
  O_WRONLY,
} from "../../abi/linux/fcntl.ts";
import { MqAttr } from "../../abi/linux/ipc.ts";
import { POLLIN, POLLOUT } from "../../abi/linux/poll.ts";
import { U32 } from "../../abi/linux/scalars.ts";
import {
  NSIG,
  SIGEV_NONE,
  SIGEV_SIGNAL,
  Sigevent,
} from "../../abi/linux/signal.ts";
import {
  CLOCK_REALTIME,
  NSEC_PER_SEC,
  Timespec,
} from "../../abi/linux/time.ts";
import { PosixQueue, PosixQueueFile, posixQueues } from "../ipc/posix_queue.ts";
import { toMonotonic } from "../kernel/clock.ts";
import type { Task } from "../kernel/task.ts";
import { MAY_READ, MAY_WRITE } from "../vfs/permission.ts";
import { NAME_MAX } from "../vfs/resolve.ts";
import {
  fd as fdKind,
  full,
  mode as modeKind,
  openFlags,
  partial,
  ptr,
  type Row,
  size,
  str,
  uint,
} from "./row.ts";

export const mqRows: Row[] = [
  full(240, "mq_open", mq_open, str, openFlags, modeKind, ptr),
  full(241, "mq_unlink", mq_unlink, str),
  full(242, "mq_timedsend", mq_timedsend, fdKind, ptr, size, uint, ptr),
  full(243, "mq_timedreceive", mq_timedreceive, fdKind, ptr, size, ptr, ptr),
  partial(244, "mq_notify", mq_notify, [fdKind, ptr], "no SIGEV_THREAD"),
  full(245, "mq_getsetattr", mq_getsetattr, fdKind, ptr, ptr),
];

const MAX_PRIORITY = 32768;
/** /proc/sys/fs/mqueue: queues_max, msg_max, msgsize_max, and hard limits. */
const QUEUES_MAX = 256;
const MSG_MAX = 10;
const MSG_SIZE_MAX = 8192;
const HARD_MSG_MAX = 65536;
const HARD_MSG_SIZE_MAX = 16777216;

const attr = MqAttr.alloc();
const ts = Timespec.alloc();
const event = Sigevent.alloc();
const priority = U32.alloc();

function copyInName(t: Task, addr: number): string | number {
  const name = t.mm.copyInString(addr, NAME_MAX + 2);
  if (typeof name === "number") return name;
  if (name === "") return -ENOENT;
  if (name.includes("/")) return -EACCES;
  return name.length > NAME_MAX ? -ENAMETOOLONG : name;
}

/** mq_open(2). EACCES, EEXIST, EFAULT, EINVAL, EMFILE, ENAMETOOLONG, ENOENT, ENOSPC. */
export function mq_open(
  t: Task,
  name: number,
  oflag: number,
  mode: number,
  attrAddr: number,
): number {
  const text = copyInName(t, name);
  if (typeof text === "number") return text;
  const found = posixQueues.get(text);
  let mq: PosixQueue | number;
  if (found !== undefined) {
    const exclusive = O_CREAT | O_EXCL;
    if ((oflag & exclusive) === exclusive) return -EEXIST;
    const access = oflag & O_ACCMODE;
    const mask = (access !== O_WRONLY ? MAY_READ : 0) |
      (access !== O_RDONLY ? MAY_WRITE : 0);
    const denied = found.inode.permission(t.creds, mask);
    if (denied < 0) return denied;
    mq = found;
  } else {
    if ((oflag & O_CREAT) === 0) return -ENOENT;
    mq = create(t, text, mode, attrAddr);
    if (typeof mq === "number") return mq;
  }
  const file = new PosixQueueFile(mq, oflag & (O_ACCMODE | O_NONBLOCK));
  return t.files.installNew(t, file, (oflag & O_CLOEXEC) !== 0);
}

function create(
  t: Task,
  name: string,
  mode: number,
  attrAddr: number,
): PosixQueue | number {
  let maxMessages = MSG_MAX;
  let messageSize = MSG_SIZE_MAX;
  const privileged = t.creds.can(CAP_SYS_RESOURCE);
  if (attrAddr !== 0) {
    if (!t.copyIn(attrAddr, attr)) return -EFAULT;
    maxMessages = attr.mq_maxmsg;
    messageSize = attr.mq_msgsize;
    const most = privileged ? HARD_MSG_MAX : MSG_MAX;
    const longest = privileged ? HARD_MSG_SIZE_MAX : MSG_SIZE_MAX;
    if (maxMessages <= 0 || maxMessages > most) return -EINVAL;
    if (messageSize <= 0 || messageSize > longest) return -EINVAL;
  }
  if (posixQueues.size >= QUEUES_MAX && !privileged) return -ENOSPC;
  const bits = mode & 0o777 & ~t.fs.umask;
  const mq = new PosixQueue(t, bits, maxMessages, messageSize);
  posixQueues.set(name, mq);
  return mq;
}

/** mq_unlink(2). EACCES, ENAMETOOLONG, ENOENT. */
export function mq_unlink(t: Task, name: number): number {
  const text = copyInName(t, name);
  if (typeof text === "number") return text;
  const mq = posixQueues.get(text);
  if (mq === undefined) return -ENOENT;
  const owner = t.creds.fsuid === mq.inode.uid || t.creds.can(CAP_FOWNER);
  if (!owner) return -EPERM;
  posixQueues.delete(text);
  return 0;
}

/** Limits the call to the absolute real time at `addr` (0: no limit). 0, -EFAULT, -EINVAL. */
function limitUntil(t: Task, addr: number): number {
  if (addr === 0) return 0;
  if (!t.copyIn(addr, ts)) return -EFAULT;
  const { tv_sec, tv_nsec } = ts;
  if (tv_sec < 0 || tv_nsec < 0 || tv_nsec >= NSEC_PER_SEC) return -EINVAL;
  t.call.deadline = toMonotonic(t, CLOCK_REALTIME, tv_sec, tv_nsec);
  return 0;
}

function queueOf(t: Task, fd: number): PosixQueueFile | null {
  const file = t.pinnedFile(fd);
  return file instanceof PosixQueueFile ? file : null;
}

/** mq_timedsend(2). EAGAIN, EBADF, EFAULT, EINVAL, EMSGSIZE, ETIMEDOUT; restarts after a signal. */
export function mq_timedsend(
  t: Task,
  mqdes: number,
  msg_ptr: number,
  msg_len: number,
  msg_prio: number,
  abs_timeout: number,
): number {
  if (msg_prio >= MAX_PRIORITY) return -EINVAL;
  if (t.call.first) {
    const r = limitUntil(t, abs_timeout);
    if (r < 0) return r;
  }
  const file = queueOf(t, mqdes);
  if (file === null || !file.writable) return -EBADF;
  const { mq } = file;
  if (msg_len > mq.messageSize) return -EMSGSIZE;
  const bytes = new Uint8Array(msg_len);
  if (!t.mm.copyIn(msg_ptr, bytes, 0, msg_len)) return -EFAULT;
  const r = mq.send(t, { priority: msg_prio, bytes });
  if (r !== -EAGAIN || (file.flags & O_NONBLOCK) !== 0) return r;
  return t.park(mq.queue, POLLOUT);
}

/** mq_timedreceive(2). EAGAIN, EBADF, EFAULT, EINVAL, EMSGSIZE, ETIMEDOUT; restarts after a signal. */
export function mq_timedreceive(
  t: Task,
  mqdes: number,
  msg_ptr: number,
  msg_len: number,
  msg_prio: number,
  abs_timeout: number,
): number {
  if (t.call.first) {
    const r = limitUntil(t, abs_timeout);
    if (r < 0) return r;
  }
  const file = queueOf(t, mqdes);
  if (file === null || !file.readable) return -EBADF;
  const { mq } = file;
  const message = mq.receive(msg_len);
  if (typeof message === "number") {
    const waits = message === -EAGAIN && (file.flags & O_NONBLOCK) === 0;
    return waits ? t.park(mq.queue, POLLIN) : message;
  }
  const n = message.bytes.length;
  if (!t.mm.copyOut(msg_ptr, message.bytes, 0, n)) return -EFAULT;
  priority.value = message.priority;
  if (msg_prio !== 0 && !t.copyOut(msg_prio, priority)) return -EFAULT;
  return n;
}

/** mq_notify(2). EBADF, EBUSY, EFAULT, EINVAL. */
export function mq_notify(t: Task, mqdes: number, sevp: number): number {
  if (sevp !== 0) {
    if (!t.copyIn(sevp, event)) return -EFAULT;
    const { sigev_notify, sigev_signo } = event;
    const signal = sigev_notify === SIGEV_SIGNAL;
    if (!signal && sigev_notify !== SIGEV_NONE) return -EINVAL;
    if (signal && (sigev_signo < 1 || sigev_signo > NSIG)) return -EINVAL;
  }
  const file = queueOf(t, mqdes);
  if (file === null) return -EBADF;
  if (sevp === 0) {
    file.mq.unwatch(t.group);
    return 0;
  }
  return file.mq.watch({
    group: t.group,
    signo: event.sigev_notify === SIGEV_SIGNAL ? event.sigev_signo : 0,
    value_lo: event.sigev_value_lo,
    value_hi: event.sigev_value_hi,
  });
}

/** mq_getattr(3), mq_setattr(3). EBADF, EFAULT, EINVAL. */
export function mq_getsetattr(
  t: Task,
  mqdes: number,
  newattr: number,
  oldattr: number,
): number {
  let flags = -1;
  if (newattr !== 0) {
    if (!t.copyIn(newattr, attr)) return -EFAULT;
    flags = attr.mq_flags;
    if (flags !== 0 && flags !== O_NONBLOCK) return -EINVAL;
  }
  const file = queueOf(t, mqdes);
  if (file === null) return -EBADF;
  attr.bytes.fill(0);
  attr.mq_flags = file.flags & O_NONBLOCK;
  attr.mq_maxmsg = file.mq.maxMessages;
  attr.mq_msgsize = file.mq.messageSize;
  attr.mq_curmsgs = file.mq.messages.length;
  if (flags >= 0) file.flags = (file.flags & ~O_NONBLOCK) | flags;
  return oldattr === 0 || t.copyOut(oldattr, attr) ? 0 : -EFAULT;
}

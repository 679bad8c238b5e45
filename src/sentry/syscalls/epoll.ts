/** epoll_create(2), epoll_ctl(2), epoll_wait(2) and their variants. */
import {
  EBADF,
  EFAULT,
  EINTR,
  EINVAL,
  EPERM,
  ETIMEDOUT,
} from "../../abi/linux/errno.ts";
import {
  EPOLL_CLOEXEC,
  EPOLL_CTL_ADD,
  EPOLL_CTL_DEL,
  EPOLL_CTL_MOD,
  EpollEvent,
  POLLIN,
} from "../../abi/linux/poll.ts";
import { Epoll } from "../fs/anon/epoll.ts";
import type { Task } from "../kernel/task.ts";
import {
  Decode,
  ERESTARTSYS,
  fd as fdKind,
  flags as flagsKind,
  full,
  int,
  ptr,
  type Row,
  size,
  traced,
} from "./row.ts";
import { limitAndMask, limitMs, maskForCall } from "./timeout.ts";

const op = traced(Decode.Int, "epollOp");
const event = traced(Decode.Word, "epollEvent");

export const epollRows: Row[] = [
  full(213, "epoll_create", epoll_create, int),
  full(291, "epoll_create1", epoll_create1, flagsKind),
  full(233, "epoll_ctl", epoll_ctl, fdKind, op, fdKind, event),
  full(232, "epoll_wait", epoll_wait, fdKind, ptr, int, int),
  full(281, "epoll_pwait", epoll_pwait, fdKind, ptr, int, int, ptr, size),
  full(441, "epoll_pwait2", epoll_pwait2, fdKind, ptr, int, ptr, ptr, size),
];

const ev = EpollEvent.alloc();
const MAX_EVENTS = Math.floor(0x7fffffff / EpollEvent.size);

/** epoll_create(2). EINVAL, EMFILE. */
export function epoll_create(t: Task, size: number): number {
  return size <= 0 ? -EINVAL : epoll_create1(t, 0);
}

/** epoll_create1(2). EINVAL, EMFILE. */
export function epoll_create1(t: Task, flags: number): number {
  if ((flags & ~EPOLL_CLOEXEC) !== 0) return -EINVAL;
  return t.files.installNew(t, new Epoll(), (flags & EPOLL_CLOEXEC) !== 0);
}

/** epoll_ctl(2). EBADF, EEXIST, EFAULT, EINVAL, ELOOP, ENOENT, EPERM. */
export function epoll_ctl(
  t: Task,
  epfd: number,
  op: number,
  fd: number,
  event: number,
): number {
  if (op !== EPOLL_CTL_DEL && !t.copyIn(event, ev)) return -EFAULT;
  const epoll = t.file(epfd);
  if (epoll === null) return -EBADF;
  const file = t.file(fd);
  if (file === null) return -EBADF;
  if (!file.pollable) return -EPERM;
  if (!(epoll instanceof Epoll)) return -EINVAL;
  const { events, data_lo, data_hi } = ev;
  switch (op) {
    case EPOLL_CTL_ADD:
      return epoll.add(fd, file, events, data_lo, data_hi);
    case EPOLL_CTL_MOD:
      return epoll.modify(fd, file, events, data_lo, data_hi);
    case EPOLL_CTL_DEL:
      return epoll.delete(fd, file);
    default:
      return -EINVAL;
  }
}

/** epoll_wait(2). EBADF, EFAULT, EINTR, EINVAL. */
export function epoll_wait(
  t: Task,
  epfd: number,
  events: number,
  maxevents: number,
  timeout: number,
): number {
  if (t.call.first) limitMs(t, timeout);
  return waitFor(t, epfd, events, maxevents);
}

/** epoll_pwait(2): epoll_wait with a signal mask. */
export function epoll_pwait(
  t: Task,
  epfd: number,
  events: number,
  maxevents: number,
  timeout: number,
  sigmask: number,
  sigsetsize: number,
): number {
  if (t.call.first) {
    limitMs(t, timeout);
    const r = maskForCall(t, sigmask, sigsetsize);
    if (r < 0) return r;
  }
  return waitFor(t, epfd, events, maxevents);
}

/** epoll_pwait2(2): the time-out is a timespec. */
export function epoll_pwait2(
  t: Task,
  epfd: number,
  events: number,
  maxevents: number,
  timeout: number,
  sigmask: number,
  sigsetsize: number,
): number {
  if (t.call.first) {
    const r = limitAndMask(t, timeout, sigmask, sigsetsize);
    if (r < 0) return r;
  }
  return waitFor(t, epfd, events, maxevents);
}

function waitFor(
  t: Task,
  epfd: number,
  events: number,
  maxevents: number,
): number {
  if (maxevents <= 0 || maxevents > MAX_EVENTS) return -EINVAL;
  const epoll = t.pinnedFile(epfd);
  if (epoll === null) return -EBADF;
  if (!(epoll instanceof Epoll)) return -EINVAL;
  const n = epoll.collect(t, events, maxevents);
  if (n !== 0) return n;
  const r = t.park(epoll.queue, POLLIN);
  if (r === -ERESTARTSYS) return -EINTR;
  return r === -ETIMEDOUT ? 0 : r;
}

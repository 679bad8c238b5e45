/** Data through sockets: send(2), recv(2) and their many forms. */
import {
  EAGAIN,
  EFAULT,
  EINVAL,
  EMSGSIZE,
  EPIPE,
} from "../../abi/linux/errno.ts";
import { POLLIN, POLLOUT } from "../../abi/linux/poll.ts";
import { I32, U32 } from "../../abi/linux/scalars.ts";
import {
  Iovec,
  Mmsghdr,
  MSG_CMSG_CLOEXEC,
  MSG_DONTWAIT,
  MSG_NOSIGNAL,
  MSG_PEEK,
  MSG_WAITALL,
  MSG_WAITFORONE,
  Msghdr,
  SOCK_STREAM,
  SOCKADDR_STORAGE_SIZE,
  UIO_MAXIOV,
} from "../../abi/linux/socket.ts";
import { NSEC_PER_SEC, Timespec } from "../../abi/linux/time.ts";
import { MAX_RW_COUNT } from "../../abi/linux/uio.ts";
import { sendSigpipe } from "../fs/anon/sigpipe.ts";
import type { Task } from "../kernel/task.ts";
import type { UserBuffer } from "../mm/user_buffer.ts";
import { ControlWriter, dropFiles, parseControl } from "../net/control.ts";
import { Incoming, Outgoing, type Socket } from "../net/socket.ts";
import {
  Decode,
  fd as fdKind,
  flags as flagsKind,
  full,
  inBuf,
  int,
  outBuf,
  PARKED,
  ptr,
  type Row,
  size,
  traced,
  uint,
} from "./row.ts";
import { socketOf } from "./socket.ts";

const address = traced(Decode.Word, "sockaddr");
const msghdr = traced(Decode.Word, "msghdr");
const msgFlags = traced(Decode.Uint, "msgFlags");

export const socketDataRows: Row[] = [
  full(44, "sendto", sendto, fdKind, inBuf(2), size, msgFlags, address, int),
  full(45, "recvfrom", recvfrom, fdKind, outBuf(2), size, msgFlags, ptr, ptr),
  full(46, "sendmsg", sendmsg, fdKind, msghdr, msgFlags),
  full(47, "recvmsg", recvmsg, fdKind, msghdr, msgFlags),
  full(299, "recvmmsg", recvmmsg, fdKind, ptr, uint, flagsKind, ptr),
  full(307, "sendmmsg", sendmmsg, fdKind, ptr, uint, msgFlags),
];

const outgoing = new Outgoing();
const incoming = new Incoming();
const control = new ControlWriter();
const header = Msghdr.alloc();
const vector = Iovec.alloc();
const word = I32.alloc();
const count = U32.alloc();
const ts = Timespec.alloc();

/** sendto(2), send(2). EAGAIN, EBADF, ECONNRESET, EFAULT, EINTR, EINVAL, EMSGSIZE, ENOTCONN, EPIPE, … */
export function sendto(
  t: Task,
  sockfd: number,
  buf: number,
  len: number,
  flags: number,
  addr: number,
  addrlen: number,
): number {
  const s = socketOf(t, sockfd);
  if (typeof s === "number") return s;
  outgoing.reset(t, flags);
  if (addr !== 0) {
    const r = outgoing.address.copyIn(t, addr, addrlen);
    if (r < 0) return r;
  }
  return sendAll(t, s, t.in(buf, Math.min(len, MAX_RW_COUNT)), outgoing);
}

/** sendmsg(2). As sendto, and EBADF for a descriptor to pass. */
export function sendmsg(
  t: Task,
  sockfd: number,
  msg: number,
  flags: number,
): number {
  const s = socketOf(t, sockfd);
  return typeof s === "number" ? s : sendOne(t, s, msg, flags);
}

function sendOne(t: Task, s: Socket, msg: number, flags: number): number {
  if (!t.copyIn(msg, header)) return -EFAULT;
  outgoing.reset(t, flags);
  const { msg_name, msg_control, msg_controllen } = header;
  let { msg_namelen } = header;
  if (msg_name !== 0) {
    if (msg_namelen < 0) return -EINVAL;
    msg_namelen = Math.min(msg_namelen, SOCKADDR_STORAGE_SIZE);
    const r = outgoing.address.copyIn(t, msg_name, msg_namelen);
    if (r < 0) return r;
  }
  const src = t.inVec();
  const r = importVectors(t, src);
  if (r < 0) return r;
  const hasControl = msg_control !== 0 && msg_controllen !== 0;
  if (hasControl && t.call.done === 0) {
    const c = parseControl(t, s, msg_control, msg_controllen, outgoing);
    if (c < 0) {
      dropFiles(outgoing);
      return c;
    }
  }
  return sendAll(t, s, src, outgoing);
}

/** Appends the vectors that `header` names. 0, -EFAULT, -EINVAL, -EMSGSIZE. */
function importVectors(t: Task, to: UserBuffer): number {
  const { msg_iov, msg_iovlen } = header;
  if (msg_iovlen > UIO_MAXIOV) return -EMSGSIZE;
  for (let i = 0; i < msg_iovlen; i++) {
    if (!t.copyIn(msg_iov + i * Iovec.size, vector)) return -EFAULT;
    const { iov_base, iov_len } = vector;
    if (iov_len >= 2 ** 63) return -EINVAL;
    const room = MAX_RW_COUNT - to.remaining;
    if (iov_len > 0 && room > 0) to.append(iov_base, Math.min(iov_len, room));
  }
  return 0;
}

/** Sends everything, or waits; `t.call.done` is what has been sent. */
function sendAll(t: Task, s: Socket, src: UserBuffer, m: Outgoing): number {
  const { call } = t;
  if (call.done > 0) src.advance(call.done);
  for (;;) {
    const n = s.send(t, src, m);
    if (n >= 0) {
      call.done += n;
      if (src.remaining > 0 && s.type === SOCK_STREAM) continue;
      dropFiles(m);
      return call.done;
    }
    dropFiles(m);
    const { done } = call;
    if (n === -EAGAIN && !s.nonblocking(m.flags)) {
      const limit = s.options.sndtimeo;
      const r = t.parkFor(m.waitOn ?? s.queue, POLLOUT, limit);
      return r === PARKED || done === 0 ? r : done;
    }
    if (done > 0) return done;
    const silent = (m.flags & MSG_NOSIGNAL) !== 0;
    if (n === -EPIPE && !silent && s.type === SOCK_STREAM) sendSigpipe(t);
    return n;
  }
}

/** recvfrom(2), recv(2). EAGAIN, EBADF, ECONNREFUSED, EFAULT, EINTR, EINVAL, ENOTCONN, ENOTSOCK. */
export function recvfrom(
  t: Task,
  sockfd: number,
  buf: number,
  len: number,
  flags: number,
  addr: number,
  addrlen: number,
): number {
  const s = socketOf(t, sockfd);
  if (typeof s === "number") return s;
  const m = incoming.reset(flags);
  const n = receiveAll(t, s, t.out(buf, Math.min(len, MAX_RW_COUNT)), m);
  if (n < 0) return n;
  dropFiles(m);
  if (addr === 0) return n;
  const r = m.address.copyOut(t, addr, addrlen);
  return r < 0 ? r : n;
}

/** recvmsg(2). As recvfrom, and EMSGSIZE for too many vectors. */
export function recvmsg(
  t: Task,
  sockfd: number,
  msg: number,
  flags: number,
): number {
  const s = socketOf(t, sockfd);
  return typeof s === "number" ? s : receiveOne(t, s, msg, flags);
}

function receiveOne(t: Task, s: Socket, msg: number, flags: number): number {
  if (!t.copyIn(msg, header)) return -EFAULT;
  const { msg_name, msg_namelen, msg_control, msg_controllen } = header;
  if (msg_name !== 0 && msg_namelen < 0) return -EINVAL;
  const dst = t.outVec();
  const r = importVectors(t, dst);
  if (r < 0) return r;
  const m = incoming.reset(flags);
  const n = receiveAll(t, s, dst, m);
  if (n < 0) return n;
  const room = msg_control === 0 ? 0 : msg_controllen;
  s.putControl(t, m, control.reset(room));
  if (msg_name !== 0) {
    const a = m.address.copyOut(t, msg_name, msg + Msghdr.offsets.msg_namelen);
    if (a < 0) return a;
  }
  if (!control.copyOut(t, msg_control)) return -EFAULT;
  return putResults(t, msg, m) ? n : -EFAULT;
}

/** Stores msg_flags and msg_controllen. */
function putResults(t: Task, msg: number, m: Incoming): boolean {
  word.value = m.outFlags | (m.flags & MSG_CMSG_CLOEXEC);
  if (!t.copyOut(msg + Msghdr.offsets.msg_flags, word)) return false;
  const at = msg + Msghdr.offsets.msg_controllen;
  word.value = control.length;
  if (!t.copyOut(at, word)) return false;
  word.value = 0;
  return t.copyOut(at + 4, word);
}

/** Receives, or waits; with MSG_WAITALL until `dst` is full (`t.call.done` so far). */
function receiveAll(t: Task, s: Socket, dst: UserBuffer, m: Incoming): number {
  const { call } = t;
  if (call.done > 0) dst.advance(call.done);
  const all = s.type === SOCK_STREAM && (m.flags & MSG_WAITALL) !== 0 &&
    (m.flags & MSG_PEEK) === 0;
  for (;;) {
    const n = s.receive(t, dst, m);
    if (n >= 0) {
      call.done += n;
      const more = all && n > 0 && dst.remaining > 0 && m.files === null;
      if (more) continue;
      return call.done;
    }
    const { done } = call;
    if (n !== -EAGAIN || s.nonblocking(m.flags)) return done > 0 ? done : n;
    const r = t.parkFor(s.queue, POLLIN, s.options.rcvtimeo);
    return r === PARKED || done === 0 ? r : done;
  }
}

/** sendmmsg(2): sendmsg for each; the number sent, or the first one's error. */
export function sendmmsg(
  t: Task,
  sockfd: number,
  msgvec: number,
  vlen: number,
  flags: number,
): number {
  const s = socketOf(t, sockfd);
  if (typeof s === "number") return s;
  const { call } = t;
  const n = Math.min(vlen, UIO_MAXIOV);
  while (call.stage < n) {
    const at = msgvec + call.stage * Mmsghdr.size;
    const r = sendOne(t, s, at, flags);
    if (r === PARKED) return r;
    if (r < 0) return call.stage > 0 ? call.stage : r;
    if (!putCount(t, at, r)) return call.stage > 0 ? call.stage : -EFAULT;
    nextMessage(t);
  }
  return call.stage;
}

/** One message of several is done. */
function nextMessage(t: Task): void {
  t.call.stage++;
  t.call.done = 0;
  t.call.deadline = Infinity;
}

function putCount(t: Task, at: number, n: number): boolean {
  count.value = n;
  return t.copyOut(at + Mmsghdr.offsets.msg_len, count);
}

/**
 * recvmmsg(2): recvmsg for each. The time-out is looked at only after a
 * message, as in Linux. The number received, or the first one's error.
 */
export function recvmmsg(
  t: Task,
  sockfd: number,
  msgvec: number,
  vlen: number,
  flags: number,
  timeout: number,
): number {
  const s = socketOf(t, sockfd);
  if (typeof s === "number") return s;
  const { call } = t;
  if (call.first && timeout !== 0) {
    if (!t.copyIn(timeout, ts)) return -EFAULT;
    const { tv_sec, tv_nsec } = ts;
    if (tv_sec < 0 || tv_nsec < 0 || tv_nsec >= NSEC_PER_SEC) return -EINVAL;
    call.value = t.kernel.now() + tv_sec * NSEC_PER_SEC + tv_nsec;
  }
  const n = Math.min(vlen, UIO_MAXIOV);
  while (call.stage < n) {
    const at = msgvec + call.stage * Mmsghdr.size;
    const once = (flags & MSG_WAITFORONE) !== 0 && call.stage > 0;
    const r = receiveOne(t, s, at, once ? flags | MSG_DONTWAIT : flags);
    if (r === PARKED) return r;
    if (r < 0) {
      if (call.stage === 0) return r;
      if (r !== -EAGAIN && r > -512) s.error = -r;
      break;
    }
    if (!putCount(t, at, r)) return call.stage > 0 ? call.stage : -EFAULT;
    nextMessage(t);
    if (timeout !== 0 && t.kernel.now() >= call.value) break;
  }
  if (timeout !== 0) putRest(t, timeout);
  return call.stage;
}

function putRest(t: Task, timeout: number): void {
  const left = Math.max(0, t.call.value - t.kernel.now());
  ts.tv_sec = Math.floor(left / NSEC_PER_SEC);
  ts.tv_nsec = left % NSEC_PER_SEC;
  t.copyOut(timeout, ts);
}

/** Sockets but for their data: socket(2), bind(2), connect(2), accept(2), options. */
import {
  EAGAIN,
  EALREADY,
  EBADF,
  EFAULT,
  EINPROGRESS,
  EINVAL,
  ENOTSOCK,
} from "../../abi/linux/errno.ts";
import { POLLIN, POLLOUT } from "../../abi/linux/poll.ts";
import { I32 } from "../../abi/linux/scalars.ts";
import {
  SHUT_RDWR,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOCK_TYPE_MASK,
  SOL_SOCKET,
} from "../../abi/linux/socket.ts";
import { struct } from "../../abi/struct.ts";
import type { Task } from "../kernel/task.ts";
import { SocketAddress } from "../net/address.ts";
import { newSocket, newSocketPair } from "../net/families.ts";
import { OptionValue, Outgoing, Socket } from "../net/socket.ts";
import { getSocketOption, setSocketOption } from "../net/socket_options.ts";
import {
  Decode,
  fd as fdKind,
  flags as flagsKind,
  full,
  int,
  ptr,
  type Row,
  traced,
} from "./row.ts";

const domain = traced(Decode.Int, "socketFamily");
const type = traced(Decode.Int, "socketType");
const address = traced(Decode.Word, "sockaddr");
const level = traced(Decode.Int, "socketLevel");

export const socketRows: Row[] = [
  full(41, "socket", socket, domain, type, int),
  full(42, "connect", connect, fdKind, address, int),
  full(43, "accept", accept, fdKind, ptr, ptr),
  full(288, "accept4", accept4, fdKind, ptr, ptr, flagsKind),
  full(48, "shutdown", shutdown, fdKind, int),
  full(49, "bind", bind, fdKind, address, int),
  full(50, "listen", listen, fdKind, int),
  full(51, "getsockname", getsockname, fdKind, ptr, ptr),
  full(52, "getpeername", getpeername, fdKind, ptr, ptr),
  full(53, "socketpair", socketpair, domain, type, int, ptr),
  full(54, "setsockopt", setsockopt, fdKind, level, int, ptr, int),
  full(55, "getsockopt", getsockopt, fdKind, level, int, ptr, ptr),
];

const MODE_FLAGS = SOCK_CLOEXEC | SOCK_NONBLOCK;
/** /proc/sys/net/core/somaxconn */
const SOMAXCONN = 4096;

const FdPair = struct({ first: "i32", second: "i32" });
const pair = FdPair.alloc();
const name = new SocketAddress();
const outgoing = new Outgoing();
const option = new OptionValue();
const length = I32.alloc();

/** The socket of `fd`, pinned for the call; -EBADF, -ENOTSOCK. */
export function socketOf(t: Task, fd: number): Socket | number {
  const file = t.pinnedFile(fd);
  if (file === null) return -EBADF;
  return file instanceof Socket ? file : -ENOTSOCK;
}

/** socket(2). EACCES, EAFNOSUPPORT, EINVAL, EMFILE, EPERM, EPROTONOSUPPORT. */
export function socket(
  t: Task,
  domain: number,
  type: number,
  protocol: number,
): number {
  const flags = type & ~SOCK_TYPE_MASK;
  if ((flags & ~MODE_FLAGS) !== 0) return -EINVAL;
  const s = newSocket(t, domain, type & SOCK_TYPE_MASK, protocol);
  return typeof s === "number" ? s : install(t, s, flags);
}

function install(t: Task, s: Socket, flags: number): number {
  s.flags |= flags & SOCK_NONBLOCK;
  return t.files.installNew(t, s, (flags & SOCK_CLOEXEC) !== 0);
}

/** socketpair(2). As socket(2), and EFAULT, EOPNOTSUPP. */
export function socketpair(
  t: Task,
  domain: number,
  type: number,
  protocol: number,
  sv: number,
): number {
  const flags = type & ~SOCK_TYPE_MASK;
  if ((flags & ~MODE_FLAGS) !== 0) return -EINVAL;
  const two = newSocketPair(t, domain, type & SOCK_TYPE_MASK, protocol);
  if (typeof two === "number") return two;
  const first = install(t, two[0], flags);
  if (first < 0) {
    two[1].release();
    return first;
  }
  const second = install(t, two[1], flags);
  if (second < 0) {
    t.files.close(t, first);
    return second;
  }
  pair.first = first;
  pair.second = second;
  if (t.copyOut(sv, pair)) return 0;
  t.files.close(t, first);
  t.files.close(t, second);
  return -EFAULT;
}

/** bind(2). EACCES, EADDRINUSE, EADDRNOTAVAIL, EBADF, EFAULT, EINVAL, ENOTSOCK, … */
export function bind(
  t: Task,
  sockfd: number,
  addr: number,
  addrlen: number,
): number {
  const s = socketOf(t, sockfd);
  if (typeof s === "number") return s;
  const r = name.copyIn(t, addr, addrlen);
  return r < 0 ? r : s.bind(t, name);
}

/** listen(2). EBADF, EADDRINUSE, EINVAL, ENOTSOCK, EOPNOTSUPP. */
export function listen(t: Task, sockfd: number, backlog: number): number {
  const s = socketOf(t, sockfd);
  if (typeof s === "number") return s;
  return s.listen(t, Math.min(backlog >>> 0, SOMAXCONN));
}

/** connect(2). EAGAIN, EALREADY, ECONNREFUSED, EINPROGRESS, EINTR, EISCONN, … */
export function connect(
  t: Task,
  sockfd: number,
  addr: number,
  addrlen: number,
): number {
  const s = socketOf(t, sockfd);
  if (typeof s === "number") return s;
  const r = name.copyIn(t, addr, addrlen);
  if (r < 0) return r;
  outgoing.reset(t, 0);
  const n = s.connect(t, name, outgoing);
  if (n !== -EAGAIN && n !== -EINPROGRESS && n !== -EALREADY) return n;
  if (s.nonblocking(0)) return n;
  const queue = outgoing.waitOn ?? s.queue;
  const w = t.parkFor(queue, POLLOUT, s.options.sndtimeo);
  return w === -EAGAIN ? n : w;
}

export function accept(
  t: Task,
  sockfd: number,
  addr: number,
  addrlen: number,
): number {
  return accept4(t, sockfd, addr, addrlen, 0);
}

/** accept4(2). EAGAIN, EBADF, EFAULT, EINTR, EINVAL, EMFILE, ENOTSOCK, EOPNOTSUPP. */
export function accept4(
  t: Task,
  sockfd: number,
  addr: number,
  addrlen: number,
  flags: number,
): number {
  if ((flags & ~MODE_FLAGS) !== 0) return -EINVAL;
  const s = socketOf(t, sockfd);
  if (typeof s === "number") return s;
  const made = s.accept(t);
  if (typeof made === "number") {
    if (made !== -EAGAIN || s.nonblocking(0)) return made;
    return t.parkFor(s.queue, POLLIN, s.options.rcvtimeo);
  }
  const fd = install(t, made, flags);
  if (fd < 0 || addr === 0) return fd;
  name.length = 0;
  made.peerName(name);
  const r = name.copyOut(t, addr, addrlen);
  if (r < 0) t.files.close(t, fd);
  return r < 0 ? r : fd;
}

/** getsockname(2). EBADF, EFAULT, EINVAL, ENOTSOCK. */
export function getsockname(
  t: Task,
  sockfd: number,
  addr: number,
  addrlen: number,
): number {
  const s = socketOf(t, sockfd);
  if (typeof s === "number") return s;
  const r = s.localName(name);
  return r < 0 ? r : name.copyOut(t, addr, addrlen);
}

/** getpeername(2). EBADF, EFAULT, EINVAL, ENOTCONN, ENOTSOCK. */
export function getpeername(
  t: Task,
  sockfd: number,
  addr: number,
  addrlen: number,
): number {
  const s = socketOf(t, sockfd);
  if (typeof s === "number") return s;
  const r = s.peerName(name);
  return r < 0 ? r : name.copyOut(t, addr, addrlen);
}

/** shutdown(2). EBADF, EINVAL, ENOTCONN, ENOTSOCK. */
export function shutdown(t: Task, sockfd: number, how: number): number {
  const s = socketOf(t, sockfd);
  if (typeof s === "number") return s;
  return how < 0 || how > SHUT_RDWR ? -EINVAL : s.shutdown(t, how + 1);
}

/** setsockopt(2). EBADF, EFAULT, EINVAL, ENOPROTOOPT, ENOTSOCK. */
export function setsockopt(
  t: Task,
  sockfd: number,
  level: number,
  optname: number,
  optval: number,
  optlen: number,
): number {
  const s = socketOf(t, sockfd);
  if (typeof s === "number") return s;
  if (optlen < 0) return -EINVAL;
  option.length = Math.min(optlen, option.bytes.length);
  if (!t.mm.copyIn(optval, option.bytes, 0, option.length)) return -EFAULT;
  return level === SOL_SOCKET
    ? setSocketOption(t, s, optname, option)
    : s.setOption(t, level, optname, option);
}

/** getsockopt(2). EBADF, EFAULT, EINVAL, ENOPROTOOPT, ENOTSOCK. */
export function getsockopt(
  t: Task,
  sockfd: number,
  level: number,
  optname: number,
  optval: number,
  optlen: number,
): number {
  const s = socketOf(t, sockfd);
  if (typeof s === "number") return s;
  if (!t.copyIn(optlen, length)) return -EFAULT;
  const room = length.value;
  if (room < 0) return -EINVAL;
  option.length = room;
  const n = level === SOL_SOCKET
    ? getSocketOption(t, s, optname, option)
    : s.getOption(t, level, optname, option);
  if (n < 0) return n;
  length.value = Math.min(n, room);
  if (!t.mm.copyOut(optval, option.bytes, 0, length.value)) return -EFAULT;
  return t.copyOut(optlen, length) ? 0 : -EFAULT;
}

/** Which sockets there are: socket(2) and socketpair(2) by family and type. */
import {
  EACCES,
  EAFNOSUPPORT,
  EINVAL,
  EOPNOTSUPP,
  EPERM,
  EPROTONOSUPPORT,
  ESOCKTNOSUPPORT,
} from "../../abi/linux/errno.ts";
import { CAP_NET_RAW } from "../../abi/linux/capability.ts";
import {
  IPPROTO_ICMP,
  IPPROTO_ICMPV6,
  IPPROTO_TCP,
  IPPROTO_UDP,
} from "../../abi/linux/net.ts";
import {
  AF_INET,
  AF_INET6,
  AF_MAX,
  AF_NETLINK,
  AF_PACKET,
  AF_UNIX,
  SOCK_DGRAM,
  SOCK_PACKET,
  SOCK_RAW,
  SOCK_SEQPACKET,
  SOCK_STREAM,
} from "../../abi/linux/socket.ts";
import type { Task } from "../kernel/task.ts";
import { newNetlinkSocket } from "./netlink/netlink_socket.ts";
import { TcpSocket } from "./inet/tcp_socket.ts";
import { UdpSocket } from "./inet/udp_socket.ts";
import type { Socket } from "./socket.ts";
import { UnixDatagram } from "./unix/datagram.ts";
import { UnixStream } from "./unix/stream.ts";

/**
 * A new socket. -EINVAL, -EAFNOSUPPORT, -EPROTONOSUPPORT, -ESOCKTNOSUPPORT,
 * -EPERM (raw sockets).
 */
export function newSocket(
  t: Task,
  family: number,
  type: number,
  protocol: number,
): Socket | number {
  if (family < 0 || family >= AF_MAX) return -EAFNOSUPPORT;
  if (type < 0 || type > SOCK_PACKET) return -EINVAL;
  switch (family) {
    case AF_UNIX:
      return newUnixSocket(t, type, protocol);
    case AF_INET:
    case AF_INET6:
      return newInetSocket(t, family, type, protocol);
    case AF_NETLINK:
      return newNetlinkSocket(t, type, protocol);
    case AF_PACKET:
      return t.creds.can(CAP_NET_RAW) ? -EAFNOSUPPORT : -EPERM;
    default:
      return -EAFNOSUPPORT;
  }
}

function newUnixSocket(
  t: Task,
  type: number,
  protocol: number,
): UnixStream | UnixDatagram | number {
  if (protocol !== 0 && protocol !== AF_UNIX) return -EPROTONOSUPPORT;
  switch (type) {
    case SOCK_STREAM:
    case SOCK_SEQPACKET:
      return new UnixStream(t, type);
    case SOCK_DGRAM:
    case SOCK_RAW:
      return new UnixDatagram(t);
    default:
      return -ESOCKTNOSUPPORT;
  }
}

function newInetSocket(
  t: Task,
  family: number,
  type: number,
  protocol: number,
): Socket | number {
  if (protocol < 0 || protocol >= 256) return -EINVAL;
  switch (type) {
    case SOCK_STREAM:
      if (protocol !== 0 && protocol !== IPPROTO_TCP) return -EPROTONOSUPPORT;
      return new TcpSocket(t, family);
    case SOCK_DGRAM:
      if (protocol === IPPROTO_ICMP || protocol === IPPROTO_ICMPV6) {
        return -EACCES;
      }
      if (protocol !== 0 && protocol !== IPPROTO_UDP) return -EPROTONOSUPPORT;
      return new UdpSocket(t, family);
    case SOCK_RAW:
      return t.creds.can(CAP_NET_RAW) ? -EPROTONOSUPPORT : -EPERM;
    default:
      return -ESOCKTNOSUPPORT;
  }
}

/** Two connected sockets. As newSocket, and -EOPNOTSUPP for other families. */
export function newSocketPair(
  t: Task,
  family: number,
  type: number,
  protocol: number,
): [Socket, Socket] | number {
  if (family !== AF_UNIX) {
    const s = newSocket(t, family, type, protocol);
    if (typeof s === "number") return s;
    s.release();
    return -EOPNOTSUPP;
  }
  const a = newUnixSocket(t, type, protocol);
  if (typeof a === "number") return a;
  const b = newUnixSocket(t, type, protocol);
  if (a instanceof UnixStream && b instanceof UnixStream) {
    UnixStream.pair(t, a, b);
    return [a, b];
  }
  if (a instanceof UnixDatagram && b instanceof UnixDatagram) {
    UnixDatagram.pair(t, a, b);
    return [a, b];
  }
  return -EINVAL;
}

/** UDP inside the sandbox, udp(7). Datagrams beyond the receive buffer are lost. */
import {
  EACCES,
  EAGAIN,
  ECONNREFUSED,
  EDESTADDRREQ,
  EINVAL,
  EMSGSIZE,
  ENETUNREACH,
  ENOPROTOOPT,
  ENOTCONN,
  EOPNOTSUPP,
  EPIPE,
} from "../../../abi/linux/errno.ts";
import * as net from "../../../abi/linux/net.ts";
import {
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLOUT,
  POLLRDHUP,
  POLLRDNORM,
  POLLWRNORM,
} from "../../../abi/linux/poll.ts";
import {
  AF_INET,
  AF_INET6,
  AF_UNSPEC,
  MSG_OOB,
  MSG_PEEK,
  MSG_TRUNC,
  SO_BROADCAST,
  SOCK_DGRAM,
  SOL_IP,
  SOL_IPV6,
  SOL_UDP,
} from "../../../abi/linux/socket.ts";
import type { Task } from "../../kernel/task.ts";
import type { UserBuffer } from "../../mm/user_buffer.ts";
import { SocketAddress } from "../address.ts";
import type { ControlWriter } from "../control.ts";
import { freeMessage, MessageQueue, newMessage } from "../message.ts";
import {
  type Incoming,
  type OptionValue,
  type Outgoing,
  RCV_SHUTDOWN,
  SEND_SHUTDOWN,
} from "../socket.ts";
import {
  type Ip,
  isAny,
  isBroadcast,
  isV6,
  parse,
  parsed,
  putFour,
  putSix,
  show,
  sourceFor,
} from "./endpoint.ts";
import { InetSocket } from "./inet_socket.ts";
import { PortTable } from "./ports.ts";

const READABLE = POLLIN | POLLRDNORM;
const WRITABLE = POLLOUT | POLLWRNORM;
/** The longest payload of an IPv4 datagram. */
const MAX_PAYLOAD = 65507;
const LO_INDEX = 1;

/** All UDP sockets that have a port. */
export const udpPorts: PortTable<UdpSocket> = new PortTable();

const pktinfo = net.InPktinfo.alloc();
const pktinfo6 = net.In6Pktinfo.alloc();

export class UdpSocket extends InetSocket {
  readonly #in: MessageQueue = new MessageQueue();
  /** Its address as receivers see it; made anew when it changes. */
  #shown: SocketAddress | null = null;
  #corked = 0;

  constructor(t: Task, family: number) {
    super(t, family, SOCK_DGRAM, net.IPPROTO_UDP);
  }

  protected override get ports(): PortTable<InetSocket> {
    return udpPorts as unknown as PortTable<InetSocket>;
  }

  override connect(_t: Task, a: SocketAddress, _m: Outgoing): number {
    if (a.length >= 2 && a.family === AF_UNSPEC) {
      this.remotePort = 0;
      this.unchoose();
      this.#moved(this.localIp);
      return 0;
    }
    const r = this.parseDestination(a);
    if (r < 0) return r;
    const { ip, port } = parsed;
    if (this.localPort === 0) {
      const p = this.takePort(this.localIp, 0);
      if (p < 0) return -EAGAIN;
    }
    this.chooseSource(ip);
    this.#moved(this.localIp);
    this.remoteIp = ip;
    this.remotePort = port;
    this.queue.wake(WRITABLE);
    return 0;
  }

  #moved(ip: Ip): void {
    this.localIp = ip;
    this.#shown = null;
  }

  protected override unreachable(ip: Ip): number {
    if (isBroadcast(ip) && !this.options.has(SO_BROADCAST)) return -EACCES;
    return -ENETUNREACH;
  }

  override send(_t: Task, src: UserBuffer, m: Outgoing): number {
    if ((m.flags & MSG_OOB) !== 0) return -EOPNOTSUPP;
    const n = src.remaining;
    if (n > 65535) return -EMSGSIZE;
    let ip = this.remoteIp;
    let port = this.remotePort;
    if (m.address.length > 0) {
      const r = this.parseDestination(m.address);
      if (r < 0) return r;
      ip = parsed.ip;
      port = parsed.port;
      if (port === 0) return -EINVAL;
    } else if (port === 0) return -EDESTADDRREQ;
    if (this.error !== 0) return -this.takeError();
    if ((this.shut & SEND_SHUTDOWN) !== 0) return -EPIPE;
    if (n > MAX_PAYLOAD) return -EMSGSIZE;
    if (this.localPort === 0 && this.takePort(this.localIp, 0) < 0) {
      return -EAGAIN;
    }
    return this.#deliver(src, n, ip, port);
  }

  #deliver(src: UserBuffer, n: number, ip: Ip, port: number): number {
    const message = newMessage();
    const copied = message.fill(src, n);
    if (copied < 0) return copied;
    message.source = this.#sourceFor(ip);
    const to = findReceiver(ip, port, message.source);
    if (to === null) {
      // The port unreachable message reaches connected sockets alone.
      if (this.remotePort !== 0) {
        this.error = ECONNREFUSED;
        this.queue.wake(POLLERR | READABLE | WRITABLE);
      }
      freeMessage(message);
      return n;
    }
    if (to.#in.bytes + n > to.options.rcvbuf) freeMessage(message);
    else {
      message.destination = shown(ip, port);
      to.#in.push(message);
      to.queue.wake(READABLE);
    }
    return n;
  }

  /** The address that a datagram to `ip` comes from. */
  #sourceFor(ip: Ip): SocketAddress {
    if (this.#shown !== null) return this.#shown;
    const from = isAny(this.localIp) ? sourceFor(ip) : this.localIp;
    const a = shown(from, this.localPort);
    if (!isAny(this.localIp)) this.#shown = a;
    return a;
  }

  override receive(_t: Task, dst: UserBuffer, m: Incoming): number {
    if ((m.flags & MSG_OOB) !== 0) return -EOPNOTSUPP;
    if (this.error !== 0) return -this.takeError();
    const first = this.#in.first;
    if (first === null) return (this.shut & RCV_SHUTDOWN) !== 0 ? 0 : -EAGAIN;
    const { length } = first;
    const n = dst.copy(first.bytes, first.from, length);
    if (n < 0) return n;
    if (n < length) m.outFlags |= MSG_TRUNC;
    // The sender's address as this family shows it.
    parse(first.source!, first.source!.family);
    show(m.address, this.family, parsed.ip, parsed.port);
    m.destination = first.destination;
    if ((m.flags & MSG_PEEK) === 0) this.#in.drop();
    return (m.flags & MSG_TRUNC) !== 0 ? length : n;
  }

  override putControl(_t: Task, m: Incoming, to: ControlWriter): void {
    const { destination } = m;
    if (destination === null) return;
    parse(destination, destination.family);
    const { ip } = parsed;
    if (this.family === AF_INET && this.ipOption(net.IP_PKTINFO) !== 0) {
      pktinfo.ipi_ifindex = LO_INDEX;
      putFour(ip, pktinfo.ipi_spec_dst, 0);
      putFour(ip, pktinfo.ipi_addr, 0);
      to.put(m, SOL_IP, net.IP_PKTINFO, pktinfo.bytes);
    }
    if (this.family === AF_INET) return;
    if (this.ipv6Option(net.IPV6_RECVPKTINFO) !== 0) {
      pktinfo6.ipi6_ifindex = LO_INDEX;
      putSix(ip, pktinfo6.ipi6_addr);
      to.put(m, SOL_IPV6, net.IPV6_PKTINFO, pktinfo6.bytes);
    }
  }

  override shutdown(_t: Task, how: number): number {
    if (this.remotePort === 0) return -ENOTCONN;
    this.shut |= how;
    this.queue.wake(READABLE | WRITABLE | POLLHUP | POLLRDHUP);
    return 0;
  }

  override poll(): number {
    let events = WRITABLE;
    if (this.error !== 0) events |= POLLERR;
    if (this.shut === (RCV_SHUTDOWN | SEND_SHUTDOWN)) events |= POLLHUP;
    if ((this.shut & RCV_SHUTDOWN) !== 0) events |= READABLE | POLLRDHUP;
    if (this.#in.first !== null) events |= READABLE;
    return events;
  }

  override pendingIn(): number {
    return this.#in.first?.length ?? 0;
  }

  override pendingOut(): number {
    return 0;
  }

  override setOption(
    t: Task,
    level: number,
    name: number,
    value: OptionValue,
  ): number {
    if (level !== SOL_UDP) return super.setOption(t, level, name, value);
    if (name !== net.UDP_CORK) return -ENOPROTOOPT;
    this.#corked = value.length >= 4 ? value.int : 0;
    return 0;
  }

  override getOption(
    t: Task,
    level: number,
    name: number,
    value: OptionValue,
  ): number {
    if (level !== SOL_UDP) return super.getOption(t, level, name, value);
    return name === net.UDP_CORK ? value.putInt(this.#corked) : -ENOPROTOOPT;
  }

  /** Unread bytes, for /proc/net/udp. */
  get queued(): number {
    return this.#in.bytes;
  }

  override release(): void {
    this.dropPort();
    this.#in.clear();
  }

  /** How well this socket fits a datagram; 0: not at all. */
  score(ip: Ip, from: SocketAddress): number {
    let score = 1;
    if (this.localIp === ip) score = 4;
    else if (!isAny(this.localIp)) return 0;
    else if ((this.localIp < 0) === (ip < 0)) score = 2;
    else if (this.localIp >= 0 || this.v6only) return 0;
    if (this.remotePort === 0) return score;
    parse(from, from.family);
    const peer = parsed.ip === this.remoteIp && parsed.port === this.remotePort;
    return peer ? score + 8 : 0;
  }
}

function shown(ip: Ip, port: number): SocketAddress {
  const a = new SocketAddress();
  show(a, isV6(ip) ? AF_INET6 : AF_INET, ip, port);
  return a;
}

function findReceiver(
  ip: Ip,
  port: number,
  from: SocketAddress,
): UdpSocket | null {
  const users = udpPorts.at(port);
  if (users === undefined) return null;
  let best: UdpSocket | null = null;
  let bestScore = 0;
  for (const s of users) {
    const score = s.score(ip, from);
    if (score <= bestScore) continue;
    best = s;
    bestScore = score;
  }
  return best;
}

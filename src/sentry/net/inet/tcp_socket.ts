/**
 * TCP inside the sandbox, tcp(7): both ends are here, so a connection is two
 * sockets that know each other and a queue of bytes each way. There are no
 * packets; states, errors and readiness are those of Linux over lo.
 *
 * @module
 */
import {
  EADDRNOTAVAIL,
  EAGAIN,
  EALREADY,
  ECONNREFUSED,
  ECONNRESET,
  EINPROGRESS,
  EINVAL,
  EISCONN,
  ENOTCONN,
  EOPNOTSUPP,
  EPIPE,
} from "../../../abi/linux/errno.ts";
import {
  IPPROTO_TCP,
  TCP_CLOSE,
  TCP_CLOSE_WAIT,
  TCP_ESTABLISHED,
  TCP_FIN_WAIT2,
  TCP_LISTEN,
  TCP_SYN_SENT,
} from "../../../abi/linux/net.ts";
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
  AF_UNSPEC,
  MSG_OOB,
  MSG_PEEK,
  MSG_TRUNC,
  SOCK_STREAM,
  SOL_TCP,
} from "../../../abi/linux/socket.ts";
import { BIG_PAGE } from "../../fs/anon/page_pool.ts";
import type { Task } from "../../kernel/task.ts";
import type { UserBuffer } from "../../mm/user_buffer.ts";
import type { SocketAddress } from "../address.ts";
import { MessageQueue, newMessage } from "../message.ts";
import {
  type Incoming,
  type OptionValue,
  type Outgoing,
  RCV_SHUTDOWN,
  SEND_SHUTDOWN,
  type Socket,
} from "../socket.ts";
import { type Ip, isAny, parsed } from "./endpoint.ts";
import { InetSocket } from "./inet_socket.ts";
import { PortTable } from "./ports.ts";
import { TcpOptions } from "./tcp_options.ts";

const READABLE = POLLIN | POLLRDNORM;
const WRITABLE = POLLOUT | POLLWRNORM;
const ALL = READABLE | WRITABLE | POLLHUP | POLLERR | POLLRDHUP;
const BOTH = RCV_SHUTDOWN | SEND_SHUTDOWN;
/** What Linux has grown the buffers of a connection over lo to. */
const SNDBUF = 2626560;
const RCVBUF = 131072;

/** All TCP sockets that have a port. */
export const tcpPorts: PortTable<TcpSocket> = new PortTable();

export class TcpSocket extends InetSocket {
  /** TCP_ESTABLISHED, TCP_LISTEN, …; see `tcpState` for what programs see. */
  #state = TCP_CLOSE;
  /** The other end; null when it is gone or never was. */
  #peer: TcpSocket | null = null;
  readonly #in: MessageQueue = new MessageQueue();
  /** Bytes sent that the peer has not read. */
  #inFlight = 0;
  /** A connect(2) that did not wait has yet to report its outcome. */
  #unreported = false;
  /** Connections that nobody accepted yet. */
  readonly #pending: TcpSocket[] = [];
  /** Clients that a full backlog keeps waiting: their SYN is retried. */
  readonly #waiting: Set<TcpSocket> = new Set();
  #backlog = 0;
  /** The listener this one waits for. */
  #listener: TcpSocket | null = null;
  readonly tcp: TcpOptions = new TcpOptions();

  constructor(t: Task, family: number) {
    super(t, family, SOCK_STREAM, IPPROTO_TCP);
    this.options.sndbuf = SNDBUF;
    this.options.rcvbuf = RCVBUF;
  }

  protected override get ports(): PortTable<InetSocket> {
    return tcpPorts as unknown as PortTable<InetSocket>;
  }

  override get listening(): boolean {
    return this.#state === TCP_LISTEN;
  }

  /** The state as TCP_INFO and /proc/net/tcp show it. */
  get tcpState(): number {
    if (this.#state !== TCP_ESTABLISHED) return this.#state;
    if ((this.shut & SEND_SHUTDOWN) !== 0) return TCP_FIN_WAIT2;
    return (this.shut & RCV_SHUTDOWN) !== 0 ? TCP_CLOSE_WAIT : TCP_ESTABLISHED;
  }

  override listen(_t: Task, backlog: number): number {
    if (this.#state !== TCP_CLOSE && this.#state !== TCP_LISTEN) {
      return -EINVAL;
    }
    const before = this.#state;
    this.#state = TCP_LISTEN;
    const r = this.localPort === 0
      ? this.takePort(this.localIp, 0)
      : tcpPorts.check(this, this.localIp, this.localPort);
    if (r < 0) {
      this.#state = before;
      return r;
    }
    this.#backlog = backlog;
    this.shut = 0;
    return 0;
  }

  override connect(t: Task, a: SocketAddress, _m: Outgoing): number {
    if (a.length >= 2 && a.family === AF_UNSPEC) return this.#disconnect();
    if (this.#state === TCP_SYN_SENT) return -EALREADY;
    if (this.#unreported) {
      this.#unreported = false;
      return this.error !== 0 ? -this.takeError() : 0;
    }
    if (this.#state !== TCP_CLOSE) return -EISCONN;
    const r = this.parseDestination(a);
    if (r < 0) return r;
    const { ip, port } = parsed;
    if (this.localPort === 0 && this.takePort(this.localIp, 0) < 0) {
      return -EADDRNOTAVAIL;
    }
    this.chooseSource(ip);
    this.shut = 0;
    this.remoteIp = ip;
    this.remotePort = port;
    this.#arrive(t, findListener(ip, port, this));
    const waits = this.#listener !== null;
    if (waits || this.nonblocking(0)) {
      this.#unreported = true;
      return -EINPROGRESS;
    }
    return this.error !== 0 ? -this.takeError() : 0;
  }

  /** The SYN reaches `listener`. */
  #arrive(t: Task, listener: TcpSocket | null): void {
    if (listener === null) {
      this.#refused();
      return;
    }
    if (listener.#pending.length > listener.#backlog) {
      this.#state = TCP_SYN_SENT;
      this.#listener = listener;
      listener.#waiting.add(this);
      return;
    }
    const server = new TcpSocket(t, listener.family);
    server.inheritIp(listener);
    server.tcp.inherit(listener.tcp);
    server.localIp = this.remoteIp;
    server.localPort = this.remotePort;
    tcpPorts.add(server.localPort, server);
    server.remoteIp = this.localIp;
    server.remotePort = this.localPort;
    server.#link(this);
    this.#link(server);
    listener.#pending.push(server);
    this.queue.wake(WRITABLE);
    listener.queue.wake(READABLE);
  }

  #link(peer: TcpSocket): void {
    this.#peer = peer;
    this.#state = TCP_ESTABLISHED;
    this.#listener = null;
  }

  #refused(): void {
    this.#state = TCP_CLOSE;
    this.#listener = null;
    this.error = ECONNREFUSED;
    this.shut = BOTH;
    this.remotePort = 0;
    this.unchoose();
    this.queue.wake(ALL);
  }

  #disconnect(): number {
    this.#abort(false);
    this.#state = TCP_CLOSE;
    this.shut = 0;
    this.error = 0;
    this.#unreported = false;
    this.remotePort = 0;
    this.unchoose();
    return 0;
  }

  override accept(t: Task): Socket | number {
    if (this.#state !== TCP_LISTEN) return -EINVAL;
    const s = this.#pending.shift();
    if (s === undefined) return -EAGAIN;
    for (const client of this.#waiting) {
      this.#waiting.delete(client);
      client.#arrive(t, this);
      break;
    }
    return s;
  }

  /** Bytes that may be under way before a send has to wait. */
  get #window(): number {
    const peer = this.#peer;
    return this.options.sndbuf + (peer === null ? 0 : peer.options.rcvbuf);
  }

  /** As Linux: not before a third of the buffer is free again. */
  get #writable(): boolean {
    return this.#inFlight * 3 <= this.#window * 2;
  }

  override send(_t: Task, src: UserBuffer, m: Outgoing): number {
    if ((m.flags & MSG_OOB) !== 0) return -EOPNOTSUPP;
    if (this.error !== 0 && this.#state !== TCP_SYN_SENT) {
      return -this.takeError();
    }
    if ((this.shut & SEND_SHUTDOWN) !== 0) return -EPIPE;
    if (this.#state === TCP_SYN_SENT) return -EAGAIN;
    if (this.#state !== TCP_ESTABLISHED) return -EPIPE;
    const peer = this.#peer;
    if (peer === null) return this.#sendToNobody(src);
    let total = 0;
    while (src.remaining > 0) {
      const room = this.#window - this.#inFlight;
      if (room <= 0) break;
      const n = append(peer.#in, src, Math.min(src.remaining, room));
      if (n <= 0) {
        if (total === 0) return n;
        break;
      }
      total += n;
      this.#inFlight += n;
    }
    if (total > 0) peer.queue.wake(READABLE);
    return total > 0 || src.remaining === 0 ? total : -EAGAIN;
  }

  /** The peer has closed: the data is answered by a reset. */
  #sendToNobody(src: UserBuffer): number {
    const n = src.remaining;
    src.advance(n);
    this.#reset(EPIPE);
    return n;
  }

  #reset(error: number): void {
    this.error = error;
    this.shut = BOTH;
    this.#state = TCP_CLOSE;
    this.#peer = null;
    this.#inFlight = 0;
    this.queue.wake(ALL);
  }

  override receive(_t: Task, dst: UserBuffer, m: Incoming): number {
    if ((m.flags & MSG_OOB) !== 0) return -EINVAL;
    if (this.#state === TCP_LISTEN) return -ENOTCONN;
    const first = this.#in.first;
    if (first === null) {
      if (this.error !== 0) return -this.takeError();
      if ((this.shut & RCV_SHUTDOWN) !== 0) return 0;
      if (this.#state === TCP_CLOSE) return -ENOTCONN;
      return dst.remaining === 0 ? 0 : -EAGAIN;
    }
    if ((m.flags & MSG_PEEK) !== 0) return this.#peek(dst);
    return this.#take(dst, (m.flags & MSG_TRUNC) !== 0);
  }

  /** @param discard MSG_TRUNC: the bytes are counted, not copied */
  #take(dst: UserBuffer, discard: boolean): number {
    let total = 0;
    let first = this.#in.first;
    while (first !== null && dst.remaining > 0) {
      const want = Math.min(first.length, dst.remaining);
      let n = want;
      if (discard) dst.advance(n);
      else n = dst.copy(first.bytes, first.from, want);
      if (n < 0) {
        if (total === 0) return n;
        break;
      }
      total += n;
      this.#in.take(n);
      if (first.length > 0) break;
      this.#in.drop();
      first = this.#in.first;
    }
    this.#credit(total);
    return total;
  }

  /** The sender has room for `n` bytes more. */
  #credit(n: number): void {
    const peer = this.#peer;
    if (peer === null) return;
    const was = peer.#writable;
    peer.#inFlight -= n;
    if (!was && peer.#writable) peer.queue.wake(WRITABLE);
  }

  #peek(dst: UserBuffer): number {
    let total = 0;
    let at = this.#in.first;
    while (at !== null && dst.remaining > 0) {
      const n = dst.copy(at.bytes, at.from, at.length);
      if (n < 0) return total > 0 ? total : n;
      total += n;
      at = at.next;
    }
    return total;
  }

  override shutdown(t: Task, how: number): number {
    if (this.#state === TCP_LISTEN) {
      if ((how & RCV_SHUTDOWN) !== 0) this.#stopListening(t);
      return 0;
    }
    if (this.#state !== TCP_ESTABLISHED) return -ENOTCONN;
    this.shut |= how;
    this.queue.wake(ALL);
    const peer = this.#peer;
    if (peer !== null && (how & SEND_SHUTDOWN) !== 0) peer.#finCame();
    return 0;
  }

  /** The peer will send no more. */
  #finCame(): void {
    this.shut |= RCV_SHUTDOWN;
    this.queue.wake(ALL);
  }

  #stopListening(_t: Task): void {
    this.#refuseAll();
    this.#state = TCP_CLOSE;
    this.shut = BOTH;
    this.queue.wake(ALL);
  }

  #refuseAll(): void {
    for (const s of this.#pending) {
      s.#abort(true);
      s.dropPort();
    }
    this.#pending.length = 0;
    for (const client of this.#waiting) client.#refused();
    this.#waiting.clear();
  }

  override poll(): number {
    if (this.#state === TCP_LISTEN) {
      return this.#pending.length > 0 ? READABLE : 0;
    }
    if (this.#state === TCP_SYN_SENT) return 0;
    let events = this.error !== 0 ? POLLERR : 0;
    if (this.shut === BOTH || this.#state === TCP_CLOSE) events |= POLLHUP;
    if ((this.shut & RCV_SHUTDOWN) !== 0) events |= READABLE | POLLRDHUP;
    if (this.#in.bytes >= this.options.rcvlowat) events |= READABLE;
    const sends = (this.shut & SEND_SHUTDOWN) === 0;
    if (!sends || this.#writable) events |= WRITABLE;
    return events;
  }

  override pendingIn(): number {
    return this.#state === TCP_LISTEN ? -EINVAL : this.#in.bytes;
  }

  override pendingOut(): number {
    return this.#state === TCP_LISTEN ? -EINVAL : 0;
  }

  override peerName(a: SocketAddress): number {
    if (this.#state !== TCP_ESTABLISHED) return -ENOTCONN;
    return super.peerName(a);
  }

  override setOption(
    t: Task,
    level: number,
    name: number,
    value: OptionValue,
  ): number {
    if (level !== SOL_TCP) return super.setOption(t, level, name, value);
    return this.tcp.set(name, value);
  }

  override getOption(
    t: Task,
    level: number,
    name: number,
    value: OptionValue,
  ): number {
    if (level !== SOL_TCP) return super.getOption(t, level, name, value);
    return this.tcp.get(name, value, this.tcpState);
  }

  /** Unread bytes, for TCP_INFO and /proc/net/tcp. */
  get queued(): number {
    return this.#state === TCP_LISTEN ? this.#pending.length : this.#in.bytes;
  }

  override release(): void {
    if (this.#state === TCP_LISTEN) this.#refuseAll();
    this.#listener?.dropWaiting(this);
    this.#abort(this.options.linger === 0);
    this.#state = TCP_CLOSE;
    this.dropPort();
  }

  /** A client gives up before the listener had room. */
  dropWaiting(client: TcpSocket): void {
    this.#waiting.delete(client);
  }

  /** Leaves the peer: with a FIN, or a reset if bytes are lost or `reset` says so. */
  #abort(reset: boolean): void {
    const peer = this.#peer;
    this.#peer = null;
    const lost = this.#in.first !== null;
    this.#in.clear();
    if (peer === null) return;
    peer.#peer = null;
    peer.#inFlight = 0;
    if (reset || lost) {
      const closing = (peer.shut & RCV_SHUTDOWN) !== 0;
      peer.#reset(closing ? EPIPE : ECONNRESET);
    } else if ((this.shut & SEND_SHUTDOWN) === 0) peer.#finCame();
  }
}

/** Who listens at `ip`, most exact address first; several with SO_REUSEPORT take turns by the client's port. */
function findListener(
  ip: Ip,
  port: number,
  client: TcpSocket,
): TcpSocket | null {
  const users = tcpPorts.at(port);
  if (users === undefined) return null;
  let best: TcpSocket | null = null;
  let bestScore = 0;
  let same = 0;
  for (const s of users) {
    if (!s.listening) continue;
    const score = s.localIp === ip
      ? 3
      : !isAny(s.localIp)
      ? 0
      : (s.localIp < 0) === (ip < 0)
      ? 2
      : s.localIp < 0 && !s.v6only
      ? 1
      : 0;
    if (score === 0 || score < bestScore) continue;
    same = score > bestScore ? 1 : same + 1;
    bestScore = score;
    if (same === 1 || client.localPort % same === 0) best = s;
  }
  return best;
}

/** Puts bytes behind those of the last message, or into a new one. */
function append(to: MessageQueue, src: UserBuffer, n: number): number {
  const tail = to.last;
  if (tail !== null) {
    const room = tail.bytes.length - tail.to;
    if (room > 0) return to.grow(src, Math.min(n, room));
  }
  const message = newMessage();
  const copied = message.fill(src, Math.min(n, BIG_PAGE));
  if (copied > 0) to.push(message);
  return copied;
}

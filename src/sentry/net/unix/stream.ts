/** Unix sockets with connections: SOCK_STREAM and SOCK_SEQPACKET. */
import {
  EAGAIN,
  ECONNREFUSED,
  ECONNRESET,
  EINVAL,
  EISCONN,
  EMSGSIZE,
  ENOTCONN,
  EOPNOTSUPP,
  EPIPE,
} from "../../../abi/linux/errno.ts";
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
  MSG_OOB,
  MSG_PEEK,
  MSG_TRUNC,
  SO_PASSCRED,
  SOCK_STREAM,
} from "../../../abi/linux/socket.ts";
import { BIG_PAGE } from "../../fs/anon/page_pool.ts";
import type { Task } from "../../kernel/task.ts";
import { WaitQueue } from "../../kernel/wait_queue.ts";
import type { UserBuffer } from "../../mm/user_buffer.ts";
import type { SocketAddress } from "../address.ts";
import { MessageQueue, newMessage } from "../message.ts";
import {
  type Incoming,
  type Outgoing,
  RCV_SHUTDOWN,
  SEND_SHUTDOWN,
  type Socket,
} from "../socket.ts";
import { peekFiles, sameSender, setSender, takeControl } from "./passing.ts";
import { credentialsOf, UnixSocket } from "./unix_socket.ts";

const enum State {
  Closed,
  Listening,
  Connected,
}

const READABLE = POLLIN | POLLRDNORM;
const WRITABLE = POLLOUT | POLLWRNORM;
const ALL = READABLE | WRITABLE | POLLHUP | POLLERR | POLLRDHUP;
const BOTH = RCV_SHUTDOWN | SEND_SHUTDOWN;

export class UnixStream extends UnixSocket {
  #state = State.Closed;
  /** The other end; null once that has closed. */
  #peer: UnixStream | null = null;
  readonly #in: MessageQueue = new MessageQueue();
  /** Bytes sent that the peer has not read. */
  #inFlight = 0;
  /** Connections that nobody accepted yet. */
  readonly #pending: UnixStream[] = [];
  #backlog = 0;
  /** connect(2) waits here for room in the backlog. */
  readonly #room: WaitQueue = new WaitQueue();

  override get listening(): boolean {
    return this.#state === State.Listening;
  }

  override get peerSocket(): UnixSocket | null {
    return this.#peer;
  }

  /** The two ends of socketpair(2). */
  static pair(t: Task, a: UnixStream, b: UnixStream): void {
    a.peerCredentials = b.peerCredentials = credentialsOf(t);
    a.#link(b);
    b.#link(a);
  }

  #link(peer: UnixStream): void {
    this.#peer = peer;
    this.#state = State.Connected;
  }

  override listen(t: Task, backlog: number): number {
    if (!this.isBound || this.#state === State.Connected) return -EINVAL;
    this.#state = State.Listening;
    this.#backlog = backlog;
    this.peerCredentials = credentialsOf(t);
    this.#room.wake(POLLOUT);
    return 0;
  }

  override connect(t: Task, a: SocketAddress, m: Outgoing): number {
    if (this.#state === State.Listening) return -EINVAL;
    const other = this.find(t, a);
    if (typeof other === "number") return other;
    if (this.#state === State.Connected) return -EISCONN;
    if (!(other instanceof UnixStream)) return -ECONNREFUSED;
    if (other.#state !== State.Listening) return -ECONNREFUSED;
    if ((other.shut & RCV_SHUTDOWN) !== 0) return -ECONNREFUSED;
    if (other.#pending.length > other.#backlog) {
      m.waitOn = other.#room;
      return -EAGAIN;
    }
    if (!this.isBound && this.options.has(SO_PASSCRED)) this.autobind();
    other.#enqueue(t, this);
    return 0;
  }

  /** A new connection from `client`. */
  #enqueue(t: Task, client: UnixStream): void {
    const server = new UnixStream(t, this.type);
    server.options.inherit(this.options);
    server.address = this.address;
    server.peerCredentials = credentialsOf(t);
    client.peerCredentials = this.peerCredentials;
    server.#link(client);
    client.#link(server);
    client.queue.wake(WRITABLE);
    this.#pending.push(server);
    this.queue.wake(READABLE);
  }

  override accept(_t: Task): Socket | number {
    if (this.#state !== State.Listening) return -EINVAL;
    const s = this.#pending.shift();
    if (s === undefined) {
      return (this.shut & RCV_SHUTDOWN) !== 0 ? -EINVAL : -EAGAIN;
    }
    this.#room.wake(POLLOUT);
    return s;
  }

  override send(_t: Task, src: UserBuffer, m: Outgoing): number {
    if ((m.flags & MSG_OOB) !== 0) return -EOPNOTSUPP;
    const stream = this.type === SOCK_STREAM;
    if (stream && m.address.length > 0) {
      return this.#state === State.Connected ? -EISCONN : -EOPNOTSUPP;
    }
    if (this.#state !== State.Connected) return -ENOTCONN;
    const peer = this.#peer;
    if ((this.shut & SEND_SHUTDOWN) !== 0) return -EPIPE;
    if (peer === null || (peer.shut & RCV_SHUTDOWN) !== 0) return -EPIPE;
    const n = stream
      ? this.#sendBytes(peer.#in, src, m)
      : this.#sendRecord(peer.#in, src, m);
    if (n >= 0) peer.queue.wake(READABLE);
    return n;
  }

  #sendBytes(
    to: MessageQueue,
    src: UserBuffer,
    m: Outgoing,
  ): number {
    let total = 0;
    while (src.remaining > 0) {
      const room = this.options.sndbuf - this.#inFlight;
      if (room <= 0) return total > 0 ? total : -EAGAIN;
      const n = append(to, src, m, Math.min(src.remaining, room));
      if (n <= 0) return total > 0 ? total : n;
      total += n;
      this.#inFlight += n;
    }
    return total;
  }

  #sendRecord(
    to: MessageQueue,
    src: UserBuffer,
    m: Outgoing,
  ): number {
    const n = src.remaining;
    const { sndbuf } = this.options;
    if (n > sndbuf - 32) return -EMSGSIZE;
    if (this.#inFlight > 0 && this.#inFlight + n > sndbuf) return -EAGAIN;
    const message = newMessage();
    const copied = message.fill(src, n);
    if (copied < 0) return copied;
    setSender(message, m);
    to.push(message);
    this.#inFlight += n;
    return n;
  }

  override receive(_t: Task, dst: UserBuffer, m: Incoming): number {
    const stream = this.type === SOCK_STREAM;
    if (this.#state !== State.Connected) return stream ? -EINVAL : -ENOTCONN;
    if ((m.flags & MSG_OOB) !== 0) return stream ? -EINVAL : -EOPNOTSUPP;
    if (stream && dst.remaining === 0) return 0;
    if (this.#in.first === null) {
      if (this.error !== 0) return -this.takeError();
      return (this.shut & RCV_SHUTDOWN) !== 0 ? 0 : -EAGAIN;
    }
    if ((m.flags & MSG_PEEK) !== 0) return this.#peek(dst, m, stream);
    return stream ? this.#readBytes(dst, m) : this.#readRecord(dst, m);
  }

  #readBytes(dst: UserBuffer, m: Incoming): number {
    const creds = this.options.has(SO_PASSCRED);
    let total = 0;
    let first = this.#in.first;
    while (first !== null && dst.remaining > 0) {
      if (creds && m.started && !sameSender(first, m)) break;
      const want = Math.min(first.length, dst.remaining);
      const n = dst.copy(first.bytes, first.from, want);
      if (n < 0) return total > 0 ? total : n;
      takeControl(first, m, creds);
      total += n;
      this.#consumed(n);
      if (first.length > 0) break;
      this.#in.drop();
      if (m.files !== null) break;
      first = this.#in.first;
    }
    return total;
  }

  /** `n` bytes less in the queue: the sender has more room. */
  #consumed(n: number): void {
    this.#in.take(n);
    this.#credit(n);
  }

  #credit(n: number): void {
    const peer = this.#peer;
    if (peer === null) return;
    const was = peer.#writable;
    peer.#inFlight -= n;
    if (!was && peer.#writable) peer.queue.wake(WRITABLE);
  }

  #readRecord(dst: UserBuffer, m: Incoming): number {
    const first = this.#in.first!;
    const { length } = first;
    const n = dst.copy(first.bytes, first.from, length);
    if (n < 0) return n;
    takeControl(first, m, this.options.has(SO_PASSCRED));
    if (n < length) m.outFlags |= MSG_TRUNC;
    this.#in.drop();
    this.#credit(length);
    return (m.flags & MSG_TRUNC) !== 0 ? length : n;
  }

  #peek(dst: UserBuffer, m: Incoming, stream: boolean): number {
    const creds = this.options.has(SO_PASSCRED);
    let total = 0;
    let at = this.#in.first;
    while (at !== null) {
      if (creds && m.started && !sameSender(at, m)) break;
      const n = dst.copy(at.bytes, at.from, at.length);
      if (n < 0) return total > 0 ? total : n;
      total += n;
      peekFiles(at, m, creds);
      if (!stream) {
        if (n < at.length) m.outFlags |= MSG_TRUNC;
        return (m.flags & MSG_TRUNC) !== 0 ? at.length : total;
      }
      if (dst.remaining === 0 || m.files !== null) break;
      at = at.next;
    }
    return total;
  }

  override shutdown(_t: Task, how: number): number {
    this.shut |= how;
    this.queue.wake(ALL);
    const peer = this.#peer;
    if (peer === null) return 0;
    if ((how & RCV_SHUTDOWN) !== 0) peer.shut |= SEND_SHUTDOWN;
    if ((how & SEND_SHUTDOWN) !== 0) peer.shut |= RCV_SHUTDOWN;
    peer.queue.wake(ALL);
    return 0;
  }

  /** As Linux: not before three quarters of the buffer are free again. */
  get #writable(): boolean {
    return this.#inFlight * 4 <= this.options.sndbuf;
  }

  override poll(): number {
    if (this.#state === State.Listening) {
      return this.#pending.length > 0 ? READABLE : 0;
    }
    let events = this.error !== 0 ? POLLERR : 0;
    if (this.shut === BOTH || this.#state === State.Closed) events |= POLLHUP;
    if ((this.shut & RCV_SHUTDOWN) !== 0) events |= POLLRDHUP | READABLE;
    if (this.#in.first !== null) events |= READABLE;
    if (this.#writable) events |= WRITABLE;
    return events;
  }

  override pendingIn(): number {
    if (this.#state === State.Listening) return -EINVAL;
    if (this.type === SOCK_STREAM) return this.#in.bytes;
    return this.#in.first?.length ?? 0;
  }

  override pendingOut(): number {
    return this.#state === State.Listening ? -EINVAL : this.#inFlight;
  }

  override release(): void {
    this.unbind();
    for (const s of this.#pending) s.#close(true);
    this.#pending.length = 0;
    this.#close(false);
    this.#room.wake(POLLOUT);
  }

  /** @param embryo closed before anybody accepted it */
  #close(embryo: boolean): void {
    const peer = this.#peer;
    if (peer !== null) {
      if (embryo || this.#in.first !== null) peer.error = ECONNRESET;
      peer.shut = BOTH;
      peer.#peer = null;
      peer.gonePeer = this.address;
      peer.#inFlight = 0;
    }
    this.#peer = null;
    this.#state = State.Closed;
    this.#in.clear();
    if (peer !== null) peer.queue.wake(ALL);
  }
}

/** Puts bytes behind those of the last message of the same sender, or into a new one. */
function append(
  to: MessageQueue,
  src: UserBuffer,
  m: Outgoing,
  n: number,
): number {
  const tail = to.last;
  if (
    tail !== null && m.files === null && tail.files === null &&
    sameSender(tail, m)
  ) {
    const room = tail.bytes.length - tail.to;
    if (room > 0) return to.grow(src, Math.min(n, room));
  }
  const message = newMessage();
  const copied = message.fill(src, Math.min(n, BIG_PAGE));
  if (copied <= 0) return copied;
  setSender(message, m);
  to.push(message);
  return copied;
}

/** Unix datagram sockets: nothing is lost, a full receiver makes senders wait. */
import {
  EAGAIN,
  ECONNREFUSED,
  ECONNRESET,
  EMSGSIZE,
  ENOTCONN,
  EOPNOTSUPP,
  EPERM,
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
  AF_UNSPEC,
  MSG_OOB,
  MSG_PEEK,
  MSG_TRUNC,
  SO_PASSCRED,
  SOCK_DGRAM,
} from "../../../abi/linux/socket.ts";
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
} from "../socket.ts";
import { peekFiles, setSender, takeControl } from "./passing.ts";
import { credentialsOf, UnixSocket } from "./unix_socket.ts";

const READABLE = POLLIN | POLLRDNORM;
const WRITABLE = POLLOUT | POLLWRNORM;
/** /proc/sys/net/unix/max_dgram_qlen */
const MAX_QUEUE = 10;

export class UnixDatagram extends UnixSocket {
  /** Where sends without an address go. */
  #peer: UnixDatagram | null = null;
  /** Sockets connected to this one. */
  readonly #connected: Set<UnixDatagram> = new Set();
  readonly #in: MessageQueue = new MessageQueue();
  /** Senders wait here for room. */
  readonly #room: WaitQueue = new WaitQueue();
  #released = false;

  constructor(t: Task) {
    super(t, SOCK_DGRAM);
  }

  /** The two ends of socketpair(2). */
  static pair(t: Task, a: UnixDatagram, b: UnixDatagram): void {
    a.peerCredentials = b.peerCredentials = credentialsOf(t);
    a.#setPeer(b);
    b.#setPeer(a);
  }

  override get peerSocket(): UnixSocket | null {
    return this.#peer;
  }

  #setPeer(peer: UnixDatagram | null): void {
    if (this.#peer !== null) this.#peer.#connected.delete(this);
    this.#peer = peer;
    if (peer !== null) peer.#connected.add(this);
  }

  override connect(t: Task, a: SocketAddress, _m: Outgoing): number {
    let other: UnixDatagram | null = null;
    if (a.family !== AF_UNSPEC) {
      const found = this.find(t, a);
      if (typeof found === "number") return found;
      other = found as UnixDatagram;
      if (!other.#accepts(this)) return -EPERM;
      if (!this.isBound && this.options.has(SO_PASSCRED)) this.autobind();
    }
    this.#disconnect(other);
    this.#setPeer(other);
    this.queue.wake(WRITABLE);
    return 0;
  }

  /** Leaving a peer loses what it sent, and the peer is told. */
  #disconnect(next: UnixDatagram | null): void {
    const old = this.#peer;
    if (old === null || old === next || this.#in.first === null) return;
    this.#in.clear();
    this.#roomCame();
    if (old.#peer !== this) return;
    old.error = ECONNRESET;
    old.queue.wake(POLLERR);
  }

  /** A connected socket takes datagrams of its peer alone. */
  #accepts(from: UnixDatagram): boolean {
    return this.#peer === null || this.#peer === from;
  }

  override send(t: Task, src: UserBuffer, m: Outgoing): number {
    if ((m.flags & MSG_OOB) !== 0) return -EOPNOTSUPP;
    const n = src.remaining;
    const { sndbuf } = this.options;
    const other = this.#target(t, m);
    if (typeof other === "number") return other;
    if (n > sndbuf - 32) return -EMSGSIZE;
    if ((this.shut & SEND_SHUTDOWN) !== 0) return -EPIPE;
    if ((other.shut & RCV_SHUTDOWN) !== 0) return -EPIPE;
    if (!other.#accepts(this)) return -EPERM;
    if (other.#isFull(n, sndbuf)) {
      m.waitOn = other.#room;
      return -EAGAIN;
    }
    const message = newMessage();
    const copied = message.fill(src, n);
    if (copied < 0) return copied;
    setSender(message, m);
    message.source = this.address;
    other.#in.push(message);
    other.queue.wake(READABLE);
    return n;
  }

  #target(t: Task, m: Outgoing): UnixDatagram | number {
    if (m.address.length > 0) {
      const found = this.find(t, m.address);
      return typeof found === "number" ? found : found as UnixDatagram;
    }
    const peer = this.#peer;
    if (peer === null) {
      return this.error !== 0 ? -this.takeError() : -ENOTCONN;
    }
    if (!peer.#released) return peer;
    this.#setPeer(null);
    return -ECONNREFUSED;
  }

  #isFull(n: number, limit: number): boolean {
    if (this.#in.count > MAX_QUEUE) return true;
    return this.#in.count > 0 && this.#in.bytes + n > limit;
  }

  override receive(_t: Task, dst: UserBuffer, m: Incoming): number {
    if ((m.flags & MSG_OOB) !== 0) return -EOPNOTSUPP;
    const first = this.#in.first;
    if (first === null) {
      if (this.error !== 0) return -this.takeError();
      return (this.shut & RCV_SHUTDOWN) !== 0 ? 0 : -EAGAIN;
    }
    const { length } = first;
    const n = dst.copy(first.bytes, first.from, length);
    if (n < 0) return n;
    if (n < length) m.outFlags |= MSG_TRUNC;
    if (first.source !== null && first.source.length > 2) {
      m.address.assign(first.source);
    }
    const creds = this.options.has(SO_PASSCRED);
    if ((m.flags & MSG_PEEK) !== 0) peekFiles(first, m, creds);
    else {
      takeControl(first, m, creds);
      this.#in.drop();
      this.#roomCame();
    }
    return (m.flags & MSG_TRUNC) !== 0 ? length : n;
  }

  #roomCame(): void {
    this.#room.wake(POLLOUT);
    for (const s of this.#connected) s.queue.wake(WRITABLE);
  }

  override shutdown(_t: Task, how: number): number {
    this.shut |= how;
    this.queue.wake(READABLE | WRITABLE | POLLHUP | POLLRDHUP);
    this.#roomCame();
    return 0;
  }

  override poll(): number {
    let events = this.error !== 0 ? POLLERR : 0;
    if (this.shut === (RCV_SHUTDOWN | SEND_SHUTDOWN)) events |= POLLHUP;
    if ((this.shut & RCV_SHUTDOWN) !== 0) events |= POLLRDHUP | READABLE;
    if (this.#in.first !== null) events |= READABLE;
    const peer = this.#peer;
    if (peer === null || !peer.#isFull(1, this.options.sndbuf)) {
      events |= WRITABLE;
    }
    return events;
  }

  override pendingIn(): number {
    return this.#in.first?.length ?? 0;
  }

  override pendingOut(): number {
    return 0;
  }

  override release(): void {
    this.unbind();
    this.#released = true;
    this.#in.clear();
    this.#setPeer(null);
    this.#roomCame();
  }
}

/** Netlink sockets, netlink(7): NETLINK_ROUTE, to be asked about interfaces. */
import {
  EADDRINUSE,
  EAGAIN,
  EFAULT,
  EINVAL,
  EMSGSIZE,
  ENOPROTOOPT,
  EOPNOTSUPP,
  EPERM,
  EPROTONOSUPPORT,
  ESOCKTNOSUPPORT,
} from "../../../abi/linux/errno.ts";
import * as nl from "../../../abi/linux/netlink.ts";
import {
  POLLERR,
  POLLIN,
  POLLOUT,
  POLLRDNORM,
} from "../../../abi/linux/poll.ts";
import {
  AF_NETLINK,
  MSG_OOB,
  MSG_PEEK,
  MSG_TRUNC,
  SO_PASSCRED,
  SOCK_DGRAM,
  SOCK_RAW,
  SockaddrNl,
  SOL_NETLINK,
} from "../../../abi/linux/socket.ts";
import type { Task } from "../../kernel/task.ts";
import type { UserBuffer } from "../../mm/user_buffer.ts";
import { SocketAddress } from "../address.ts";
import { MessageQueue, newMessage } from "../message.ts";
import {
  type Incoming,
  type OptionValue,
  type Outgoing,
  Socket,
} from "../socket.ts";
import { NetlinkWriter } from "./netlink_writer.ts";
import { answerRoute, type Request } from "./route.ts";

/** Longest request that is read. */
const MAX_REQUEST = 65536;
const READABLE = POLLIN | POLLRDNORM;

const writer = new NetlinkWriter();
const header = nl.Nlmsghdr.at(new Uint8Array(MAX_REQUEST));
const errorBody = nl.Nlmsgerr.alloc();
const sockaddr = SockaddrNl.at(new Uint8Array(SockaddrNl.size));
/** The kernel's own address. */
const kernelAddress = addressOf(0, 0);

/** Port ids in use. */
const ids: Set<number> = new Set();
let lastId = 0x80000000;

/** socket(AF_NETLINK). -ESOCKTNOSUPPORT, -EPROTONOSUPPORT. */
export function newNetlinkSocket(
  t: Task,
  type: number,
  protocol: number,
): Socket | number {
  if (type !== SOCK_RAW && type !== SOCK_DGRAM) return -ESOCKTNOSUPPORT;
  if (protocol !== nl.NETLINK_ROUTE) return -EPROTONOSUPPORT;
  return new NetlinkSocket(t, type, protocol);
}

export class NetlinkSocket extends Socket {
  #id = 0;
  #groups = 0;
  readonly #in: MessageQueue = new MessageQueue();
  readonly #flags: Map<number, number> = new Map();

  constructor(t: Task, type: number, protocol: number) {
    super(t, AF_NETLINK, type, protocol);
  }

  override bind(t: Task, a: SocketAddress): number {
    if (a.length < SockaddrNl.size || a.family !== AF_NETLINK) return -EINVAL;
    sockaddr.at(a.bytes);
    const { nl_pid, nl_groups } = sockaddr;
    if (this.#id !== 0 && nl_pid !== 0 && nl_pid !== this.#id) return -EINVAL;
    this.#groups = nl_groups;
    return this.#id !== 0 ? 0 : this.#take(t, nl_pid);
  }

  /** Takes port id `id`; 0: the process's own, or any that is free. */
  #take(t: Task, id: number): number {
    if (id !== 0) {
      if (ids.has(id)) return -EADDRINUSE;
    } else {
      id = t.group.pid;
      while (ids.has(id)) id = ++lastId;
    }
    ids.add(id);
    this.#id = id;
    return 0;
  }

  override connect(t: Task, a: SocketAddress, _m: Outgoing): number {
    if (a.length < SockaddrNl.size) return -EINVAL;
    if (sockaddr.at(a.bytes).nl_pid !== 0) return -EPERM;
    return this.#id !== 0 ? 0 : this.#take(t, 0);
  }

  override localName(a: SocketAddress): number {
    a.assign(addressOf(this.#id, this.#groups));
    return 0;
  }

  override peerName(a: SocketAddress): number {
    a.assign(kernelAddress);
    return 0;
  }

  override send(t: Task, src: UserBuffer, m: Outgoing): number {
    if ((m.flags & MSG_OOB) !== 0) return -EOPNOTSUPP;
    if (m.address.length > 0) {
      if (m.address.length < SockaddrNl.size) return -EINVAL;
      if (m.address.family !== AF_NETLINK) return -EINVAL;
      if (sockaddr.at(m.address.bytes).nl_pid !== 0) return -EPERM;
    }
    if (this.#id === 0) this.#take(t, 0);
    const n = src.remaining;
    if (n > MAX_REQUEST) return -EMSGSIZE;
    const bytes = new Uint8Array(n);
    if (src.copy(bytes, 0, n) !== n) return -EFAULT;
    this.#serve(bytes);
    return n;
  }

  /** Answers the requests in `bytes`, one behind the other. */
  #serve(bytes: Uint8Array): void {
    let at = 0;
    while (at + nl.Nlmsghdr.size <= bytes.length) {
      header.at(bytes, at);
      const { nlmsg_len, nlmsg_type, nlmsg_flags, nlmsg_seq } = header;
      if (nlmsg_len < nl.Nlmsghdr.size || at + nlmsg_len > bytes.length) break;
      const isRequest = (nlmsg_flags & nl.NLM_F_REQUEST) !== 0;
      if (isRequest && nlmsg_type >= nl.NLMSG_MIN_TYPE) {
        this.#answer({
          type: nlmsg_type,
          flags: nlmsg_flags,
          seq: nlmsg_seq,
          pid: this.#id,
          body: bytes.subarray(at + nl.Nlmsghdr.size, at + nlmsg_len),
        });
      }
      at += nlmsg_len + (4 - nlmsg_len % 4) % 4;
    }
  }

  #answer(q: Request): void {
    writer.reset();
    const r = answerRoute(q, writer);
    if (r < 0) writer.reset();
    const dump = (q.flags & nl.NLM_F_DUMP) === nl.NLM_F_DUMP;
    if (writer.length > 0) this.#push(writer.take());
    if (r >= 0 && dump) {
      writer.begin(nl.NLMSG_DONE, nl.NLM_F_MULTI, q.seq, q.pid);
      writer.bytes(new Uint8Array(4));
      this.#push(writer.take());
    } else if (r < 0 || (q.flags & nl.NLM_F_ACK) !== 0) {
      this.#acknowledge(q, r < 0 ? r : 0);
    }
  }

  /** NLMSG_ERROR; error 0 is an acknowledgement. */
  #acknowledge(q: Request, error: number): void {
    writer.begin(nl.NLMSG_ERROR, nl.NLM_F_CAPPED, q.seq, q.pid);
    errorBody.error = error;
    errorBody.msg.nlmsg_len = nl.Nlmsghdr.size + q.body.length;
    errorBody.msg.nlmsg_type = q.type;
    errorBody.msg.nlmsg_flags = q.flags;
    errorBody.msg.nlmsg_seq = q.seq;
    errorBody.msg.nlmsg_pid = q.pid;
    writer.struct(errorBody);
    this.#push(writer.take());
  }

  #push(bytes: Uint8Array): void {
    const message = newMessage();
    message.bytes = bytes;
    message.from = 0;
    message.to = bytes.length;
    this.#in.push(message);
    this.queue.wake(READABLE);
  }

  override receive(_t: Task, dst: UserBuffer, m: Incoming): number {
    if ((m.flags & MSG_OOB) !== 0) return -EOPNOTSUPP;
    const first = this.#in.first;
    if (first === null) {
      return this.error !== 0 ? -this.takeError() : -EAGAIN;
    }
    const { length } = first;
    const n = dst.copy(first.bytes, first.from, length);
    if (n < 0) return n;
    if (n < length) m.outFlags |= MSG_TRUNC;
    m.address.assign(kernelAddress);
    m.hasCreds = this.options.has(SO_PASSCRED);
    m.pid = m.uid = m.gid = 0;
    if ((m.flags & MSG_PEEK) === 0) this.#in.drop();
    return (m.flags & MSG_TRUNC) !== 0 ? length : n;
  }

  override poll(): number {
    let events = POLLOUT;
    if (this.#in.first !== null) events |= READABLE;
    return this.error !== 0 ? events | POLLERR : events;
  }

  override setOption(
    _t: Task,
    level: number,
    name: number,
    value: OptionValue,
  ): number {
    if (level !== SOL_NETLINK) return -ENOPROTOOPT;
    if (value.length < 4) return -EINVAL;
    switch (name) {
      case nl.NETLINK_PKTINFO:
      case nl.NETLINK_BROADCAST_ERROR:
      case nl.NETLINK_NO_ENOBUFS:
      case nl.NETLINK_CAP_ACK:
      case nl.NETLINK_EXT_ACK:
      case nl.NETLINK_GET_STRICT_CHK:
        this.#flags.set(name, value.int !== 0 ? 1 : 0);
        return 0;
      case nl.NETLINK_ADD_MEMBERSHIP:
      case nl.NETLINK_DROP_MEMBERSHIP:
        // Groups tell of changes, and nothing changes.
        return value.int > 0 && value.int < 64 ? 0 : -EINVAL;
    }
    return -ENOPROTOOPT;
  }

  override getOption(
    _t: Task,
    level: number,
    name: number,
    value: OptionValue,
  ): number {
    if (level !== SOL_NETLINK) return -ENOPROTOOPT;
    const known = name >= nl.NETLINK_PKTINFO &&
      name <= nl.NETLINK_GET_STRICT_CHK;
    if (!known) return -ENOPROTOOPT;
    return value.putInt(this.#flags.get(name) ?? 0);
  }

  override getSocketOption(): number {
    return -ENOPROTOOPT;
  }

  override release(): void {
    if (this.#id !== 0) ids.delete(this.#id);
    this.#in.clear();
  }
}

function addressOf(id: number, groups: number): SocketAddress {
  const a = new SocketAddress();
  const s = SockaddrNl.at(a.bytes);
  s.nl_family = AF_NETLINK;
  s.nl_pid = id;
  s.nl_groups = groups;
  a.length = SockaddrNl.size;
  return a;
}

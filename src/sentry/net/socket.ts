/**
 * A socket, whatever its family. As all files it never waits: an operation
 * that can't go on answers -EAGAIN, and `queue` is woken when it can. What a
 * family does not do is answered here, with Linux's errno.
 *
 * @module
 */
import { EFAULT, EINVAL, EOPNOTSUPP, EPIPE } from "../../abi/linux/errno.ts";
import { O_NONBLOCK, O_RDWR } from "../../abi/linux/fcntl.ts";
import { I32 } from "../../abi/linux/scalars.ts";
import {
  MSG_DONTWAIT,
  MSG_NOSIGNAL,
  SIOCINQ,
  SIOCOUTQ,
} from "../../abi/linux/socket.ts";
import { socketInode } from "../fs/anon/anon_inode.ts";
import { sendSigpipe } from "../fs/anon/sigpipe.ts";
import type { Task } from "../kernel/task.ts";
import type { WaitQueue } from "../kernel/wait_queue.ts";
import type { UserBuffer } from "../mm/user_buffer.ts";
import { FileDescription } from "../vfs/file_description.ts";
import { SocketAddress } from "./address.ts";
import { type ControlWriter, putUnixControl } from "./control.ts";
import { interfaceIoctl } from "./interface_ioctl.ts";
import { SocketOptions } from "./socket_options.ts";

/** Bits of `Socket.shut`. */
export const RCV_SHUTDOWN = 1;
export const SEND_SHUTDOWN = 2;

/** What a send carries besides its bytes; one record, reused. */
export class Outgoing {
  /** MSG_*. */
  flags = 0;
  /** Destination; length 0: none given. */
  readonly address: SocketAddress = new SocketAddress();
  /** SCM_RIGHTS; each holds a reference that the message takes over. */
  files: FileDescription[] | null = null;
  /** The sender. */
  pid = 0;
  uid = 0;
  gid = 0;
  /** After -EAGAIN: the queue whose wake (POLLOUT) says to try again; null: the socket's own. */
  waitOn: WaitQueue | null = null;

  /** Nothing but bytes, from `t`. */
  reset(t: Task, flags: number): this {
    this.flags = flags;
    this.address.length = 0;
    this.files = null;
    this.pid = t.group.pid;
    this.uid = t.creds.uid;
    this.gid = t.creds.gid;
    this.waitOn = null;
    return this;
  }
}

/** What a receive brings besides bytes; one record, reused. */
export class Incoming {
  /** MSG_* that the call gave. */
  flags = 0;
  /** MSG_* for msg_flags. */
  outFlags = 0;
  /** Sender's address; length 0: none. */
  readonly address: SocketAddress = new SocketAddress();
  /** SCM_RIGHTS, with a reference each; null: none. */
  files: FileDescription[] | null = null;
  /** Whether `pid`, `uid`, `gid` are to be reported (SO_PASSCRED). */
  hasCreds = false;
  pid = 0;
  uid = 0;
  gid = 0;
  /** IP_PKTINFO: where the datagram was sent; null: not asked for. */
  destination: SocketAddress | null = null;
  /** Who the stream's bytes so far came from: a read does not mix senders. */
  started = false;

  reset(flags: number): this {
    this.flags = flags;
    this.outFlags = 0;
    this.address.length = 0;
    this.files = null;
    this.hasCreds = false;
    this.destination = null;
    this.started = false;
    return this;
  }
}

/** For read(2) and write(2). */
const plainOut = new Outgoing();
const plainIn = new Incoming();
const word = I32.alloc();

/** The value of an option on its way; families read and write it in place. */
export class OptionValue {
  readonly bytes: Uint8Array = new Uint8Array(1024);
  readonly view: DataView = new DataView(this.bytes.buffer);
  /** Bytes that setsockopt gave, or that getsockopt has room for. */
  length = 0;

  /** An int; call only if `length` is at least 4. */
  get int(): number {
    return this.view.getInt32(0, true);
  }

  /** Answers an int: getsockopt's result. */
  putInt(value: number): number {
    this.view.setInt32(0, value, true);
    return 4;
  }

  /** Answers the bytes of a struct. */
  put(from: { readonly bytes: Uint8Array }): number {
    this.bytes.set(from.bytes);
    return from.bytes.length;
  }
}

export abstract class Socket extends FileDescription {
  readonly options: SocketOptions = new SocketOptions();
  /** SO_ERROR: errno of what went wrong behind the program's back, or 0. */
  error = 0;
  /** RCV_SHUTDOWN | SEND_SHUTDOWN. */
  shut = 0;

  /**
   * @param t who makes it: its owner
   * @param type SOCK_STREAM and so on
   */
  constructor(
    t: Task,
    readonly family: number,
    readonly type: number,
    readonly protocol: number,
  ) {
    super(socketInode(t.creds.fsuid, t.creds.fsgid), null, O_RDWR);
  }

  /** SO_ACCEPTCONN. */
  get listening(): boolean {
    return false;
  }

  /** bind(2). 0, -EINVAL, -EADDRINUSE, … */
  bind(_t: Task, _address: SocketAddress): number {
    return -EOPNOTSUPP;
  }

  /**
   * connect(2). 0 when connected; -EAGAIN or -EINPROGRESS while it can't be
   * (the caller waits for POLLOUT on `m.waitOn ?? queue` and calls again).
   */
  connect(_t: Task, _address: SocketAddress, _m: Outgoing): number {
    return -EOPNOTSUPP;
  }

  listen(_t: Task, _backlog: number): number {
    return -EOPNOTSUPP;
  }

  /** The next connection, or -EAGAIN. */
  accept(_t: Task): Socket | number {
    return -EOPNOTSUPP;
  }

  /** Fills `address`. 0. */
  localName(_address: SocketAddress): number {
    return -EOPNOTSUPP;
  }

  /** Fills `address`. 0, -ENOTCONN. */
  peerName(_address: SocketAddress): number {
    return -EOPNOTSUPP;
  }

  /** @param how RCV_SHUTDOWN | SEND_SHUTDOWN */
  shutdown(_t: Task, _how: number): number {
    return -EOPNOTSUPP;
  }

  /** Sends: count (streams may be short), -EAGAIN, -EPIPE (the caller sends the signal), … */
  abstract send(t: Task, src: UserBuffer, m: Outgoing): number;

  /** Receives: count, 0 at the end of a stream, -EAGAIN, … */
  abstract receive(t: Task, dst: UserBuffer, m: Incoming): number;

  /** Puts what `m` brought besides data. Here: what all families may bring, SCM_* of unix sockets. */
  putControl(t: Task, m: Incoming, to: ControlWriter): void {
    putUnixControl(t, m, to);
  }

  /** Bytes that wait to be read (SIOCINQ). */
  pendingIn(): number {
    return -EINVAL;
  }

  /** Bytes sent and not yet read (SIOCOUTQ). */
  pendingOut(): number {
    return -EINVAL;
  }

  /** setsockopt(2) at the family's own levels. */
  setOption(
    _t: Task,
    _level: number,
    _name: number,
    _value: OptionValue,
  ): number {
    return -EOPNOTSUPP;
  }

  /** getsockopt(2) at the family's own levels: length of the answer in `value`. */
  getOption(
    _t: Task,
    _level: number,
    _name: number,
    _value: OptionValue,
  ): number {
    return -EOPNOTSUPP;
  }

  /** Options at SOL_SOCKET that only this family has. Length, or -ENOPROTOOPT. */
  getSocketOption(_t: Task, _name: number, _value: OptionValue): number {
    return -EOPNOTSUPP;
  }

  /** The pending error, which it clears. */
  takeError(): number {
    const { error } = this;
    this.error = 0;
    return error;
  }

  override read(t: Task, dst: UserBuffer): number {
    const n = this.receive(t, dst, plainIn.reset(0));
    if (plainIn.files !== null) { for (const f of plainIn.files) f.decRef(); }
    return n;
  }

  override write(t: Task, src: UserBuffer): number {
    return this.sendSignalling(t, src, plainOut.reset(t, 0));
  }

  /** `send`, with SIGPIPE for a stream whose reader is gone. */
  sendSignalling(t: Task, src: UserBuffer, m: Outgoing): number {
    const n = this.send(t, src, m);
    if (n === -EPIPE && (m.flags & MSG_NOSIGNAL) === 0) sendSigpipe(t);
    return n;
  }

  /** Whether the call with these MSG_* may not wait. */
  nonblocking(flags: number): boolean {
    return (this.flags & O_NONBLOCK) !== 0 || (flags & MSG_DONTWAIT) !== 0;
  }

  override ioctl(t: Task, request: number, arg: number): number {
    if (request !== SIOCINQ && request !== SIOCOUTQ) {
      const r = interfaceIoctl(t, request, arg);
      return r === null ? super.ioctl(t, request, arg) : r;
    }
    const n = request === SIOCINQ ? this.pendingIn() : this.pendingOut();
    if (n < 0) return n;
    word.value = n;
    return t.copyOut(arg, word) ? 0 : -EFAULT;
  }

  override linkText(): string {
    return `socket:[${this.inode.ino}]`;
  }
}

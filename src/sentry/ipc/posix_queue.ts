/** POSIX message queues, mq_overview(7): messages by priority, and their open files. */
import { EAGAIN, EBUSY, EFAULT, EMSGSIZE } from "../../abi/linux/errno.ts";
import { MQUEUE_MAGIC, S_IFREG } from "../../abi/linux/stat.ts";
import { SI_MESGQ } from "../../abi/linux/siginfo.ts";
import { POLLIN, POLLOUT } from "../../abi/linux/poll.ts";
import { sendToGroup } from "../kernel/signal.ts";
import { SigInfo } from "../kernel/siginfo.ts";
import type { Task } from "../kernel/task.ts";
import type { ThreadGroup } from "../kernel/thread_group.ts";
import { WaitQueue } from "../kernel/wait_queue.ts";
import type { UserBuffer } from "../mm/user_buffer.ts";
import { encodeBinary } from "../strings.ts";
import { Dentry } from "../vfs/dentry.ts";
import { FileDescription } from "../vfs/file_description.ts";
import { FileSystem } from "../vfs/file_system.ts";
import { Inode } from "../vfs/inode.ts";

export interface PosixMessage {
  readonly priority: number;
  readonly bytes: Uint8Array;
}

/** Who is told of the next message in an empty queue: mq_notify(2). */
export interface Notification {
  readonly group: ThreadGroup;
  /** 0: SIGEV_NONE. */
  readonly signo: number;
  readonly value_lo: number;
  readonly value_hi: number;
}

class MqueueFs extends FileSystem {
  readonly root: Dentry = new Dentry(null, "", null);
}

class MqueueInode extends Inode {}

const fs = new MqueueFs("mqueue", MQUEUE_MAGIC);

export class PosixQueue {
  readonly inode: Inode;
  readonly queue: WaitQueue = new WaitQueue();
  /** Highest priority first, oldest first among equals. */
  readonly messages: PosixMessage[] = [];
  bytes = 0;
  notification: Notification | null = null;

  constructor(
    t: Task,
    mode: number,
    readonly maxMessages: number,
    readonly messageSize: number,
  ) {
    this.inode = new MqueueInode(fs, fs.nextInode(), S_IFREG | mode);
    this.inode.uid = t.creds.fsuid;
    this.inode.gid = t.creds.fsgid;
    this.inode.stampNew();
  }

  /** 0, or -EAGAIN when it is full. */
  send(t: Task, message: PosixMessage): number {
    const { messages } = this;
    if (messages.length >= this.maxMessages) return -EAGAIN;
    let at = messages.length;
    while (at > 0 && messages[at - 1].priority < message.priority) at--;
    messages.splice(at, 0, message);
    this.bytes += message.bytes.length;
    // A receiver that waits comes before a notification.
    const waited = this.queue.first !== null;
    this.queue.wake(POLLIN);
    if (messages.length === 1 && !waited) this.#notify(t);
    return 0;
  }

  /** The first message, or -EAGAIN; -EMSGSIZE if `room` is less than a message may have. */
  receive(room: number): PosixMessage | number {
    if (room < this.messageSize) return -EMSGSIZE;
    const message = this.messages.shift();
    if (message === undefined) return -EAGAIN;
    this.bytes -= message.bytes.length;
    this.queue.wake(POLLOUT);
    return message;
  }

  #notify(t: Task): void {
    const n = this.notification;
    if (n === null) return;
    this.notification = null;
    if (n.signo === 0) return;
    const info = new SigInfo(n.signo, SI_MESGQ);
    info.pid = t.group.pid;
    info.uid = t.creds.uid;
    info.value_lo = n.value_lo;
    info.value_hi = n.value_hi;
    sendToGroup(n.group, info);
  }

  /** mq_notify(2). 0 or -EBUSY. */
  watch(n: Notification): number {
    if (this.notification !== null) return -EBUSY;
    this.notification = n;
    return 0;
  }

  /** Takes back the registration of `group`, if it is its own. */
  unwatch(group: ThreadGroup): void {
    if (this.notification?.group === group) this.notification = null;
  }
}

/** Queues by name (binary strings, without the slash). */
export const posixQueues: Map<string, PosixQueue> = new Map();

export class PosixQueueFile extends FileDescription {
  override readonly queue: WaitQueue;

  constructor(readonly mq: PosixQueue, flags: number) {
    super(mq.inode, null, flags);
    this.queue = mq.queue;
  }

  override poll(): number {
    const { messages, maxMessages } = this.mq;
    return (messages.length > 0 ? POLLIN : 0) |
      (messages.length < maxMessages ? POLLOUT : 0);
  }

  /** What a read of the file in a mounted mqueue shows. */
  override read(_t: Task, dst: UserBuffer): number {
    const n = this.mq.notification;
    const text = encodeBinary(
      `QSIZE:${String(this.mq.bytes).padEnd(10)} NOTIFY:0     ` +
        `SIGNO:${String(n?.signo ?? 0).padEnd(5)} ` +
        `NOTIFY_PID:${String(n?.group.pid ?? 0).padEnd(6)}\n`,
    );
    if (this.offset >= text.length) return 0;
    const done = dst.copy(text, this.offset, text.length - this.offset);
    if (done < 0) return -EFAULT;
    this.offset += done;
    return done;
  }

  override flush(t: Task): number {
    this.mq.unwatch(t.group);
    return 0;
  }

  override linkText(): string {
    for (const [name, mq] of posixQueues) if (mq === this.mq) return "/" + name;
    return "/ (deleted)";
  }
}

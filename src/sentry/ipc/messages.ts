/** System V message queues: messages by type. */
import { E2BIG, EAGAIN, ENOMSG } from "../../abi/linux/errno.ts";
import {
  MSG_COPY,
  MSG_EXCEPT,
  MSG_NOERROR,
  MSGMNB,
  MSGMNI,
} from "../../abi/linux/ipc.ts";
import { POLLIN, POLLOUT } from "../../abi/linux/poll.ts";
import type { Task } from "../kernel/task.ts";
import { IpcObject, IpcRegistry, wallTime } from "./registry.ts";

export interface SysvMessage {
  readonly type: number;
  readonly bytes: Uint8Array;
}

export class SysvQueue extends IpcObject {
  readonly messages: SysvMessage[] = [];
  /** Bytes in it, and how many fit. */
  bytes = 0;
  maxBytes = MSGMNB;
  sendTime = 0;
  receiveTime = 0;
  lastSender = 0;
  lastReceiver = 0;

  constructor(t: Task, key: number, mode: number) {
    super(t, key, mode);
  }

  /** Whether `n` more bytes fit. */
  hasRoom(n: number): boolean {
    return this.bytes + n <= this.maxBytes &&
      this.messages.length < this.maxBytes;
  }

  send(t: Task, message: SysvMessage): void {
    this.messages.push(message);
    this.bytes += message.bytes.length;
    this.lastSender = t.group.pid;
    this.sendTime = wallTime();
    this.queue.wake(POLLIN);
  }

  /**
   * The message that msgrcv(2) means, taken out unless MSG_COPY. -EAGAIN if
   * there is none now, -ENOMSG (MSG_COPY), -E2BIG if it has more than `room`
   * bytes and no MSG_NOERROR.
   */
  receive(
    t: Task,
    room: number,
    type: number,
    flags: number,
  ): SysvMessage | number {
    if ((flags & MSG_COPY) !== 0) {
      const message = this.messages[type];
      if (message === undefined) return -ENOMSG;
      return fits(message, room, flags) ? message : -E2BIG;
    }
    const i = this.#choose(type, (flags & MSG_EXCEPT) !== 0);
    if (i < 0) return -EAGAIN;
    const message = this.messages[i];
    if (!fits(message, room, flags)) return -E2BIG;
    this.messages.splice(i, 1);
    this.bytes -= message.bytes.length;
    this.lastReceiver = t.group.pid;
    this.receiveTime = wallTime();
    this.queue.wake(POLLOUT);
    return message;
  }

  #choose(type: number, except: boolean): number {
    const { messages } = this;
    if (type === 0) return messages.length > 0 ? 0 : -1;
    if (type > 0) {
      return messages.findIndex((m) => (m.type === type) !== except);
    }
    let best = -1;
    for (let i = 0; i < messages.length; i++) {
      if (messages[i].type > -type) continue;
      if (best < 0 || messages[i].type < messages[best].type) best = i;
    }
    return best;
  }
}

function fits(message: SysvMessage, room: number, flags: number): boolean {
  return message.bytes.length <= room || (flags & MSG_NOERROR) !== 0;
}

export const sysvQueues: IpcRegistry<SysvQueue> = new IpcRegistry(MSGMNI);

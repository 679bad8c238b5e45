/** msgget(2), msgsnd(2), msgrcv(2), msgctl(2). */
import {
  EACCES,
  EAGAIN,
  EFAULT,
  EIDRM,
  EINTR,
  EINVAL,
  ENOMSG,
  EPERM,
} from "../../abi/linux/errno.ts";
import { CAP_SYS_RESOURCE } from "../../abi/linux/capability.ts";
import * as ipc from "../../abi/linux/ipc.ts";
import { POLLIN, POLLOUT } from "../../abi/linux/poll.ts";
import { struct } from "../../abi/struct.ts";
import { SysvQueue, sysvQueues } from "../ipc/messages.ts";
import { MAY_ALTER, MAY_READ } from "../ipc/registry.ts";
import type { Task } from "../kernel/task.ts";
import {
  ERESTARTSYS,
  flags as flagsKind,
  full,
  int,
  off,
  ptr,
  type Row,
  size,
} from "./row.ts";

export const msgRows: Row[] = [
  full(68, "msgget", msgget, int, flagsKind),
  full(69, "msgsnd", msgsnd, int, ptr, size, flagsKind),
  full(70, "msgrcv", msgrcv, int, ptr, size, off, flagsKind),
  full(71, "msgctl", msgctl, int, int, ptr),
];

/** The head of struct msgbuf; the text follows. */
const Msgbuf = struct({ mtype: "i64" });
const head = Msgbuf.alloc();
const ds = ipc.MsqidDs.alloc();
const info = ipc.Msginfo.alloc();

/** msgget(2). EACCES, EEXIST, ENOENT, ENOSPC. */
export function msgget(t: Task, key: number, msgflg: number): number {
  const old = sysvQueues.lookup(t, key, msgflg);
  if (typeof old === "number") return old;
  return old !== null ? old.id : sysvQueues.add(new SysvQueue(t, key, msgflg));
}

/** The queue, in a first attempt or a later one. */
function queueOf(t: Task, id: number): SysvQueue | number {
  const queue = sysvQueues.find(id);
  return typeof queue === "number" && !t.call.first ? -EIDRM : queue;
}

/** A wait of these calls ends with EINTR, never by a restart. */
function wait(t: Task, queue: SysvQueue, events: number): number {
  const r = t.park(queue.queue, events);
  return r === -ERESTARTSYS ? -EINTR : r;
}

/** msgsnd(2). EACCES, EAGAIN, EFAULT, EIDRM, EINTR, EINVAL. */
export function msgsnd(
  t: Task,
  msqid: number,
  msgp: number,
  msgsz: number,
  msgflg: number,
): number {
  if (!t.copyIn(msgp, head)) return -EFAULT;
  const type = head.mtype;
  if (msgsz > ipc.MSGMAX || type < 1) return -EINVAL;
  const queue = queueOf(t, msqid);
  if (typeof queue === "number") return queue;
  const bytes = new Uint8Array(msgsz);
  if (!t.mm.copyIn(msgp + Msgbuf.size, bytes, 0, msgsz)) return -EFAULT;
  if (!queue.allows(t.creds, MAY_ALTER)) return -EACCES;
  if (!queue.hasRoom(msgsz)) {
    if ((msgflg & ipc.IPC_NOWAIT) !== 0) return -EAGAIN;
    return wait(t, queue, POLLOUT);
  }
  queue.send(t, { type, bytes });
  return 0;
}

/** msgrcv(2). E2BIG, EACCES, EFAULT, EIDRM, EINTR, EINVAL, ENOMSG. */
export function msgrcv(
  t: Task,
  msqid: number,
  msgp: number,
  msgsz: number,
  msgtyp: number,
  msgflg: number,
): number {
  if (msgsz >= 2 ** 63) return -EINVAL;
  const copy = (msgflg & ipc.MSG_COPY) !== 0;
  const nowait = (msgflg & ipc.IPC_NOWAIT) !== 0;
  if (copy && (!nowait || (msgflg & ipc.MSG_EXCEPT) !== 0)) return -EINVAL;
  const queue = queueOf(t, msqid);
  if (typeof queue === "number") return queue;
  if (!queue.allows(t.creds, MAY_READ)) return -EACCES;
  const message = queue.receive(t, msgsz, msgtyp, msgflg);
  if (message === -EAGAIN) {
    return nowait ? -ENOMSG : wait(t, queue, POLLIN);
  }
  if (typeof message === "number") return message;
  head.mtype = message.type;
  if (!t.copyOut(msgp, head)) return -EFAULT;
  const n = Math.min(message.bytes.length, msgsz);
  const ok = t.mm.copyOut(msgp + Msgbuf.size, message.bytes, 0, n);
  return ok ? n : -EFAULT;
}

/** msgctl(2). EACCES, EFAULT, EIDRM, EINVAL, EPERM. */
export function msgctl(
  t: Task,
  msqid: number,
  cmd: number,
  buf: number,
): number {
  switch (cmd) {
    case ipc.IPC_INFO:
    case ipc.MSG_INFO:
      return putInfo(t, cmd, buf);
    case ipc.MSG_STAT:
    case ipc.MSG_STAT_ANY:
      return putStatus(t, sysvQueues.at(msqid), cmd, buf);
  }
  const queue = sysvQueues.find(msqid);
  if (typeof queue === "number") return queue;
  switch (cmd) {
    case ipc.IPC_STAT:
      return putStatus(t, queue, cmd, buf);
    case ipc.IPC_SET:
      return setQueue(t, queue, buf);
    case ipc.IPC_RMID:
      if (!queue.isOwner(t.creds)) return -EPERM;
      sysvQueues.remove(queue);
      return 0;
    default:
      return -EINVAL;
  }
}

function setQueue(t: Task, queue: SysvQueue, buf: number): number {
  if (!t.copyIn(buf, ds)) return -EFAULT;
  if (!queue.isOwner(t.creds)) return -EPERM;
  const max = ds.msg_qbytes;
  if (max > ipc.MSGMNB && !t.creds.can(CAP_SYS_RESOURCE)) return -EPERM;
  queue.maxBytes = max;
  queue.setPerm(ds.msg_perm);
  queue.queue.wake(POLLIN | POLLOUT);
  return 0;
}

function putStatus(
  t: Task,
  queue: SysvQueue | number,
  cmd: number,
  buf: number,
): number {
  if (typeof queue === "number") return queue;
  const open = cmd === ipc.MSG_STAT_ANY;
  if (!open && !queue.allows(t.creds, MAY_READ)) return -EACCES;
  ds.bytes.fill(0);
  queue.fillPerm(ds.msg_perm);
  ds.msg_stime = queue.sendTime;
  ds.msg_rtime = queue.receiveTime;
  ds.msg_ctime = queue.changeTime;
  ds.msg_cbytes = queue.bytes;
  ds.msg_qnum = queue.messages.length;
  ds.msg_qbytes = queue.maxBytes;
  ds.msg_lspid = queue.lastSender;
  ds.msg_lrpid = queue.lastReceiver;
  if (!t.copyOut(buf, ds)) return -EFAULT;
  return cmd === ipc.IPC_STAT ? 0 : queue.id;
}

function putInfo(t: Task, cmd: number, buf: number): number {
  info.bytes.fill(0);
  info.msgmni = ipc.MSGMNI;
  info.msgmax = ipc.MSGMAX;
  info.msgmnb = ipc.MSGMNB;
  info.msgssz = 16;
  info.msgseg = 0xffff;
  info.msgmap = ipc.MSGMNB;
  info.msgpool = Math.floor(ipc.MSGMNI * ipc.MSGMNB / 1024);
  info.msgtql = ipc.MSGMNB;
  if (cmd === ipc.MSG_INFO) {
    info.msgpool = sysvQueues.count;
    info.msgmap = 0;
    info.msgtql = 0;
    for (const queue of sysvQueues.objects) {
      if (queue === null) continue;
      info.msgmap += queue.messages.length;
      info.msgtql += queue.bytes;
    }
  }
  return t.copyOut(buf, info) ? sysvQueues.highest : -EFAULT;
}

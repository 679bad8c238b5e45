/** Control messages of sendmsg(2) and recvmsg(2), cmsg(3). */
import {
  EBADF,
  EFAULT,
  EINVAL,
  ENOBUFS,
  EPERM,
  ESRCH,
} from "../../abi/linux/errno.ts";
import {
  CAP_SETGID,
  CAP_SETUID,
  CAP_SYS_ADMIN,
} from "../../abi/linux/capability.ts";
import {
  AF_UNIX,
  Cmsghdr,
  MSG_CMSG_CLOEXEC,
  MSG_CTRUNC,
  SCM_CREDENTIALS,
  SCM_MAX_FD,
  SCM_RIGHTS,
  SOL_SOCKET,
  Ucred,
} from "../../abi/linux/socket.ts";
import type { Task } from "../kernel/task.ts";
import type { FileDescription } from "../vfs/file_description.ts";
import type { Incoming, Outgoing, Socket } from "./socket.ts";

/** More control data than this is ENOBUFS: net.core.optmem_max. */
const MAX_CONTROL = 131072;
const HEADER = Cmsghdr.size;

let buffer = new Uint8Array(4096);
let view = new DataView(buffer.buffer);
const header = Cmsghdr.at(buffer);
const ucred = Ucred.alloc();

/** Length of a control message, rounded up to where the next begins. */
function space(length: number): number {
  return length + (8 - length % 8) % 8;
}

/**
 * Reads the control messages at `addr` into `m`. 0, or -errno; files found
 * before an error stay in `m.files`, for the caller to drop.
 */
export function parseControl(
  t: Task,
  s: Socket,
  addr: number,
  length: number,
  m: Outgoing,
): number {
  if (length === 0) return 0;
  if (length > MAX_CONTROL) return -ENOBUFS;
  if (length > buffer.length) {
    buffer = new Uint8Array(length);
    view = new DataView(buffer.buffer);
  }
  if (!t.mm.copyIn(addr, buffer, 0, length)) return -EFAULT;
  let at = 0;
  while (at + HEADER <= length) {
    header.at(buffer, at);
    const { cmsg_len, cmsg_level, cmsg_type } = header;
    if (cmsg_len < HEADER || cmsg_len > length - at) return -EINVAL;
    if (cmsg_level === SOL_SOCKET && s.family === AF_UNIX) {
      const size = cmsg_len - HEADER;
      const r = cmsg_type === SCM_RIGHTS
        ? takeFiles(t, at + HEADER, size, m)
        : cmsg_type === SCM_CREDENTIALS
        ? takeCredentials(t, at + HEADER, size, m)
        : -EINVAL;
      if (r < 0) return r;
    }
    at += space(cmsg_len);
  }
  return 0;
}

function takeFiles(t: Task, at: number, size: number, m: Outgoing): number {
  const count = Math.floor(size / 4);
  if (count === 0) return 0;
  const files: FileDescription[] = m.files ??= [];
  if (files.length + count > SCM_MAX_FD) return -EINVAL;
  for (let i = 0; i < count; i++) {
    const file = t.files.get(view.getInt32(at + i * 4, true));
    if (file === null) return -EBADF;
    file.incRef();
    files.push(file);
  }
  return 0;
}

/** A program may pass on only what it is, unless privileged: unix(7). */
function takeCredentials(
  t: Task,
  at: number,
  size: number,
  m: Outgoing,
): number {
  if (size !== Ucred.size) return -EINVAL;
  ucred.bytes.set(buffer.subarray(at, at + size));
  const { pid, uid, gid } = ucred;
  const c = t.creds;
  if (pid !== t.group.pid && !c.can(CAP_SYS_ADMIN)) return -EPERM;
  const ownUid = uid === c.uid || uid === c.euid || uid === c.suid;
  if (!ownUid && !c.can(CAP_SETUID)) return -EPERM;
  const ownGid = gid === c.gid || gid === c.egid || gid === c.sgid;
  if (!ownGid && !c.can(CAP_SETGID)) return -EPERM;
  if (pid !== t.group.pid && !t.kernel.groups.has(pid)) return -ESRCH;
  m.pid = pid;
  m.uid = uid;
  m.gid = gid;
  return 0;
}

/** Drops the references of files that went nowhere. */
export function dropFiles(m: Outgoing | Incoming): void {
  const { files } = m;
  if (files === null) return;
  m.files = null;
  for (const file of files) file.decRef();
}

/** Collects control messages for one recvmsg, up to the guest's room. */
export class ControlWriter {
  /** Bytes that have been put. */
  length = 0;
  #room = 0;

  /** Empties it; `room` is msg_controllen. */
  reset(room: number): this {
    this.length = 0;
    this.#room = Math.min(room, 4096);
    return this;
  }

  /** Room for data in another message. */
  get dataRoom(): number {
    return this.#room - this.length - HEADER;
  }

  /** Appends a message; what does not fit is cut, with MSG_CTRUNC. */
  put(m: Incoming, level: number, type: number, data: Uint8Array): void {
    const room = this.#room - this.length;
    if (room < HEADER) {
      m.outFlags |= MSG_CTRUNC;
      return;
    }
    let length = HEADER + data.length;
    if (length > room) {
      length = room;
      m.outFlags |= MSG_CTRUNC;
    }
    const at = this.length;
    header.at(buffer, at);
    header.cmsg_len = length;
    header.cmsg_level = level;
    header.cmsg_type = type;
    buffer.set(data.subarray(0, length - HEADER), at + HEADER);
    const end = Math.min(space(length), room);
    buffer.fill(0, at + length, at + end);
    this.length += end;
  }

  /** Copies all to the guest. False: EFAULT. */
  copyOut(t: Task, addr: number): boolean {
    return this.length === 0 || t.mm.copyOut(addr, buffer, 0, this.length);
  }
}

const numbers = new Uint8Array(SCM_MAX_FD * 4);
const numbersView = new DataView(numbers.buffer);

/** Puts sender and descriptors that `m` brings: installs the latter as far as there is room. */
export function putUnixControl(
  t: Task,
  m: Incoming,
  to: ControlWriter,
): void {
  if (m.hasCreds) {
    ucred.pid = m.pid;
    ucred.uid = m.uid;
    ucred.gid = m.gid;
    to.put(m, SOL_SOCKET, SCM_CREDENTIALS, ucred.bytes);
  }
  const { files } = m;
  if (files === null) return;
  const max = Math.min(files.length, Math.floor(Math.max(0, to.dataRoom) / 4));
  const cloexec = (m.flags & MSG_CMSG_CLOEXEC) !== 0;
  let n = 0;
  while (n < max) {
    const fd = t.files.install(t, files[n], cloexec);
    if (fd < 0) break;
    numbersView.setInt32(n * 4, fd, true);
    n++;
  }
  if (n > 0) to.put(m, SOL_SOCKET, SCM_RIGHTS, numbers.subarray(0, n * 4));
  if (n < files.length) m.outFlags |= MSG_CTRUNC;
  dropFiles(m);
}

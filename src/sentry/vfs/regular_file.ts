/** Open regular files: offsets, O_APPEND, size limits. Where the bytes lie is the subclass's. */
import { EFBIG, EINVAL, ENXIO } from "../../abi/linux/errno.ts";
import { O_APPEND, O_NOATIME } from "../../abi/linux/fcntl.ts";
import { CAP_FSETID } from "../../abi/linux/capability.ts";
import {
  SEEK_CUR,
  SEEK_DATA,
  SEEK_END,
  SEEK_HOLE,
} from "../../abi/linux/fs.ts";
import { RLIMIT_FSIZE } from "../../abi/linux/resource.ts";
import { SIGXFSZ } from "../../abi/linux/signal.ts";
import { S_ISGID, S_ISUID, S_IXGRP } from "../../abi/linux/stat.ts";
import {
  IN_ACCESS,
  IN_CLOSE_NOWRITE,
  IN_CLOSE_WRITE,
  IN_MODIFY,
} from "../../abi/linux/inotify.ts";
import { SigInfo } from "../kernel/siginfo.ts";
import { sendToTask } from "../kernel/signal.ts";
import type { Task } from "../kernel/task.ts";
import type { UserBuffer } from "../mm/user_buffer.ts";
import { tick, wallSeconds } from "./clock.ts";
import { FileDescription } from "./file_description.ts";
import { ATTR_MODE, Attributes, type Inode } from "./inode.ts";
import { MS_NOATIME } from "./mount.ts";
import { notifyFile } from "./notify.ts";
import type { VfsPath } from "./path.ts";

/** Largest offset and size: numbers are exact up to here. */
export const MAX_FILE_SIZE = 2 ** 53 - 1;

const DAY = 86400;

export abstract class RegularFile extends FileDescription {
  /** Where writes count: a file that is written can't be executed, ETXTBSY. */
  constructor(inode: Inode, path: VfsPath | null, flags: number) {
    super(inode, path, flags);
    if (this.writable) inode.writers++;
  }

  /** Reads at `offset` into `dst`. Count, 0 at the end, or -errno. */
  protected abstract readAt(dst: UserBuffer, offset: number): number;

  /** Writes at `offset`, or with `append` at the end (then `this.end` tells where it ended). Count or -errno. */
  protected abstract writeAt(
    src: UserBuffer,
    offset: number,
    append: boolean,
  ): number;

  /** Offset behind the bytes that the latest appending `writeAt` wrote. */
  protected end = 0;

  /** SEEK_DATA or SEEK_HOLE from `offset`, which is below the size. Here: all is data. */
  protected seekData(offset: number, hole: boolean): number {
    return hole ? this.inode.size : offset;
  }

  override get pollable(): boolean {
    return false;
  }

  override read(t: Task, dst: UserBuffer): number {
    const n = this.pread(t, dst, this.offset);
    if (n > 0) this.offset += n;
    return n;
  }

  override pread(_t: Task, dst: UserBuffer, offset: number): number {
    const n = this.readAt(dst, offset);
    if (n >= 0) this.#accessed(n);
    return n;
  }

  override write(t: Task, src: UserBuffer): number {
    if ((this.flags & O_APPEND) !== 0) {
      const n = this.#append(t, src);
      if (n > 0) this.offset = this.end;
      return n;
    }
    const n = this.pwrite(t, src, this.offset);
    if (n > 0) this.offset += n;
    return n;
  }

  override pwrite(t: Task, src: UserBuffer, offset: number): number {
    // Linux appends even here, see pwrite(2), BUGS.
    if ((this.flags & O_APPEND) !== 0) return this.#append(t, src);
    if (src.remaining === 0) return 0;
    const r = limitWrite(t, src, offset);
    if (r < 0) return r;
    return this.#written(t, this.writeAt(src, offset, false));
  }

  #append(t: Task, src: UserBuffer): number {
    if (src.remaining === 0) return 0;
    const refreshed = this.inode.refresh();
    if (refreshed < 0) return refreshed;
    const r = limitWrite(t, src, this.inode.size);
    if (r < 0) return r;
    return this.#written(t, this.writeAt(src, this.inode.size, true));
  }

  #written(t: Task, n: number): number {
    if (n <= 0) return n;
    dropPrivileges(t, this.inode);
    if (this.path !== null) notifyFile(this.path.dentry, IN_MODIFY);
    return n;
  }

  /** relatime, as Linux mounts by default. */
  #accessed(n: number): void {
    const { path, inode } = this;
    if (path !== null && n > 0) notifyFile(path.dentry, IN_ACCESS);
    if ((this.flags & O_NOATIME) !== 0) return;
    if (path !== null && (path.mount.flags & MS_NOATIME) !== 0) return;
    if (path !== null && path.mount.readonly) return;
    if (atimeIsRecent(inode)) return;
    inode.touchAccess();
  }

  override seek(_t: Task, offset: number, whence: number): number {
    if (whence >= SEEK_END) {
      const r = this.inode.refresh();
      if (r < 0) return r;
    }
    const { size } = this.inode;
    if (whence === SEEK_CUR) offset += this.offset;
    else if (whence === SEEK_END) offset += size;
    else if (whence === SEEK_DATA || whence === SEEK_HOLE) {
      if (offset < 0 || offset >= size) return -ENXIO;
      offset = this.seekData(offset, whence === SEEK_HOLE);
      if (offset < 0) return offset;
    } else if (whence !== 0) return -EINVAL;
    if (offset < 0 || offset > MAX_FILE_SIZE) return -EINVAL;
    this.offset = offset;
    return offset;
  }

  override fsync(_t: Task, _dataOnly: boolean): number {
    return 0;
  }

  override truncate(t: Task, length: number): number {
    const r = limitSize(t, this.inode, length);
    if (r < 0) return r;
    const done = this.inode.truncate(length);
    if (done < 0) return done;
    dropPrivileges(t, this.inode);
    if (this.path !== null) notifyFile(this.path.dentry, IN_MODIFY);
    return 0;
  }

  override release(): void {
    if (this.writable) this.inode.writers--;
    if (this.path === null) return;
    const mask = this.writable ? IN_CLOSE_WRITE : IN_CLOSE_NOWRITE;
    notifyFile(this.path.dentry, mask);
  }
}

/** RLIMIT_FSIZE and the largest offset: cuts `src` to what may be written at `offset`. 0, or -EFBIG after SIGXFSZ. */
function limitWrite(t: Task, src: UserBuffer, offset: number): number {
  const limit = t.group.limits.cur[RLIMIT_FSIZE];
  if (offset >= limit) {
    sendFileTooBig(t);
    return -EFBIG;
  }
  if (offset >= MAX_FILE_SIZE) return -EFBIG;
  const room = Math.min(limit, MAX_FILE_SIZE) - offset;
  if (src.remaining > room) src.limit(room);
  return 0;
}

/** Whether a file may be made `length` bytes long. 0, -EINVAL, or -EFBIG (after SIGXFSZ at the limit). */
export function limitSize(t: Task, inode: Inode, length: number): number {
  if (length < 0) return -EINVAL;
  if (length > MAX_FILE_SIZE) return -EFBIG;
  if (length > inode.size && length > t.group.limits.cur[RLIMIT_FSIZE]) {
    sendFileTooBig(t);
    return -EFBIG;
  }
  return 0;
}

function sendFileTooBig(t: Task): void {
  sendToTask(t, SigInfo.kernel(SIGXFSZ));
}

const dropped = new Attributes();

/** A write by somebody unprivileged takes set-user-id and set-group-id away. */
export function dropPrivileges(t: Task, inode: Inode): void {
  if ((inode.mode & (S_ISUID | S_ISGID)) === 0 || !inode.isRegular) return;
  if (t.creds.can(CAP_FSETID)) return;
  let mode = inode.mode & ~S_ISUID;
  if ((mode & S_IXGRP) !== 0) mode &= ~S_ISGID;
  if (mode === inode.mode) return;
  dropped.mask = ATTR_MODE;
  dropped.mode = mode & 0o7777;
  inode.setAttributes(dropped);
}

function atimeIsRecent(inode: Inode): boolean {
  const { atime } = inode;
  if (atime < inode.mtime || atime < inode.ctime) return false;
  if (atime === inode.mtime && inode.atimeNsec <= inode.mtimeNsec) return false;
  if (atime === inode.ctime && inode.atimeNsec <= inode.ctimeNsec) return false;
  tick();
  return wallSeconds() - atime < DAY;
}

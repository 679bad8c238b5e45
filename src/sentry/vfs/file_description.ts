/**
 * An open file description: what descriptors refer to. It never waits: an
 * operation acts, or returns -EAGAIN and later wakes `queue`. The base class
 * answers what a file type cannot do with Linux's errno.
 */
import {
  EINVAL,
  ENODEV,
  ENOTDIR,
  ENOTTY,
  ESPIPE,
} from "../../abi/linux/errno.ts";
import type { MemoryFile } from "../../platform/memory_file.ts";
import type { Task } from "../kernel/task.ts";
import { WaitQueue } from "../kernel/wait_queue.ts";
import type { UserBuffer } from "../mm/user_buffer.ts";
import type { DirSink } from "./dir_sink.ts";
import type { Inode } from "./inode.ts";
import type { VfsPath } from "./path.ts";

const POLLIN = 0x1;
const POLLOUT = 0x4;

/** Told when a file has lost its last reference, before its `release`: epoll sets forget it. */
export interface ReleaseHook {
  fileReleased(file: FileDescription): void;
}

export abstract class FileDescription {
  /** Descriptors, maps and pins that refer to it; `release` at 0. */
  refs = 0;
  /** Wakes whoever waits for readiness; called after each change of it. */
  readonly queue: WaitQueue = new WaitQueue();
  /** Current offset; files that can't seek leave it alone. */
  offset = 0;
  /** F_SETOWN, F_SETSIG, O_ASYNC: a pid, or a process group as a negative number. */
  owner = 0;
  /** F_OWNER_TID, F_OWNER_PID or F_OWNER_PGRP. */
  ownerType = 1;
  ownerSignal = 0;
  /** How long a blocking read or write may wait, ns (SO_RCVTIMEO, SO_SNDTIMEO). */
  readLimit = Infinity;
  writeLimit = Infinity;
  /** Whoever wants to know of the release; null: nobody. */
  releaseHooks: Set<ReleaseHook> | null = null;

  /**
   * @param inode what stat, chmod and the like act on
   * @param path where it was opened, for /proc and getcwd; null for files without a name
   * @param flags O_* status flags and access mode, as F_GETFL shows them
   */
  constructor(
    readonly inode: Inode,
    readonly path: VfsPath | null,
    public flags: number,
  ) {
    if (path !== null) path.pin();
  }

  get readable(): boolean {
    // Access mode 3 is for ioctl alone: neither.
    return (this.flags & 1) === 0 && (this.flags & 0o10000000) === 0;
  }

  get writable(): boolean {
    const access = this.flags & 3;
    return access !== 0 && access !== 3 && (this.flags & 0o10000000) === 0;
  }

  /** read(2) at the current offset, which it moves. Count, 0 at the end, -EAGAIN, … */
  read(_t: Task, _dst: UserBuffer): number {
    return -EINVAL;
  }

  /** write(2) at the current offset (or the end, O_APPEND). May be short. */
  write(_t: Task, _src: UserBuffer): number {
    return -EINVAL;
  }

  /** pread(2): does not touch the current offset. */
  pread(_t: Task, _dst: UserBuffer, _offset: number): number {
    return -ESPIPE;
  }

  pwrite(_t: Task, _src: UserBuffer, _offset: number): number {
    return -ESPIPE;
  }

  /** lseek(2). The new offset. */
  seek(_t: Task, _offset: number, _whence: number): number {
    return -ESPIPE;
  }

  /** POLL* bits that hold now. */
  poll(): number {
    return POLLIN | POLLOUT;
  }

  /** Whether epoll may watch it (regular files and directories: no, EPERM). */
  get pollable(): boolean {
    return true;
  }

  ioctl(_t: Task, _request: number, _arg: number): number {
    return -ENOTTY;
  }

  /** getdents: emits entries from the current position until the sink is full. */
  readDir(_t: Task, _sink: DirSink): number {
    return -ENOTDIR;
  }

  fsync(_t: Task, _dataOnly: boolean): number {
    return -EINVAL;
  }

  /** fsync(2) for callers that can wait: -EAGAIN while it is under way, then `queue` is woken. */
  fsyncLater(t: Task, dataOnly: boolean): number {
    return this.fsync(t, dataOnly);
  }

  truncate(_t: Task, _length: number): number {
    return -EINVAL;
  }

  /** fallocate(2). */
  allocate(_t: Task, _mode: number, _offset: number, _length: number): number {
    return -ENODEV;
  }

  /**
   * The memory to map for mmap(2): for shared maps writes must reach the file
   * (`shared && writable`). A number is -errno (ENODEV: can't be mapped). The
   * caller does not own the result; it stays good while the description lives.
   */
  memoryFile(_shared: boolean, _writable: boolean): MemoryFile | number {
    return -ENODEV;
  }

  /** Whether a mapping of it is anonymous memory: /dev/zero. */
  get mapsZeroes(): boolean {
    return false;
  }

  /** A shared map that may write to the file has been made (1) or has gone (-1): F_SEAL_WRITE asks. */
  mapped(_change: number): void {}

  /** New status flags after F_SETFL (already stored). */
  flagsChanged(): void {}

  /** A descriptor was closed (close(2)); errors are reported, the descriptor goes anyway. */
  flush(_t: Task): number {
    return 0;
  }

  /** Last reference gone. */
  release(): void {}

  incRef(): void {
    this.refs++;
  }

  decRef(): void {
    if (--this.refs !== 0) return;
    const hooks = this.releaseHooks;
    if (hooks !== null) { for (const hook of hooks) hook.fileReleased(this); }
    const { locks } = this.inode;
    if (locks !== null) locks.releaseFile(this);
    this.release();
    if (this.path !== null) this.path.unpin();
  }

  /** Text of /proc/pid/fd/N: the path, or "pipe:[N]", "anon_inode:[eventfd]" and so on. */
  linkText(): string | null {
    return null;
  }

  /** Further lines of /proc/pid/fdinfo/N, each ended by a newline. */
  fdInfo(): string {
    return "";
  }
}

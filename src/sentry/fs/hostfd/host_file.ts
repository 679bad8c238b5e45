/**
 * A standard descriptor of the sandbox that is a regular file (or a device
 * that never waits, such as /dev/null): reads and writes happen at the host's
 * own offset, so that what comes before and after the sandbox joins it.
 */
import { EINTR, EINVAL, ESPIPE } from "../../../abi/linux/errno.ts";
import { O_ACCMODE, O_APPEND, O_RDONLY } from "../../../abi/linux/fcntl.ts";
import { makedev, S_IFREG } from "../../../abi/linux/stat.ts";
import * as ffi from "../../../../ffi/mod.ts";
import { MemoryFile } from "../../../platform/memory_file.ts";
import type { Task } from "../../kernel/task.ts";
import type { UserBuffer } from "../../mm/user_buffer.ts";
import { FileDescription } from "../../vfs/file_description.ts";
import type { VfsPath } from "../../vfs/path.ts";
import type { HostFdInode } from "./host_fd_inode.ts";

/** `stdioReadAt`'s and `stdioWriteAt`'s word for the host's own offset. */
const HOST_OFFSET = -1;

export class HostFile extends FileDescription {
  #memory: MemoryFile | null = null;

  /**
   * @param shared whether the offset is the host's
   */
  constructor(
    readonly host: HostFdInode,
    path: VfsPath | null,
    flags: number,
    readonly shared: boolean,
  ) {
    super(host, path, flags);
  }

  override read(_t: Task, dst: UserBuffer): number {
    const at = this.shared ? HOST_OFFSET : this.offset;
    const n = this.#move(dst, at, true);
    if (n > 0 && !this.shared) this.offset += n;
    return n;
  }

  override write(_t: Task, src: UserBuffer): number {
    if (this.shared) return this.#move(src, HOST_OFFSET, false);
    if ((this.flags & O_APPEND) !== 0) {
      this.host.refresh();
      this.offset = this.host.size;
    }
    const n = this.#move(src, this.offset, false);
    if (n > 0) this.offset += n;
    return n;
  }

  override pread(_t: Task, dst: UserBuffer, offset: number): number {
    return this.#move(dst, offset, true);
  }

  override pwrite(_t: Task, src: UserBuffer, offset: number): number {
    return this.#move(src, offset, false);
  }

  /** Moves all of `buffer`, until a short count. */
  #move(buffer: UserBuffer, offset: number, reading: boolean): number {
    const { fd } = this.host;
    let done = 0;
    while (buffer.remaining > 0) {
      const r = buffer.host();
      if (r < 0) return done > 0 ? done : r;
      const length = Math.min(buffer.hostLength, 0x7ffff000);
      const at = offset < 0 ? HOST_OFFSET : offset + done;
      const n = reading
        ? ffi.stdioReadAt(fd, buffer.hostAddress, length, at)
        : ffi.stdioWriteAt(fd, buffer.hostAddress, length, at);
      if (n === -EINTR) continue;
      if (n < 0) return done > 0 ? done : n;
      buffer.advance(n);
      done += n;
      if (n < length) break;
    }
    return done;
  }

  override seek(_t: Task, offset: number, whence: number): number {
    if (this.shared) return ffi.stdioSeek(this.host.fd, offset, whence);
    if (!this.inode.isRegular) return -ESPIPE;
    let base = 0;
    if (whence === 1) base = this.offset;
    else if (whence === 2) {
      this.host.refresh();
      base = this.host.size;
    } else if (whence !== 0) return -EINVAL;
    if (base + offset < 0) return -EINVAL;
    return this.offset = base + offset;
  }

  override get pollable(): boolean {
    return (this.inode.type) !== S_IFREG;
  }

  override fsync(_t: Task, dataOnly: boolean): number {
    return ffi.stdioSync(this.host.fd, dataOnly ? 1 : 0);
  }

  override truncate(_t: Task, length: number): number {
    return ffi.truncateFd(this.host.fd, length);
  }

  override memoryFile(): MemoryFile | number {
    if (!this.inode.isRegular) return super.memoryFile(false, false);
    return this.#memory ??= new MemoryFile(
      this.host.fd,
      (this.flags & O_ACCMODE) !== O_RDONLY,
      true,
    );
  }

  /** A device has its usual name; where a file lies on the host stays hidden. */
  override linkText(): string {
    const device = this.inode.rdev === 0 ? undefined : NAMES[this.inode.rdev];
    return device ?? `host:[${this.inode.ino}]`;
  }
}

/** Devices that may well be a standard descriptor, by number. */
const NAMES: Readonly<Record<number, string>> = {
  [makedev(1, 3)]: "/dev/null",
  [makedev(1, 5)]: "/dev/zero",
  [makedev(1, 7)]: "/dev/full",
  [makedev(1, 9)]: "/dev/urandom",
};

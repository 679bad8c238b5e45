/**
 * Regular files of the host. Offsets are ours, so all descriptions of a file
 * share two host descriptors: one to read, one to read and write.
 */
import {
  closeFd,
  hostAllocate,
  hostFields,
  hostSeek,
  hostStat,
  hostSync,
  truncateFd,
} from "../../../../ffi/mod.ts";
import { EACCES, EPERM, EROFS } from "../../../abi/linux/errno.ts";
import { O_RDONLY, O_RDWR } from "../../../abi/linux/fcntl.ts";
import { MemoryFile } from "../../../platform/memory_file.ts";
import type { Task } from "../../kernel/task.ts";
import type { UserBuffer } from "../../mm/user_buffer.ts";
import type { FileDescription } from "../../vfs/file_description.ts";
import type { VfsPath } from "../../vfs/path.ts";
import { RegularFile } from "../../vfs/regular_file.ts";
import { fromHostFile, toHostFile } from "../../vfs/transfer.ts";
import { HostInode } from "./inode.ts";
import { syncHost } from "./sync.ts";

export class HostRegular extends HostInode {
  #read: MemoryFile | null = null;
  #write: MemoryFile | null = null;
  /** Open descriptions and other users. */
  #opens = 0;

  /** A user more: descriptors stay open until `closed`. */
  opened(): void {
    this.#opens++;
  }

  closed(): void {
    if (--this.#opens > 0) return;
    // Idle: kept for the next open of it, until others need the room.
    if (this.#write !== null) {
      this.#write.close();
      this.#write = null;
    }
    if (this.#read !== null) this.fs.opened(this);
    if (this.nlink === 0) this.closeIdle();
  }

  override closeIdle(): void {
    if (this.#opens > 0) return;
    this.#read?.close();
    this.#write?.close();
    this.#read = null;
    this.#write = null;
    this.fs.closed(this);
  }

  /** Takes over a descriptor that the creation of the file gave. */
  keepWritable(fd: number): void {
    if (this.#write !== null) closeFd(fd);
    else this.#write = new MemoryFile(fd, true, true);
    this.fs.opened(this);
  }

  /** The file, readable. Not the caller's own. */
  reader(): MemoryFile | number {
    this.usedLately = true;
    if (this.#read !== null) return this.#read;
    if (this.#write !== null) return this.#write;
    const fd = this.openHost(O_RDONLY);
    if (fd < 0) return fd;
    this.fs.opened(this);
    return this.#read = new MemoryFile(fd, false, true);
  }

  /** The file, readable and writable. Not the caller's own. */
  writer(): MemoryFile | number {
    this.usedLately = true;
    if (this.#write !== null) return this.#write;
    if (this.fs.readonly) return -EROFS;
    const fd = this.openHost(O_RDWR);
    if (fd < 0) return fd;
    this.fs.opened(this);
    return this.#write = new MemoryFile(fd, true, true);
  }

  override get fileFd(): number {
    return this.#write?.fd ?? this.#read?.fd ?? -1;
  }

  override truncate(length: number): number {
    const file = this.writer();
    if (typeof file === "number") return file;
    const r = truncateFd(file.fd, length);
    if (r === 0) this.size = length;
    this.changed();
    return r;
  }

  override open(
    _t: Task,
    path: VfsPath,
    flags: number,
  ): FileDescription | number {
    const file = (flags & 3) === O_RDONLY ? this.reader() : this.writer();
    if (typeof file !== "number") return new HostFile(this, path, flags, file);
    // Write-only on the host: there is no reading back, so no O_RDWR for us.
    return file === -EACCES && this.fs.readonly ? -EROFS : file;
  }
}

class HostFile extends RegularFile {
  constructor(
    override readonly inode: HostRegular,
    path: VfsPath,
    flags: number,
    readonly file: MemoryFile,
  ) {
    super(inode, path, flags);
    inode.opened();
  }

  protected override readAt(dst: UserBuffer, offset: number): number {
    return fromHostFile(dst, this.file.fd, offset);
  }

  protected override writeAt(
    src: UserBuffer,
    offset: number,
    append: boolean,
  ): number {
    const n = toHostFile(src, this.file.fd, offset, append);
    const { inode } = this;
    inode.changed();
    if (n <= 0) return n;
    if (append) {
      if (hostStat(this.file.fd, "") === 0) inode.load(hostFields);
      this.end = inode.size;
    } else if (offset + n > inode.size) inode.size = offset + n;
    return n;
  }

  protected override seekData(offset: number, hole: boolean): number {
    return hostSeek(this.file.fd, offset, hole ? 4 : 3);
  }

  override fsync(_t: Task, dataOnly: boolean): number {
    return hostSync(this.file.fd, dataOnly ? 1 : 0);
  }

  override fsyncLater(t: Task, dataOnly: boolean): number {
    return syncHost(t, this, this.file.fd, dataOnly);
  }

  override allocate(
    _t: Task,
    mode: number,
    offset: number,
    length: number,
  ): number {
    this.inode.changed();
    return hostAllocate(this.file.fd, mode, offset, length);
  }

  override memoryFile(shared: boolean, writable: boolean): MemoryFile | number {
    if (shared && writable && !this.file.writable) return -EPERM;
    return this.file;
  }

  override release(): void {
    super.release();
    this.inode.closed();
  }
}

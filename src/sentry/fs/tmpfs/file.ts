/** Open files of tmpfs. */
import { EOPNOTSUPP, EPERM } from "../../../abi/linux/errno.ts";
import {
  F_SEAL_FUTURE_WRITE,
  F_SEAL_GROW,
  F_SEAL_SHRINK,
  F_SEAL_WRITE,
} from "../../../abi/linux/fcntl.ts";
import {
  FALLOC_FL_KEEP_SIZE,
  FALLOC_FL_PUNCH_HOLE,
} from "../../../abi/linux/fs.ts";
import type { MemoryFile } from "../../../platform/memory_file.ts";
import type { Task } from "../../kernel/task.ts";
import type { UserBuffer } from "../../mm/user_buffer.ts";
import { DirectoryFile, type DirListing } from "../../vfs/directory_file.ts";
import type { VfsPath } from "../../vfs/path.ts";
import { limitSize, RegularFile } from "../../vfs/regular_file.ts";
import type { TmpfsDirectory, TmpfsRegular } from "./inode.ts";

export class TmpfsFile extends RegularFile {
  constructor(
    override readonly inode: TmpfsRegular,
    path: VfsPath | null,
    flags: number,
  ) {
    super(inode, path, flags);
    inode.opens++;
  }

  protected override readAt(dst: UserBuffer, offset: number): number {
    return this.inode.readAt(dst, offset);
  }

  protected override writeAt(
    src: UserBuffer,
    offset: number,
    append: boolean,
  ): number {
    const { seals, size } = this.inode;
    if ((seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)) !== 0) return -EPERM;
    if (append) offset = size;
    if ((seals & F_SEAL_GROW) !== 0 && offset + src.remaining > size) {
      if (offset >= size) return -EPERM;
      src.limit(size - offset);
    }
    const n = this.inode.writeAt(src, offset);
    if (n > 0) this.end = offset + n;
    return n;
  }

  protected override seekData(offset: number, hole: boolean): number {
    return this.inode.seekData(offset, hole);
  }

  override truncate(t: Task, length: number): number {
    const { seals, size } = this.inode;
    if ((seals & F_SEAL_GROW) !== 0 && length > size) return -EPERM;
    if ((seals & F_SEAL_SHRINK) !== 0 && length < size) return -EPERM;
    return super.truncate(t, length);
  }

  override allocate(
    t: Task,
    mode: number,
    offset: number,
    length: number,
  ): number {
    const { inode } = this;
    const { seals } = inode;
    if ((mode & ~(FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE)) !== 0) {
      return -EOPNOTSUPP;
    }
    if ((mode & FALLOC_FL_PUNCH_HOLE) !== 0) {
      if ((mode & FALLOC_FL_KEEP_SIZE) === 0) return -EOPNOTSUPP;
      if ((seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)) !== 0) return -EPERM;
      return inode.punch(offset, length);
    }
    const end = offset + length;
    if (end <= inode.size || (mode & FALLOC_FL_KEEP_SIZE) !== 0) return 0;
    if ((seals & F_SEAL_GROW) !== 0) return -EPERM;
    const r = limitSize(t, inode, end);
    return r < 0 ? r : inode.truncate(end);
  }

  override memoryFile(shared: boolean, writable: boolean): MemoryFile | number {
    const sealed = F_SEAL_WRITE | F_SEAL_FUTURE_WRITE;
    if (shared && writable && (this.inode.seals & sealed) !== 0) return -EPERM;
    return this.inode.memory(shared && writable);
  }

  override mapped(change: number): void {
    this.inode.writableMaps += change;
  }

  override release(): void {
    super.release();
    this.inode.closed();
  }
}

export class TmpfsDirectoryFile extends DirectoryFile {
  constructor(
    override readonly inode: TmpfsDirectory,
    path: VfsPath,
    flags: number,
  ) {
    super(inode, path, flags);
  }

  protected override list(_t: Task, listing: DirListing): number {
    return this.inode.listAll(listing);
  }
}

/** What stat(2) shows of a standard descriptor of the sandbox; opening it again through /proc/self/fd. */
import { EACCES, EPERM } from "../../../abi/linux/errno.ts";
import { O_ACCMODE, O_RDONLY, O_RDWR } from "../../../abi/linux/fcntl.ts";
import { S_IFIFO, S_IFMT, S_IFSOCK } from "../../../abi/linux/stat.ts";
import * as ffi from "../../../../ffi/mod.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import type { Task } from "../../kernel/task.ts";
import { Dentry } from "../../vfs/dentry.ts";
import type { FileDescription } from "../../vfs/file_description.ts";
import { FileSystem } from "../../vfs/file_system.ts";
import { type Attributes, Inode } from "../../vfs/inode.ts";
import type { VfsPath } from "../../vfs/path.ts";
import { HostFile } from "./host_file.ts";
import { HostStat } from "./host_stat.ts";
import { HostStream } from "./host_stream.ts";

/** Files that are not in the guest's tree; never mounted. */
class HostFdFs extends FileSystem {
  readonly root: Dentry = new Dentry(null, "", null);
}

const fs = new HostFdFs("hostfd", 0x58295829);
const stat = new HostStat();

export class HostFdInode extends Inode {
  /**
   * @param kernel whose poller watches it
   * @param fd host descriptor
   * @param access O_RDONLY, O_WRONLY or O_RDWR: what `fd` is open for
   */
  constructor(
    readonly kernel: Kernel,
    readonly fd: number,
    readonly access: number,
  ) {
    super(fs, fs.nextInode(), 0);
    this.refresh();
  }

  override refresh(): number {
    const r = stat.load(this.fd);
    if (r < 0) return r;
    this.mode = stat.mode;
    this.uid = stat.uid;
    this.gid = stat.gid;
    this.size = stat.size;
    this.rdev = stat.rdev;
    this.blocks = stat.blocks;
    this.blockSize = stat.blockSize;
    this.atime = stat.seconds(0);
    this.atimeNsec = stat.nanoseconds(0);
    this.mtime = stat.seconds(1);
    this.mtimeNsec = stat.nanoseconds(1);
    this.ctime = stat.seconds(2);
    this.ctimeNsec = stat.nanoseconds(2);
    return 0;
  }

  /** Whether it may be open with access mode `flags`. */
  allows(flags: number): boolean {
    return this.access === O_RDWR || this.access === (flags & O_ACCMODE);
  }

  /** The host's owner keeps the say over its file. */
  override setAttributes(_a: Attributes): number {
    return -EPERM;
  }

  override permission(): number {
    return 0;
  }

  override truncate(length: number): number {
    if (this.access === O_RDONLY) return -EACCES;
    return ffi.truncateFd(this.fd, length);
  }

  override get opensItself(): boolean {
    return true;
  }

  /** A further description of it; a file then has an offset of its own. */
  override open(
    _t: Task,
    path: VfsPath,
    flags: number,
  ): FileDescription | number {
    if (!this.allows(flags)) return -EACCES;
    const type = this.mode & S_IFMT;
    if (type === S_IFIFO || type === S_IFSOCK) {
      return new HostStream(this, path, flags);
    }
    return new HostFile(this, path, flags, false);
  }
}

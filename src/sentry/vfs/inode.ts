/**
 * A file, whatever its names. The fields are what stat(2) shows; operations
 * answer with the result or -errno. What a file system cannot do is answered
 * here, with the errno Linux gives when the operation is missing. Checks that
 * hold for every file system (permissions, read-only mounts, names that exist,
 * sticky directories) are made by the callers in vfs, before an operation.
 */
import {
  EACCES,
  EINVAL,
  ENOTDIR,
  ENXIO,
  EOPNOTSUPP,
  EPERM,
} from "../../abi/linux/errno.ts";
import { S_IFDIR, S_IFLNK, S_IFMT, S_IFREG } from "../../abi/linux/stat.ts";
import type { Credentials } from "../kernel/credentials.ts";
import type { Task } from "../kernel/task.ts";
import { tick, wallNanoseconds, wallSeconds } from "./clock.ts";
import type { DirListing } from "./directory_file.ts";
import type { FileDescription } from "./file_description.ts";
import type { FileLocks } from "./file_locks.ts";
import type { FileSystem } from "./file_system.ts";
import type { VfsPath } from "./path.ts";
import { genericPermission } from "./permission.ts";

/** Bits of `Attributes.mask`. */
export const ATTR_MODE = 1;
export const ATTR_UID = 2;
export const ATTR_GID = 4;
export const ATTR_ATIME = 8;
export const ATTR_MTIME = 16;

/** What chmod, chown and utimensat change: the fields named by `mask`. */
export class Attributes {
  mask = 0;
  /** Permission bits, without the type. */
  mode = 0;
  uid = 0;
  gid = 0;
  atime = 0;
  atimeNsec = 0;
  mtime = 0;
  mtimeNsec = 0;
}

export abstract class Inode {
  uid = 0;
  gid = 0;
  nlink = 1;
  /** Bytes. */
  size = 0;
  /** Device number of character and block devices. */
  rdev = 0;
  /** 512-byte blocks. */
  blocks = 0;
  /** Preferred I/O size, bytes. */
  blockSize = 4096;
  atime = 0;
  atimeNsec = 0;
  mtime = 0;
  mtimeNsec = 0;
  ctime = 0;
  ctimeNsec = 0;
  /** Birth time for statx(2); seconds 0: not known. */
  btime = 0;
  btimeNsec = 0;
  /** What a special file hangs on it: a fifo's pipe, a bound unix socket. */
  attachment: object | null = null;
  /** Record locks and flock locks; null: none ever. */
  locks: FileLocks | null = null;
  /** inotify watches; null: none. Owned by inotify. */
  watches: object | null = null;
  /** Cached dentries that lead to it. */
  names = 0;
  /** Attributes or content were changed by the guest. */
  dirty = false;
  /** Open descriptions that may write; negative: executed that many times, writing is ETXTBSY. */
  writers = 0;

  /**
   * @param mode type and permission bits, as st_mode
   */
  constructor(
    readonly fs: FileSystem,
    readonly ino: number,
    public mode: number,
  ) {}

  get type(): number {
    return this.mode & S_IFMT;
  }

  get isDirectory(): boolean {
    return (this.mode & S_IFMT) === S_IFDIR;
  }

  get isSymlink(): boolean {
    return (this.mode & S_IFMT) === S_IFLNK;
  }

  get isRegular(): boolean {
    return (this.mode & S_IFMT) === S_IFREG;
  }

  /** Whether something else hangs on it than names and open files. */
  get isInUse(): boolean {
    return this.attachment !== null || this.locks !== null ||
      this.watches !== null;
  }

  /** st_dev. */
  get dev(): number {
    return this.fs.dev;
  }

  /** Brings the fields up to date where the truth lies elsewhere. 0 or -errno. */
  refresh(): number {
    return 0;
  }

  /** Sets atime, mtime and ctime (and birth) to now. */
  stampNew(): void {
    tick();
    this.atime =
      this.mtime =
      this.ctime =
      this.btime =
        wallSeconds();
    this.atimeNsec =
      this.mtimeNsec =
      this.ctimeNsec =
      this.btimeNsec =
        wallNanoseconds();
  }

  /** Sets mtime and ctime to now. */
  touch(): void {
    tick();
    this.dirty = true;
    this.mtime = this.ctime = wallSeconds();
    this.mtimeNsec = this.ctimeNsec = wallNanoseconds();
  }

  /** Sets ctime to now. */
  touchChange(): void {
    tick();
    this.dirty = true;
    this.ctime = wallSeconds();
    this.ctimeNsec = wallNanoseconds();
  }

  /** Sets atime to now. */
  touchAccess(): void {
    tick();
    this.atime = wallSeconds();
    this.atimeNsec = wallNanoseconds();
  }

  /** Whether `creds` may use it for `mask` (MAY_READ | MAY_WRITE | MAY_EXEC). 0 or -EACCES. */
  permission(creds: Credentials, mask: number): number {
    return genericPermission(creds, this, mask);
  }

  /**
   * chmod, chown, utimensat; the caller has checked that they are allowed.
   * Here: the fields are all there is. 0 or -errno.
   */
  setAttributes(a: Attributes): number {
    const { mask } = a;
    if ((mask & ATTR_MODE) !== 0) {
      this.mode = (this.mode & S_IFMT) | (a.mode & 0o7777);
    }
    if ((mask & ATTR_UID) !== 0) this.uid = a.uid;
    if ((mask & ATTR_GID) !== 0) this.gid = a.gid;
    if ((mask & ATTR_ATIME) !== 0) {
      this.atime = a.atime;
      this.atimeNsec = a.atimeNsec;
    }
    if ((mask & ATTR_MTIME) !== 0) {
      this.mtime = a.mtime;
      this.mtimeNsec = a.mtimeNsec;
    }
    this.touchChange();
    return 0;
  }

  /** truncate(2) of a regular file. 0 or -errno. */
  truncate(_length: number): number {
    return -EINVAL;
  }

  /**
   * Opens it; the caller has checked permissions and handles O_CREAT,
   * O_EXCL, O_TRUNC, O_PATH, devices and fifos.
   * @param flags status flags and access mode for the description
   */
  open(
    _t: Task,
    _path: VfsPath,
    _flags: number,
  ): FileDescription | number {
    return -ENXIO;
  }

  /** Whether `open` is for it to answer even if it is a device or fifo: the host's standard descriptors. */
  get opensItself(): boolean {
    return false;
  }

  /** Text of a symbolic link. */
  readlink(_t: Task): string | number {
    return -EINVAL;
  }

  /** Whether following this link jumps to an object (`jump`) instead of walking its text. */
  get isMagic(): boolean {
    return false;
  }

  /** Where a magic link leads. */
  jump(_t: Task): VfsPath | number {
    return -EINVAL;
  }

  // Directories. Names are binary strings, never "", "." or "..".

  /**
   * Whether its entries change only through the vfs, so that dentries (and
   * names known to be absent) can be trusted. Otherwise every walk asks `lookup`.
   */
  get stable(): boolean {
    return false;
  }

  /**
   * For directories that are not `stable`: whether a walk that passes through
   * `child` (a directory, looked up before) may do so without asking again.
   */
  trusts(_child: Inode): boolean {
    return false;
  }

  /** All entries but "." and "..", for merging (overlay). 0 or -errno. */
  listAll(_listing: DirListing): number {
    return -ENOTDIR;
  }

  /** The file `name`, the same object as long as it lives if `stable` is false too; or -ENOENT, … */
  lookup(_name: string): Inode | number {
    return -ENOTDIR;
  }

  /**
   * New regular file. The name is known not to exist (a racing host may give -EEXIST).
   * @param mode permission bits, umask applied
   */
  create(
    _name: string,
    _mode: number,
    _uid: number,
    _gid: number,
  ): Inode | number {
    return -EACCES;
  }

  /**
   * Of a directory: names that are not there cannot be made, whoever asks. As in
   * Linux, whose lookup fails there, that is ENOENT before rights are looked at.
   */
  get namesFixed(): boolean {
    return false;
  }

  mkdir(
    _name: string,
    _mode: number,
    _uid: number,
    _gid: number,
  ): Inode | number {
    return -EPERM;
  }

  /** @param mode type (fifo, socket, device, regular) and permission bits */
  mknod(
    _name: string,
    _mode: number,
    _rdev: number,
    _uid: number,
    _gid: number,
  ): Inode | number {
    return -EPERM;
  }

  symlink(
    _name: string,
    _target: string,
    _uid: number,
    _gid: number,
  ): Inode | number {
    return -EPERM;
  }

  /** New name for `inode`, a file of the same file system. 0 or -errno. */
  link(_name: string, _inode: Inode): number {
    return -EPERM;
  }

  /** Removes the name of `inode`, not a directory. 0 or -errno. */
  unlink(_name: string, _inode: Inode): number {
    return -EPERM;
  }

  /** Removes directory `inode`. 0, -ENOTEMPTY, … */
  rmdir(_name: string, _inode: Inode): number {
    return -EPERM;
  }

  /**
   * Moves `inode`, called `name` here, to `newName` in `newDir` of the same
   * file system. `target` is what has that name now: it is replaced (types
   * are compatible; -ENOTEMPTY is the file system's to say) or, with
   * `exchange`, gets the old name. 0 or -errno.
   */
  rename(
    _name: string,
    _inode: Inode,
    _newDir: Inode,
    _newName: string,
    _target: Inode | null,
    _exchange: boolean,
  ): number {
    return -EPERM;
  }

  /** An unnamed regular file in this directory, O_TMPFILE: `link` may name it. */
  tmpfile(_mode: number, _uid: number, _gid: number): Inode | number {
    return -EOPNOTSUPP;
  }

  // Extended attributes; names are binary strings with their prefix.

  getXattr(_name: string): Uint8Array | number {
    return -EOPNOTSUPP;
  }

  /** @param flags XATTR_CREATE or XATTR_REPLACE or 0 */
  setXattr(_name: string, _value: Uint8Array, _flags: number): number {
    return -EOPNOTSUPP;
  }

  removeXattr(_name: string): number {
    return -EOPNOTSUPP;
  }

  listXattr(): string[] | number {
    return [];
  }
}

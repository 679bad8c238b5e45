/** What all files of the host have in common, and those that are neither directory nor regular. */
import {
  closeFd,
  hostChmod,
  hostChown,
  hostFields,
  hostGetxattr,
  hostListxattr,
  hostOpen,
  hostReadlink,
  hostRemovexattr,
  hostSetxattr,
  hostStat,
  hostUtimes,
} from "../../../../ffi/mod.ts";
import { EIO, ENODATA, EPERM, ESTALE } from "../../../abi/linux/errno.ts";
import { O_PATH } from "../../../abi/linux/fcntl.ts";
import { makedev, S_IFMT } from "../../../abi/linux/stat.ts";
import type { Task } from "../../kernel/task.ts";
import { decodeBinary } from "../../strings.ts";
import {
  ATTR_ATIME,
  ATTR_GID,
  ATTR_MODE,
  ATTR_MTIME,
  ATTR_UID,
  type Attributes,
  Inode,
} from "../../vfs/inode.ts";
import { serial } from "../../vfs/serial.ts";
import type { HostDirectory } from "./directory.ts";
import type { HostFs } from "./fs.ts";

/** "Leave it" for chown. */
const KEEP = 0xffffffff;
const buffer = new Uint8Array(65536);

export abstract class HostInode extends Inode {
  /** Where it was last seen: how its descriptor can be opened (again). */
  parent: HostDirectory | null = null;
  name = "";
  /** Set by use, cleared by the sweep for descriptors to close. */
  usedLately = false;
  /** Walk that has brought the fields. */
  #loaded = 0;
  #linkText: string | null = null;

  constructor(
    override readonly fs: HostFs,
    private readonly hostDevice: number,
    ino: number,
    mode: number,
  ) {
    super(fs, ino, mode);
  }

  override get dev(): number {
    return this.hostDevice;
  }

  place(parent: HostDirectory | null, name: string): void {
    this.parent = parent;
    this.name = name;
  }

  /** Whether the status in `f` can be of this file: else the number was used again. */
  isSame(f: Float64Array): boolean {
    return (f[0] & S_IFMT) === (this.mode & S_IFMT) &&
      f[15] === this.btime && f[16] === this.btimeNsec;
  }

  /** Takes over the status in `f`, as hostStat gives it. */
  load(f: Float64Array): void {
    this.mode = f[0];
    this.nlink = f[1];
    this.uid = this.fs.shownUid(f[2]);
    this.gid = this.fs.shownGid(f[3]);
    this.rdev = makedev(f[4], f[5]);
    this.size = f[6];
    this.blocks = f[7];
    this.blockSize = f[8];
    this.atime = f[9];
    this.atimeNsec = f[10];
    if (f[11] !== this.mtime || f[12] !== this.mtimeNsec) this.#linkText = null;
    this.mtime = f[11];
    this.mtimeNsec = f[12];
    this.ctime = f[13];
    this.ctimeNsec = f[14];
    this.btime = f[15];
    this.btimeNsec = f[16];
    this.#loaded = serial();
  }

  /** The fields are not the host's any more. */
  changed(): void {
    this.#loaded = 0;
  }

  /** A descriptor that is open on it, or -1. */
  get fileFd(): number {
    return -1;
  }

  override refresh(): number {
    if (this.#loaded === serial()) return 0;
    const fd = this.fileFd;
    if (fd >= 0) {
      const r = hostStat(fd, "");
      if (r < 0) return r;
      this.load(hostFields);
      return 0;
    }
    const { parent } = this;
    if (parent === null) return 0;
    const dirfd = parent.dirFd();
    const r = dirfd < 0 ? dirfd : hostStat(dirfd, this.name);
    // The name is gone or leads elsewhere: what we know is the last that was true.
    if (r < 0 || !this.isSame(hostFields)) return 0;
    this.load(hostFields);
    return 0;
  }

  /**
   * Opens it by its name, with O_* `flags`, and makes sure that it is still
   * this file. A host descriptor that the caller owns, or -errno (-ESTALE).
   */
  openHost(flags: number): number {
    const { parent } = this;
    if (parent === null) return -EIO;
    const dirfd = parent.dirFd();
    if (dirfd < 0) return dirfd;
    const fd = hostOpen(dirfd, this.name, flags, 0);
    if (fd < 0) return fd;
    const r = hostStat(fd, "");
    if (r < 0 || !this.isSame(hostFields) || !this.#isNumber()) {
      closeFd(fd);
      return r < 0 ? r : -ESTALE;
    }
    return fd;
  }

  /** A descriptor for attribute calls: one it has, or one that `done` closes. Or -errno. */
  #handle(): number {
    const fd = this.fileFd;
    return fd >= 0 ? fd : this.openHost(O_PATH);
  }

  #done(fd: number): void {
    if (fd !== this.fileFd) closeFd(fd);
  }

  #isNumber(): boolean {
    const high = hostFields[18];
    if (high >= 0x200000) return true;
    return high * 4294967296 + hostFields[17] === this.ino;
  }

  /** `name` in `parent` does not lead here any more. */
  lostName(parent: HostDirectory, name: string): void {
    this.changed();
    this.nlink--;
    if (this.isDirectory || this.nlink <= 0) {
      this.nlink = 0;
      this.fs.forget(this);
      this.closeIdle();
    }
    if (this.parent === parent && this.name === name) this.parent = null;
  }

  /** Gives back descriptors that can be opened again. */
  closeIdle(): void {}

  override setAttributes(a: Attributes): number {
    const fd = this.#handle();
    if (fd < 0) return fd;
    const r = this.#apply(fd, a);
    if (r === 0 && hostStat(fd, "") === 0) this.load(hostFields);
    this.#done(fd);
    return r;
  }

  #apply(fd: number, a: Attributes): number {
    const { mask } = a;
    if ((mask & (ATTR_UID | ATTR_GID)) !== 0) {
      const uid = (mask & ATTR_UID) !== 0 && a.uid !== this.uid
        ? this.fs.hostUidOf(a.uid)
        : KEEP;
      const gid = (mask & ATTR_GID) !== 0 && a.gid !== this.gid
        ? this.fs.hostGidOf(a.gid)
        : KEEP;
      const r = uid === KEEP && gid === KEEP ? 0 : hostChown(fd, uid, gid);
      if (r < 0) return r;
    }
    if ((mask & ATTR_MODE) !== 0) {
      const r = hostChmod(fd, a.mode & 0o7777);
      if (r < 0) return r;
    }
    if ((mask & (ATTR_ATIME | ATTR_MTIME)) !== 0) {
      const r = hostUtimes(
        fd,
        a.atime,
        (mask & ATTR_ATIME) !== 0 ? a.atimeNsec : -1,
        a.mtime,
        (mask & ATTR_MTIME) !== 0 ? a.mtimeNsec : -1,
      );
      if (r < 0) return r;
    }
    return 0;
  }

  override readlink(_t: Task): string | number {
    if (this.#linkText !== null) return this.#linkText;
    const { parent } = this;
    if (parent === null) return -EIO;
    const dirfd = parent.dirFd();
    if (dirfd < 0) return dirfd;
    const n = hostReadlink(dirfd, this.name, buffer);
    if (n < 0) return n;
    return this.#linkText = decodeBinary(buffer, 0, n);
  }

  override getXattr(name: string): Uint8Array | number {
    if (!isVisible(name)) return -ENODATA;
    const fd = this.#handle();
    if (fd < 0) return fd;
    const n = hostGetxattr(fd, name, buffer);
    this.#done(fd);
    return n < 0 ? n : buffer.slice(0, n);
  }

  override setXattr(name: string, value: Uint8Array, flags: number): number {
    if (!isVisible(name)) return -EPERM;
    const fd = this.#handle();
    if (fd < 0) return fd;
    const r = hostSetxattr(fd, name, value, flags);
    this.#done(fd);
    this.changed();
    return r;
  }

  override removeXattr(name: string): number {
    if (!isVisible(name)) return -EPERM;
    const fd = this.#handle();
    if (fd < 0) return fd;
    const r = hostRemovexattr(fd, name);
    this.#done(fd);
    this.changed();
    return r;
  }

  override listXattr(): string[] | number {
    const fd = this.#handle();
    if (fd < 0) return fd;
    const n = hostListxattr(fd, buffer);
    this.#done(fd);
    if (n < 0) return n;
    const names = decodeBinary(buffer, 0, n).split("\0");
    return names.filter((name) => name !== "" && isVisible(name));
  }
}

/** What a guest may see and set on the host: labels and capabilities there are the host's own affair. */
function isVisible(name: string): boolean {
  return name.startsWith("user.");
}

/** A symbolic link, fifo, socket or device node: never opened on the host. */
export class HostSpecial extends HostInode {}

/**
 * A part of the host's tree. Every access is made beneath the root's
 * descriptor, one plain component at a time, following no link of the host.
 * Other programs may change the tree meanwhile: a walk asks the host for its
 * last component each time, and trusts directories that it passes through for
 * `TRUST` ms.
 */
import {
  closeFd,
  hostFields,
  hostId,
  hostOpenRoot,
  hostPrepare,
  hostStat,
  hostStatfs,
} from "../../../../ffi/mod.ts";
import { S_IFDIR, S_IFMT, S_IFREG } from "../../../abi/linux/stat.ts";
import { utf8ToBinary } from "../../strings.ts";
import { Dentry } from "../../vfs/dentry.ts";
import {
  anonymousDevice,
  FileSystem,
  type Usage,
} from "../../vfs/file_system.ts";
import type { Inode } from "../../vfs/inode.ts";
import { HostDirectory } from "./directory.ts";
import { HostInode, HostSpecial } from "./inode.ts";
import { HostRegular } from "./regular.ts";

/** How long, ms, a directory once looked up is passed through without asking. */
export const TRUST = 100;

// Places in hostFields; see hostStat.
const MODE = 0;
const INO_LOW = 17;
const INO_HIGH = 18;
const DEVICE = 19;

/** Host descriptors that directories and idle files may keep open, at most. */
const MOST_OPEN = 8192;

/** Files of one host device. */
class Device {
  readonly inodes: Map<number, HostInode> = new Map();
  constructor(readonly dev: number) {}
}

export interface HostOptions {
  readonly: boolean;
  /** When the sandbox is not root: the guest's user who owns what the host's user owns. */
  guestUid: number;
  guestGid: number;
}

export class HostFs extends FileSystem {
  readonly root: Dentry;
  readonly #devices: Map<number, Device> = new Map();
  /** Inodes that hold host descriptors which can be opened again, the oldest first. */
  readonly #open: Set<HostInode> = new Set();
  readonly #mostOpen: number;
  readonly #rootFd: number;
  /** Host ids that are shown as the guest's; -1: none (the sandbox is root). */
  readonly #hostUid: number;
  readonly #hostGid: number;
  /** Inode numbers for those that a double can't hold. */
  #big: Map<string, number> = new Map();

  private constructor(
    rootFd: number,
    name: string,
    readonly settings: HostOptions,
  ) {
    super("9p", 0x1021997);
    this.source = "host";
    this.readonly = settings.readonly;
    this.#rootFd = rootFd;
    const uid = hostId(0);
    this.#hostUid = uid === 0 ? -1 : uid;
    this.#hostGid = uid === 0 ? -1 : hostId(1);
    const limit = hostPrepare();
    this.#mostOpen = Math.min(MOST_OPEN, Math.max(64, Math.floor(limit / 4)));
    const r = hostStat(rootFd, "");
    if (r < 0) throw new Error(`stat of the root: errno ${-r}`);
    const dir = this.intern(null, "") as HostDirectory;
    dir.adopt(rootFd);
    if (name === "") this.root = new Dentry(null, "", dir);
    else {
      const file = dir.lookup(name);
      if (typeof file === "number") {
        throw new Error(`stat of ${name}: errno ${-file}`);
      }
      this.root = new Dentry(null, "", file);
    }
  }

  /**
   * The host's directory or file at `path` (an ordinary string). -errno if it
   * can't be opened.
   */
  static open(path: string, options: HostOptions): HostFs | number {
    let fd = hostOpenRoot(path);
    if (fd < 0) return fd;
    const r = hostStat(fd, "");
    if (r < 0) {
      closeFd(fd);
      return r;
    }
    if ((hostFields[MODE] & S_IFMT) === S_IFDIR) {
      return new HostFs(fd, "", options);
    }
    // A file is reached through its directory, like all others.
    closeFd(fd);
    const slash = path.lastIndexOf("/");
    fd = hostOpenRoot(slash < 0 ? "." : path.slice(0, slash + 1));
    if (fd < 0) return fd;
    return new HostFs(fd, utf8ToBinary(path.slice(slash + 1)), options);
  }

  /** The inode for what hostFields tell of `name` in `parent`: the one we have, brought up to date, or a new one. */
  intern(parent: HostDirectory | null, name: string): HostInode {
    const f = hostFields;
    let device = this.#devices.get(f[DEVICE]);
    if (device === undefined) {
      const dev = this.#devices.size === 0 ? this.dev : anonymousDevice();
      device = new Device(dev);
      this.#devices.set(f[DEVICE], device);
    }
    const ino = this.#inodeNumber();
    let inode = device.inodes.get(ino);
    if (inode === undefined || !inode.isSame(f)) {
      inode = this.#make(device, ino);
      device.inodes.set(ino, inode);
    }
    inode.place(parent, name);
    inode.load(f);
    return inode;
  }

  #inodeNumber(): number {
    const high = hostFields[INO_HIGH];
    const low = hostFields[INO_LOW];
    if (high < 0x200000) return high * 4294967296 + low;
    const key = `${hostFields[DEVICE]}:${high}:${low}`;
    let ino = this.#big.get(key);
    if (ino === undefined) {
      ino = 2 ** 52 + this.#big.size;
      this.#big.set(key, ino);
    }
    return ino;
  }

  #make(device: Device, ino: number): HostInode {
    const mode = hostFields[MODE];
    switch (mode & S_IFMT) {
      case S_IFDIR:
        return new HostDirectory(this, device.dev, ino, mode);
      case S_IFREG:
        return new HostRegular(this, device.dev, ino, mode);
      default:
        return new HostSpecial(this, device.dev, ino, mode);
    }
  }

  /** The file has lost its last name: its number may be used again for another. */
  forget(inode: HostInode): void {
    for (const device of this.#devices.values()) {
      if (device.inodes.get(inode.ino) === inode) {
        device.inodes.delete(inode.ino);
      }
    }
  }

  override uncached(inode: Inode): void {
    if (inode.isInUse || !(inode instanceof HostInode)) return;
    inode.closeIdle();
    this.closed(inode);
    this.forget(inode);
  }

  /** Notes that `inode` holds a host descriptor it could do without; others may have to give theirs back. */
  opened(inode: HostInode): void {
    this.#open.add(inode);
    if (this.#open.size <= this.#mostOpen) return;
    for (const old of this.#open) {
      if (old === inode) continue;
      this.#open.delete(old);
      if (old.usedLately) {
        old.usedLately = false;
        this.#open.add(old);
      } else old.closeIdle();
      if (this.#open.size <= this.#mostOpen) return;
    }
  }

  /** It holds none any more. */
  closed(inode: HostInode): void {
    this.#open.delete(inode);
  }

  /** How a host id is shown. */
  shownUid(uid: number): number {
    return uid === this.#hostUid ? this.settings.guestUid : uid;
  }

  shownGid(gid: number): number {
    return gid === this.#hostGid ? this.settings.guestGid : gid;
  }

  /** The host's id for a guest's. */
  hostUidOf(uid: number): number {
    const mapped = this.#hostUid >= 0 && uid === this.settings.guestUid;
    return mapped ? this.#hostUid : uid;
  }

  hostGidOf(gid: number): number {
    const mapped = this.#hostGid >= 0 && gid === this.settings.guestGid;
    return mapped ? this.#hostGid : gid;
  }

  /** Whether new files get the guest's ids by a chown of ours (the sandbox is root). */
  get setsOwner(): boolean {
    return this.#hostUid < 0;
  }

  override usage(u: Usage): number {
    const r = hostStatfs(this.#rootFd);
    if (r < 0) return r;
    u.blockSize = hostFields[0];
    u.blocks = hostFields[1];
    u.free = hostFields[2];
    u.available = hostFields[3];
    u.files = hostFields[4];
    u.filesFree = hostFields[5];
    u.nameMax = hostFields[6];
    return 0;
  }

  override sync(): number {
    if (this.readonly) return 0;
    const inode = this.root.inode;
    return inode instanceof HostDirectory ? inode.sync(true) : 0;
  }

  override release(): void {
    for (const inode of this.#open) inode.closeIdle();
    closeFd(this.#rootFd);
  }
}

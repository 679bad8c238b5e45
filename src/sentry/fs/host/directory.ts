/** Directories of the host. */
import {
  closeFd,
  hostFields,
  hostLink,
  hostLinkFd,
  hostList,
  hostMkdir,
  hostMknod,
  hostOpen,
  hostRename,
  hostStat,
  hostSymlink,
  hostSync,
  hostSyncAll,
  hostUnlink,
} from "../../../../ffi/mod.ts";
import { hostChmod, hostChown } from "../../../../ffi/mod.ts";
import { ENOENT, EPERM, ESTALE, EXDEV } from "../../../abi/linux/errno.ts";
import {
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_PATH,
  O_RDWR,
  O_TMPFILE,
} from "../../../abi/linux/fcntl.ts";
import { LinuxDirent64 } from "../../../abi/linux/dirent.ts";
import { S_IFBLK, S_IFCHR, S_IFMT, S_IFREG } from "../../../abi/linux/stat.ts";
import { RENAME_EXCHANGE } from "../../../abi/linux/fs.ts";
import type { Task } from "../../kernel/task.ts";
import { decodeBinary } from "../../strings.ts";
import { DirectoryFile, type DirListing } from "../../vfs/directory_file.ts";
import type { FileDescription } from "../../vfs/file_description.ts";
import type { Inode } from "../../vfs/inode.ts";
import type { VfsPath } from "../../vfs/path.ts";
import { TRUST } from "./fs.ts";
import { HostInode } from "./inode.ts";
import { HostRegular } from "./regular.ts";

const listBytes = new Uint8Array(65536);
const listView = new DataView(listBytes.buffer);

export class HostDirectory extends HostInode {
  /** O_PATH descriptor, or -1. */
  #fd = -1;
  /** The root keeps its descriptor. */
  #adopted = false;
  /** When it was last looked up, ms. */
  checked = 0;

  /** Takes `fd`, which stays open until the file system goes. */
  adopt(fd: number): void {
    this.#fd = fd;
    this.#adopted = true;
  }

  /** O_PATH descriptor to reach its entries by, opened if need be; or -errno. */
  dirFd(): number {
    this.usedLately = true;
    if (this.#fd >= 0) return this.#fd;
    const fd = this.openHost(O_PATH | O_DIRECTORY);
    if (fd < 0) return fd === -ESTALE ? -ENOENT : fd;
    this.#fd = fd;
    this.fs.opened(this);
    return fd;
  }

  override closeIdle(): void {
    if (this.#adopted || this.#fd < 0) return;
    closeFd(this.#fd);
    this.#fd = -1;
  }

  override get fileFd(): number {
    return this.#fd;
  }

  override load(f: Float64Array): void {
    super.load(f);
    this.checked = Date.now();
  }

  override trusts(child: Inode): boolean {
    return Date.now() - (child as HostDirectory).checked < TRUST;
  }

  override lookup(name: string): Inode | number {
    const fd = this.dirFd();
    if (fd < 0) return fd;
    const r = hostStat(fd, name);
    return r < 0 ? r : this.fs.intern(this, name);
  }

  override listAll(listing: DirListing): number {
    const dirfd = this.dirFd();
    if (dirfd < 0) return dirfd;
    const fd = hostOpen(dirfd, "", O_DIRECTORY, 0);
    if (fd < 0) return fd;
    let n;
    while ((n = hostList(fd, listBytes)) > 0) addEntries(n, listing);
    closeFd(fd);
    return n;
  }

  /** fsync of the directory, or with `all` syncfs. */
  sync(all: boolean): number {
    const dirfd = this.dirFd();
    if (dirfd < 0) return dirfd;
    const fd = hostOpen(dirfd, "", O_DIRECTORY, 0);
    if (fd < 0) return fd;
    const r = all ? hostSyncAll(fd) : hostSync(fd, 0);
    closeFd(fd);
    return r;
  }

  /** Inode of what was just made here, with the owner it is to have. */
  #made(name: string, mode: number, uid: number, gid: number): Inode | number {
    this.changed();
    const made = this.lookup(name);
    if (typeof made === "number" || !this.fs.setsOwner) return made;
    const inode = made as HostInode;
    if (inode.uid === uid && inode.gid === gid) return inode;
    const fd = inode.openHost(O_PATH);
    if (fd < 0) return fd;
    hostChown(fd, uid, gid);
    // chown takes the set-id bits.
    if ((mode & 0o6000) !== 0) hostChmod(fd, mode & 0o7777);
    if (hostStat(fd, "") === 0) inode.load(hostFields);
    closeFd(fd);
    return inode;
  }

  override create(
    name: string,
    mode: number,
    uid: number,
    gid: number,
  ): Inode | number {
    const dirfd = this.dirFd();
    if (dirfd < 0) return dirfd;
    const fd = hostOpen(dirfd, name, O_CREAT | O_EXCL | O_RDWR, mode & 0o7777);
    if (fd < 0) return fd;
    const made = this.#made(name, mode, uid, gid);
    // The file is most likely written next, even if its mode forbids it to others.
    if (made instanceof HostRegular) made.keepWritable(fd);
    else closeFd(fd);
    return made;
  }

  override mkdir(
    name: string,
    mode: number,
    uid: number,
    gid: number,
  ): Inode | number {
    const dirfd = this.dirFd();
    if (dirfd < 0) return dirfd;
    const r = hostMkdir(dirfd, name, mode & 0o7777);
    return r < 0 ? r : this.#made(name, mode, uid, gid);
  }

  override mknod(
    name: string,
    mode: number,
    _rdev: number,
    uid: number,
    gid: number,
  ): Inode | number {
    const type = mode & S_IFMT;
    if (type === S_IFCHR || type === S_IFBLK) return -EPERM;
    const dirfd = this.dirFd();
    if (dirfd < 0) return dirfd;
    const r = hostMknod(dirfd, name, type === 0 ? mode | S_IFREG : mode);
    return r < 0 ? r : this.#made(name, mode, uid, gid);
  }

  override symlink(
    name: string,
    target: string,
    uid: number,
    gid: number,
  ): Inode | number {
    const dirfd = this.dirFd();
    if (dirfd < 0) return dirfd;
    const r = hostSymlink(dirfd, name, target);
    return r < 0 ? r : this.#made(name, 0, uid, gid);
  }

  override tmpfile(mode: number, uid: number, gid: number): Inode | number {
    const dirfd = this.dirFd();
    if (dirfd < 0) return dirfd;
    const fd = hostOpen(dirfd, "", O_TMPFILE | O_RDWR, mode & 0o7777);
    if (fd < 0) return fd;
    if (this.fs.setsOwner) hostChown(fd, uid, gid);
    const r = hostStat(fd, "");
    if (r < 0) {
      closeFd(fd);
      return r;
    }
    const made = this.fs.intern(null, "") as HostRegular;
    made.keepWritable(fd);
    return made;
  }

  override link(name: string, inode: Inode): number {
    const from = inode as HostInode;
    if (from.parent === null) return this.#linkUnnamed(name, from);
    const fromFd = from.parent.dirFd();
    if (fromFd < 0) return fromFd;
    const toFd = this.dirFd();
    if (toFd < 0) return toFd;
    const r = hostLink(fromFd, from.name, toFd, name);
    from.changed();
    this.changed();
    return r;
  }

  #linkUnnamed(name: string, from: HostInode): number {
    const fd = from.fileFd;
    if (fd < 0) return -EXDEV;
    const toFd = this.dirFd();
    if (toFd < 0) return toFd;
    const r = hostLinkFd(fd, toFd, name);
    if (r < 0) return r;
    from.place(this, name);
    from.changed();
    this.changed();
    return 0;
  }

  override unlink(name: string, inode: Inode): number {
    return this.#remove(name, inode, false);
  }

  override rmdir(name: string, inode: Inode): number {
    return this.#remove(name, inode, true);
  }

  #remove(name: string, inode: Inode, directory: boolean): number {
    const dirfd = this.dirFd();
    if (dirfd < 0) return dirfd;
    const r = hostUnlink(dirfd, name, directory);
    if (r < 0) return r;
    this.changed();
    (inode as HostInode).lostName(this, name);
    return 0;
  }

  override rename(
    name: string,
    inode: Inode,
    newDir: Inode,
    newName: string,
    target: Inode | null,
    exchange: boolean,
  ): number {
    const to = newDir as HostDirectory;
    const fromFd = this.dirFd();
    if (fromFd < 0) return fromFd;
    const toFd = to.dirFd();
    if (toFd < 0) return toFd;
    const flags = exchange ? RENAME_EXCHANGE : 0;
    const r = hostRename(fromFd, name, toFd, newName, flags);
    if (r < 0) return r;
    this.changed();
    to.changed();
    const moved = inode as HostInode;
    moved.place(to, newName);
    moved.changed();
    if (target !== null) {
      const old = target as HostInode;
      if (exchange) {
        old.place(this, name);
        old.changed();
      } else old.lostName(to, newName);
    }
    return 0;
  }

  override open(
    _t: Task,
    path: VfsPath,
    flags: number,
  ): FileDescription | number {
    const fd = this.dirFd();
    return fd < 0 ? fd : new HostDirectoryFile(this, path, flags);
  }
}

class HostDirectoryFile extends DirectoryFile {
  protected override list(_t: Task, listing: DirListing): number {
    return this.inode.listAll(listing);
  }

  override fsync(): number {
    return (this.inode as HostDirectory).sync(false);
  }
}

const { d_ino, d_reclen, d_type, d_name } = LinuxDirent64.offsets;

/** Adds what getdents64 has put in the first `length` bytes of `listBytes`. */
function addEntries(length: number, listing: DirListing): void {
  let at = 0;
  while (at < length) {
    const size = listView.getUint16(at + d_reclen, true);
    const start = at + d_name;
    const end = listBytes.indexOf(0, start);
    const name = decodeBinary(listBytes, start, end);
    if (name !== "." && name !== "..") {
      const high = listView.getUint32(at + d_ino + 4, true);
      const ino = high * 4294967296 + listView.getUint32(at + d_ino, true);
      listing.add(name, ino, listBytes[at + d_type]);
    }
    at += size;
  }
}

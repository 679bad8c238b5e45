/** Files in memory. */
import {
  EBUSY,
  ENAMETOOLONG,
  ENODATA,
  ENOENT,
  ENOSPC,
  ENOTEMPTY,
  EPERM,
} from "../../../abi/linux/errno.ts";
import { F_SEAL_SEAL, F_SEAL_WRITE } from "../../../abi/linux/fcntl.ts";
import { S_IFDIR, S_IFLNK, S_IFREG, S_ISGID } from "../../../abi/linux/stat.ts";
import type { MemoryFile } from "../../../platform/memory_file.ts";
import type { Task } from "../../kernel/task.ts";
import type { UserBuffer } from "../../mm/user_buffer.ts";
import { direntType } from "../../vfs/dir_sink.ts";
import type { DirListing } from "../../vfs/directory_file.ts";
import type { FileDescription } from "../../vfs/file_description.ts";
import { Inode } from "../../vfs/inode.ts";
import type { VfsPath } from "../../vfs/path.ts";
import { FileData } from "./data.ts";
import { TmpfsDirectoryFile, TmpfsFile } from "./file.ts";
import type { TmpfsFs } from "./fs.ts";
import { checkNamespace, Xattrs } from "./xattrs.ts";

/** What Linux's tmpfs counts for a directory entry, bytes. */
const ENTRY_SIZE = 20;

export abstract class TmpfsInode extends Inode {
  #xattrs: Xattrs | null = null;

  constructor(
    override readonly fs: TmpfsFs,
    ino: number,
    mode: number,
    uid: number,
    gid: number,
  ) {
    super(fs, ino, mode);
    this.uid = uid;
    this.gid = gid;
    this.stampNew();
  }

  /** Called before attributes of users are looked at: an overlay takes those of the file below over. */
  protected loadXattrs(): void {}

  /** Takes an attribute over as it is. */
  protected seedXattr(name: string, value: Uint8Array): void {
    (this.#xattrs ??= new Xattrs()).set(name, value, 0);
  }

  override getXattr(name: string): Uint8Array | number {
    const r = checkNamespace(name);
    if (r < 0) return r;
    if (name.startsWith("user.")) this.loadXattrs();
    return this.#xattrs === null ? -ENODATA : this.#xattrs.get(name);
  }

  override setXattr(name: string, value: Uint8Array, flags: number): number {
    let r = checkNamespace(name);
    if (r < 0) return r;
    this.loadXattrs();
    this.#xattrs ??= new Xattrs();
    r = this.#xattrs.set(name, value, flags);
    if (r === 0) this.touchChange();
    return r;
  }

  override removeXattr(name: string): number {
    const r = checkNamespace(name);
    if (r < 0) return r;
    this.loadXattrs();
    if (this.#xattrs === null) return -ENODATA;
    const removed = this.#xattrs.remove(name);
    if (removed === 0) this.touchChange();
    return removed;
  }

  override listXattr(): string[] | number {
    this.loadXattrs();
    return this.#xattrs === null ? [] : this.#xattrs.names();
  }

  /** A name or open file is gone: frees what nobody can reach any more. */
  forget(): void {}
}

export class TmpfsDirectory extends TmpfsInode {
  protected readonly entries: Map<string, Inode> = new Map();

  constructor(
    fs: TmpfsFs,
    ino: number,
    mode: number,
    uid: number,
    gid: number,
  ) {
    super(fs, ino, S_IFDIR | mode, uid, gid);
    this.nlink = 2;
    this.size = 2 * ENTRY_SIZE;
  }

  override get stable(): boolean {
    return true;
  }

  override lookup(name: string): Inode | number {
    return this.entries.get(name) ?? -ENOENT;
  }

  /** Number of entries; 0: it may be removed. */
  count(): number {
    return this.entries.size;
  }

  override listAll(listing: DirListing): number {
    for (const [name, inode] of this.entries) {
      listing.add(name, inode.ino, direntType(inode.mode));
    }
    return 0;
  }

  /** Makes `inode` an entry. */
  protected insert(name: string, inode: Inode): void {
    this.entries.set(name, inode);
    this.size += ENTRY_SIZE;
    if (inode.isDirectory) this.nlink++;
    this.touch();
  }

  /** Takes an entry out; the file's own link count is the caller's. */
  protected erase(name: string, inode: Inode): void {
    if (this.entries.delete(name)) this.size -= ENTRY_SIZE;
    if (inode.isDirectory) this.nlink--;
    this.touch();
  }

  #add(name: string, inode: Inode): Inode {
    this.insert(name, inode);
    return inode;
  }

  override create(
    name: string,
    mode: number,
    uid: number,
    gid: number,
  ): Inode | number {
    if (!this.fs.mayCreate()) return -ENOSPC;
    return this.#add(name, this.fs.newRegular(mode, uid, gid));
  }

  override mkdir(
    name: string,
    mode: number,
    uid: number,
    gid: number,
  ): Inode | number {
    if (!this.fs.mayCreate()) return -ENOSPC;
    const inherited = mode | (this.mode & S_ISGID);
    const dir = new TmpfsDirectory(
      this.fs,
      this.fs.nextInode(),
      inherited,
      uid,
      gid,
    );
    return this.#add(name, dir);
  }

  override mknod(
    name: string,
    mode: number,
    rdev: number,
    uid: number,
    gid: number,
  ): Inode | number {
    if (!this.fs.mayCreate()) return -ENOSPC;
    const type = mode & 0o170000;
    if (type === 0 || type === S_IFREG) {
      return this.create(name, mode & 0o7777, uid, gid);
    }
    const node = new TmpfsSpecial(this.fs, mode, rdev, uid, gid);
    return this.#add(name, node);
  }

  override symlink(
    name: string,
    target: string,
    uid: number,
    gid: number,
  ): Inode | number {
    if (target.length >= 4096) return -ENAMETOOLONG;
    if (!this.fs.mayCreate()) return -ENOSPC;
    return this.#add(name, new TmpfsSymlink(this.fs, target, uid, gid));
  }

  override tmpfile(mode: number, uid: number, gid: number): Inode | number {
    if (!this.fs.mayCreate()) return -ENOSPC;
    const file = this.fs.newRegular(mode, uid, gid);
    file.nlink = 0;
    return file;
  }

  override link(name: string, inode: Inode): number {
    inode.nlink++;
    inode.touchChange();
    this.insert(name, inode);
    return 0;
  }

  override unlink(name: string, inode: Inode): number {
    this.erase(name, inode);
    dropLink(inode);
    return 0;
  }

  override rmdir(name: string, inode: Inode): number {
    const dir = inode as TmpfsDirectory;
    if (dir.count() > 0) return -ENOTEMPTY;
    this.erase(name, dir);
    dropDirectory(dir);
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
    const to = newDir as TmpfsDirectory;
    if (exchange) {
      this.erase(name, inode);
      to.erase(newName, target!);
      this.insert(name, target!);
      to.insert(newName, inode);
      target!.touchChange();
    } else {
      if (target !== null) {
        if (target.isDirectory && (target as TmpfsDirectory).count() > 0) {
          return -ENOTEMPTY;
        }
        to.erase(newName, target);
        if (target.isDirectory) dropDirectory(target as TmpfsDirectory);
        else dropLink(target);
      }
      this.erase(name, inode);
      to.insert(newName, inode);
    }
    inode.touchChange();
    return 0;
  }

  override open(
    _t: Task,
    path: VfsPath,
    flags: number,
  ): FileDescription | number {
    return new TmpfsDirectoryFile(this, path, flags);
  }
}

function dropLink(inode: Inode): void {
  inode.nlink--;
  inode.touchChange();
  if (inode.nlink === 0) (inode as TmpfsInode).forget();
}

function dropDirectory(dir: TmpfsDirectory): void {
  dir.nlink = 0;
  dir.touchChange();
  dir.forget();
}

/** A regular file. Its bytes live as long as a name or an open file. */
export class TmpfsRegular extends TmpfsInode {
  protected readonly data: FileData = new FileData();
  /** Open descriptions. */
  opens = 0;
  /** F_SEAL_* of memfd_create(2); F_SEAL_SEAL on other files. */
  seals = 1;
  /** Shared maps that may write. */
  writableMaps = 0;
  /** Pages that the file system has counted for it. */
  #pages = 0;

  constructor(
    fs: TmpfsFs,
    ino: number,
    mode: number,
    uid: number,
    gid: number,
  ) {
    super(fs, ino, S_IFREG | mode, uid, gid);
  }

  override refresh(): number {
    this.blocks = this.data.blocks;
    return 0;
  }

  readAt(dst: UserBuffer, offset: number): number {
    return this.data.read(dst, offset);
  }

  writeAt(src: UserBuffer, offset: number): number {
    const cut = this.fs.limitWrite(this, src, offset);
    if (cut < 0) return cut;
    const n = this.data.write(src, offset);
    if (n > 0) {
      this.size = this.data.size;
      this.touch();
      this.account();
    }
    return n;
  }

  override truncate(length: number): number {
    const r = this.data.truncate(length);
    if (r < 0) return r;
    this.size = length;
    this.touch();
    this.account();
    return 0;
  }

  /** Tells the file system how many pages are used now. */
  protected account(): void {
    // Holes are looked for only where it matters.
    const pages = this.fs.limited
      ? this.data.blocks / 8
      : Math.ceil(this.data.size / 4096);
    if (pages === this.#pages) return;
    this.fs.usePages(pages - this.#pages);
    this.#pages = pages;
  }

  /** Makes a hole. 0 or -errno. */
  punch(offset: number, length: number): number {
    this.data.punch(offset, length);
    this.touch();
    this.account();
    return 0;
  }

  seekData(offset: number, hole: boolean): number {
    return this.data.seek(offset, hole);
  }

  /** F_ADD_SEALS. 0, -EPERM (sealed), -EBUSY (F_SEAL_WRITE while it may be mapped for writing). */
  addSeals(seals: number): number {
    if ((this.seals & F_SEAL_SEAL) !== 0) return -EPERM;
    if ((seals & F_SEAL_WRITE) !== 0 && this.writableMaps > 0) return -EBUSY;
    this.seals |= seals;
    return 0;
  }

  /** For use as the tree below an overlay. */
  opened(): void {
    this.opens++;
  }

  reader(): MemoryFile | number {
    return this.data.memory();
  }

  /** The bytes to map; `write`: a shared map will change them. */
  memory(_write: boolean): MemoryFile | number {
    return this.data.memory();
  }

  override open(
    _t: Task,
    path: VfsPath,
    flags: number,
  ): FileDescription | number {
    return new TmpfsFile(this, path, flags);
  }

  /** An open description has gone. */
  closed(): void {
    this.opens--;
    this.forget();
  }

  override forget(): void {
    if (this.nlink > 0 || this.opens > 0) return;
    this.data.drop();
    this.size = 0;
    this.account();
    this.fs.inodeGone();
  }
}

export class TmpfsSymlink extends TmpfsInode {
  constructor(
    fs: TmpfsFs,
    readonly target: string,
    uid: number,
    gid: number,
    ino: number = fs.nextInode(),
  ) {
    super(fs, ino, S_IFLNK | 0o777, uid, gid);
    this.size = target.length;
  }

  override readlink(_t: Task): string | number {
    return this.target;
  }

  override forget(): void {
    this.fs.inodeGone();
  }
}

/** A fifo, socket or device node. */
export class TmpfsSpecial extends TmpfsInode {
  constructor(
    fs: TmpfsFs,
    mode: number,
    rdev: number,
    uid: number,
    gid: number,
    ino: number = fs.nextInode(),
  ) {
    super(fs, ino, mode, uid, gid);
    this.rdev = rdev;
  }

  override forget(): void {
    this.fs.inodeGone();
  }
}

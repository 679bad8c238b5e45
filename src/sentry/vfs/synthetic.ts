/**
 * Files that the kernel makes up: directories with fixed or computed entries,
 * files whose text a function gives, links. /proc, /sys and the like are built
 * from these: an entry is a name, a mode and a function.
 *
 * ```ts
 * const fs = new SyntheticFs("proc", PROC_SUPER_MAGIC);
 * fs.dir.add("uptime", new TextFile(fs, 0o444, () => uptimeText(kernel)));
 * ```
 */
import { EINVAL, ENOENT, ENOTDIR, EPERM } from "../../abi/linux/errno.ts";
import { O_APPEND } from "../../abi/linux/fcntl.ts";
import { S_IFDIR, S_IFLNK, S_IFREG } from "../../abi/linux/stat.ts";
import type { Task } from "../kernel/task.ts";
import type { UserBuffer } from "../mm/user_buffer.ts";
import { decodeBinary, encodeBinary } from "../strings.ts";
import { Dentry } from "./dentry.ts";
import { direntType } from "./dir_sink.ts";
import { DirectoryFile, type DirListing } from "./directory_file.ts";
import { FileDescription } from "./file_description.ts";
import { FileSystem } from "./file_system.ts";
import { type Attributes, Inode } from "./inode.ts";
import type { VfsPath } from "./path.ts";

/** A file system of made-up files; `dir` is its root directory. */
export class SyntheticFs extends FileSystem {
  readonly root: Dentry;

  constructor(type: string, magic: number, rootMode = 0o555) {
    super(type, magic);
    const dir = new StaticDirectory(this, rootMode, 1);
    this.root = new Dentry(null, "", dir);
  }

  get dir(): StaticDirectory {
    return this.root.inode as StaticDirectory;
  }
}

/** A made-up file: its attributes can't be changed unless a subclass allows it. */
export abstract class SyntheticInode extends Inode {
  constructor(fs: FileSystem, mode: number, ino: number = fs.nextInode()) {
    super(fs, ino, mode);
    this.stampNew();
    this.blockSize = 1024;
  }

  override setAttributes(_a: Attributes): number {
    return -EPERM;
  }
}

/** A directory whose entries the kernel adds and removes. */
export class StaticDirectory extends SyntheticInode {
  readonly #entries: Map<string, Inode> = new Map();

  /** @param mode permission bits */
  constructor(fs: FileSystem, mode = 0o555, ino: number = fs.nextInode()) {
    super(fs, S_IFDIR | mode, ino);
    this.nlink = 2;
  }

  /** Adds or replaces an entry; `inode` again, for nesting. */
  add<T extends Inode>(name: string, inode: T): T {
    if (inode.isDirectory) this.nlink++;
    this.#entries.set(name, inode);
    return inode;
  }

  remove(name: string): void {
    const inode = this.#entries.get(name);
    if (inode === undefined) return;
    if (inode.isDirectory) this.nlink--;
    this.#entries.delete(name);
  }

  get entries(): ReadonlyMap<string, Inode> {
    return this.#entries;
  }

  override lookup(name: string): Inode | number {
    return this.#entries.get(name) ?? -ENOENT;
  }

  override open(
    _t: Task,
    path: VfsPath,
    flags: number,
  ): FileDescription | number {
    return new StaticDirectoryFile(this, path, flags);
  }
}

class StaticDirectoryFile extends DirectoryFile {
  protected override list(_t: Task, listing: DirListing): number {
    const dir = this.inode as StaticDirectory;
    for (const [name, inode] of dir.entries) {
      listing.add(name, inode.ino, direntType(inode.mode));
    }
    return 0;
  }
}

/**
 * A directory whose entries are computed: subclasses give `lookup` (the same
 * inode again for the same thing where identity matters) and `list`.
 */
export abstract class DynamicDirectory extends SyntheticInode {
  constructor(fs: FileSystem, mode = 0o555, ino: number = fs.nextInode()) {
    super(fs, S_IFDIR | mode, ino);
    this.nlink = 2;
  }

  abstract override lookup(name: string): Inode | number;

  /** Adds all entries but "." and "..". 0 or -errno. */
  abstract list(t: Task, listing: DirListing): number;

  override open(
    _t: Task,
    path: VfsPath,
    flags: number,
  ): FileDescription | number {
    return new DynamicDirectoryFile(this, path, flags);
  }
}

class DynamicDirectoryFile extends DirectoryFile {
  protected override list(t: Task, listing: DirListing): number {
    return (this.inode as DynamicDirectory).list(t, listing);
  }
}

/** Gives a file's text as a binary string, or -errno for the read. */
export type TextOf = (t: Task) => string | number;
/** Takes what was written (binary string). Count of bytes taken, or -errno. */
export type TextTaken = (t: Task, text: string) => number;

/** A file whose text is made when it is read from the start. */
export class TextFile extends SyntheticInode {
  /** @param mode permission bits */
  constructor(
    fs: FileSystem,
    mode: number,
    readonly text: TextOf,
    readonly taken: TextTaken | null = null,
    ino: number = fs.nextInode(),
  ) {
    super(fs, S_IFREG | mode, ino);
  }

  /** O_TRUNC and truncate do nothing, as in /proc. */
  override truncate(_length: number): number {
    return 0;
  }

  override open(
    _t: Task,
    path: VfsPath,
    flags: number,
  ): FileDescription | number {
    return new TextDescription(this, path, flags);
  }
}

/** An open text file: one text from the read at offset 0 to the next such. */
class TextDescription extends FileDescription {
  #bytes: Uint8Array | null = null;

  override read(t: Task, dst: UserBuffer): number {
    const n = this.pread(t, dst, this.offset);
    if (n > 0) this.offset += n;
    return n;
  }

  override pread(t: Task, dst: UserBuffer, offset: number): number {
    if (this.#bytes === null || offset === 0) {
      const text = (this.inode as TextFile).text(t);
      if (typeof text === "number") return text;
      this.#bytes = encodeBinary(text);
    }
    const left = this.#bytes.length - offset;
    if (left <= 0) return 0;
    return dst.copy(this.#bytes, offset, Math.min(left, dst.remaining));
  }

  override write(t: Task, src: UserBuffer): number {
    const n = this.pwrite(t, src, this.offset);
    if (n > 0 && (this.flags & O_APPEND) === 0) this.offset += n;
    return n;
  }

  override pwrite(t: Task, src: UserBuffer, _offset: number): number {
    const taken = (this.inode as TextFile).taken;
    if (taken === null) return -EINVAL;
    const bytes = new Uint8Array(Math.min(src.remaining, 65536));
    const n = src.copy(bytes, 0, bytes.length);
    if (n < 0) return n;
    return taken(t, decodeBinary(bytes, 0, n));
  }

  override seek(_t: Task, offset: number, whence: number): number {
    if (whence === 1) offset += this.offset;
    else if (whence !== 0) return -EINVAL;
    if (offset < 0) return -EINVAL;
    return this.offset = offset;
  }

  override truncate(): number {
    return 0;
  }

  override fsync(): number {
    return -EINVAL;
  }

  override readDir(): number {
    return -ENOTDIR;
  }
}

/** Text of a link, as a binary string, or -errno. */
export type LinkText = (t: Task) => string | number;

/** A symbolic link with computed text, which is walked like any other. */
export class SyntheticLink extends SyntheticInode {
  constructor(
    fs: FileSystem,
    readonly text: LinkText,
    ino: number = fs.nextInode(),
  ) {
    super(fs, S_IFLNK | 0o777, ino);
  }

  override readlink(t: Task): string | number {
    return this.text(t);
  }
}

/** Where a magic link leads, or -errno. */
export type LinkTarget = (t: Task) => VfsPath | number;

/** A link that jumps to an object, such as /proc/self/fd/3 or /proc/self/exe. */
export class MagicLink extends SyntheticInode {
  constructor(
    fs: FileSystem,
    readonly text: LinkText,
    readonly target: LinkTarget,
    ino: number = fs.nextInode(),
    mode = 0o777,
  ) {
    super(fs, S_IFLNK | mode, ino);
  }

  override get isMagic(): boolean {
    return true;
  }

  override readlink(t: Task): string | number {
    return this.text(t);
  }

  override jump(t: Task): VfsPath | number {
    return this.target(t);
  }
}

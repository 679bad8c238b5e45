/** Regular files of an overlay: read from below until they are first changed. */
import { hostSeek } from "../../../../ffi/mod.ts";
import { S_IFMT } from "../../../abi/linux/stat.ts";
import type { MemoryFile } from "../../../platform/memory_file.ts";
import type { Task } from "../../kernel/task.ts";
import type { UserBuffer } from "../../mm/user_buffer.ts";
import type { FileDescription } from "../../vfs/file_description.ts";
import type { Inode } from "../../vfs/inode.ts";
import type { VfsPath } from "../../vfs/path.ts";
import { fromHostFile } from "../../vfs/transfer.ts";
import { TmpfsRegular } from "../tmpfs/inode.ts";
import { copyAttributes, type OverlayFs } from "./fs.ts";
import { readXattrs } from "./xattrs.ts";

/** What a regular file below must offer. */
export interface LowerRegular extends Inode {
  /** A user more of `reader`'s result: it stays open until `closed`. */
  opened(): void;
  closed(): void;
  /** The file for reading, not the caller's own; or -errno. */
  reader(): MemoryFile | number;
}

export class OverlayRegular extends TmpfsRegular {
  /** The file below while its bytes are this file's; null: copied. */
  #lower: LowerRegular | null;
  /** Whose extended attributes are this file's; null: taken over. */
  #xattrsBelow: Inode | null;

  constructor(override readonly fs: OverlayFs, lower: LowerRegular) {
    super(fs, lower.ino, lower.mode & ~S_IFMT, lower.uid, lower.gid);
    copyAttributes(lower, this);
    this.#lower = lower;
    this.#xattrsBelow = lower;
  }

  override refresh(): number {
    return this.#lower === null ? super.refresh() : 0;
  }

  override open(
    t: Task,
    path: VfsPath,
    flags: number,
  ): FileDescription | number {
    const lower = this.#lower;
    if (lower === null) return super.open(t, path, flags);
    // Errors of the host show at open; so does the cost of its open.
    const file = lower.reader();
    if (typeof file === "number") return file;
    if (this.opens === 0) lower.opened();
    return super.open(t, path, flags);
  }

  override closed(): void {
    if (this.opens === 1 && this.#lower !== null) this.#lower.closed();
    super.closed();
  }

  override readAt(dst: UserBuffer, offset: number): number {
    const lower = this.#lower;
    if (lower === null) return super.readAt(dst, offset);
    const file = lower.reader();
    if (typeof file === "number") return file;
    return fromHostFile(dst, file.fd, offset);
  }

  override writeAt(src: UserBuffer, offset: number): number {
    const r = this.#lower === null ? 0 : this.#copyUp(Infinity);
    return r < 0 ? r : super.writeAt(src, offset);
  }

  override truncate(length: number): number {
    const r = this.#lower === null ? 0 : this.#copyUp(length);
    return r < 0 ? r : super.truncate(length);
  }

  override punch(offset: number, length: number): number {
    const r = this.#lower === null ? 0 : this.#copyUp(Infinity);
    return r < 0 ? r : super.punch(offset, length);
  }

  override seekData(offset: number, hole: boolean): number {
    const lower = this.#lower;
    if (lower === null) return super.seekData(offset, hole);
    const file = lower.reader();
    if (typeof file === "number") return file;
    return hostSeek(file.fd, offset, hole ? 4 : 3);
  }

  override memory(write: boolean): MemoryFile | number {
    const lower = this.#lower;
    if (lower === null) return super.memory(write);
    if (!write) return lower.reader();
    const r = this.#copyUp(Infinity);
    return r < 0 ? r : super.memory(write);
  }

  /** Makes the first `length` bytes this file's own. 0 or -errno. */
  #copyUp(length: number): number {
    const lower = this.#lower!;
    const want = Math.min(length, this.size);
    if (want > 0) {
      const r = this.#copyBytes(lower, want);
      if (r < 0) {
        this.data.drop();
        return r;
      }
    }
    this.#lower = null;
    this.size = this.data.size;
    if (this.opens > 0) lower.closed();
    return 0;
  }

  #copyBytes(lower: LowerRegular, want: number): number {
    const from = lower.reader();
    if (typeof from === "number") return from;
    const r = this.data.truncate(want);
    if (r < 0) return r;
    return this.data.fill(from.fd, want);
  }

  override forget(): void {
    if (this.nlink === 0 && this.opens === 0 && this.#lower !== null) {
      this.#lower = null;
    }
    super.forget();
  }

  protected override loadXattrs(): void {
    const lower = this.#xattrsBelow;
    if (lower === null) return;
    this.#xattrsBelow = null;
    readXattrs(lower, (name, value) => this.seedXattr(name, value));
  }
}

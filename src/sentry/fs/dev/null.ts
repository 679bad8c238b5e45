/** /dev/null, /dev/zero and /dev/full. */
import { ENOSPC } from "../../../abi/linux/errno.ts";
import type { Task } from "../../kernel/task.ts";
import type { UserBuffer } from "../../mm/user_buffer.ts";
import { FileDescription } from "../../vfs/file_description.ts";

/** A device that has no position: seeking goes to 0. */
export abstract class MemoryDevice extends FileDescription {
  override pread(t: Task, dst: UserBuffer, _offset: number): number {
    return this.read(t, dst);
  }

  override pwrite(t: Task, src: UserBuffer, _offset: number): number {
    return this.write(t, src);
  }

  override seek(): number {
    return this.offset = 0;
  }
}

/** /dev/null: empty, and takes everything without looking at it. */
export class NullFile extends MemoryDevice {
  override read(_t: Task, _dst: UserBuffer): number {
    return 0;
  }

  override write(_t: Task, src: UserBuffer): number {
    const n = src.remaining;
    src.advance(n);
    return n;
  }
}

/** /dev/zero: endless zeroes; a mapping of it is anonymous memory. */
export class ZeroFile extends NullFile {
  override read(_t: Task, dst: UserBuffer): number {
    return dst.zero(dst.remaining);
  }

  override get mapsZeroes(): boolean {
    return true;
  }
}

/** /dev/full: no space left, ever. */
export class FullFile extends MemoryDevice {
  override read(_t: Task, dst: UserBuffer): number {
    return dst.zero(dst.remaining);
  }

  override write(): number {
    return -ENOSPC;
  }
}

/**
 * The bytes of a regular file in memory. Small ones lie in an array; beyond
 * `SMALL` bytes, or once it is to be mapped, a file gets a memfd of its own.
 */
import {
  hostCopy,
  hostFields,
  hostSeek,
  hostStat,
  preadFill,
  truncateFd,
} from "../../../../ffi/mod.ts";
import { MemoryFile } from "../../../platform/memory_file.ts";
import type { UserBuffer } from "../../mm/user_buffer.ts";
import { fromMemory, toMemory } from "../../vfs/transfer.ts";

/** Largest size, bytes, of a file kept in an array. */
const SMALL = 65536;
const PAGE = 4096;
/** MemoryFile maps this much at a time: host addresses are good up to the next multiple. */
const CHUNK = 2 ** 30;
const NOTHING = new Uint8Array(0);
/** Place of st_blocks in what hostStat gives. */
const BLOCKS = 7;

export class FileData {
  size = 0;
  #small: Uint8Array = NOTHING;
  #memory: MemoryFile | null = null;
  /** Length of the memfd: the size, or more while nobody has it mapped. */
  #capacity = 0;
  /** The guest may map it: then the memfd ends where the file does, so that access behind is SIGBUS. */
  #mapped = false;
  /** Blocks of the memfd as last asked; -1: changed since. */
  #blocks = -1;

  /** Copies from `offset` into `dst`, up to the end. Count, or -EFAULT. */
  read(dst: UserBuffer, offset: number): number {
    const left = Math.min(this.size - offset, dst.remaining);
    if (left <= 0) return 0;
    const memory = this.#memory;
    if (memory === null) return this.#readSmall(dst, offset, left);
    let done = 0;
    while (done < left) {
      const at = offset + done;
      const n = Math.min(left - done, CHUNK - at % CHUNK);
      const moved = fromMemory(dst, memory.hostAddress(at), n);
      if (moved < 0) return done > 0 ? done : moved;
      done += moved;
      if (moved < n) break;
    }
    return done;
  }

  #readSmall(dst: UserBuffer, offset: number, length: number): number {
    const stored = Math.min(length, Math.max(0, this.#small.length - offset));
    let n = stored > 0 ? dst.copy(this.#small, offset, stored) : 0;
    if (n < 0 || n < stored || n === length) return n;
    // The end of a sparse file: zeroes that nobody stored.
    const zeroes = dst.zero(length - n);
    if (zeroes < 0) return n > 0 ? n : zeroes;
    n += zeroes;
    return n;
  }

  /** Writes at `offset`, growing the file. Count or -errno. */
  write(src: UserBuffer, offset: number): number {
    const end = offset + src.remaining;
    if (end > this.size || this.#memory === null) {
      const r = this.#reserve(end);
      if (r < 0) return r;
    }
    const memory = this.#memory;
    this.#blocks = -1;
    let done = 0;
    if (memory === null) {
      done = src.copy(this.#small, offset, src.remaining);
      if (done < 0) return done;
    } else {
      while (src.remaining > 0) {
        const at = offset + done;
        const n = Math.min(src.remaining, CHUNK - at % CHUNK);
        const moved = toMemory(src, memory.hostAddress(at), n);
        if (moved < 0) {
          if (done === 0) return moved;
          break;
        }
        done += moved;
        if (moved < n) break;
      }
    }
    if (offset + done > this.size) this.size = offset + done;
    return done;
  }

  /** Takes the first `length` bytes, which are inside the size, from host descriptor `fd`. 0 or -errno. */
  fill(fd: number, length: number): number {
    this.#blocks = -1;
    if (this.#memory !== null) {
      const n = hostCopy(fd, 0, this.#memory.fd, 0, length);
      return n < 0 ? n : 0;
    }
    const r = this.#reserve(length);
    return r < 0 ? r : preadFill(fd, this.#small, 0, length, 0);
  }

  /** Makes room up to `end`, without changing the size. */
  #reserve(end: number): number {
    if (this.#memory === null) {
      if (end > SMALL) return this.#convert(end);
      if (end > this.#small.length) {
        const room = Math.max(end, Math.min(SMALL, this.#small.length * 2));
        const bigger = new Uint8Array(room);
        bigger.set(this.#small);
        this.#small = bigger;
      }
      return 0;
    }
    if (end <= this.#capacity) return 0;
    const room = this.#mapped ? end : end + Math.min(end / 4, 2 ** 26);
    return this.#resize(Math.ceil(room / PAGE) * PAGE);
  }

  #resize(capacity: number): number {
    const r = truncateFd(this.#memory!.fd, capacity);
    if (r === 0) this.#capacity = capacity;
    return r;
  }

  /** Moves the bytes to a memfd with room for `end`. */
  #convert(end: number): number {
    const capacity = Math.ceil(end / PAGE) * PAGE;
    const memory = MemoryFile.create("tmpfs", capacity);
    if (this.#small.length > 0) {
      memory.write(0, this.#small, 0, Math.min(this.#small.length, capacity));
    }
    this.#memory = memory;
    this.#capacity = capacity;
    this.#small = NOTHING;
    return 0;
  }

  /** Sets the size; what is added reads as zero. 0 or -errno. */
  truncate(length: number): number {
    this.#blocks = -1;
    if (this.#memory === null) {
      if (length > SMALL) {
        const r = this.#convert(length);
        if (r < 0) return r;
      } else if (length < this.#small.length) {
        this.#small = this.#small.slice(0, length);
      }
      this.size = length;
      return 0;
    }
    // Cutting to the exact length zeroes the rest of its last page.
    let r = 0;
    if (length < this.size) r = this.#resize(length);
    if (r === 0 && length > this.#capacity) r = this.#resize(length);
    if (r === 0) this.size = length;
    return r;
  }

  /** The memfd, for mapping and host copies. */
  memory(): MemoryFile | number {
    if (this.#memory === null) {
      const r = this.#convert(this.size);
      if (r < 0) return r;
    }
    this.#mapped = true;
    if (this.#capacity > this.size) {
      const r = this.#resize(this.size);
      if (r < 0) return r;
    }
    return this.#memory!;
  }

  /** Zeroes a range inside the size and frees its pages. */
  punch(offset: number, length: number): void {
    const n = Math.min(length, this.size - offset);
    if (n <= 0) return;
    this.#blocks = -1;
    if (this.#memory !== null) this.#memory.punch(offset, n);
    else this.#small.fill(0, offset, Math.min(offset + n, this.#small.length));
  }

  /** Next data (or hole) from `offset`, which is below the size; or -ENXIO. */
  seek(offset: number, hole: boolean): number {
    if (this.#memory === null) return hole ? this.size : offset;
    const at = hostSeek(this.#memory.fd, offset, hole ? 4 : 3);
    if (at < 0) return at;
    return at > this.size ? this.size : at;
  }

  /** 512-byte blocks in use. */
  get blocks(): number {
    if (this.#memory === null) {
      return Math.ceil(Math.min(this.size, this.#small.length) / PAGE) * 8;
    }
    // Guests that have it mapped may fill holes at any time.
    if (this.#blocks < 0 || this.#mapped) {
      const r = hostStat(this.#memory.fd, "");
      this.#blocks = r === 0 ? hostFields[BLOCKS] : 0;
    }
    return this.#blocks;
  }

  /** Frees everything. */
  drop(): void {
    if (this.#memory !== null) this.#memory.close();
    this.#memory = null;
    this.#small = NOTHING;
    this.#capacity = 0;
    this.size = 0;
  }
}

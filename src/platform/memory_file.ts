import * as ffi from "../../ffi/mod.ts";
import { EFAULT } from "../abi/linux/errno.ts";

/** Bytes that the Sentry maps of a memory file at a time. */
const CHUNK = 2 ** 30;
/** See `#writesByCall`. */
const UNMAPPED_WRITES = 48;

/**
 * A host memory object (memfd or an open file) that can be mapped into guests. The Sentry
 * reaches its bytes through mappings of its own, made chunk by chunk on first
 * use. Offsets are bytes from the start of the file.
 */
export class MemoryFile {
  /** Host address of each chunk that is mapped, or 0. */
  #chunks: number[] = [];
  /** Writes so far that did without a mapping. */
  #unmappedWrites = 0;

  /**
   * @param fd host descriptor, owned by this object
   * @param writable whether `fd` may be written
   * @param truncatable whether it is a file whose length others see or
   * change: `read` and `write` then use pread and pwrite, which know its end
   */
  constructor(
    readonly fd: number,
    readonly writable: boolean,
    readonly truncatable: boolean,
  ) {}

  /** A new memfd of `size` bytes, all holes. Throws when the host refuses. */
  static create(name: string, size: number): MemoryFile {
    const fd = ffi.memfdCreate(name, size);
    if (fd < 0) throw new Error(`memfd_create: errno ${-fd}`);
    return new MemoryFile(fd, true, false);
  }

  /**
   * Host address of the byte at `offset`; good up to the next multiple of 1 GiB.
   * Pages past the end of the file fault: only host calls and the safe copies
   * of ffi may touch them.
   */
  hostAddress(offset: number): number {
    const i = Math.floor(offset / CHUNK);
    const base = this.#chunks[i];
    if (base > 0) return base + (offset - i * CHUNK);
    return this.#map(i) + (offset - i * CHUNK);
  }

  /**
   * Whether to write at `offset` by a call: mapping a chunk and unmapping it
   * costs as much as some dozens, and most children of a fork soon end or exec.
   */
  #writesByCall(offset: number): boolean {
    if (this.#unmappedWrites >= UNMAPPED_WRITES) return false;
    if (this.#chunks[Math.floor(offset / CHUNK)] > 0) return false;
    this.#unmappedWrites++;
    return true;
  }

  #map(i: number): number {
    const address = ffi.mapShared(this.fd, i * CHUNK, CHUNK, this.writable);
    if (address < 0) throw new Error(`mmap: errno ${-address}`);
    while (this.#chunks.length <= i) this.#chunks.push(0);
    this.#chunks[i] = address;
    return address;
  }

  /** Copies `length` bytes at `offset` into `bytes` at `at`. 0 or -errno; bytes past the end of the file are zero. */
  read(offset: number, bytes: Uint8Array, at: number, length: number): number {
    if (this.truncatable) {
      return ffi.preadFill(this.fd, bytes, at, length, offset);
    }
    while (length > 0) {
      const n = Math.min(length, CHUNK - offset % CHUNK);
      const left = ffi.copyFromHost(this.hostAddress(offset), bytes, at, n);
      if (left > 0) bytes.fill(0, at + n - left, at + n);
      offset += n;
      at += n;
      length -= n;
    }
    return 0;
  }

  /** Copies `length` bytes of `bytes` at `at` to `offset`. 0 or -errno. */
  write(offset: number, bytes: Uint8Array, at: number, length: number): number {
    if (this.truncatable || this.#writesByCall(offset)) {
      return ffi.pwriteAll(this.fd, bytes, at, length, offset);
    }
    while (length > 0) {
      const n = Math.min(length, CHUNK - offset % CHUNK);
      if (ffi.copyToHost(this.hostAddress(offset), bytes, at, n) > 0) {
        return -EFAULT;
      }
      offset += n;
      at += n;
      length -= n;
    }
    return 0;
  }

  /** Zeroes by writing: for pages that will be used at once. */
  zero(offset: number, length: number): void {
    while (length > 0) {
      const n = Math.min(length, CHUNK - offset % CHUNK);
      ffi.zeroHost(this.hostAddress(offset), n);
      offset += n;
      length -= n;
    }
  }

  /** Copies `length` bytes from `source` at `from` to `offset`, page multiples. 0 or -errno. */
  copyFrom(
    source: MemoryFile,
    from: number,
    offset: number,
    length: number,
  ): number {
    while (length > 0) {
      let n = Math.min(length, CHUNK - offset % CHUNK);
      if (source.truncatable) {
        const r = ffi.preadHostFill(
          source.fd,
          this.hostAddress(offset),
          n,
          from,
        );
        if (r < 0) return r;
      } else {
        n = Math.min(n, CHUNK - from % CHUNK);
        if (this.#writesByCall(offset)) {
          const r = ffi.pwriteHost(
            this.fd,
            source.hostAddress(from),
            n,
            offset,
          );
          if (r < 0) return r;
          offset += n;
          from += n;
          length -= n;
          continue;
        }
        const to = this.hostAddress(offset);
        const left = ffi.moveHost(to, source.hostAddress(from), n);
        if (left > 0) ffi.zeroHost(to + n - left, left);
      }
      offset += n;
      from += n;
      length -= n;
    }
    return 0;
  }

  /** Gives the host's memory back; the bytes read as zero afterwards. */
  punch(offset: number, length: number): void {
    ffi.punchHole(this.fd, offset, length);
  }

  /** Closes the descriptor and drops the Sentry's mappings. Guests keep theirs. */
  close(): void {
    for (const base of this.#chunks) {
      if (base > 0) ffi.unmapHost(base, CHUNK);
    }
    this.#chunks = [];
    ffi.closeFd(this.fd);
  }
}

/**
 * The frames of one address space: extents of its sparse memory file. After a
 * fork other address spaces own some of them too; the arena lives as long as
 * anybody does.
 */
import * as ffi from "../../../ffi/mod.ts";
import type { MemoryFile } from "../../platform/memory_file.ts";
import { PAGE_SIZE } from "../../abi/linux/mman.ts";
import { FreeExtents, placeIn } from "./extents.ts";
import { Shares } from "./shares.ts";

/** Offsets end here: what Linux lets a memfd be, less than an address space. */
export const ARENA_SIZE = 2 ** 46;
/** Freed extents up to this size are kept with their old bytes. */
const SMALL = 256 * 1024;
/** Up to this size too, if they hold memory almost throughout: zeroing them is cheaper than new pages. */
const MEDIUM = 2 * 1024 * 1024;
const ALMOST = 0.75;
/** Bytes kept that way, at most and at least. */
const KEEP = 64 * 1024 * 1024;
const KEEP_ALWAYS = 8 * 1024 * 1024;

export class Arena {
  /** First offset that was never used. */
  #top = 0;
  /** Extents with old bytes, by size in pages. */
  readonly #dirty: number[][] = [];
  /** Bigger ones, which are reused whole. */
  readonly #medium: Map<number, number[]> = new Map();
  #dirtyBytes = 0;
  readonly #clean: FreeExtents = new FreeExtents();
  readonly #shares: Shares = new Shares();
  /** Bytes of runs that refer to frames of it, in all address spaces. */
  #referenced = 0;
  #owned = true;

  constructor(readonly file: MemoryFile) {
    for (let i = 0; i <= SMALL / PAGE_SIZE; i++) this.#dirty.push([]);
  }

  /** Bytes of freed frames that still hold host memory. */
  get keptBytes(): number {
    return this.#dirtyBytes;
  }

  /**
   * A new extent with one owner; its offset, or -1 if there is no room.
   * @param length bytes, a page multiple
   * @param zeroed whether the bytes must be zero; else they may be anything
   */
  allocate(length: number, zeroed: boolean): number {
    let offset = length <= SMALL
      ? this.#takeDirty(length, zeroed)
      : this.#takeMedium(length, zeroed);
    if (offset < 0) offset = this.reserve(length);
    if (offset >= 0) this.#referenced += length;
    return offset;
  }

  /** An extent of holes that nobody owns yet: `claim` or `unreserve` parts of it. -1: no room. */
  reserve(length: number): number {
    const found = this.#clean.take(length);
    if (found >= 0) return found;
    const at = placeIn(this.#top, length);
    if (at + length > ARENA_SIZE) return -1;
    this.#clean.put(this.#top, at);
    this.#top = at + length;
    return at;
  }

  /** `length` bytes of a reserved range have an owner now. */
  claim(length: number): void {
    this.#referenced += length;
  }

  /** Gives a reserved range back; it is still all holes. */
  unreserve(offset: number, length: number): void {
    this.#clean.put(offset, offset + length);
  }

  #takeDirty(length: number, zeroed: boolean): number {
    const pages = length / PAGE_SIZE;
    for (let size = pages; size < this.#dirty.length; size++) {
      const offset = this.#dirty[size].pop();
      if (offset === undefined) continue;
      this.#dirtyBytes -= length;
      if (size > pages) this.#dirty[size - pages].push(offset + length);
      if (zeroed) this.file.zero(offset, length);
      return offset;
    }
    return -1;
  }

  #takeMedium(length: number, zeroed: boolean): number {
    const offset = this.#medium.get(length)?.pop();
    if (offset === undefined) return -1;
    this.#dirtyBytes -= length;
    if (zeroed) this.file.zero(offset, length);
    return offset;
  }

  /** One owner more for a range: fork. */
  share(offset: number, length: number): void {
    this.#referenced += length;
    this.#shares.add(offset, offset + length);
  }

  isShared(offset: number): boolean {
    return this.#shares.count(offset) > 0;
  }

  /** Length (at most `length`) from `offset` on of pages that are all shared or all not. */
  sameSharing(offset: number, length: number): number {
    if (this.#shares.isEmpty) return length;
    return this.#shares.sameUntil(offset, offset + length) - offset;
  }

  /**
   * One owner less for a range; frames without any are freed and may hold
   * other bytes at once: no thread of the owner may see them any more.
   */
  drop(offset: number, length: number): void {
    this.#referenced -= length;
    while (length > 0) {
      const n = this.sameSharing(offset, length);
      if (this.isShared(offset)) this.#shares.subtract(offset, offset + n);
      else this.#free(offset, n);
      offset += n;
      length -= n;
    }
    this.#closeIfUnused();
  }

  #free(offset: number, length: number): void {
    if (!this.#owned) {
      this.file.punch(offset, length);
    } else if (this.#isWorthKeeping(offset, length)) {
      this.#listFor(length).push(offset);
      this.#dirtyBytes += length;
    } else {
      this.file.punch(offset, length);
      this.#clean.put(offset, offset + length);
    }
  }

  #isWorthKeeping(offset: number, length: number): boolean {
    if (length > MEDIUM) return false;
    const most = Math.max(KEEP_ALWAYS, Math.min(KEEP, this.#referenced / 4));
    if (this.#dirtyBytes + length > most) return false;
    if (length <= SMALL) return true;
    return ffi.fdDataBytes(this.file.fd, offset, length) >= ALMOST * length;
  }

  #listFor(length: number): number[] {
    if (length <= SMALL) return this.#dirty[length / PAGE_SIZE];
    let list = this.#medium.get(length);
    if (list === undefined) this.#medium.set(length, list = []);
    return list;
  }

  /** Gives back the memory of freed frames. */
  trim(): void {
    for (let pages = 1; pages < this.#dirty.length; pages++) {
      this.#trimList(this.#dirty[pages], pages * PAGE_SIZE);
    }
    for (const [length, list] of this.#medium) this.#trimList(list, length);
    this.#dirtyBytes = 0;
  }

  #trimList(list: number[], length: number): void {
    for (const offset of list) {
      this.file.punch(offset, length);
      this.#clean.put(offset, offset + length);
    }
    list.length = 0;
  }

  /**
   * Its address space is gone, whose runs held `bytes`, now dropped all at
   * once if nobody else has any; true then. Otherwise each is to be dropped.
   */
  abandon(bytes: number): boolean {
    this.#owned = false;
    if (this.#referenced === bytes) this.#referenced = 0;
    this.#closeIfUnused();
    return this.#referenced === 0;
  }

  #closeIfUnused(): void {
    if (!this.#owned && this.#referenced === 0) this.file.close();
  }
}

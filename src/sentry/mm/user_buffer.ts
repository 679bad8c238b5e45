/**
 * A range of guest memory that a call reads or fills: one buffer, or an
 * iovec's list. A task has two, reused for every call: `t.in(…)` for data that
 * comes from the guest, `t.out(…)` for data that goes to it. Files consume a
 * buffer from the front; `remaining` tells how much is left, `done` how much
 * was moved. Addresses are checked as they are reached, so that a call that
 * moved something before a bad address returns the count, as Linux does.
 */
import { EFAULT } from "../../abi/linux/errno.ts";
import type { MemoryManager } from "./memory_manager.ts";

/** What a buffer needs of the memory it lies in: a guest's, or the Sentry's own. */
export type BufferMemory = Pick<
  MemoryManager,
  "translate" | "translated" | "copyInSome" | "copyOutSome"
>;

export class UserBuffer {
  /** Bytes that are left. */
  remaining = 0;
  /** Bytes consumed since it was set. */
  done = 0;
  /** Host address of the current position and how many bytes follow it, after `host()`. */
  hostAddress = 0;
  hostLength = 0;

  #mm: BufferMemory | null = null;
  /** Flat list of address, length. */
  #ranges: number[] = [];
  #count = 0;
  #i = 0;
  /** Position inside range i. */
  #at = 0;

  /** @param toGuest whether files fill it (read) or take from it (write) */
  constructor(readonly toGuest: boolean) {}

  /** Sets it to one range. */
  set(mm: BufferMemory, addr: number, length: number): this {
    this.reset(mm);
    this.append(addr, length);
    return this;
  }

  /** Empties it; `append` adds ranges. */
  reset(mm: BufferMemory): this {
    this.#mm = mm;
    this.#count = 0;
    this.#i = 0;
    this.#at = 0;
    this.remaining = 0;
    this.done = 0;
    return this;
  }

  append(addr: number, length: number): void {
    const i = this.#count * 2;
    this.#ranges[i] = addr;
    this.#ranges[i + 1] = length;
    this.#count++;
    this.remaining += length;
  }

  /** Cuts what is left to at most `length` bytes. */
  limit(length: number): void {
    if (this.remaining > length) this.remaining = length;
  }

  /** Guest address of the current position (0 at the end). */
  get address(): number {
    return this.#range() > 0 ? this.#ranges[this.#i * 2] + this.#at : 0;
  }

  /** Skips empty ranges; bytes left in the current one. */
  #range(): number {
    while (this.#i < this.#count) {
      const left = this.#ranges[this.#i * 2 + 1] - this.#at;
      if (left > 0) return Math.min(left, this.remaining);
      this.#i++;
      this.#at = 0;
    }
    return 0;
  }

  advance(n: number): void {
    this.done += n;
    this.remaining -= n;
    while (n > 0) {
      const left = this.#ranges[this.#i * 2 + 1] - this.#at;
      if (n < left) {
        this.#at += n;
        return;
      }
      n -= left;
      this.#i++;
      this.#at = 0;
    }
  }

  /**
   * Finds the host memory behind the current position: sets `hostAddress` and
   * `hostLength` (at most `remaining`), for host calls that read or write
   * guest memory directly. 0, or -EFAULT.
   */
  host(): number {
    const length = this.#range();
    if (length === 0) {
      this.hostLength = 0;
      return 0;
    }
    const mm = this.#mm!;
    const addr = this.#ranges[this.#i * 2] + this.#at;
    const n = mm.translate(addr, length, this.toGuest);
    if (n <= 0) return -EFAULT;
    this.hostAddress = mm.translated;
    this.hostLength = n;
    return 0;
  }

  /**
   * Moves up to `length` bytes between `bytes` at `at` and the guest, in the
   * buffer's direction. Count moved (short at a bad address), or -EFAULT if none.
   */
  copy(bytes: Uint8Array, at: number, length: number): number {
    let done = 0;
    let want = Math.min(length, this.remaining);
    while (want > 0) {
      const n = Math.min(this.#range(), want);
      const addr = this.#ranges[this.#i * 2] + this.#at;
      const r = this.toGuest
        ? this.#mm!.copyOutSome(addr, bytes, at + done, n)
        : this.#mm!.copyInSome(addr, bytes, at + done, n);
      if (r > 0) {
        this.advance(r);
        done += r;
        want -= r;
      }
      if (r < n) return done > 0 || done === length ? done : -EFAULT;
    }
    return done;
  }

  /** Fills with zeroes; as `copy`. */
  zero(length: number): number {
    let done = 0;
    while (done < length && this.remaining > 0) {
      const r = this.copy(ZEROES, 0, Math.min(length - done, ZEROES.length));
      if (r <= 0) return done > 0 ? done : r;
      done += r;
    }
    return done;
  }
}

const ZEROES = new Uint8Array(65536);

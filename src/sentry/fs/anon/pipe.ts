/**
 * A pipe as pipe(7) describes it: a ring of page-sized slots, as in Linux, so
 * that capacity, merging of small writes and PIPE_BUF atomicity come out the
 * same. Descriptions of its ends are in pipe_end.ts.
 *
 * @module
 */
import {
  EAGAIN,
  EBUSY,
  EINVAL,
  EPERM,
  EPIPE,
} from "../../../abi/linux/errno.ts";
import {
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLOUT,
  POLLRDNORM,
  POLLWRNORM,
} from "../../../abi/linux/poll.ts";
import { WaitQueue } from "../../kernel/wait_queue.ts";
import type { UserBuffer } from "../../mm/user_buffer.ts";
import { freePage, PAGE, takePage } from "./page_pool.ts";

/** Slots of a new pipe: 64 KiB. */
const DEFAULT_SLOTS = 16;
/** /proc/sys/fs/pipe-max-size, bytes. */
export const PIPE_MAX_SIZE = 1048576;
const READABLE = POLLIN | POLLRDNORM;
const WRITABLE = POLLOUT | POLLWRNORM;

export class Pipe {
  /** Both ends' readiness. */
  readonly queue: WaitQueue = new WaitQueue();
  /** open(2) of a fifo waits here for the other side. */
  readonly openQueue: WaitQueue = new WaitQueue();
  /** Descriptions that are open for each direction now. */
  readers = 0;
  writers = 0;
  /** How often each direction has been opened. */
  readerOpens = 0;
  writerOpens = 0;
  /** Bytes that can be read. */
  length = 0;

  #slots = DEFAULT_SLOTS;
  /** Slots in use, from `#first` on. */
  #used = 0;
  #first = 0;
  readonly #pages: Uint8Array[] = [];
  /** Where the bytes of each slot begin and end. */
  readonly #from: number[] = [];
  readonly #to: number[] = [];
  /** Slots that are a packet of an O_DIRECT pipe: read whole, never merged. */
  readonly #packet: boolean[] = [];

  /** F_GETPIPE_SZ: bytes. */
  get capacity(): number {
    return this.#slots * PAGE;
  }

  get isFull(): boolean {
    return this.#used === this.#slots;
  }

  /** Reads what is there: count, 0 at the end, -EAGAIN if empty, -EFAULT. */
  read(dst: UserBuffer): number {
    if (dst.remaining === 0) return 0;
    if (this.#used === 0) return this.writers === 0 ? 0 : -EAGAIN;
    const wasFull = this.isFull;
    const n = this.#take(dst);
    if (wasFull && !this.isFull) this.queue.wake(WRITABLE);
    return n;
  }

  #take(dst: UserBuffer): number {
    let total = 0;
    while (this.#used > 0 && dst.remaining > 0) {
      const i = this.#first;
      const from = this.#from[i];
      const want = Math.min(this.#to[i] - from, dst.remaining);
      const n = dst.copy(this.#pages[i], from, want);
      if (n < 0) return total > 0 ? total : n;
      total += n;
      this.length -= n;
      this.#from[i] = from + n;
      const packet = this.#packet[i];
      if (packet && n === want) {
        this.length -= this.#to[i] - this.#from[i];
        this.#dropFirst();
        break;
      }
      if (n < want) break;
      if (this.#from[i] === this.#to[i]) this.#dropFirst();
    }
    return total;
  }

  /** Copies what `dst` holds of the bytes there without taking them (splice, tee): count, 0 at the end, -EAGAIN if empty, -EFAULT. */
  peek(dst: UserBuffer): number {
    if (dst.remaining === 0) return 0;
    if (this.#used === 0) return this.writers === 0 ? 0 : -EAGAIN;
    let total = 0;
    for (let k = 0; k < this.#used && dst.remaining > 0; k++) {
      const i = (this.#first + k) % this.#slots;
      const from = this.#from[i];
      const want = Math.min(this.#to[i] - from, dst.remaining);
      const n = dst.copy(this.#pages[i], from, want);
      if (n < 0) return total > 0 ? total : n;
      total += n;
      if (n < want) break;
    }
    return total;
  }

  /** Takes the first `n` bytes, which `peek` has shown. */
  discard(n: number): void {
    const wasFull = this.isFull;
    while (n > 0 && this.#used > 0) {
      const i = this.#first;
      const part = Math.min(n, this.#to[i] - this.#from[i]);
      this.#from[i] += part;
      this.length -= part;
      n -= part;
      if (this.#from[i] === this.#to[i]) this.#dropFirst();
    }
    if (wasFull && !this.isFull) this.queue.wake(WRITABLE);
  }

  /** Bytes that go in whatever their sizes, without merging. */
  get room(): number {
    return (this.#slots - this.#used) * PAGE;
  }

  #dropFirst(): void {
    freePage(this.#pages[this.#first]);
    this.#first = (this.#first + 1) % this.#slots;
    this.#used--;
  }

  /**
   * Writes as much as has room: count (short when it filled up), -EAGAIN if
   * nothing went in, -EPIPE without readers, -EFAULT. Up to PAGE bytes go in
   * together or not at all. `packets` is O_DIRECT: each slot one packet.
   */
  write(src: UserBuffer, packets: boolean): number {
    if (this.readers === 0) return -EPIPE;
    if (src.remaining === 0) return 0;
    const n = this.#put(src, packets);
    if (n > 0) this.queue.wake(READABLE);
    return n;
  }

  #put(src: UserBuffer, packets: boolean): number {
    const part = src.remaining % PAGE;
    let total = 0;
    if (part > 0 && this.#used > 0 && !packets) {
      total = this.#merge(src, part);
      if (total < 0 || (total > 0 && total < part)) return total;
    }
    while (src.remaining > 0 && this.#used < this.#slots) {
      const page = takePage();
      const want = Math.min(PAGE, src.remaining);
      const n = src.copy(page, 0, want);
      if (n <= 0) {
        freePage(page);
        return total > 0 ? total : n;
      }
      this.#append(page, n, packets);
      total += n;
      if (n < want) return total;
    }
    return total > 0 ? total : -EAGAIN;
  }

  /** Puts `part` bytes behind those of the last slot if all fit: count, 0, -EFAULT. */
  #merge(src: UserBuffer, part: number): number {
    const i = (this.#first + this.#used - 1) % this.#slots;
    const to = this.#to[i];
    if (this.#packet[i] || to + part > PAGE) return 0;
    const n = src.copy(this.#pages[i], to, part);
    if (n > 0) {
      this.#to[i] = to + n;
      this.length += n;
    }
    return n;
  }

  #append(page: Uint8Array, n: number, packet: boolean): void {
    const i = (this.#first + this.#used) % this.#slots;
    this.#pages[i] = page;
    this.#from[i] = 0;
    this.#to[i] = n;
    this.#packet[i] = packet;
    this.#used++;
    this.length += n;
  }

  /** POLL* bits of a reading description; `hadWriter`: a hang-up counts. */
  pollRead(hadWriter: boolean): number {
    let events = this.#used > 0 ? READABLE : 0;
    if (this.writers === 0 && hadWriter) events |= POLLHUP;
    return events;
  }

  pollWrite(): number {
    const events = this.isFull ? 0 : WRITABLE;
    return this.readers === 0 ? events | POLLERR : events;
  }

  addReader(): void {
    this.readers++;
    this.readerOpens++;
    this.openQueue.wake(POLLOUT);
  }

  addWriter(): void {
    this.writers++;
    this.writerOpens++;
    this.openQueue.wake(POLLIN);
  }

  removeReader(): void {
    if (--this.readers === 0) this.queue.wake(WRITABLE | POLLERR);
    this.#dropIfUnused();
  }

  removeWriter(): void {
    if (--this.writers === 0) this.queue.wake(READABLE | POLLHUP);
    this.#dropIfUnused();
  }

  #dropIfUnused(): void {
    if (this.readers > 0 || this.writers > 0) return;
    while (this.#used > 0) this.#dropFirst();
    this.length = 0;
  }

  /**
   * F_SETPIPE_SZ. The new capacity in bytes, -EBUSY if more is in use, -EPERM
   * beyond PIPE_MAX_SIZE without CAP_SYS_RESOURCE, -EINVAL.
   */
  resize(bytes: number, privileged: boolean): number {
    if (bytes < 0 || bytes > 2147483648) return -EINVAL;
    let slots = 1;
    while (slots * PAGE < bytes) slots *= 2;
    if (slots > this.#slots && slots * PAGE > PIPE_MAX_SIZE && !privileged) {
      return -EPERM;
    }
    if (slots < this.#used) return -EBUSY;
    const wasFull = this.isFull;
    this.#rotate();
    this.#slots = slots;
    if (wasFull && !this.isFull) this.queue.wake(WRITABLE);
    return slots * PAGE;
  }

  /** Moves the used slots to the start of the ring. */
  #rotate(): void {
    const first = this.#first;
    const n = this.#used;
    if (first === 0) return;
    rotate(this.#pages, first, n, this.#slots);
    rotate(this.#from, first, n, this.#slots);
    rotate(this.#to, first, n, this.#slots);
    rotate(this.#packet, first, n, this.#slots);
    this.#first = 0;
  }
}

function rotate<T>(ring: T[], first: number, n: number, size: number): void {
  const used: T[] = [];
  for (let i = 0; i < n; i++) used.push(ring[(first + i) % size]);
  ring.length = 0;
  for (const item of used) ring.push(item);
}

/** The counter of eventfd(2). */
import { EAGAIN, EFAULT, EINVAL } from "../../../abi/linux/errno.ts";
import { POLLERR, POLLIN, POLLOUT } from "../../../abi/linux/poll.ts";
import { Bits64 } from "../../../abi/linux/scalars.ts";
import type { Task } from "../../kernel/task.ts";
import type { UserBuffer } from "../../mm/user_buffer.ts";
import { AnonFile } from "./anon_file.ts";

const TWO32 = 4294967296;
const MAX = 0xffffffff;
const value = Bits64.alloc();
let lastId = 0;

export class EventFd extends AnonFile {
  /** The count in two halves: exact up to 2^64 - 1. */
  #lo: number;
  #hi = 0;
  readonly #id = lastId++;

  /** @param semaphore EFD_SEMAPHORE: a read takes 1, not all */
  constructor(initial: number, readonly semaphore: boolean) {
    super();
    this.#lo = initial >>> 0;
  }

  /** 8; -EAGAIN while the count is 0, -EINVAL for a small buffer, -EFAULT. */
  override read(_t: Task, dst: UserBuffer): number {
    if (dst.remaining < 8) return -EINVAL;
    if (this.#lo === 0 && this.#hi === 0) return -EAGAIN;
    value.value_lo = this.semaphore ? 1 : this.#lo;
    value.value_hi = this.semaphore ? 0 : this.#hi;
    this.#subtract(value.value_lo, value.value_hi);
    this.queue.wake(POLLOUT);
    return dst.copy(value.bytes, 0, 8) === 8 ? 8 : -EFAULT;
  }

  /** 8; -EAGAIN if the count would pass 2^64 - 2, -EINVAL for 2^64 - 1. */
  override write(_t: Task, src: UserBuffer): number {
    if (src.remaining < 8) return -EINVAL;
    if (src.copy(value.bytes, 0, 8) !== 8) return -EFAULT;
    const lo = value.value_lo;
    const hi = value.value_hi;
    if (lo === MAX && hi === MAX) return -EINVAL;
    let newLo = this.#lo + lo;
    let newHi = this.#hi + hi;
    if (newLo >= TWO32) {
      newLo -= TWO32;
      newHi++;
    }
    if (newHi > MAX || (newHi === MAX && newLo === MAX)) return -EAGAIN;
    this.#lo = newLo;
    this.#hi = newHi;
    if (newLo !== 0 || newHi !== 0) this.queue.wake(POLLIN);
    return 8;
  }

  #subtract(lo: number, hi: number): void {
    this.#hi -= hi;
    this.#lo -= lo;
    if (this.#lo < 0) {
      this.#lo += TWO32;
      this.#hi--;
    }
  }

  override poll(): number {
    let events = 0;
    if (this.#lo !== 0 || this.#hi !== 0) events |= POLLIN;
    if (this.#hi === MAX && this.#lo === MAX) events |= POLLERR;
    if (this.#hi < MAX || this.#lo < MAX - 1) events |= POLLOUT;
    return events;
  }

  override linkText(): string {
    return "anon_inode:[eventfd]";
  }

  override fdInfo(): string {
    const count = this.#hi * TWO32 + this.#lo;
    const kind = this.semaphore ? 1 : 0;
    return `eventfd-count: ${count.toString(16).padStart(16)}\n` +
      `eventfd-id: ${this.#id}\neventfd-semaphore: ${kind}\n`;
  }
}

/** timerfd_create(2): expirations as a file. */
import { EAGAIN, EFAULT, EINVAL } from "../../../abi/linux/errno.ts";
import { POLLIN } from "../../../abi/linux/poll.ts";
import { Bits64 } from "../../../abi/linux/scalars.ts";
import { NSEC_PER_SEC } from "../../../abi/linux/time.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import type { Task } from "../../kernel/task.ts";
import { Timer, type TimerTarget } from "../../kernel/timer.ts";
import type { UserBuffer } from "../../mm/user_buffer.ts";
import { AnonFile } from "./anon_file.ts";

const TWO32 = 4294967296;
const count = Bits64.alloc();

export class TimerFd extends AnonFile implements TimerTarget {
  readonly #timer: Timer = new Timer(this);
  /** When it expires next, monotonic ns; 0: not set. */
  #deadline = 0;
  /** ns; 0: once. */
  interval = 0;
  /** Expirations that nobody has read, without those that `#catchUp` will add. */
  #expired = 0;
  /** Flags of timerfd_settime. TFD_TIMER_CANCEL_ON_SET waits for what can't happen: nobody sets the clock. */
  settimeFlags = 0;

  constructor(readonly kernel: Kernel, readonly clock: number) {
    super();
  }

  /** Sets it to `deadline` (monotonic ns, 0: stops it), then every `interval` ns. */
  set(deadline: number, interval: number): void {
    this.#expired = 0;
    this.#deadline = deadline;
    this.interval = interval;
    if (deadline === 0) this.kernel.timers.stop(this.#timer);
    else this.kernel.timers.start(this.#timer, deadline);
  }

  /** ns until it expires, 0 when it is not set. */
  remaining(): number {
    if (this.#deadline === 0) return 0;
    this.#catchUp();
    if (this.#deadline === 0) return 0;
    return Math.max(1, this.#deadline - this.kernel.now());
  }

  /** Counts what has expired since. As in Linux the timer itself sleeps from its first expiration until somebody reads. */
  #catchUp(): void {
    const now = this.kernel.now();
    if (this.#deadline === 0 || now < this.#deadline) return;
    if (this.interval === 0) {
      this.#expired++;
      this.#deadline = 0;
      this.kernel.timers.stop(this.#timer);
      return;
    }
    const n = Math.floor((now - this.#deadline) / this.interval) + 1;
    this.#expired += n;
    this.#deadline += n * this.interval;
  }

  expired(_timer: Timer): void {
    this.queue.wake(POLLIN);
  }

  /** 8; -EAGAIN before it expires, -EINVAL for a small buffer, -EFAULT. */
  override read(_t: Task, dst: UserBuffer): number {
    if (dst.remaining < 8) return -EINVAL;
    this.#catchUp();
    if (this.#expired === 0) return -EAGAIN;
    count.value_lo = this.#expired % TWO32;
    count.value_hi = Math.floor(this.#expired / TWO32);
    this.#expired = 0;
    if (this.#deadline !== 0) {
      this.kernel.timers.start(this.#timer, this.#deadline);
    }
    return dst.copy(count.bytes, 0, 8) === 8 ? 8 : -EFAULT;
  }

  /** TFD_IOC_SET_TICKS: `n` expirations wait to be read. */
  setTicks(n: number): number {
    if (n === 0) return -EINVAL;
    this.#expired = n;
    this.queue.wake(POLLIN);
    return 0;
  }

  override poll(): number {
    this.#catchUp();
    return this.#expired > 0 ? POLLIN : 0;
  }

  override release(): void {
    this.kernel.timers.stop(this.#timer);
  }

  override linkText(): string {
    return "anon_inode:[timerfd]";
  }

  override fdInfo(): string {
    const flags = this.settimeFlags;
    return `clockid: ${this.clock}\nticks: ${this.#expired}\n` +
      `settime flags: ${flags.toString(8).padStart(2, "0")}\n` +
      `it_value: ${pair(this.remaining())}\nit_interval: ${
        pair(this.interval)
      }\n`;
  }
}

function pair(ns: number): string {
  return `(${Math.floor(ns / NSEC_PER_SEC)}, ${ns % NSEC_PER_SEC})`;
}

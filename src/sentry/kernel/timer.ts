/** Fired by the kernel's run loop; may start the timer anew. */
export interface TimerTarget {
  expired(timer: Timer): void;
}

/** A one-shot timer on the monotonic clock. */
export class Timer {
  /** Monotonic ns; meaningful while started. */
  deadline = 0;
  /** Place in the heap, -1 when stopped. */
  index = -1;
  constructor(readonly target: TimerTarget) {}

  get started(): boolean {
    return this.index >= 0;
  }
}

/** The timers that run, as a binary heap by deadline. */
export class TimerHeap {
  #heap: Timer[] = [];

  /** Deadline of the next timer, or Infinity. */
  get next(): number {
    return this.#heap.length === 0 ? Infinity : this.#heap[0].deadline;
  }

  /** Starts `timer`, or moves it. */
  start(timer: Timer, deadline: number): void {
    timer.deadline = deadline;
    if (timer.index < 0) {
      timer.index = this.#heap.length;
      this.#heap.push(timer);
      this.#up(timer);
    } else {
      this.#up(timer);
      this.#down(timer);
    }
  }

  stop(timer: Timer): void {
    const i = timer.index;
    if (i < 0) return;
    timer.index = -1;
    const last = this.#heap.pop()!;
    if (last === timer) return;
    last.index = i;
    this.#heap[i] = last;
    this.#up(last);
    this.#down(last);
  }

  /** Fires every timer whose deadline is not after `now`. */
  run(now: number): void {
    while (this.#heap.length > 0 && this.#heap[0].deadline <= now) {
      const timer = this.#heap[0];
      this.stop(timer);
      timer.target.expired(timer);
    }
  }

  #place(timer: Timer, i: number): void {
    this.#heap[i] = timer;
    timer.index = i;
  }

  #up(timer: Timer): void {
    let i = timer.index;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (this.#heap[parent].deadline <= timer.deadline) break;
      this.#place(this.#heap[parent], i);
      i = parent;
    }
    this.#place(timer, i);
  }

  #down(timer: Timer): void {
    const n = this.#heap.length;
    let i = timer.index;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= n) break;
      if (
        child + 1 < n &&
        this.#heap[child + 1].deadline < this.#heap[child].deadline
      ) child++;
      if (this.#heap[child].deadline >= timer.deadline) break;
      this.#place(this.#heap[child], i);
      i = child;
    }
    this.#place(timer, i);
  }
}

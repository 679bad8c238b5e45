/**
 * Wait queues: who wants to know when something becomes ready. Events are
 * poll(2) bits; POLLERR and POLLHUP reach everybody.
 */
const ALWAYS = 0x8 | 0x10; // POLLERR | POLLHUP

/** Told by a wait queue that events happened. Must not block or run guest-visible code; tasks just become ready. */
export interface WaitTarget {
  woken(waiter: Waiter, events: number): void;
}

/** A place in (at most) one queue. Owned by its target and reused. */
export class Waiter {
  queue: WaitQueue | null = null;
  next: Waiter | null = null;
  prev: Waiter | null = null;
  events = 0;
  /** EPOLLEXCLUSIVE: of the queue's exclusive waiters one per wake is told. */
  exclusive = false;
  /** Set by the target of an exclusive waiter that had a use for the wake. */
  took = false;
  constructor(readonly target: WaitTarget) {}

  /** Leaves its queue, if it is in one. */
  unlink(): void {
    const queue = this.queue;
    if (queue === null) return;
    if (queue.cursor === this) queue.cursor = this.next;
    if (this.prev === null) queue.first = this.next;
    else this.prev.next = this.next;
    if (this.next === null) queue.last = this.prev;
    else this.next.prev = this.prev;
    this.queue = null;
    this.next = null;
    this.prev = null;
  }
}

export class WaitQueue {
  first: Waiter | null = null;
  last: Waiter | null = null;
  /** Where a wake under way goes on. */
  cursor: Waiter | null = null;

  get isEmpty(): boolean {
    return this.first === null;
  }

  /** Appends `waiter`, which leaves the queue it was in. */
  add(waiter: Waiter, events: number): void {
    waiter.unlink();
    waiter.events = events | ALWAYS;
    waiter.queue = this;
    waiter.prev = this.last;
    if (this.last === null) this.first = waiter;
    else this.last.next = waiter;
    this.last = waiter;
  }

  /**
   * Tells every waiter that asked for one of `events`. A target may unlink any
   * waiter meanwhile (a task that polls a file twice unlinks both).
   */
  wake(events: number): void {
    let waiter = this.first;
    if (waiter === null) return;
    const outer = this.cursor;
    let taken = false;
    do {
      this.cursor = waiter.next;
      if ((waiter.events & events) !== 0 && !(taken && waiter.exclusive)) {
        waiter.took = false;
        waiter.target.woken(waiter, events);
        if (waiter.exclusive && waiter.took) taken = true;
      }
      waiter = this.cursor;
    } while (waiter !== null);
    this.cursor = outer !== null && outer.queue === this ? outer : null;
  }
}

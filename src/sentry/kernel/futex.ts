/**
 * Futexes: queues of tasks by the word they wait on. Private words are named
 * by address space and address, words in shared mappings by memory object and
 * offset. The calls are in syscalls/futex.ts.
 */
import { FUTEX_BITSET_MATCH_ANY } from "../../abi/linux/futex.ts";
import type { Task } from "./task.ts";

/** A task's place in a futex queue. A task that waits on several (futex_waitv) has several. */
export class FutexWaiter {
  queue: FutexQueue | null = null;
  next: FutexWaiter | null = null;
  prev: FutexWaiter | null = null;
  /** Wakers with a common bit wake it. */
  bitset = FUTEX_BITSET_MATCH_ANY;
  /** Waits for a priority-inheritance lock, which is handed over, not woken. */
  pi = false;
  /** Its number among several of a futex_waitv. */
  index = 0;

  constructor(readonly task: Task) {}

  unlink(): void {
    const { queue } = this;
    if (queue === null) return;
    if (this.prev === null) queue.first = this.next;
    else this.prev.next = this.next;
    if (this.next === null) queue.last = this.prev;
    else this.next.prev = this.prev;
    this.queue = null;
    this.next = null;
    this.prev = null;
    if (queue.first === null) queue.forget();
  }
}

/** The tasks that wait on one word, oldest first. */
export class FutexQueue {
  first: FutexWaiter | null = null;
  last: FutexWaiter | null = null;

  constructor(readonly space: Map<number, FutexQueue>, readonly at: number) {}

  add(waiter: FutexWaiter): void {
    waiter.queue = this;
    waiter.prev = this.last;
    if (this.last === null) this.first = waiter;
    else this.last.next = waiter;
    this.last = waiter;
  }

  /** Removes itself from its space: empty queues are not kept. */
  forget(): void {
    if (this.space.get(this.at) === this) this.space.delete(this.at);
  }

  /** Wakes up to `count` waiters that share a bit with `bitset`; how many. */
  wake(count: number, bitset: number): number {
    let woken = 0;
    let waiter = this.first;
    while (waiter !== null && woken < count) {
      const { next } = waiter;
      if (!waiter.pi && (waiter.bitset & bitset) !== 0) {
        wakeWaiter(waiter);
        woken++;
      }
      waiter = next;
    }
    return woken;
  }

  /** Moves up to `count` waiters to `target`; how many. */
  requeue(count: number, target: FutexQueue): number {
    let moved = 0;
    let waiter = this.first;
    while (waiter !== null && moved < count) {
      const { next } = waiter;
      if (!waiter.pi) {
        if (target !== this) {
          waiter.unlink();
          target.add(waiter);
        }
        moved++;
      }
      waiter = next;
    }
    return moved;
  }
}

/** Takes the waiter off its queue and lets its task go on, with success. */
export function wakeWaiter(waiter: FutexWaiter): void {
  waiter.unlink();
  const { call } = waiter.task;
  call.woken = true;
  call.value = waiter.index;
  waiter.task.unpark();
}

/** Queues by the object that names their words: an address space or memory. */
const spaces: WeakMap<object, Map<number, FutexQueue>> = new WeakMap();

/** The name of a futex word, after `findKey`. */
let keyObject: object | null = null;
let keyOffset = 0;

/** Names the word at `addr`, for `queueOf` and `makeQueue`. False: EFAULT. */
export function findKey(t: Task, addr: number, isPrivate: boolean): boolean {
  if (isPrivate) {
    keyObject = t.mm;
    keyOffset = addr;
    return true;
  }
  keyObject = t.mm.futexKey(addr);
  keyOffset = t.mm.keyOffset;
  return keyObject !== null;
}

/** The queue of the word that `findKey` named, or null if nobody waits. */
export function foundQueue(): FutexQueue | null {
  return spaces.get(keyObject!)?.get(keyOffset) ?? null;
}

/** The queue of the word that `findKey` named. An empty one must be given a waiter. */
export function makeQueue(): FutexQueue {
  let space = spaces.get(keyObject!);
  if (space === undefined) spaces.set(keyObject!, space = new Map());
  let queue = space.get(keyOffset);
  if (queue === undefined) {
    space.set(keyOffset, queue = new FutexQueue(space, keyOffset));
  }
  return queue;
}

/**
 * Wakes up to `count` waiters of the word at `addr` of `t`'s memory, as
 * FUTEX_WAKE without FUTEX_PRIVATE_FLAG (which reaches private waiters too).
 */
export function wakeAddress(t: Task, addr: number, count: number): number {
  if (!findKey(t, addr, false)) return 0;
  const woken = foundQueue()?.wake(count, FUTEX_BITSET_MATCH_ANY) ?? 0;
  if (woken >= count || keyObject === t.mm) return woken;
  findKey(t, addr, true);
  return woken +
    (foundQueue()?.wake(count - woken, FUTEX_BITSET_MATCH_ANY) ?? 0);
}

/** The place of `t`, which stays its own for ever. */
export function waiterOf(t: Task): FutexWaiter {
  return t.futexWaiter ??= new FutexWaiter(t);
}

/** Places of tasks that wait on several words at once (futex_waitv). */
const vectors: WeakMap<Task, FutexWaiter[]> = new WeakMap();

/** The places of `t` for futex_waitv(2); the caller adds what is missing. */
export function placesOf(t: Task): FutexWaiter[] {
  let places = vectors.get(t);
  if (places === undefined) vectors.set(t, places = []);
  return places;
}

/** `t` does not wait any more: it ends, or its wait was interrupted. */
export function cancelFutexWait(t: Task): void {
  t.futexWaiter?.unlink();
  const places = vectors.get(t);
  if (places === undefined) return;
  for (const place of places) place.unlink();
}

import { assertEquals } from "@std/assert";
import { Waiter, WaitQueue, type WaitTarget } from "./wait_queue.ts";

const IN = 1;
const OUT = 4;
const HUP = 16;

/** Notes who was woken; leaves all its queues when it is, as a task does. */
class Sleeper implements WaitTarget {
  readonly waiters: Waiter[] = [];
  wakes = 0;

  wait(queue: WaitQueue, events: number): Waiter {
    const waiter = new Waiter(this);
    this.waiters.push(waiter);
    queue.add(waiter, events);
    return waiter;
  }

  woken(waiter: Waiter): void {
    this.wakes++;
    waiter.took = true;
    for (const w of this.waiters) w.unlink();
  }
}

Deno.test("WaitQueue: only who asked for the event is woken, but all for a hang-up", () => {
  const queue = new WaitQueue();
  const a = new Sleeper();
  const b = new Sleeper();
  a.wait(queue, IN);
  b.wait(queue, OUT);
  queue.wake(OUT);
  assertEquals([a.wakes, b.wakes], [0, 1]);
  queue.wake(HUP);
  assertEquals([a.wakes, b.wakes], [1, 1]);
  assertEquals(queue.isEmpty, true);
});

Deno.test("WaitQueue: a target with two places does not keep those behind it from the wake", () => {
  const queue = new WaitQueue();
  const twice = new Sleeper();
  const last = new Sleeper();
  twice.wait(queue, IN);
  twice.wait(queue, IN);
  last.wait(queue, IN);
  queue.wake(IN);
  assertEquals([twice.wakes, last.wakes], [1, 1]);
});

Deno.test("WaitQueue: one exclusive waiter is told, besides all others", () => {
  const queue = new WaitQueue();
  const sleepers = [new Sleeper(), new Sleeper(), new Sleeper()];
  sleepers[0].wait(queue, IN).exclusive = true;
  sleepers[1].wait(queue, IN).exclusive = true;
  sleepers[2].wait(queue, IN);
  queue.wake(IN);
  assertEquals(sleepers.map((s) => s.wakes), [1, 0, 1]);
});

/**
 * Futexes whose kernel half hands the lock to the next waiter (FUTEX_LOCK_PI).
 * Tasks have no priorities here, so inheritance has no effect and waiters are
 * served in order; the protocol on the guest's word is Linux's.
 */
import { FUTEX_WAITERS } from "../../abi/linux/futex.ts";
import { findKey, foundQueue, type FutexWaiter, wakeWaiter } from "./futex.ts";
import type { Task } from "./task.ts";

/**
 * Gives the lock at `addr` to its first waiter, or leaves it free. The caller
 * owned it. `bits`: FUTEX_OWNER_DIED or 0. False: EFAULT.
 */
export function handOver(t: Task, addr: number, bits: number): boolean {
  let next = firstPi(t, addr, true);
  if (next === null) next = firstPi(t, addr, false);
  if (next === null) return t.mm.storeU32(addr, bits >>> 0);
  // As Linux: the new owner always unlocks through the kernel.
  const word = (next.task.tid | FUTEX_WAITERS | bits) >>> 0;
  if (!t.mm.storeU32(addr, word)) return false;
  wakeWaiter(next);
  return true;
}

function firstPi(
  t: Task,
  addr: number,
  isPrivate: boolean,
): FutexWaiter | null {
  if (!findKey(t, addr, isPrivate)) return null;
  let waiter = foundQueue()?.first ?? null;
  while (waiter !== null && !waiter.pi) waiter = waiter.next;
  return waiter;
}

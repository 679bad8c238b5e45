/**
 * Robust futexes, get_robust_list(2): what a task held when it ended is marked
 * FUTEX_OWNER_DIED, and one waiter of each is woken.
 */
import {
  FUTEX_OWNER_DIED,
  FUTEX_TID_MASK,
  FUTEX_WAITERS,
  ROBUST_LIST_LIMIT,
  RobustListHead,
} from "../../abi/linux/futex.ts";
import { handOver } from "./futex_pi.ts";
import { wakeAddress } from "./futex.ts";
import type { Task } from "./task.ts";

const head = RobustListHead.alloc();

/** Walks the robust list of `t`. Whatever the guest has put there: at most ROBUST_LIST_LIMIT steps, bad addresses end it. */
export function releaseRobustLists(t: Task): void {
  const at = t.robustList;
  t.robustList = 0;
  if (at === 0 || !t.copyIn(at, head)) return;
  const offset = head.futex_offset;
  const pendingPi = head.list_op_pending % 2 !== 0;
  const pending = head.list_op_pending - (pendingPi ? 1 : 0);
  let entry = head.list.next;
  for (let i = 0; i < ROBUST_LIST_LIMIT; i++) {
    const pi = entry % 2 !== 0;
    const address = entry - (pi ? 1 : 0);
    if (address === at) break;
    const next = t.mm.getU64(address);
    if (address !== pending && !ownerDied(t, address + offset, pi, false)) {
      break;
    }
    if (next < 0) break;
    entry = next;
  }
  if (pending !== 0) ownerDied(t, pending + offset, pendingPi, true);
}

/** False: the word could not be reached. */
function ownerDied(
  t: Task,
  addr: number,
  pi: boolean,
  pending: boolean,
): boolean {
  if (addr % 4 !== 0) return false;
  for (;;) {
    const word = t.mm.loadU32(addr);
    if (word < 0) return false;
    const owner = (word & FUTEX_TID_MASK) >>> 0;
    if (pending && !pi && owner === 0) {
      // It was unlocking, and had no time to wake somebody.
      wakeAddress(t, addr, 1);
      return true;
    }
    if (owner !== t.tid) return true;
    const dead = ((word & FUTEX_WAITERS) | FUTEX_OWNER_DIED) >>> 0;
    const seen = t.mm.casU32(addr, word, dead);
    if (seen < 0) return false;
    if (seen !== word) continue;
    if ((word & FUTEX_WAITERS) === 0) return true;
    if (pi) handOver(t, addr, FUTEX_OWNER_DIED);
    else wakeAddress(t, addr, 1);
    return true;
  }
}

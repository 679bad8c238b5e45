/** Fast user-space locking: futex(2), futex_waitv(2), robust lists. */
import {
  EAGAIN,
  EDEADLK,
  EFAULT,
  EINVAL,
  ENOSYS,
  EPERM,
  ESRCH,
} from "../../abi/linux/errno.ts";
import {
  FUTEX2_PRIVATE,
  FUTEX2_SIZE_U32,
  FUTEX_BITSET_MATCH_ANY,
  FUTEX_CLOCK_REALTIME,
  FUTEX_CMD_MASK,
  FUTEX_CMP_REQUEUE,
  FUTEX_LOCK_PI,
  FUTEX_LOCK_PI2,
  FUTEX_OWNER_DIED,
  FUTEX_PRIVATE_FLAG,
  FUTEX_REQUEUE,
  FUTEX_TID_MASK,
  FUTEX_TRYLOCK_PI,
  FUTEX_UNLOCK_PI,
  FUTEX_WAIT,
  FUTEX_WAIT_BITSET,
  FUTEX_WAITERS,
  FUTEX_WAITV_MAX,
  FUTEX_WAKE,
  FUTEX_WAKE_BITSET,
  FUTEX_WAKE_OP,
  FutexWaitv,
  RobustListHead,
} from "../../abi/linux/futex.ts";
import {
  CLOCK_MONOTONIC,
  CLOCK_REALTIME,
  NSEC_PER_SEC,
  Timespec,
} from "../../abi/linux/time.ts";
import { toMonotonic } from "../kernel/clock.ts";
import { wakeOp } from "../kernel/futex_op.ts";
import { handOver } from "../kernel/futex_pi.ts";
import {
  cancelFutexWait,
  findKey,
  foundQueue,
  FutexWaiter,
  makeQueue,
  placesOf,
  waiterOf,
} from "../kernel/futex.ts";
import { mayInspect } from "../kernel/permission.ts";
import type { Task } from "../kernel/task.ts";
import {
  ERESTART_RESTARTBLOCK,
  ERESTARTNOINTR,
  ERESTARTSYS,
  full,
  int,
  PARKED,
  partial,
  ptr,
  type Row,
  size,
  traced,
  uint,
} from "./row.ts";
import { Decode } from "./row.ts";

const ALL_BITS = FUTEX_BITSET_MATCH_ANY;
const ts = Timespec.alloc();
const waitv = FutexWaitv.alloc();

/** futex(2). EAGAIN, EDEADLK, EFAULT, EINVAL, ENOSYS, EPERM, ESRCH, ETIMEDOUT, EINTR. */
export function futex(
  t: Task,
  uaddr: number,
  op: number,
  val: number,
  timeout: number,
  uaddr2: number,
  val3: number,
): number {
  const isPrivate = (op & FUTEX_PRIVATE_FLAG) !== 0;
  const realtime = (op & FUTEX_CLOCK_REALTIME) !== 0;
  const command = op & FUTEX_CMD_MASK;
  if (
    realtime && command !== FUTEX_WAIT_BITSET && command !== FUTEX_WAIT &&
    command !== FUTEX_LOCK_PI2
  ) return -ENOSYS;
  if (uaddr % 4 !== 0) return -EINVAL;
  switch (command) {
    case FUTEX_WAIT:
      return wait(t, uaddr, isPrivate, false, false, val, timeout, ALL_BITS);
    case FUTEX_WAIT_BITSET:
      return wait(t, uaddr, isPrivate, true, realtime, val, timeout, val3);
    case FUTEX_WAKE:
      return wake(t, uaddr, isPrivate, val | 0, ALL_BITS);
    case FUTEX_WAKE_BITSET:
      return wake(t, uaddr, isPrivate, val | 0, val3);
    case FUTEX_REQUEUE:
      return requeue(t, uaddr, isPrivate, val | 0, timeout | 0, uaddr2);
    case FUTEX_CMP_REQUEUE: {
      const word = t.mm.loadU32(uaddr);
      if (word < 0) return -EFAULT;
      if (word !== val3) return -EAGAIN;
      return requeue(t, uaddr, isPrivate, val | 0, timeout | 0, uaddr2);
    }
    case FUTEX_WAKE_OP:
      return wakeWithOp(t, uaddr, isPrivate, val, timeout | 0, uaddr2, val3);
    case FUTEX_LOCK_PI:
    case FUTEX_LOCK_PI2:
      return lockPi(
        t,
        uaddr,
        isPrivate,
        timeout,
        command === FUTEX_LOCK_PI || realtime,
      );
    case FUTEX_TRYLOCK_PI:
      return tryLockPi(t, uaddr);
    case FUTEX_UNLOCK_PI:
      return unlockPi(t, uaddr);
    default:
      return -ENOSYS;
  }
}

function wait(
  t: Task,
  uaddr: number,
  isPrivate: boolean,
  absolute: boolean,
  realtime: boolean,
  val: number,
  timeout: number,
  bitset: number,
): number {
  const { call } = t;
  if (call.woken) return 0;
  if (call.first) {
    if (bitset === 0) return -EINVAL;
    if (timeout !== 0) {
      const r = setDeadline(t, timeout, absolute, realtime);
      if (r < 0) return r;
    }
    const r = enqueue(t, uaddr, isPrivate, val, bitset);
    if (r < 0) return r;
  }
  const r = t.park(null, 0);
  if (r === PARKED) return r;
  waiterOf(t).unlink();
  if (r !== -ERESTARTSYS || call.deadline === Infinity) return r;
  const { restart } = t.signals;
  restart.handler = continueWait;
  restart.deadline = call.deadline;
  restart.a = uaddr;
  restart.b = val;
  restart.c = bitset;
  restart.isPrivate = isPrivate;
  return -ERESTART_RESTARTBLOCK;
}

/** FUTEX_WAIT with a timeout goes on after a signal that ran no handler. */
function continueWait(t: Task): number {
  const { a: uaddr, b: val, c: bitset, isPrivate } = t.signals.restart;
  if (t.call.woken) return 0;
  if (t.call.first) {
    t.call.deadline = t.signals.restart.deadline;
    const r = enqueue(t, uaddr, isPrivate, val, bitset);
    if (r < 0) return r;
  }
  const r = t.park(null, 0);
  if (r !== PARKED) waiterOf(t).unlink();
  return r === -ERESTARTSYS ? -ERESTART_RESTARTBLOCK : r;
}

/** Links `t` to the word's queue if the word still is `val`. 0, EAGAIN, EFAULT. */
function enqueue(
  t: Task,
  uaddr: number,
  isPrivate: boolean,
  val: number,
  bitset: number,
): number {
  if (!findKey(t, uaddr, isPrivate)) return -EFAULT;
  const word = t.mm.loadU32(uaddr);
  if (word < 0) return -EFAULT;
  if (word !== val) return -EAGAIN;
  const waiter = waiterOf(t);
  waiter.bitset = bitset;
  waiter.pi = false;
  makeQueue().add(waiter);
  return 0;
}

/** Sets `call.deadline` from the timespec at `timeout`. 0, EFAULT, EINVAL. */
function setDeadline(
  t: Task,
  timeout: number,
  absolute: boolean,
  realtime: boolean,
): number {
  if (!t.copyIn(timeout, ts)) return -EFAULT;
  const { tv_sec, tv_nsec } = ts;
  if (tv_sec < 0 || tv_nsec < 0 || tv_nsec >= NSEC_PER_SEC) return -EINVAL;
  t.call.deadline = !absolute
    ? t.kernel.now() + tv_sec * NSEC_PER_SEC + tv_nsec
    : realtime
    ? toMonotonic(t, CLOCK_REALTIME, tv_sec, tv_nsec)
    : tv_sec * NSEC_PER_SEC + tv_nsec;
  return 0;
}

function wake(
  t: Task,
  uaddr: number,
  isPrivate: boolean,
  count: number,
  bitset: number,
): number {
  if (bitset === 0) return -EINVAL;
  if (!findKey(t, uaddr, isPrivate)) return -EFAULT;
  return foundQueue()?.wake(Math.max(count, 1), bitset) ?? 0;
}

function requeue(
  t: Task,
  uaddr: number,
  isPrivate: boolean,
  wakes: number,
  moves: number,
  uaddr2: number,
): number {
  if (wakes < 0 || moves < 0 || uaddr2 % 4 !== 0) return -EINVAL;
  if (!findKey(t, uaddr, isPrivate)) return -EFAULT;
  const from = foundQueue();
  if (!findKey(t, uaddr2, isPrivate)) return -EFAULT;
  if (from === null) return 0;
  const woken = from.wake(wakes, ALL_BITS);
  if (moves === 0 || from.first === null) return woken;
  return woken + from.requeue(moves, makeQueue());
}

function wakeWithOp(
  t: Task,
  uaddr: number,
  isPrivate: boolean,
  wakes: number,
  wakes2: number,
  uaddr2: number,
  encoded: number,
): number {
  if (uaddr2 % 4 !== 0) return -EINVAL;
  if (!findKey(t, uaddr, isPrivate)) return -EFAULT;
  const first = foundQueue();
  if (!findKey(t, uaddr2, isPrivate)) return -EFAULT;
  const second = foundQueue();
  const holds = wakeOp(t.mm, uaddr2, encoded);
  if (holds < 0) return holds;
  let woken = first?.wake(Math.max(wakes | 0, 1), ALL_BITS) ?? 0;
  if (holds > 0 && second !== null) {
    woken += second.wake(Math.max(wakes2, 1), ALL_BITS);
  }
  return woken;
}

function lockPi(
  t: Task,
  uaddr: number,
  isPrivate: boolean,
  timeout: number,
  realtime: boolean,
): number {
  const { call } = t;
  if (call.woken) return 0;
  if (call.first) {
    if (timeout !== 0) {
      const r = setDeadline(t, timeout, true, realtime);
      if (r < 0) return r;
    }
    const r = takePi(t, uaddr);
    if (r !== -EAGAIN) return r;
    if (!findKey(t, uaddr, isPrivate)) return -EFAULT;
    const waiter = waiterOf(t);
    waiter.pi = true;
    waiter.bitset = ALL_BITS;
    makeQueue().add(waiter);
  }
  const r = t.park(null, 0);
  if (r !== PARKED) waiterOf(t).unlink();
  return r === -ERESTARTSYS ? -ERESTARTNOINTR : r;
}

function tryLockPi(t: Task, uaddr: number): number {
  return takePi(t, uaddr);
}

/** Takes the lock if it is free, or else marks that somebody waits: -EAGAIN. EDEADLK, EFAULT, ESRCH. */
function takePi(t: Task, uaddr: number): number {
  for (;;) {
    const word = t.mm.loadU32(uaddr);
    if (word < 0) return -EFAULT;
    const owner = (word & FUTEX_TID_MASK) >>> 0;
    if (owner === t.tid) return -EDEADLK;
    let next: number;
    if (owner === 0) {
      next = ((word & (FUTEX_WAITERS | FUTEX_OWNER_DIED)) | t.tid) >>> 0;
    } else {
      if (!t.kernel.tasks.has(owner)) return -ESRCH;
      next = (word | FUTEX_WAITERS) >>> 0;
    }
    const seen = next === word ? word : t.mm.casU32(uaddr, word, next);
    if (seen < 0) return -EFAULT;
    if (seen === word) return owner === 0 ? 0 : -EAGAIN;
  }
}

function unlockPi(t: Task, uaddr: number): number {
  const word = t.mm.loadU32(uaddr);
  if (word < 0) return -EFAULT;
  if ((word & FUTEX_TID_MASK) >>> 0 !== t.tid) return -EPERM;
  return handOver(t, uaddr, 0) ? 0 : -EFAULT;
}

/** futex_waitv(2): the index of a word that was woken. EAGAIN, EFAULT, EINVAL, ETIMEDOUT. */
export function futex_waitv(
  t: Task,
  waiters: number,
  count: number,
  flags: number,
  timeout: number,
  clockid: number,
): number {
  const { call } = t;
  if (call.woken) {
    cancelFutexWait(t);
    return call.value;
  }
  if (call.first) {
    if (flags !== 0 || count === 0 || count > FUTEX_WAITV_MAX) return -EINVAL;
    if (timeout !== 0) {
      const realtime = clockid === CLOCK_REALTIME;
      if (!realtime && clockid !== CLOCK_MONOTONIC) return -EINVAL;
      const r = setDeadline(t, timeout, true, realtime);
      if (r < 0) return r;
    }
    const r = enqueueAll(t, waiters, count);
    if (r < 0) {
      cancelFutexWait(t);
      return r;
    }
  }
  const r = t.park(null, 0);
  if (r !== PARKED) cancelFutexWait(t);
  return r;
}

function enqueueAll(t: Task, waiters: number, count: number): number {
  const places = placesOf(t);
  for (let i = 0; i < count; i++) {
    if (!t.copyIn(waiters + i * FutexWaitv.size, waitv)) return -EFAULT;
    const { flags, uaddr, val } = waitv;
    if ((flags & ~FUTEX2_PRIVATE) !== FUTEX2_SIZE_U32) return -EINVAL;
    if (waitv.__reserved !== 0 || uaddr % 4 !== 0) return -EINVAL;
    if (!findKey(t, uaddr, (flags & FUTEX2_PRIVATE) !== 0)) return -EFAULT;
    const word = t.mm.loadU32(uaddr);
    if (word < 0) return -EFAULT;
    if (word !== val) return -EAGAIN;
    if (places.length <= i) places.push(new FutexWaiter(t));
    places[i].index = i;
    makeQueue().add(places[i]);
  }
  return 0;
}

/** set_robust_list(2). EINVAL. */
export function set_robust_list(t: Task, head: number, length: number) {
  if (length !== RobustListHead.size) return -EINVAL;
  t.robustList = head;
  return 0;
}

/** get_robust_list(2). EFAULT, EPERM, ESRCH. */
export function get_robust_list(
  t: Task,
  pid: number,
  head: number,
  length: number,
): number {
  const target = pid === 0 ? t : t.kernel.tasks.get(pid);
  if (target === undefined) return -ESRCH;
  if (!mayInspect(t, target)) return -EPERM;
  if (!t.mm.putU64(length, RobustListHead.size)) return -EFAULT;
  return t.mm.putU64(head, target.robustList) ? 0 : -EFAULT;
}

const futexOp = traced(Decode.Int, "futexOp");

export const futexRows: Row[] = [
  partial(
    202,
    "futex",
    futex,
    [ptr, futexOp, uint, ptr, ptr, uint],
    "FUTEX_WAIT_REQUEUE_PI, FUTEX_CMP_REQUEUE_PI and FUTEX_FD give ENOSYS; priorities are not inherited",
  ),
  full(273, "set_robust_list", set_robust_list, ptr, size),
  full(274, "get_robust_list", get_robust_list, int, ptr, ptr),
  full(449, "futex_waitv", futex_waitv, ptr, uint, uint, ptr, int),
];

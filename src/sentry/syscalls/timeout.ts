/** Time-outs and signal masks of calls that wait: poll, select, epoll, sockets. */
import { EFAULT, EINVAL } from "../../abi/linux/errno.ts";
import { Bits64 } from "../../abi/linux/scalars.ts";
import { SIGKILL, SIGSET_SIZE, SIGSTOP } from "../../abi/linux/signal.ts";
import { NSEC_PER_SEC, Timespec } from "../../abi/linux/time.ts";
import { recalcPending } from "../kernel/signal.ts";
import { sigBit } from "../kernel/signal_set.ts";
import type { Task } from "../kernel/task.ts";

const ts = Timespec.alloc();
const mask = Bits64.alloc();

/** Limits the call to `ms` milliseconds; negative: no limit. */
export function limitMs(t: Task, ms: number): void {
  if (ms >= 0) t.call.deadline = t.kernel.now() + ms * 1000000;
}

/**
 * Limits the call to the timespec at `addr` (0: no limit). 0, -EFAULT or
 * -EINVAL. Afterwards `call.value` is 1 if the time-out is not zero.
 */
export function limitTimespec(t: Task, addr: number): number {
  if (addr === 0) return 0;
  if (!t.copyIn(addr, ts)) return -EFAULT;
  return limitNs(t, ts.tv_sec, ts.tv_nsec);
}

/** As `limitTimespec`, from values; a long time is for ever. */
export function limitNs(t: Task, sec: number, nsec: number): number {
  if (sec < 0 || nsec < 0 || nsec >= NSEC_PER_SEC) return -EINVAL;
  if (sec < 1e8) t.call.deadline = t.kernel.now() + sec * 1e9 + nsec;
  t.call.value = sec === 0 && nsec === 0 ? 0 : 1;
  return 0;
}

/** Nanoseconds until the call's limit, not below 0. */
export function timeLeft(t: Task): number {
  return Math.max(0, t.call.deadline - t.kernel.now());
}

/** Writes the time left to the timespec at `addr`, unless it was zero or endless; a bad address is ignored, as in Linux. */
export function putTimeLeft(t: Task, addr: number): void {
  if (addr === 0 || t.call.value === 0 || t.call.deadline === Infinity) return;
  const left = timeLeft(t);
  ts.tv_sec = Math.floor(left / NSEC_PER_SEC);
  ts.tv_nsec = left % NSEC_PER_SEC;
  t.copyOut(addr, ts);
}

/** Blocks the signals at `addr` (0: no change) until the call ends. 0, -EINVAL, -EFAULT. */
export function maskForCall(t: Task, addr: number, size: number): number {
  if (addr === 0) return 0;
  if (size !== SIGSET_SIZE) return -EINVAL;
  if (!t.copyIn(addr, mask)) return -EFAULT;
  const lo = mask.value_lo & ~(sigBit(SIGKILL) | sigBit(SIGSTOP));
  t.signals.setTemporaryMask(lo, mask.value_hi);
  recalcPending(t);
  return 0;
}

/** Both, for ppoll(2) and its like: a time-out and a mask. 0, -EINVAL, -EFAULT. */
export function limitAndMask(
  t: Task,
  timeout: number,
  mask: number,
  maskSize: number,
): number {
  const r = limitTimespec(t, timeout);
  return r < 0 ? r : maskForCall(t, mask, maskSize);
}

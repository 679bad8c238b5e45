/** select(2), pselect6(2). */
import { EBADF, EFAULT, EINVAL, ETIMEDOUT } from "../../abi/linux/errno.ts";
import {
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLNVAL,
  POLLOUT,
  POLLPRI,
  POLLRDBAND,
  POLLRDNORM,
  POLLWRBAND,
  POLLWRNORM,
} from "../../abi/linux/poll.ts";
import { SigsetArgument } from "../../abi/linux/signal.ts";
import { NSEC_PER_USEC, Timeval } from "../../abi/linux/time.ts";
import type { Task } from "../kernel/task.ts";
import {
  ERESTARTNOHAND,
  ERESTARTSYS,
  full,
  int,
  ptr,
  type Row,
} from "./row.ts";
import {
  limitNs,
  limitTimespec,
  maskForCall,
  putTimeLeft,
  timeLeft,
} from "./timeout.ts";

export const selectRows: Row[] = [
  full(23, "select", select, int, ptr, ptr, ptr, ptr),
  full(270, "pselect6", pselect6, int, ptr, ptr, ptr, ptr, ptr),
];

const IN_SET = POLLRDNORM | POLLRDBAND | POLLIN | POLLHUP | POLLERR | POLLNVAL;
const OUT_SET = POLLWRBAND | POLLWRNORM | POLLOUT | POLLERR | POLLNVAL;
const EX_SET = POLLPRI | POLLNVAL;

const maskArgument = SigsetArgument.alloc();
const tv = Timeval.alloc();

/** The three sets behind each other, what is wanted and what is ready. */
let words = 0;
let wanted = new Uint32Array(0);
let ready = new Uint32Array(0);
let wantedBytes = new Uint8Array(0);
let readyBytes = new Uint8Array(0);

/** select(2). EBADF, EFAULT, EINTR, EINVAL. The time left is written back. */
export function select(
  t: Task,
  nfds: number,
  readfds: number,
  writefds: number,
  exceptfds: number,
  timeout: number,
): number {
  if (t.call.first && timeout !== 0) {
    if (!t.copyIn(timeout, tv)) return -EFAULT;
    const { tv_sec, tv_usec } = tv;
    if (tv_sec < 0 || tv_usec < 0) return -EINVAL;
    const sec = tv_sec + Math.floor(tv_usec / 1000000);
    limitNs(t, sec, (tv_usec % 1000000) * NSEC_PER_USEC);
  }
  const n = selectFor(t, nfds, readfds, writefds, exceptfds);
  if (n >= 0 || n === -ERESTARTNOHAND) putTimevalLeft(t, timeout);
  return n;
}

function putTimevalLeft(t: Task, addr: number): void {
  if (addr === 0 || t.call.value === 0 || t.call.deadline === Infinity) return;
  const us = Math.floor(timeLeft(t) / NSEC_PER_USEC);
  tv.tv_sec = Math.floor(us / 1000000);
  tv.tv_usec = us % 1000000;
  t.copyOut(addr, tv);
}

/** pselect6(2). EBADF, EFAULT, EINTR, EINVAL. The time left is written back. */
export function pselect6(
  t: Task,
  nfds: number,
  readfds: number,
  writefds: number,
  exceptfds: number,
  timeout: number,
  sigmask: number,
): number {
  if (t.call.first) {
    const r = limitTimespec(t, timeout);
    if (r < 0) return r;
    if (sigmask !== 0) {
      if (!t.copyIn(sigmask, maskArgument)) return -EFAULT;
      const m = maskForCall(t, maskArgument.ss, maskArgument.ss_len);
      if (m < 0) return m;
    }
  }
  const n = selectFor(t, nfds, readfds, writefds, exceptfds);
  if (n >= 0 || n === -ERESTARTNOHAND) putTimeLeft(t, timeout);
  return n;
}

function selectFor(
  t: Task,
  nfds: number,
  readfds: number,
  writefds: number,
  exceptfds: number,
): number {
  if (nfds < 0) return -EINVAL;
  nfds = Math.min(nfds, Math.ceil(t.files.size / 64) * 64);
  prepare(nfds);
  if (!getSet(t, readfds, 0)) return -EFAULT;
  if (!getSet(t, writefds, 1)) return -EFAULT;
  if (!getSet(t, exceptfds, 2)) return -EFAULT;
  const n = scan(t, nfds, false);
  if (n < 0) return n;
  if (n === 0) {
    scan(t, nfds, true);
    const r = t.park(null, 0);
    if (r === -ERESTARTSYS) return -ERESTARTNOHAND;
    if (r !== -ETIMEDOUT) return r;
  }
  if (!putSet(t, readfds, 0)) return -EFAULT;
  if (!putSet(t, writefds, 1)) return -EFAULT;
  return putSet(t, exceptfds, 2) ? n : -EFAULT;
}

/** Empties the sets, each as many whole 64-bit words as `nfds` needs. */
function prepare(nfds: number): void {
  words = Math.ceil(nfds / 64) * 2;
  if (wanted.length < words * 3) {
    wanted = new Uint32Array(words * 3);
    ready = new Uint32Array(words * 3);
    wantedBytes = new Uint8Array(wanted.buffer);
    readyBytes = new Uint8Array(ready.buffer);
  }
  wanted.fill(0, 0, words * 3);
  ready.fill(0, 0, words * 3);
}

function getSet(t: Task, addr: number, i: number): boolean {
  if (addr === 0 || words === 0) return true;
  return t.mm.copyIn(addr, wantedBytes, i * words * 4, words * 4);
}

function putSet(t: Task, addr: number, i: number): boolean {
  if (addr === 0 || words === 0) return true;
  return t.mm.copyOut(addr, readyBytes, i * words * 4, words * 4);
}

/** Fills `ready`, or with `link` joins the queues: bits set, or -EBADF. */
function scan(t: Task, nfds: number, link: boolean): number {
  let count = 0;
  for (let w = 0; w < words; w++) {
    const reads = wanted[w];
    const writes = wanted[words + w];
    const excepts = wanted[2 * words + w];
    let bits = reads | writes | excepts;
    if (nfds - w * 32 < 32) bits &= nfds <= w * 32 ? 0 : (1 << nfds % 32) - 1;
    while (bits !== 0) {
      const bit = bits & -bits;
      bits &= ~bit;
      const file = t.files.lookup(w * 32 + 31 - Math.clz32(bit));
      if (file === null) return -EBADF;
      const mask = ((reads & bit) !== 0 ? IN_SET : 0) |
        ((writes & bit) !== 0 ? OUT_SET : 0) |
        ((excepts & bit) !== 0 ? EX_SET : 0);
      if (link) t.alsoWait(file.queue, mask);
      else count += mark(file.poll() & mask, bit, w);
    }
  }
  return count;
}

/** Sets the bit in the sets for which `events` (those asked for) count. */
function mark(events: number, bit: number, w: number): number {
  let count = 0;
  if ((events & IN_SET) !== 0 && (wanted[w] & bit) !== 0) {
    ready[w] |= bit;
    count++;
  }
  if ((events & OUT_SET) !== 0 && (wanted[words + w] & bit) !== 0) {
    ready[words + w] |= bit;
    count++;
  }
  if ((events & EX_SET) !== 0 && (wanted[2 * words + w] & bit) !== 0) {
    ready[2 * words + w] |= bit;
    count++;
  }
  return count;
}

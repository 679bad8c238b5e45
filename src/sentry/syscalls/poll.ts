/** poll(2), ppoll(2). */
import { EFAULT, EINVAL, ETIMEDOUT } from "../../abi/linux/errno.ts";
import { POLLERR, PollFd, POLLHUP, POLLNVAL } from "../../abi/linux/poll.ts";
import { RLIMIT_NOFILE } from "../../abi/linux/resource.ts";
import { normalEvents, wakeEvents } from "../fs/anon/events.ts";
import type { Task } from "../kernel/task.ts";
import {
  Decode,
  ERESTARTNOHAND,
  ERESTARTSYS,
  full,
  int,
  ptr,
  type Row,
  size,
  traced,
  uint,
} from "./row.ts";
import { limitAndMask, limitMs, putTimeLeft } from "./timeout.ts";

const pollFds = traced(Decode.Word, "pollfds");

export const pollRows: Row[] = [
  full(7, "poll", poll, pollFds, uint, int),
  full(271, "ppoll", ppoll, pollFds, uint, ptr, ptr, size),
];

const { fd: FD, events: EVENTS, revents: REVENTS } = PollFd.offsets;
let records = new Uint8Array(PollFd.size * 64);
let view = new DataView(records.buffer);

/** poll(2). EFAULT, EINTR, EINVAL. */
export function poll(
  t: Task,
  fds: number,
  nfds: number,
  timeout: number,
): number {
  if (t.call.first) limitMs(t, timeout);
  return pollFor(t, fds, nfds);
}

/** ppoll(2). EFAULT, EINTR, EINVAL. The time left is written back. */
export function ppoll(
  t: Task,
  fds: number,
  nfds: number,
  tmo: number,
  sigmask: number,
  sigsetsize: number,
): number {
  if (t.call.first) {
    const r = limitAndMask(t, tmo, sigmask, sigsetsize);
    if (r < 0) return r;
  }
  const n = pollFor(t, fds, nfds);
  if (n >= 0 || n === -ERESTARTNOHAND) putTimeLeft(t, tmo);
  return n;
}

function pollFor(t: Task, fds: number, nfds: number): number {
  if (nfds > t.group.limits.cur[RLIMIT_NOFILE]) return -EINVAL;
  const length = nfds * PollFd.size;
  if (length > records.length) {
    records = new Uint8Array(length * 2);
    view = new DataView(records.buffer);
  }
  if (length > 0 && !t.mm.copyIn(fds, records, 0, length)) return -EFAULT;
  const ready = scan(t, length);
  if (ready === 0) {
    linkAll(t, length);
    const r = t.park(null, 0);
    if (r === -ERESTARTSYS) return -ERESTARTNOHAND;
    if (r !== -ETIMEDOUT) return r;
  }
  if (length > 0 && !t.mm.copyOut(fds, records, 0, length)) return -EFAULT;
  return ready;
}

/** Fills revents; how many are not 0. */
function scan(t: Task, length: number): number {
  let ready = 0;
  for (let at = 0; at < length; at += PollFd.size) {
    const fd = view.getInt32(at + FD, true);
    let events = 0;
    if (fd >= 0) {
      const file = t.files.lookup(fd);
      if (file === null) events = POLLNVAL;
      else {
        const wanted = view.getUint16(at + EVENTS, true);
        events = normalEvents(file.poll()) & (wanted | POLLERR | POLLHUP);
      }
    }
    view.setUint16(at + REVENTS, events, true);
    if (events !== 0) ready++;
  }
  return ready;
}

function linkAll(t: Task, length: number): void {
  for (let at = 0; at < length; at += PollFd.size) {
    const file = t.files.lookup(view.getInt32(at + FD, true));
    if (file === null) continue;
    t.alsoWait(file.queue, wakeEvents(view.getUint16(at + EVENTS, true)));
  }
}

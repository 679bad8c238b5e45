/** eventfd(2), eventfd2(2). */
import { EINVAL } from "../../abi/linux/errno.ts";
import {
  EFD_CLOEXEC,
  EFD_NONBLOCK,
  EFD_SEMAPHORE,
} from "../../abi/linux/eventfd.ts";
import { EventFd } from "../fs/anon/event_fd.ts";
import type { Task } from "../kernel/task.ts";
import { flags, full, type Row, uint } from "./row.ts";

export const eventfdRows: Row[] = [
  full(284, "eventfd", eventfd, uint),
  full(290, "eventfd2", eventfd2, uint, flags),
];

/** The older eventfd(2), without flags. */
export function eventfd(t: Task, initval: number): number {
  return eventfd2(t, initval, 0);
}

/** eventfd(2). EINVAL, EMFILE. */
export function eventfd2(t: Task, initval: number, flags: number): number {
  if ((flags & ~(EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE)) !== 0) {
    return -EINVAL;
  }
  const file = new EventFd(initval, (flags & EFD_SEMAPHORE) !== 0);
  file.flags |= flags & EFD_NONBLOCK;
  return t.files.installNew(t, file, (flags & EFD_CLOEXEC) !== 0);
}

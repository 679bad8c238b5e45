/** signalfd(2), signalfd4(2). */
import { EBADF, EFAULT, EINVAL } from "../../abi/linux/errno.ts";
import { SFD_CLOEXEC, SFD_NONBLOCK } from "../../abi/linux/eventfd.ts";
import { Bits64 } from "../../abi/linux/scalars.ts";
import { SIGSET_SIZE } from "../../abi/linux/signal.ts";
import { SignalFd } from "../fs/anon/signal_fd.ts";
import type { Task } from "../kernel/task.ts";
import { fd as fdKind, flags as flagsKind, full, ptr, size } from "./row.ts";
import type { Row } from "./row.ts";

export const signalfdRows: Row[] = [
  full(282, "signalfd", signalfd, fdKind, ptr, size),
  full(289, "signalfd4", signalfd4, fdKind, ptr, size, flagsKind),
];

const set = Bits64.alloc();

/** The older signalfd(2), without flags. */
export function signalfd(
  t: Task,
  fd: number,
  mask: number,
  sizemask: number,
): number {
  return signalfd4(t, fd, mask, sizemask, 0);
}

/** signalfd(2). EBADF, EFAULT, EINVAL, EMFILE. */
export function signalfd4(
  t: Task,
  fd: number,
  mask: number,
  sizemask: number,
  flags: number,
): number {
  if (sizemask !== SIGSET_SIZE) return -EINVAL;
  if (!t.copyIn(mask, set)) return -EFAULT;
  if ((flags & ~(SFD_CLOEXEC | SFD_NONBLOCK)) !== 0) return -EINVAL;
  if (fd === -1) {
    const file = new SignalFd(set.value_lo, set.value_hi);
    file.flags |= flags & SFD_NONBLOCK;
    return t.files.installNew(t, file, (flags & SFD_CLOEXEC) !== 0);
  }
  const file = t.file(fd);
  if (file === null) return -EBADF;
  if (!(file instanceof SignalFd)) return -EINVAL;
  file.setMask(set.value_lo, set.value_hi);
  return fd;
}

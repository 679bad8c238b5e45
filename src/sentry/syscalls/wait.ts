/** Waiting for children. */
import { EBADF, ECHILD, EFAULT, EINVAL, ESRCH } from "../../abi/linux/errno.ts";
import { Rusage } from "../../abi/linux/resource.ts";
import { Siginfo } from "../../abi/linux/siginfo.ts";
import { SIGCHLD } from "../../abi/linux/signal.ts";
import {
  __WALL,
  __WCLONE,
  __WNOTHREAD,
  P_ALL,
  P_PGID,
  P_PID,
  P_PIDFD,
  WCONTINUED,
  WEXITED,
  WNOHANG,
  WNOWAIT,
  WUNTRACED,
} from "../../abi/linux/wait.ts";
import { pidfdTarget } from "../kernel/pidfd_target.ts";
import { fillRusage } from "../kernel/rusage.ts";
import type { Task } from "../kernel/task.ts";
import { found, waitForChild } from "../kernel/wait.ts";
import { Decode, full, int, ptr, type Row, traced } from "./row.ts";

const rusage = Rusage.alloc();
const si = Siginfo.alloc();

const WAIT4_OPTIONS = WNOHANG | WUNTRACED | WCONTINUED | __WNOTHREAD |
  __WALL | __WCLONE;
const WAITID_OPTIONS = WNOHANG | WNOWAIT | WEXITED | WUNTRACED | WCONTINUED |
  __WNOTHREAD | __WALL | __WCLONE;

/** wait4(2): the child's pid, or 0. ECHILD, EFAULT, EINVAL, ESRCH; restarts. */
export function wait4(
  t: Task,
  upid: number,
  wstatus: number,
  options: number,
  ru: number,
): number {
  if ((options & ~WAIT4_OPTIONS) !== 0) return -EINVAL;
  if (upid === -2147483648) return -ESRCH;
  const which = upid === -1 ? P_ALL : upid > 0 ? P_PID : P_PGID;
  const id = upid === 0 ? t.group.processGroup.id : Math.abs(upid);
  const pid = waitForChild(t, which, id, options | WEXITED, false);
  if (pid <= 0) return pid;
  if (ru !== 0) {
    fillRusage(rusage, found.usage);
    if (!t.copyOut(ru, rusage)) return -EFAULT;
  }
  return wstatus !== 0 && !t.mm.storeU32(wstatus, found.status) ? -EFAULT : pid;
}

/** waitid(2). EAGAIN, EBADF, ECHILD, EFAULT, EINVAL; restarts. */
export function waitid(
  t: Task,
  which: number,
  upid: number,
  infop: number,
  options: number,
  ru: number,
): number {
  if ((options & ~WAITID_OPTIONS) !== 0) return -EINVAL;
  if ((options & (WEXITED | WUNTRACED | WCONTINUED)) === 0) return -EINVAL;
  let nonblocking = false;
  let id = upid;
  let kind = which;
  switch (which) {
    case P_ALL:
      break;
    case P_PID:
      if (upid <= 0) return -EINVAL;
      break;
    case P_PGID:
      if (upid < 0) return -EINVAL;
      if (upid === 0) id = t.group.processGroup.id;
      break;
    case P_PIDFD: {
      if (upid < 0) return -EINVAL;
      const file = t.pinnedFile(upid);
      if (file === null) return -EBADF;
      const target = pidfdTarget(file);
      if (target === null) return -EBADF;
      if (target.parent !== t.group) return -ECHILD;
      kind = P_PID;
      id = target.pid;
      nonblocking = (file.flags & O_NONBLOCK) !== 0;
      break;
    }
    default:
      return -EINVAL;
  }
  const pid = waitForChild(t, kind, id, options, nonblocking);
  if (pid < 0) return pid;
  if (ru !== 0 && pid > 0) {
    fillRusage(rusage, found.usage);
    if (!t.copyOut(ru, rusage)) return -EFAULT;
  }
  if (infop === 0) return 0;
  si.bytes.fill(0);
  if (pid > 0) {
    si.si_signo = SIGCHLD;
    si.si_code = found.code;
    si.si_pid = found.pid;
    si.si_uid = found.uid;
    si.si_status = found.value;
  }
  return t.mm.copyOut(infop, si.bytes, 0, WAITID_BYTES) ? 0 : -EFAULT;
}

const O_NONBLOCK = 0o4000;
/** waitid sets the fields up to si_status alone. */
const WAITID_BYTES = Siginfo.offsets.si_status + 4;

const waitOptions = traced(Decode.Int, "waitOptions");
const idtype = traced(Decode.Int, "idtype");

export const waitRows: Row[] = [
  full(61, "wait4", wait4, int, ptr, waitOptions, ptr),
  full(247, "waitid", waitid, idtype, int, ptr, waitOptions, ptr),
];

/** Sending signals from the guest. */
import {
  E2BIG,
  EBADF,
  EFAULT,
  EINVAL,
  EPERM,
  ESRCH,
} from "../../abi/linux/errno.ts";
import { SI_TKILL, SI_USER, Siginfo } from "../../abi/linux/siginfo.ts";
import { NSIG } from "../../abi/linux/signal.ts";
import {
  PIDFD_SIGNAL_PROCESS_GROUP,
  PIDFD_SIGNAL_THREAD,
  PIDFD_SIGNAL_THREAD_GROUP,
} from "../../abi/linux/sched.ts";
import { maySignal } from "../kernel/permission.ts";
import { signalTarget } from "../kernel/pidfd_target.ts";
import type { ProcessGroup } from "../kernel/session.ts";
import { fitsKernel, SigInfo } from "../kernel/siginfo.ts";
import { sendToGroup, sendToTask } from "../kernel/signal.ts";
import type { Task } from "../kernel/task.ts";
import type { ThreadGroup } from "../kernel/thread_group.ts";
import { fd, flags, full, int, ptr, type Row, signo } from "./row.ts";

/** kill(2). EINVAL, EPERM, ESRCH. */
export function kill(t: Task, pid: number, sig: number): number {
  if (sig < 0 || sig > NSIG) return -EINVAL;
  const info = SigInfo.user(sig, t.group.pid, t.creds.uid);
  if (pid > 0) {
    const tg = findGroup(t, pid);
    return tg === null ? -ESRCH : signalGroup(t, tg, info);
  }
  if (pid === -1) return signalAll(t, info);
  if (pid === -2147483648) return -ESRCH;
  const pg = pid === 0
    ? t.group.processGroup
    : t.kernel.processGroups.get(-pid);
  return pg === undefined ? -ESRCH : signalProcessGroup(t, pg, info);
}

/** tgkill(2). EAGAIN, EINVAL, EPERM, ESRCH. */
export function tgkill(t: Task, tgid: number, tid: number, sig: number) {
  if (tgid <= 0 || tid <= 0) return -EINVAL;
  return signalTask(t, tgid, tid, sig);
}

/** tkill(2). EAGAIN, EINVAL, EPERM, ESRCH. */
export function tkill(t: Task, tid: number, sig: number): number {
  return tid <= 0 ? -EINVAL : signalTask(t, 0, tid, sig);
}

/** rt_sigqueueinfo(2). E2BIG, EAGAIN, EFAULT, EINVAL, EPERM, ESRCH. */
export function rt_sigqueueinfo(
  t: Task,
  tgid: number,
  sig: number,
  uinfo: number,
): number {
  if (!t.copyIn(uinfo, si)) return -EFAULT;
  if (!fitsKernel(sig, si)) return -E2BIG;
  if (isForged(t, tgid)) return -EPERM;
  if (sig < 0 || sig > NSIG) return -EINVAL;
  const tg = tgid > 0 ? findGroup(t, tgid) : null;
  if (tg === null) return -ESRCH;
  return signalGroup(t, tg, SigInfo.fromGuest(sig, si));
}

/** rt_tgsigqueueinfo(2). E2BIG, EAGAIN, EFAULT, EINVAL, EPERM, ESRCH. */
export function rt_tgsigqueueinfo(
  t: Task,
  tgid: number,
  tid: number,
  sig: number,
  uinfo: number,
): number {
  if (!t.copyIn(uinfo, si)) return -EFAULT;
  if (!fitsKernel(sig, si)) return -E2BIG;
  if (tgid <= 0 || tid <= 0) return -EINVAL;
  if (isForged(t, tid)) return -EPERM;
  if (sig < 0 || sig > NSIG) return -EINVAL;
  const target = findTask(t, tgid, tid);
  if (target === null) return -ESRCH;
  if (!maySignal(t, target, sig)) return -EPERM;
  return sig === 0 ? 0 : sendToTask(target, SigInfo.fromGuest(sig, si));
}

/** pidfd_send_signal(2). EBADF, EFAULT, EINVAL, EPERM, ESRCH. */
export function pidfd_send_signal(
  t: Task,
  pidfd: number,
  sig: number,
  uinfo: number,
  how: number,
): number {
  if ((how & ~PIDFD_FLAGS) !== 0 || (how & (how - 1)) !== 0) return -EINVAL;
  const file = t.file(pidfd);
  if (file === null) return -EBADF;
  const target = signalTarget(file);
  if (target === null) return -EBADF;
  if (uinfo !== 0) {
    if (!t.copyIn(uinfo, si)) return -EFAULT;
    if (!fitsKernel(sig, si)) return -E2BIG;
    if (si.si_signo !== sig) return -EINVAL;
    if (isForged(t, target.pid)) return -EPERM;
  }
  if (sig < 0 || sig > NSIG) return -EINVAL;
  const info = uinfo !== 0
    ? SigInfo.fromGuest(sig, si)
    : SigInfo.user(sig, t.group.pid, t.creds.uid);
  if (target.exitStatus !== null && target.leader.state > ZOMBIE) return -ESRCH;
  if ((how & PIDFD_SIGNAL_PROCESS_GROUP) !== 0) {
    return signalProcessGroup(t, target.processGroup, info);
  }
  if ((how & PIDFD_SIGNAL_THREAD) === 0) return signalGroup(t, target, info);
  if (!maySignal(t, target.leader, sig)) return -EPERM;
  return sig === 0 ? 0 : sendToTask(target.leader, info);
}

const ZOMBIE = 4;
const PIDFD_FLAGS = PIDFD_SIGNAL_THREAD | PIDFD_SIGNAL_THREAD_GROUP |
  PIDFD_SIGNAL_PROCESS_GROUP;
const si = Siginfo.alloc();

/** The process with a task `pid`: kill(2) finds it by any of its tasks' ids. */
function findGroup(t: Task, pid: number): ThreadGroup | null {
  const { groups, tasks } = t.kernel;
  return groups.get(pid) ?? tasks.get(pid)?.group ?? null;
}

/** The task `tid` of process `tgid` (0: of any). */
function findTask(t: Task, tgid: number, tid: number): Task | null {
  const target = t.kernel.tasks.get(tid);
  if (target === undefined) return null;
  return tgid !== 0 && target.group.pid !== tgid ? null : target;
}

/** Whether the siginfo in `si` pretends to come from the kernel or kill(2), to somebody else. */
function isForged(t: Task, target: number): boolean {
  const { si_code } = si;
  return (si_code >= SI_USER || si_code === SI_TKILL) &&
    target !== t.group.pid && target !== t.tid;
}

function signalTask(t: Task, tgid: number, tid: number, sig: number): number {
  if (sig < 0 || sig > NSIG) return -EINVAL;
  const target = findTask(t, tgid, tid);
  if (target === null) return -ESRCH;
  if (!maySignal(t, target, sig)) return -EPERM;
  if (sig === 0) return 0;
  const info = new SigInfo(sig, SI_TKILL);
  info.pid = t.group.pid;
  info.uid = t.creds.uid;
  return sendToTask(target, info);
}

function signalGroup(t: Task, tg: ThreadGroup, info: SigInfo): number {
  if (!maySignal(t, tg.leader, info.signo)) return -EPERM;
  return info.signo === 0 ? 0 : sendToGroup(tg, info);
}

function signalProcessGroup(t: Task, pg: ProcessGroup, info: SigInfo): number {
  let result = -ESRCH;
  let sent = false;
  for (const tg of [...pg.members]) {
    result = signalGroup(t, tg, info.copy());
    sent ||= result === 0;
  }
  return sent ? 0 : result;
}

/** kill(-1): all but init and the caller. */
function signalAll(t: Task, info: SigInfo): number {
  let found = false;
  let result = 0;
  for (const tg of [...t.kernel.groups.values()]) {
    if (tg === t.group || tg === t.kernel.init) continue;
    found = true;
    const r = signalGroup(t, tg, info.copy());
    if (r !== -EPERM) result = r;
  }
  return found ? result : -ESRCH;
}

export const killRows: Row[] = [
  full(62, "kill", kill, int, signo),
  full(129, "rt_sigqueueinfo", rt_sigqueueinfo, int, signo, ptr),
  full(200, "tkill", tkill, int, signo),
  full(234, "tgkill", tgkill, int, int, signo),
  full(297, "rt_tgsigqueueinfo", rt_tgsigqueueinfo, int, int, signo, ptr),
  full(424, "pidfd_send_signal", pidfd_send_signal, fd, signo, ptr, flags),
];

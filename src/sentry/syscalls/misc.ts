/** Calls that belong to no family: architecture, personality, namespaces. */
import {
  ARCH_GET_CPUID,
  ARCH_GET_FS,
  ARCH_GET_GS,
  ARCH_SET_CPUID,
  ARCH_SET_FS,
  ARCH_SET_GS,
} from "../../abi/linux/arch.ts";
import { CAP_SYS_ADMIN } from "../../abi/linux/capability.ts";
import {
  EBADF,
  EFAULT,
  EINVAL,
  ENODEV,
  EPERM,
  ESRCH,
} from "../../abi/linux/errno.ts";
import { PER_QUERY } from "../../abi/linux/personality.ts";
import {
  CLONE_FILES,
  CLONE_FS,
  CLONE_NEWCGROUP,
  CLONE_NEWIPC,
  CLONE_NEWNET,
  CLONE_NEWNS,
  CLONE_NEWPID,
  CLONE_NEWTIME,
  CLONE_NEWUSER,
  CLONE_NEWUTS,
  CLONE_SIGHAND,
  CLONE_SYSVSEM,
  CLONE_THREAD,
  CLONE_VM,
  KCMP_FILE,
  KCMP_FILES,
  KCMP_FS,
  KCMP_IO,
  KCMP_SIGHAND,
  KCMP_SYSVSEM,
  KCMP_VM,
} from "../../abi/linux/sched.ts";
import { FS_BASE, getReg, setReg } from "../../platform/registers.ts";
import { mayInspect } from "../kernel/permission.ts";
import type { Task } from "../kernel/task.ts";
import { unshareFiles, unshareFs } from "../kernel/unshare.ts";
import {
  CAPTURE,
  Decode,
  fd,
  full,
  int,
  partial,
  ptr,
  type Row,
  traced,
} from "./row.ts";

const word = new Uint8Array(8);
const wordView = new DataView(word.buffer);

/** arch_prctl(2). EINVAL, EPERM (an address outside of the guest's), EFAULT. */
export function arch_prctl(t: Task, code: number, addr: number): number {
  switch (code) {
    case ARCH_SET_FS:
      if (addr >= t.kernel.platform.taskSize) return -EPERM;
      if (!t.ctx.full) return CAPTURE;
      setReg(t.ctx.regs, FS_BASE, addr);
      return 0;
    case ARCH_GET_FS:
      if (!t.ctx.full) return CAPTURE;
      return putWord(t, addr, getReg(t.ctx.regs, FS_BASE));
    case ARCH_SET_GS:
      return addr >= t.kernel.platform.taskSize ? -EPERM : -EINVAL;
    case ARCH_GET_GS:
      return putWord(t, addr, 0);
    case ARCH_GET_CPUID:
      return 1;
    case ARCH_SET_CPUID:
      return -ENODEV;
    default:
      return -EINVAL;
  }
}

function putWord(t: Task, addr: number, value: number): number {
  wordView.setUint32(0, value >>> 0, true);
  wordView.setUint32(4, Math.floor(value / 2 ** 32), true);
  return t.mm.copyOut(addr, word, 0, 8) ? 0 : -EFAULT;
}

/** personality(2). The former one; never fails. */
export function personality(t: Task, persona: number): number {
  const old = t.personality;
  if (persona !== PER_QUERY) t.personality = persona;
  return old;
}

const NAMESPACES = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS |
  CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWTIME;
const UNSHARABLE = CLONE_THREAD | CLONE_FS | CLONE_SIGHAND | CLONE_VM |
  CLONE_FILES | CLONE_SYSVSEM | NAMESPACES;

/** unshare(2). EINVAL; EPERM for a namespace without CAP_SYS_ADMIN. */
export function unshare(t: Task, flags: number): number {
  if ((flags & ~UNSHARABLE) !== 0) return -EINVAL;
  if ((flags & (CLONE_THREAD | CLONE_SIGHAND | CLONE_VM)) !== 0) {
    if (t.group.tasks.length > 1) return -EINVAL;
  }
  if ((flags & (CLONE_SIGHAND | CLONE_VM)) !== 0) {
    if (t.group.signals.actions.users > 1) return -EINVAL;
  }
  if ((flags & CLONE_VM) !== 0 && t.mm.users > 1) return -EINVAL;
  if ((flags & NAMESPACES) !== 0) {
    return t.creds.can(CAP_SYS_ADMIN) ? -EINVAL : -EPERM;
  }
  if ((flags & CLONE_FS) !== 0) unshareFs(t);
  if ((flags & CLONE_FILES) !== 0) unshareFiles(t);
  return 0;
}

/** setns(2). EBADF, EINVAL: no descriptor refers to a namespace. */
export function setns(t: Task, fd: number, _nstype: number): number {
  return t.file(fd) === null ? -EBADF : -EINVAL;
}

/** Numbers that kcmp(2) orders objects by. */
const ids = new WeakMap<object, number>();
let lastId = 0;

function idOf(o: object): number {
  let id = ids.get(o);
  if (id === undefined) ids.set(o, id = ++lastId);
  return id;
}

/** kcmp(2). EBADF, EINVAL, EPERM, ESRCH. */
export function kcmp(
  t: Task,
  pid1: number,
  pid2: number,
  type: number,
  idx1: number,
  idx2: number,
): number {
  const a = t.kernel.tasks.get(pid1);
  const b = t.kernel.tasks.get(pid2);
  if (a === undefined || b === undefined) return -ESRCH;
  if (!mayInspect(t, a) || !mayInspect(t, b)) return -EPERM;
  switch (type) {
    case KCMP_FILE: {
      const first = a.files.get(idx1);
      const second = b.files.get(idx2);
      if (first === null || second === null) return -EBADF;
      return compare(first, second);
    }
    case KCMP_VM:
      return compare(a.mm, b.mm);
    case KCMP_FILES:
      return compare(a.files, b.files);
    case KCMP_FS:
      return compare(a.fs, b.fs);
    case KCMP_SIGHAND:
      return compare(a.group.signals.actions, b.group.signals.actions);
    case KCMP_IO:
    case KCMP_SYSVSEM:
      // Tasks have neither I/O contexts nor undo lists that they could share.
      return 0;
    default:
      return -EINVAL;
  }
}

/** 0 equal, 1 less, 2 greater. */
function compare(a: object, b: object): number {
  if (a === b) return 0;
  return idOf(a) < idOf(b) ? 1 : 2;
}

export const miscRows: Row[] = [
  full(135, "personality", personality, traced(Decode.Uint, "personality")),
  partial(
    158,
    "arch_prctl",
    arch_prctl,
    [traced(Decode.Int, "archPrctl"), ptr],
    "no GS base; ARCH_SET_GS, XCOMP and SHSTK codes give EINVAL",
  ),
  partial(
    272,
    "unshare",
    unshare,
    [traced(Decode.Uint, "cloneFlags")],
    "no new namespaces: EINVAL, as in a Linux without them",
  ),
  partial(
    308,
    "setns",
    setns,
    [fd, traced(Decode.Uint, "cloneFlags")],
    "a sandbox has one namespace of each kind",
  ),
  partial(
    312,
    "kcmp",
    kcmp,
    [int, int, traced(Decode.Int, "kcmpType"), fd, fd],
    "KCMP_EPOLL_TFD gives EINVAL",
  ),
];

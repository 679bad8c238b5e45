/** semget(2), semop(2), semtimedop(2), semctl(2). */
import {
  E2BIG,
  EACCES,
  EAGAIN,
  EFAULT,
  EFBIG,
  EIDRM,
  EINTR,
  EINVAL,
  EPERM,
  ERANGE,
  ETIMEDOUT,
} from "../../abi/linux/errno.ts";
import * as ipc from "../../abi/linux/ipc.ts";
import { POLLIN } from "../../abi/linux/poll.ts";
import { MAY_ALTER, MAY_READ } from "../ipc/registry.ts";
import {
  MUST_WAIT,
  semaphores,
  type SemOp,
  SemSet,
} from "../ipc/semaphores.ts";
import type { Task } from "../kernel/task.ts";
import {
  ERESTARTSYS,
  flags as flagsKind,
  full,
  int,
  ptr,
  type Row,
  size,
} from "./row.ts";
import { limitTimespec } from "./timeout.ts";

export const semRows: Row[] = [
  full(64, "semget", semget, int, int, flagsKind),
  full(65, "semop", semop, int, ptr, size),
  full(66, "semctl", semctl, int, int, int, ptr),
  full(220, "semtimedop", semtimedop, int, ptr, size, ptr),
];

const ds = ipc.SemidDs.alloc();
const info = ipc.Seminfo.alloc();
const sembuf = ipc.Sembuf.alloc();
const shorts = new Uint16Array(ipc.SEMMSL);
const shortBytes = new Uint8Array(shorts.buffer);

/** semget(2). EACCES, EEXIST, EINVAL, ENOENT, ENOSPC. */
export function semget(
  t: Task,
  key: number,
  nsems: number,
  semflg: number,
): number {
  if (nsems < 0 || nsems > ipc.SEMMSL) return -EINVAL;
  const old = semaphores.lookup(t, key, semflg);
  if (typeof old === "number") return old;
  if (old !== null) return nsems > old.count ? -EINVAL : old.id;
  if (nsems === 0) return -EINVAL;
  return semaphores.add(new SemSet(t, key, semflg, nsems));
}

export function semop(
  t: Task,
  semid: number,
  sops: number,
  nsops: number,
): number {
  return semtimedop(t, semid, sops, nsops, 0);
}

/** semop(2), semtimedop(2). E2BIG, EACCES, EAGAIN, EFAULT, EFBIG, EIDRM, EINTR, EINVAL, ERANGE. */
export function semtimedop(
  t: Task,
  semid: number,
  sops: number,
  nsops: number,
  timeout: number,
): number {
  if (t.call.first) {
    const r = limitTimespec(t, timeout);
    if (r < 0) return r;
  }
  if (nsops < 1) return -EINVAL;
  if (nsops > ipc.SEMOPM) return -E2BIG;
  const ops = readOps(t, sops, nsops);
  if (typeof ops === "number") return ops;
  const set = semaphores.find(semid);
  if (typeof set === "number") return t.call.first ? set : -EIDRM;
  let alters = false;
  for (const o of ops) {
    if (o.num >= set.count) return -EFBIG;
    if (o.op !== 0) alters = true;
  }
  if (!set.allows(t.creds, alters ? MAY_ALTER : MAY_READ)) return -EACCES;
  const r = set.perform(t, ops);
  if (r !== MUST_WAIT) return r;
  t.call.object = set;
  const w = t.park(set.queue, POLLIN);
  if (w === -ERESTARTSYS) return -EINTR;
  return w === -ETIMEDOUT ? -EAGAIN : w;
}

function readOps(t: Task, addr: number, n: number): SemOp[] | number {
  const ops: SemOp[] = [];
  for (let i = 0; i < n; i++) {
    if (!t.copyIn(addr + i * ipc.Sembuf.size, sembuf)) return -EFAULT;
    const { sem_num, sem_op, sem_flg } = sembuf;
    ops.push({ num: sem_num, op: sem_op, flags: sem_flg });
  }
  return ops;
}

/** semctl(2). EACCES, EFAULT, EIDRM, EINVAL, EPERM, ERANGE. */
export function semctl(
  t: Task,
  semid: number,
  semnum: number,
  cmd: number,
  arg: number,
): number {
  switch (cmd) {
    case ipc.IPC_INFO:
    case ipc.SEM_INFO:
      return putInfo(t, cmd, arg);
    case ipc.SEM_STAT:
    case ipc.SEM_STAT_ANY:
      return putStatus(t, semaphores.at(semid), cmd, arg);
  }
  const set = semaphores.find(semid);
  if (typeof set === "number") return set;
  switch (cmd) {
    case ipc.IPC_STAT:
      return putStatus(t, set, cmd, arg);
    case ipc.IPC_SET:
      if (!t.copyIn(arg, ds)) return -EFAULT;
      if (!set.isOwner(t.creds)) return -EPERM;
      set.setPerm(ds.sem_perm);
      return 0;
    case ipc.IPC_RMID:
      if (!set.isOwner(t.creds)) return -EPERM;
      semaphores.remove(set);
      return 0;
    case ipc.GETALL:
      return getAll(t, set, arg);
    case ipc.SETALL:
      return setAll(t, set, arg);
    default:
      return controlOne(t, set, semnum, cmd, arg);
  }
}

function controlOne(
  t: Task,
  set: SemSet,
  num: number,
  cmd: number,
  arg: number,
): number {
  const bits = cmd === ipc.SETVAL ? MAY_ALTER : MAY_READ;
  const known = cmd >= ipc.GETPID && cmd <= ipc.SETVAL && cmd !== ipc.GETALL;
  if (!known) return -EINVAL;
  if (num < 0 || num >= set.count) return -EINVAL;
  if (!set.allows(t.creds, bits)) return -EACCES;
  switch (cmd) {
    case ipc.GETVAL:
      return set.values[num];
    case ipc.GETPID:
      return set.pids[num];
    case ipc.GETNCNT:
      return set.waiters(num, false);
    case ipc.GETZCNT:
      return set.waiters(num, true);
  }
  // SETVAL: the value is an int in the argument's low half.
  const value = (arg % 4294967296) | 0;
  if (value < 0 || value > ipc.SEMVMX) return -ERANGE;
  set.set(t, num, value);
  set.queue.wake(POLLIN);
  return 0;
}

function getAll(t: Task, set: SemSet, addr: number): number {
  if (!set.allows(t.creds, MAY_READ)) return -EACCES;
  for (let i = 0; i < set.count; i++) shorts[i] = set.values[i];
  return t.mm.copyOut(addr, shortBytes, 0, set.count * 2) ? 0 : -EFAULT;
}

function setAll(t: Task, set: SemSet, addr: number): number {
  if (!set.allows(t.creds, MAY_ALTER)) return -EACCES;
  if (!t.mm.copyIn(addr, shortBytes, 0, set.count * 2)) return -EFAULT;
  for (let i = 0; i < set.count; i++) {
    if (shorts[i] > ipc.SEMVMX) return -ERANGE;
  }
  for (let i = 0; i < set.count; i++) set.set(t, i, shorts[i]);
  set.queue.wake(POLLIN);
  return 0;
}

function putStatus(
  t: Task,
  set: SemSet | number,
  cmd: number,
  addr: number,
): number {
  if (typeof set === "number") return set;
  const open = cmd === ipc.SEM_STAT_ANY;
  if (!open && !set.allows(t.creds, MAY_READ)) return -EACCES;
  ds.bytes.fill(0);
  set.fillPerm(ds.sem_perm);
  ds.sem_otime = set.opTime;
  ds.sem_ctime = set.changeTime;
  ds.sem_nsems = set.count;
  if (!t.copyOut(addr, ds)) return -EFAULT;
  return cmd === ipc.IPC_STAT ? 0 : set.id;
}

function putInfo(t: Task, cmd: number, addr: number): number {
  info.semmap = ipc.SEMMAP;
  info.semmni = ipc.SEMMNI;
  info.semmns = ipc.SEMMNS;
  info.semmnu = ipc.SEMMNU;
  info.semmsl = ipc.SEMMSL;
  info.semopm = ipc.SEMOPM;
  info.semume = ipc.SEMUME;
  info.semusz = ipc.SEMUSZ;
  info.semvmx = ipc.SEMVMX;
  info.semaem = ipc.SEMAEM;
  if (cmd === ipc.SEM_INFO) {
    info.semusz = semaphores.count;
    info.semaem = semaphores.objects
      .reduce((n, set) => n + (set === null ? 0 : set.count), 0);
  }
  return t.copyOut(addr, info) ? semaphores.highest : -EFAULT;
}

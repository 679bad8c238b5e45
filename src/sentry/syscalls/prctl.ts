/** Operations on a process or thread, prctl(2). */
import {
  CAP_LAST_CAP,
  CAP_SETPCAP,
  SECBIT_KEEP_CAPS,
  SECBIT_KEEP_CAPS_LOCKED,
  SECBIT_NO_CAP_AMBIENT_RAISE,
} from "../../abi/linux/capability.ts";
import { EFAULT, EINVAL, EPERM } from "../../abi/linux/errno.ts";
import {
  PR_CAP_AMBIENT,
  PR_CAP_AMBIENT_CLEAR_ALL,
  PR_CAP_AMBIENT_IS_SET,
  PR_CAP_AMBIENT_LOWER,
  PR_CAP_AMBIENT_RAISE,
  PR_CAPBSET_DROP,
  PR_CAPBSET_READ,
  PR_GET_AUXV,
  PR_GET_CHILD_SUBREAPER,
  PR_GET_DUMPABLE,
  PR_GET_KEEPCAPS,
  PR_GET_NAME,
  PR_GET_NO_NEW_PRIVS,
  PR_GET_PDEATHSIG,
  PR_GET_SECUREBITS,
  PR_GET_THP_DISABLE,
  PR_GET_TID_ADDRESS,
  PR_GET_TIMERSLACK,
  PR_GET_TIMING,
  PR_GET_TSC,
  PR_SET_CHILD_SUBREAPER,
  PR_SET_DUMPABLE,
  PR_SET_KEEPCAPS,
  PR_SET_NAME,
  PR_SET_NO_NEW_PRIVS,
  PR_SET_PDEATHSIG,
  PR_SET_SECUREBITS,
  PR_SET_TIMERSLACK,
  PR_SET_TIMING,
  PR_SET_TSC,
  PR_TASK_PERF_EVENTS_DISABLE,
  PR_TASK_PERF_EVENTS_ENABLE,
  PR_TIMING_STATISTICAL,
  PR_TSC_ENABLE,
  TASK_COMM_LEN,
} from "../../abi/linux/prctl.ts";
import { NSIG } from "../../abi/linux/signal.ts";
import { CapSet, type Credentials } from "../kernel/credentials.ts";
import type { Task } from "../kernel/task.ts";
import { decodeBinary, encodeBinary } from "../strings.ts";
import { Decode, partial, ptr, type Row, traced } from "./row.ts";

const name = new Uint8Array(TASK_COMM_LEN);
const DEFAULT_SLACK = 50000;
const SECBITS_ALL = 0xff;
const SECBITS_LOCKS = 0xaa;

/** prctl(2). EFAULT, EINVAL, EPERM. */
export function prctl(
  t: Task,
  option: number,
  arg2: number,
  arg3: number,
  arg4: number,
  arg5: number,
): number {
  switch (option) {
    case PR_SET_PDEATHSIG:
      if (arg2 > NSIG) return -EINVAL;
      t.pdeathSignal = arg2;
      return 0;
    case PR_GET_PDEATHSIG:
      return put(t, arg2, t.pdeathSignal);
    case PR_GET_DUMPABLE:
      return t.group.dumpable;
    case PR_SET_DUMPABLE:
      if (arg2 !== 0 && arg2 !== 1) return -EINVAL;
      t.group.dumpable = arg2;
      return 0;
    case PR_SET_NAME:
      return setName(t, arg2);
    case PR_GET_NAME:
      name.fill(0);
      name.set(encodeBinary(t.comm).subarray(0, TASK_COMM_LEN - 1));
      return t.copyOut(arg2, { bytes: name }) ? 0 : -EFAULT;
    case PR_GET_TIMING:
      return PR_TIMING_STATISTICAL;
    case PR_SET_TIMING:
      return arg2 === PR_TIMING_STATISTICAL ? 0 : -EINVAL;
    case PR_GET_TSC:
      return put(t, arg2, PR_TSC_ENABLE);
    case PR_SET_TSC:
      return arg2 === PR_TSC_ENABLE ? 0 : -EINVAL;
    case PR_SET_TIMERSLACK:
      t.timerSlack = arg2 === 0 ? DEFAULT_SLACK : arg2;
      return 0;
    case PR_GET_TIMERSLACK:
      return t.timerSlack;
    case PR_TASK_PERF_EVENTS_DISABLE:
    case PR_TASK_PERF_EVENTS_ENABLE:
      return 0;
    case PR_SET_CHILD_SUBREAPER:
      t.group.childSubreaper = arg2 !== 0;
      return 0;
    case PR_GET_CHILD_SUBREAPER:
      return put(t, arg2, t.group.childSubreaper ? 1 : 0);
    case PR_SET_NO_NEW_PRIVS:
      if (arg2 !== 1 || arg3 !== 0 || arg4 !== 0 || arg5 !== 0) return -EINVAL;
      t.noNewPrivs = true;
      return 0;
    case PR_GET_NO_NEW_PRIVS:
      if (arg2 !== 0 || arg3 !== 0 || arg4 !== 0 || arg5 !== 0) return -EINVAL;
      return t.noNewPrivs ? 1 : 0;
    case PR_GET_THP_DISABLE:
      if (arg2 !== 0 || arg3 !== 0 || arg4 !== 0 || arg5 !== 0) return -EINVAL;
      return 0;
    case PR_GET_TID_ADDRESS:
      return t.mm.putU64(arg2, t.clearChildTid) ? 0 : -EFAULT;
    case PR_GET_AUXV:
      if (arg4 !== 0 || arg5 !== 0) return -EINVAL;
      return getAuxv(t, arg2, arg3);
    default:
      return capabilities(t, option, arg2, arg3, arg4, arg5);
  }
}

function put(t: Task, addr: number, value: number): number {
  return t.mm.storeU32(addr, value) ? 0 : -EFAULT;
}

function setName(t: Task, addr: number): number {
  const n = t.mm.copyInSome(addr, name, 0, TASK_COMM_LEN - 1);
  let end = name.indexOf(0);
  if (end < 0 || end > n) end = n;
  if (end === n && n < TASK_COMM_LEN - 1) return -EFAULT;
  t.comm = decodeBinary(name, 0, end);
  return 0;
}

function getAuxv(t: Task, addr: number, length: number): number {
  const { auxv } = t.mm;
  const n = Math.min(length, auxv.length);
  return t.mm.copyOut(addr, auxv, 0, n) ? auxv.length : -EFAULT;
}

/** The options of capabilities(7); all others are EINVAL. */
function capabilities(
  t: Task,
  option: number,
  arg2: number,
  arg3: number,
  arg4: number,
  arg5: number,
): number {
  const c = t.creds;
  switch (option) {
    case PR_GET_KEEPCAPS:
      return (c.securebits & SECBIT_KEEP_CAPS) !== 0 ? 1 : 0;
    case PR_SET_KEEPCAPS: {
      if (arg2 > 1) return -EINVAL;
      if ((c.securebits & SECBIT_KEEP_CAPS_LOCKED) !== 0) return -EPERM;
      const bits = c.securebits & ~SECBIT_KEEP_CAPS;
      return setBits(t, bits | (arg2 === 1 ? SECBIT_KEEP_CAPS : 0));
    }
    case PR_GET_SECUREBITS:
      return c.securebits;
    case PR_SET_SECUREBITS: {
      const locked = (c.securebits & SECBITS_LOCKS) >> 1;
      const unlocks = (c.securebits & SECBITS_LOCKS & ~arg2) !== 0;
      const changes = ((c.securebits ^ arg2) & locked) !== 0;
      const unknown = arg2 > SECBITS_ALL;
      if (unlocks || changes || unknown || !c.can(CAP_SETPCAP)) return -EPERM;
      return setBits(t, arg2);
    }
    case PR_CAPBSET_READ:
      if (arg2 > CAP_LAST_CAP) return -EINVAL;
      return c.bounding.has(arg2) ? 1 : 0;
    case PR_CAPBSET_DROP: {
      if (!c.can(CAP_SETPCAP)) return -EPERM;
      if (arg2 > CAP_LAST_CAP) return -EINVAL;
      const next = c.copy();
      next.bounding.delete(arg2);
      return commit(t, next);
    }
    case PR_CAP_AMBIENT:
      return ambient(t, arg2, arg3, arg4, arg5);
    default:
      return -EINVAL;
  }
}

function setBits(t: Task, bits: number): number {
  const next = t.creds.copy();
  next.securebits = bits;
  return commit(t, next);
}

function commit(t: Task, c: Credentials): number {
  t.creds = c;
  return 0;
}

/** PR_CAP_AMBIENT. EINVAL, EPERM. */
function ambient(
  t: Task,
  how: number,
  cap: number,
  arg4: number,
  arg5: number,
): number {
  if (arg4 !== 0 || arg5 !== 0) return -EINVAL;
  const next = t.creds.copy();
  if (how === PR_CAP_AMBIENT_CLEAR_ALL) {
    if (cap !== 0) return -EINVAL;
    next.ambient = new CapSet();
    return commit(t, next);
  }
  if (cap > CAP_LAST_CAP) return -EINVAL;
  switch (how) {
    case PR_CAP_AMBIENT_IS_SET:
      return next.ambient.has(cap) ? 1 : 0;
    case PR_CAP_AMBIENT_RAISE: {
      const forbidden = (next.securebits & SECBIT_NO_CAP_AMBIENT_RAISE) !== 0;
      const has = next.permitted.has(cap) && next.inheritable.has(cap);
      if (forbidden || !has) return -EPERM;
      next.ambient.add(cap);
      return commit(t, next);
    }
    case PR_CAP_AMBIENT_LOWER:
      next.ambient.delete(cap);
      return commit(t, next);
    default:
      return -EINVAL;
  }
}

const option = traced(Decode.Int, "prctlOption");

export const prctlRows: Row[] = [
  partial(
    157,
    "prctl",
    prctl,
    [option, ptr, ptr, ptr, ptr],
    "seccomp, PR_SET_MM, PR_SET_VMA, speculation control, core scheduling and those of other architectures give EINVAL",
  ),
];

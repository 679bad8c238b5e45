/** clone(2), clone3(2), fork(2), vfork(2). */
import { E2BIG, EFAULT, EINVAL } from "../../abi/linux/errno.ts";
import { PAGE_SIZE } from "../../abi/linux/mman.ts";
import {
  CLONE_DETACHED,
  CLONE_PARENT,
  CLONE_PARENT_SETTID,
  CLONE_PIDFD,
  CLONE_THREAD,
  CLONE_VFORK,
  CLONE_VM,
  CloneArgs as CloneArgsStruct,
} from "../../abi/linux/sched.ts";
import { SIGCHLD } from "../../abi/linux/signal.ts";
import { type CloneArgs, cloneTask } from "../kernel/clone.ts";
import type { Task } from "../kernel/task.ts";
import {
  CAPTURE,
  Decode,
  full,
  PARKED,
  partial,
  ptr,
  type Row,
  size,
  traced,
} from "./row.ts";

const args: CloneArgs = {
  flags: 0,
  clearSighand: false,
  stack: 0,
  parentTid: 0,
  childTid: 0,
  pidfd: 0,
  tls: 0,
  exitSignal: 0,
};
const struct = CloneArgsStruct.alloc();
/** clone_args as its first version had it. */
const CLONE_ARGS_SIZE_VER0 = 64;
const MAX_SIGNAL = 64;

/** Stages of a call, in `call.stage`: vfork parents wait until the child has left. */
const VFORK_STARTED = 1;
const VFORK_WAITS = 2;

/** Runs `args`; the child's id, or -errno. */
function doClone(t: Task): number {
  const child = cloneTask(t, args);
  if (typeof child === "number") return child;
  if ((args.flags & CLONE_VFORK) === 0) return child.tid;
  t.call.stage = VFORK_STARTED;
  t.call.value = child.tid;
  t.call.object = child;
  // Its host thread starts the child's; the guest has to wait.
  return CAPTURE;
}

/** A vfork's parent after the child was made: waits for its exec or end. Only a fatal signal ends the wait early. */
function waitForVfork(t: Task): number {
  const { call } = t;
  call.stage = VFORK_WAITS;
  const child = call.object as Task;
  if (child.vforkParent !== t) return call.value;
  t.killableOnly = !t.signals.killed;
  const r = t.park(null, 0);
  t.killableOnly = false;
  if (r !== PARKED) child.vforkParent = null;
  return r === PARKED ? r : call.value;
}

/** clone(2), the system call: parameters in the order of x86-64. EAGAIN, EINVAL, EPERM. */
export function clone(
  t: Task,
  flags: number,
  stack: number,
  parent_tid: number,
  child_tid: number,
  tls: number,
): number {
  if (t.call.stage !== 0) return waitForVfork(t);
  args.flags = flags - flags % 256;
  args.exitSignal = flags % 256;
  args.clearSighand = false;
  args.stack = stack;
  args.parentTid = parent_tid;
  args.childTid = child_tid;
  args.pidfd = parent_tid;
  args.tls = tls;
  if ((flags & CLONE_PIDFD) !== 0) {
    if ((flags & (CLONE_PARENT_SETTID | CLONE_DETACHED)) !== 0) return -EINVAL;
  }
  return doClone(t);
}

/** clone3(2). E2BIG, EAGAIN, EFAULT, EINVAL, EPERM. */
export function clone3(t: Task, cl_args: number, size: number): number {
  if (t.call.stage !== 0) return waitForVfork(t);
  if (size > PAGE_SIZE) return -E2BIG;
  if (size < CLONE_ARGS_SIZE_VER0) return -EINVAL;
  struct.bytes.fill(0);
  const known = Math.min(size, CloneArgsStruct.size);
  if (!t.mm.copyIn(cl_args, struct.bytes, 0, known)) return -EFAULT;
  const rest = restIsZero(t, cl_args + known, size - known);
  if (rest < 0) return rest;
  const flags = struct.flags;
  const low = flags % 4294967296;
  const high = Math.floor(flags / 4294967296);
  if (high > 1 || low % 256 !== 0 || (low & CLONE_DETACHED) !== 0) {
    return -EINVAL;
  }
  const { exit_signal, stack, stack_size, set_tid_size } = struct;
  if (exit_signal > MAX_SIGNAL) return -EINVAL;
  if ((low & (CLONE_THREAD | CLONE_PARENT)) !== 0 && exit_signal !== 0) {
    return -EINVAL;
  }
  if ((stack === 0) !== (stack_size === 0)) return -EINVAL;
  if (set_tid_size !== 0) return -EINVAL;
  args.flags = low;
  args.clearSighand = high === 1;
  args.exitSignal = exit_signal;
  args.stack = stack + stack_size;
  args.parentTid = struct.parent_tid;
  args.childTid = struct.child_tid;
  args.pidfd = struct.pidfd;
  args.tls = struct.tls;
  return doClone(t);
}

const byte = new Uint8Array(PAGE_SIZE);

/** Fields of a newer struct than ours must be zero. */
function restIsZero(t: Task, addr: number, length: number): number {
  if (length === 0) return 0;
  if (!t.mm.copyIn(addr, byte, 0, length)) return -EFAULT;
  for (let i = 0; i < length; i++) if (byte[i] !== 0) return -E2BIG;
  return 0;
}

function plain(flags: number): void {
  args.flags = flags;
  args.clearSighand = false;
  args.exitSignal = SIGCHLD;
  args.stack = 0;
  args.parentTid = 0;
  args.childTid = 0;
  args.pidfd = 0;
  args.tls = 0;
}

/** fork(2). EAGAIN. */
export function fork(t: Task): number {
  plain(0);
  return doClone(t);
}

/** vfork(2). EAGAIN. */
export function vfork(t: Task): number {
  if (t.call.stage !== 0) return waitForVfork(t);
  plain(CLONE_VFORK | CLONE_VM);
  return doClone(t);
}

export const cloneRows: Row[] = [
  partial(
    56,
    "clone",
    clone,
    [traced(Decode.Uint, "cloneFlags"), ptr, ptr, ptr, ptr],
    "namespaces give EINVAL",
  ),
  full(57, "fork", fork),
  full(58, "vfork", vfork),
  partial(
    435,
    "clone3",
    clone3,
    [ptr, size],
    "namespaces, set_tid and CLONE_INTO_CGROUP give EINVAL",
  ),
];

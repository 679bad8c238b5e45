/** Memory barriers on other threads, membarrier(2). */
import { EINVAL, EPERM } from "../../abi/linux/errno.ts";
import { Barrier } from "../kernel/barrier.ts";
import type { Task } from "../kernel/task.ts";
import {
  ERESTARTNOINTR,
  ERESTARTSYS,
  flags,
  full,
  int,
  type Row,
} from "./row.ts";

// linux/membarrier.h.
const QUERY = 0;
const GLOBAL = 1;
const GLOBAL_EXPEDITED = 2;
const REGISTER_GLOBAL_EXPEDITED = 4;
const PRIVATE_EXPEDITED = 8;
const REGISTER_PRIVATE_EXPEDITED = 16;
const PRIVATE_EXPEDITED_SYNC_CORE = 32;
const REGISTER_PRIVATE_EXPEDITED_SYNC_CORE = 64;
const GET_REGISTRATIONS = 512;
const SUPPORTED = GLOBAL | GLOBAL_EXPEDITED | REGISTER_GLOBAL_EXPEDITED |
  PRIVATE_EXPEDITED | REGISTER_PRIVATE_EXPEDITED |
  PRIVATE_EXPEDITED_SYNC_CORE | REGISTER_PRIVATE_EXPEDITED_SYNC_CORE |
  GET_REGISTRATIONS;

/** Registrations by address space, as the bits of the registering commands. */
const registered: WeakMap<object, number> = new WeakMap();

/** membarrier(2). EINVAL, EPERM. */
export function membarrier(t: Task, cmd: number, flags: number): number {
  if (flags !== 0) return -EINVAL;
  const now = registered.get(t.mm) ?? 0;
  switch (cmd) {
    case QUERY:
      return SUPPORTED;
    case GLOBAL:
    case GLOBAL_EXPEDITED:
      return wait(t, true);
    case REGISTER_GLOBAL_EXPEDITED:
    case REGISTER_PRIVATE_EXPEDITED:
    case REGISTER_PRIVATE_EXPEDITED_SYNC_CORE:
      registered.set(t.mm, now | cmd);
      return 0;
    case PRIVATE_EXPEDITED:
    case PRIVATE_EXPEDITED_SYNC_CORE:
      return (now & (cmd * 2)) !== 0 ? wait(t, false) : -EPERM;
    case GET_REGISTRATIONS:
      return now;
    default:
      return -EINVAL;
  }
}

function wait(t: Task, everybody: boolean): number {
  let barrier = t.call.object as Barrier | null;
  if (barrier === null) {
    barrier = new Barrier(t);
    t.call.object = barrier;
    barrier.begin(everybody);
  }
  if (barrier.isOver) return 0;
  const r = t.park(null, 0);
  return r === -ERESTARTSYS ? -ERESTARTNOINTR : r;
}

export const membarrierRows: Row[] = [
  full(324, "membarrier", membarrier, int, flags),
];

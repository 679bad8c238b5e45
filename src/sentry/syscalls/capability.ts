/** Capability sets: capget(2) and capset(2). */
import {
  _LINUX_CAPABILITY_VERSION_1,
  _LINUX_CAPABILITY_VERSION_2,
  _LINUX_CAPABILITY_VERSION_3,
  CAP_SETPCAP,
  CapData,
  CapHeader,
} from "../../abi/linux/capability.ts";
import { EFAULT, EINVAL, EPERM, ESRCH } from "../../abi/linux/errno.ts";
import { CapSet } from "../kernel/credentials.ts";
import type { Task } from "../kernel/task.ts";
import { commitCredentials } from "./creds.ts";
import { full, ptr, type Row } from "./row.ts";

const header = CapHeader.alloc();
const low = CapData.alloc();
const high = CapData.alloc();

/** Reads the header: how many data records its version has, 0 for an unknown one (the guest then sees ours), -EFAULT. */
function readHeader(t: Task, hdrp: number): number {
  if (!t.copyIn(hdrp, header)) return -EFAULT;
  switch (header.version) {
    case _LINUX_CAPABILITY_VERSION_1:
      return 1;
    case _LINUX_CAPABILITY_VERSION_2:
    case _LINUX_CAPABILITY_VERSION_3:
      return 2;
    default:
      header.version = _LINUX_CAPABILITY_VERSION_3;
      return t.copyOut(hdrp, header) ? 0 : -EFAULT;
  }
}

/** capget(2). EFAULT, EINVAL, ESRCH. */
export function capget(t: Task, hdrp: number, datap: number): number {
  const records = readHeader(t, hdrp);
  if (records < 0) return records;
  if (records === 0) return datap === 0 ? 0 : -EINVAL;
  const { pid } = header;
  if (pid < 0) return -EINVAL;
  const target = pid === 0 ? t : t.kernel.tasks.get(pid);
  if (target === undefined) return -ESRCH;
  if (datap === 0) return 0;
  const { effective, permitted, inheritable } = target.creds;
  low.effective = effective.lo;
  low.permitted = permitted.lo;
  low.inheritable = inheritable.lo;
  if (!t.copyOut(datap, low)) return -EFAULT;
  if (records === 1) return 0;
  high.effective = effective.hi;
  high.permitted = permitted.hi;
  high.inheritable = inheritable.hi;
  return t.copyOut(datap + CapData.size, high) ? 0 : -EFAULT;
}

/** capset(2), for the caller alone. EFAULT, EINVAL, EPERM. */
export function capset(t: Task, hdrp: number, datap: number): number {
  const records = readHeader(t, hdrp);
  if (records < 0) return records;
  if (records === 0) return -EINVAL;
  if (header.pid !== 0 && header.pid !== t.tid) return -EPERM;
  high.bytes.fill(0);
  if (!t.copyIn(datap, low)) return -EFAULT;
  if (records === 2 && !t.copyIn(datap + CapData.size, high)) return -EFAULT;
  const known = CapSet.full();
  const effective = new CapSet(low.effective, high.effective).and(known);
  const permitted = new CapSet(low.permitted, high.permitted).and(known);
  const inheritable = new CapSet(low.inheritable, high.inheritable).and(known);
  const old = t.creds;
  if (
    !old.can(CAP_SETPCAP) &&
    !inheritable.isSubsetOf(old.inheritable.or(old.permitted))
  ) return -EPERM;
  if (!inheritable.isSubsetOf(old.inheritable.or(old.bounding))) return -EPERM;
  if (!permitted.isSubsetOf(old.permitted)) return -EPERM;
  if (!effective.isSubsetOf(permitted)) return -EPERM;
  const c = old.copy();
  c.effective = effective;
  c.permitted = permitted;
  c.inheritable = inheritable;
  c.ambient = old.ambient.and(permitted.and(inheritable));
  return commitCredentials(t, c);
}

export const capabilityRows: Row[] = [
  full(125, "capget", capget, ptr, ptr),
  full(126, "capset", capset, ptr, ptr),
];

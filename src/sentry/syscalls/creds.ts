/** User and group ids, credentials(7). Capabilities are in capability.ts. */
import { CAP_SETGID, CAP_SETUID } from "../../abi/linux/capability.ts";
import { EFAULT, EINVAL, EPERM } from "../../abi/linux/errno.ts";
import {
  type Credentials,
  fixCapsForFsUid,
  fixCapsForIds,
} from "../kernel/credentials.ts";
import type { Task } from "../kernel/task.ts";
import { full, int, ptr, type Row, uint } from "./row.ts";

/** "Leave as it is" among the arguments, and no valid id. */
const KEEP = 0xffffffff;
const NGROUPS_MAX = 65536;

export function getuid(t: Task): number {
  return t.creds.uid;
}
export function geteuid(t: Task): number {
  return t.creds.euid;
}
export function getgid(t: Task): number {
  return t.creds.gid;
}
export function getegid(t: Task): number {
  return t.creds.egid;
}

/** Gives `t` new credentials; what depends on them follows (prctl(2): dumpable, pdeathsig). */
export function commitCredentials(t: Task, c: Credentials): number {
  const old = t.creds;
  if (
    c.euid !== old.euid || c.egid !== old.egid || c.fsuid !== old.fsuid ||
    c.fsgid !== old.fsgid || !c.permitted.isSubsetOf(old.permitted)
  ) {
    t.group.dumpable = 0;
    t.pdeathSignal = 0;
  }
  t.creds = c;
  return 0;
}

function commitUids(t: Task, c: Credentials): number {
  c.fsuid = c.euid;
  fixCapsForIds(c, t.creds);
  return commitCredentials(t, c);
}

function commitGids(t: Task, c: Credentials): number {
  c.fsgid = c.egid;
  return commitCredentials(t, c);
}

/** setuid(2). EINVAL, EPERM. */
export function setuid(t: Task, uid: number): number {
  if (uid === KEEP) return -EINVAL;
  const c = t.creds.copy();
  if (t.creds.can(CAP_SETUID)) c.uid = c.suid = uid;
  else if (uid !== c.uid && uid !== c.suid) return -EPERM;
  c.euid = uid;
  return commitUids(t, c);
}

/** setgid(2). EINVAL, EPERM. */
export function setgid(t: Task, gid: number): number {
  if (gid === KEEP) return -EINVAL;
  const c = t.creds.copy();
  if (t.creds.can(CAP_SETGID)) c.gid = c.sgid = gid;
  else if (gid !== c.gid && gid !== c.sgid) return -EPERM;
  c.egid = gid;
  return commitGids(t, c);
}

/** setreuid(2). EPERM. */
export function setreuid(t: Task, ruid: number, euid: number): number {
  const old = t.creds;
  const c = old.copy();
  const may = old.can(CAP_SETUID);
  if (ruid !== KEEP) {
    if (!may && ruid !== old.uid && ruid !== old.euid) return -EPERM;
    c.uid = ruid;
  }
  if (euid !== KEEP) {
    const own = euid === old.uid || euid === old.euid || euid === old.suid;
    if (!may && !own) return -EPERM;
    c.euid = euid;
  }
  if (ruid !== KEEP || (euid !== KEEP && euid !== old.uid)) c.suid = c.euid;
  return commitUids(t, c);
}

/** setregid(2). EPERM. */
export function setregid(t: Task, rgid: number, egid: number): number {
  const old = t.creds;
  const c = old.copy();
  const may = old.can(CAP_SETGID);
  if (rgid !== KEEP) {
    if (!may && rgid !== old.gid && rgid !== old.egid) return -EPERM;
    c.gid = rgid;
  }
  if (egid !== KEEP) {
    const own = egid === old.gid || egid === old.egid || egid === old.sgid;
    if (!may && !own) return -EPERM;
    c.egid = egid;
  }
  if (rgid !== KEEP || (egid !== KEEP && egid !== old.gid)) c.sgid = c.egid;
  return commitGids(t, c);
}

/** setresuid(2). EPERM. */
export function setresuid(
  t: Task,
  ruid: number,
  euid: number,
  suid: number,
): number {
  const old = t.creds;
  const may = old.can(CAP_SETUID);
  if (
    !may && !(isOwnUid(old, ruid) && isOwnUid(old, euid) && isOwnUid(old, suid))
  ) {
    return -EPERM;
  }
  const c = old.copy();
  if (ruid !== KEEP) c.uid = ruid;
  if (euid !== KEEP) c.euid = euid;
  if (suid !== KEEP) c.suid = suid;
  return commitUids(t, c);
}

/** setresgid(2). EPERM. */
export function setresgid(
  t: Task,
  rgid: number,
  egid: number,
  sgid: number,
): number {
  const old = t.creds;
  const may = old.can(CAP_SETGID);
  if (
    !may && !(isOwnGid(old, rgid) && isOwnGid(old, egid) && isOwnGid(old, sgid))
  ) {
    return -EPERM;
  }
  const c = old.copy();
  if (rgid !== KEEP) c.gid = rgid;
  if (egid !== KEEP) c.egid = egid;
  if (sgid !== KEEP) c.sgid = sgid;
  return commitGids(t, c);
}

function isOwnUid(c: Credentials, id: number): boolean {
  return id === KEEP || id === c.uid || id === c.euid || id === c.suid;
}

function isOwnGid(c: Credentials, id: number): boolean {
  return id === KEEP || id === c.gid || id === c.egid || id === c.sgid;
}

/** getresuid(2). EFAULT. */
export function getresuid(t: Task, ruid: number, euid: number, suid: number) {
  const { creds: c, mm } = t;
  const done = mm.storeU32(ruid, c.uid) && mm.storeU32(euid, c.euid) &&
    mm.storeU32(suid, c.suid);
  return done ? 0 : -EFAULT;
}

/** getresgid(2). EFAULT. */
export function getresgid(t: Task, rgid: number, egid: number, sgid: number) {
  const { creds: c, mm } = t;
  const done = mm.storeU32(rgid, c.gid) && mm.storeU32(egid, c.egid) &&
    mm.storeU32(sgid, c.sgid);
  return done ? 0 : -EFAULT;
}

/** setfsuid(2): the former one, whether or not it changed. */
export function setfsuid(t: Task, fsuid: number): number {
  const old = t.creds;
  const before = old.fsuid;
  if (fsuid === KEEP || fsuid === before) return before;
  const own = fsuid === old.uid || fsuid === old.euid || fsuid === old.suid;
  if (!own && !old.can(CAP_SETUID)) return before;
  const c = old.copy();
  c.fsuid = fsuid;
  fixCapsForFsUid(c, old);
  commitCredentials(t, c);
  return before;
}

/** setfsgid(2): the former one, whether or not it changed. */
export function setfsgid(t: Task, fsgid: number): number {
  const old = t.creds;
  const before = old.fsgid;
  if (fsgid === KEEP || fsgid === before) return before;
  const own = fsgid === old.gid || fsgid === old.egid || fsgid === old.sgid;
  if (!own && !old.can(CAP_SETGID)) return before;
  const c = old.copy();
  c.fsgid = fsgid;
  commitCredentials(t, c);
  return before;
}

/** getgroups(2): how many. EFAULT, EINVAL. */
export function getgroups(t: Task, count: number, list: number): number {
  const { groups } = t.creds;
  if (count < 0) return -EINVAL;
  if (count === 0) return groups.length;
  if (count < groups.length) return -EINVAL;
  const bytes = new Uint8Array(new Uint32Array(groups).buffer);
  return t.copyOut(list, { bytes }) ? groups.length : -EFAULT;
}

/** setgroups(2). EFAULT, EINVAL, EPERM. */
export function setgroups(t: Task, count: number, list: number): number {
  if (!t.creds.can(CAP_SETGID)) return -EPERM;
  if (count < 0 || count > NGROUPS_MAX) return -EINVAL;
  const groups = new Uint32Array(count);
  const bytes = new Uint8Array(groups.buffer);
  if (!t.copyIn(list, { bytes })) return -EFAULT;
  if (groups.includes(KEEP)) return -EINVAL;
  const c = t.creds.copy();
  c.groups = Array.from(groups.sort());
  return commitCredentials(t, c);
}

export const credsRows: Row[] = [
  full(102, "getuid", getuid),
  full(104, "getgid", getgid),
  full(105, "setuid", setuid, uint),
  full(106, "setgid", setgid, uint),
  full(107, "geteuid", geteuid),
  full(108, "getegid", getegid),
  full(113, "setreuid", setreuid, uint, uint),
  full(114, "setregid", setregid, uint, uint),
  full(115, "getgroups", getgroups, int, ptr),
  full(116, "setgroups", setgroups, int, ptr),
  full(117, "setresuid", setresuid, uint, uint, uint),
  full(118, "getresuid", getresuid, ptr, ptr, ptr),
  full(119, "setresgid", setresgid, uint, uint, uint),
  full(120, "getresgid", getresgid, ptr, ptr, ptr),
  full(122, "setfsuid", setfsuid, uint),
  full(123, "setfsgid", setfsgid, uint),
];

/**
 * Who a task is: credentials(7), capabilities(7). An object that a task has is
 * never changed: `t.creds = t.creds.copy()`, change the copy, so that files
 * and children may keep the old one.
 */
import {
  CAP_CHOWN,
  CAP_DAC_OVERRIDE,
  CAP_DAC_READ_SEARCH,
  CAP_FOWNER,
  CAP_FSETID,
  CAP_LINUX_IMMUTABLE,
  CAP_MAC_OVERRIDE,
  CAP_MKNOD,
  SECBIT_KEEP_CAPS,
  SECBIT_NO_SETUID_FIXUP,
  SECBIT_NOROOT,
} from "../../abi/linux/capability.ts";
import { EPERM } from "../../abi/linux/errno.ts";
import { CapSet } from "./capabilities.ts";

export { CapSet } from "./capabilities.ts";

export class Credentials {
  uid = 0;
  euid = 0;
  suid = 0;
  /** File-system ids: what permission checks of files use. */
  fsuid = 0;
  gid = 0;
  egid = 0;
  sgid = 0;
  fsgid = 0;
  /** Supplementary groups, sorted. */
  groups: readonly number[] = [];
  permitted: CapSet = new CapSet();
  effective: CapSet = new CapSet();
  inheritable: CapSet = new CapSet();
  bounding: CapSet = CapSet.full();
  ambient: CapSet = new CapSet();
  securebits = 0;

  /** Those of the first program: root has all capabilities, others none. */
  static forUser(
    uid: number,
    gid: number,
    groups: readonly number[] = [],
  ): Credentials {
    const c = new Credentials();
    c.uid =
      c.euid =
      c.suid =
      c.fsuid =
        uid;
    c.gid =
      c.egid =
      c.sgid =
      c.fsgid =
        gid;
    c.groups = groups;
    if (uid === 0) {
      c.permitted = CapSet.full();
      c.effective = CapSet.full();
    }
    return c;
  }

  copy(): Credentials {
    const c = new Credentials();
    Object.assign(c, this);
    c.permitted = this.permitted.copy();
    c.effective = this.effective.copy();
    c.inheritable = this.inheritable.copy();
    c.bounding = this.bounding.copy();
    c.ambient = this.ambient.copy();
    return c;
  }

  /** Whether `cap` is effective. */
  can(cap: number): boolean {
    return this.effective.has(cap);
  }

  /** Whether `gid` is the effective file-system group or a supplementary one. */
  inFsGroup(gid: number): boolean {
    return gid === this.fsgid || this.groups.includes(gid);
  }

  /** Whether `gid` is the effective group or a supplementary one. */
  inGroup(gid: number): boolean {
    return gid === this.egid || this.groups.includes(gid);
  }
}

/**
 * Capability changes that go with a change of user ids, capabilities(7) "Effect
 * of user ID changes". `c` has the new ids, `old` the former ones.
 */
export function fixCapsForIds(c: Credentials, old: Credentials): void {
  if ((c.securebits & SECBIT_NO_SETUID_FIXUP) !== 0) return;
  const hadRoot = old.uid === 0 || old.euid === 0 || old.suid === 0;
  const hasRoot = c.uid === 0 || c.euid === 0 || c.suid === 0;
  if (hadRoot && !hasRoot) {
    if ((c.securebits & SECBIT_KEEP_CAPS) === 0) {
      c.permitted = new CapSet();
      c.effective = new CapSet();
    }
    c.ambient = new CapSet();
  }
  if (old.euid === 0 && c.euid !== 0) c.effective = new CapSet();
  if (old.euid !== 0 && c.euid === 0) c.effective = c.permitted.copy();
}

/** Capabilities that file-system ids carry. */
const FS_CAPS = new CapSet();
for (
  const cap of [
    CAP_CHOWN,
    CAP_DAC_OVERRIDE,
    CAP_DAC_READ_SEARCH,
    CAP_FOWNER,
    CAP_FSETID,
    CAP_LINUX_IMMUTABLE,
    CAP_MKNOD,
    CAP_MAC_OVERRIDE,
  ]
) FS_CAPS.add(cap);

/** As `fixCapsForIds`, for setfsuid(2). */
export function fixCapsForFsUid(c: Credentials, old: Credentials): void {
  if ((c.securebits & SECBIT_NO_SETUID_FIXUP) !== 0) return;
  if (old.fsuid === 0 && c.fsuid !== 0) {
    c.effective = c.effective.minus(FS_CAPS);
  } else if (old.fsuid !== 0 && c.fsuid === 0) {
    c.effective = c.effective.or(FS_CAPS.and(c.permitted));
  }
}

/** What execve(2) must know of the file to compute credentials. */
export interface ExecFile {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Whether its mount is nosuid. */
  readonly nosuid: boolean;
  /** Its security.capability, or null. */
  readonly caps: FileCaps | null;
}

/** Capabilities of a file. */
export interface FileCaps {
  readonly permitted: CapSet;
  readonly inheritable: CapSet;
  /** Whether what it gives is effective at once. */
  readonly effective: boolean;
}

/** New credentials, and whether the program gains rights (AT_SECURE). */
export interface ExecCredentials {
  creds: Credentials;
  secure: boolean;
}

const S_ISUID = 0o4000;
const S_ISGID = 0o2000;
const S_IXGRP = 0o010;

/**
 * Credentials after execve(2) of `file`: set-user-ID bits, then the
 * transformation of capabilities(7). -EPERM: the file wants capabilities that
 * the bounding set denies, and would not notice.
 */
export function execCredentials(
  old: Credentials,
  file: ExecFile,
  noNewPrivs: boolean,
): ExecCredentials | number {
  const c = old.copy();
  const gains = !file.nosuid && !noNewPrivs;
  if (gains) {
    if ((file.mode & S_ISUID) !== 0) c.euid = file.uid;
    if ((file.mode & (S_ISGID | S_IXGRP)) === (S_ISGID | S_IXGRP)) {
      c.egid = file.gid;
    }
  }
  c.suid = c.fsuid = c.euid;
  c.sgid = c.fsgid = c.egid;
  const changedIds = c.euid !== old.euid || c.egid !== old.egid;
  const rootWays = (c.securebits & SECBIT_NOROOT) === 0;
  const isRoot = rootWays && (c.euid === 0 || c.uid === 0);
  const caps = isRoot || !gains ? null : file.caps;
  c.ambient = changedIds || caps !== null ? new CapSet() : old.ambient.copy();
  c.securebits &= ~SECBIT_KEEP_CAPS;
  if (isRoot) {
    c.permitted = old.inheritable.or(old.bounding);
    c.effective = c.euid === 0 ? c.permitted.copy() : c.ambient.copy();
  } else {
    const given = caps === null ? new CapSet() : givenBy(caps, old);
    if (caps?.effective && !caps.permitted.isSubsetOf(given)) return -EPERM;
    c.permitted = given.or(c.ambient);
    c.effective = caps?.effective ? c.permitted.copy() : c.ambient.copy();
  }
  const secure = changedIds || c.uid !== c.euid || c.gid !== c.egid ||
    (!isRoot && !c.permitted.isSubsetOf(c.ambient));
  return { creds: c, secure };
}

function givenBy(caps: FileCaps, old: Credentials): CapSet {
  return old.inheritable.and(caps.inheritable)
    .or(caps.permitted.and(old.bounding));
}

/** Who may do what: permission bits, capabilities, ownership. */
import { EACCES } from "../../abi/linux/errno.ts";
import type { Credentials } from "../kernel/credentials.ts";
import {
  CAP_DAC_OVERRIDE,
  CAP_DAC_READ_SEARCH,
  CAP_FOWNER,
} from "../../abi/linux/capability.ts";
import type { Inode } from "./inode.ts";

export const MAY_EXEC = 1;
export const MAY_WRITE = 2;
export const MAY_READ = 4;

/** Linux's generic_permission(): mode bits, then capabilities. 0 or -EACCES. */
export function genericPermission(
  creds: Credentials,
  inode: Inode,
  mask: number,
): number {
  let bits = inode.mode;
  if (creds.fsuid === inode.uid) bits >>>= 6;
  else if (creds.inFsGroup(inode.gid)) bits >>>= 3;
  if ((mask & ~bits & 7) === 0) return 0;
  if (inode.isDirectory) {
    if ((mask & MAY_WRITE) === 0 && creds.can(CAP_DAC_READ_SEARCH)) return 0;
    return creds.can(CAP_DAC_OVERRIDE) ? 0 : -EACCES;
  }
  if (mask === MAY_READ && creds.can(CAP_DAC_READ_SEARCH)) return 0;
  if ((mask & MAY_EXEC) === 0 || (inode.mode & 0o111) !== 0) {
    if (creds.can(CAP_DAC_OVERRIDE)) return 0;
  }
  return -EACCES;
}

/** Whether `creds` may act as the owner of `inode` (chmod, utimes, sticky directories). */
export function isOwner(creds: Credentials, inode: Inode): boolean {
  return creds.fsuid === inode.uid || creds.can(CAP_FOWNER);
}

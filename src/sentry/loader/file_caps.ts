/**
 * Capabilities of a file, security.capability (linux/capability.h).
 *
 * @module
 */
import {
  VFS_CAP_FLAGS_EFFECTIVE,
  VFS_CAP_REVISION_2,
  VFS_CAP_REVISION_3,
  VFS_CAP_REVISION_MASK,
  VfsNsCapData,
} from "../../abi/linux/capability.ts";
import { CapSet, type FileCaps } from "../kernel/credentials.ts";
import type { Inode } from "../vfs/inode.ts";

const NAME = "security.capability";
/** Revision 2 lacks the last field, the root of a user namespace. */
const LENGTH_2 = VfsNsCapData.offsets.rootid;

const data = VfsNsCapData.alloc();

/** The capabilities of `inode`, or null: none, or none that can be read. */
export function fileCaps(inode: Inode): FileCaps | null {
  const value = inode.getXattr(NAME);
  return typeof value === "number" ? null : parseCaps(value);
}

/** Null: of a revision, length or user namespace that does not count here. */
export function parseCaps(value: Uint8Array): FileCaps | null {
  if (value.length < LENGTH_2 || value.length > VfsNsCapData.size) return null;
  data.bytes.fill(0);
  data.bytes.set(value);
  const revision = (data.magic_etc & VFS_CAP_REVISION_MASK) >>> 0;
  const known = revision === VFS_CAP_REVISION_2
    ? value.length === LENGTH_2
    : revision === VFS_CAP_REVISION_3 && value.length === VfsNsCapData.size;
  if (!known || data.rootid !== 0) return null;
  return {
    permitted: new CapSet(data.permitted_lo, data.permitted_hi),
    inheritable: new CapSet(data.inheritable_lo, data.inheritable_hi),
    effective: (data.magic_etc & VFS_CAP_FLAGS_EFFECTIVE) !== 0,
  };
}

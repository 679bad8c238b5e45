/** Extended attributes: xattr(7). */
import {
  E2BIG,
  EFAULT,
  EINVAL,
  ENAMETOOLONG,
  ENODATA,
  EOPNOTSUPP,
  EPERM,
  ERANGE,
  EROFS,
} from "../../abi/linux/errno.ts";
import { CAP_SYS_ADMIN } from "../../abi/linux/capability.ts";
import { AT_FDCWD, AT_SYMLINK_NOFOLLOW } from "../../abi/linux/fcntl.ts";
import { S_ISVTX } from "../../abi/linux/stat.ts";
import {
  XATTR_CREATE,
  XATTR_LIST_MAX,
  XATTR_NAME_MAX,
  XATTR_REPLACE,
  XATTR_SIZE_MAX,
} from "../../abi/linux/xattr.ts";
import type { Task } from "../kernel/task.ts";
import { encodeBinaryInto } from "../strings.ts";
import { isOwner, MAY_READ, MAY_WRITE } from "../vfs/permission.ts";
import { fd, flags, full, path, ptr, type Row, size, str } from "./row.ts";
import {
  notifyAttributes,
  target,
  targetAt,
  targetOf,
  targetWritable,
} from "./target.ts";

const values = new Uint8Array(XATTR_SIZE_MAX);

function copyInName(t: Task, addr: number): string | number {
  const name = t.mm.copyInString(addr, XATTR_NAME_MAX + 1);
  if (name === -ENAMETOOLONG || name === "") return -ERANGE;
  return name;
}

/** Linux's xattr_permission(). 0, -EPERM, -ENODATA, -EACCES, -EOPNOTSUPP. */
function permitted(t: Task, name: string, write: boolean): number {
  const { inode } = target;
  if (write && targetWritable() < 0) return -EROFS;
  if (name.startsWith("security.")) {
    return write && !t.creds.can(CAP_SYS_ADMIN) ? -EPERM : 0;
  }
  if (name.startsWith("system.")) return -EOPNOTSUPP;
  if (name.startsWith("trusted.")) {
    if (t.creds.can(CAP_SYS_ADMIN)) return 0;
    return write ? -EPERM : -ENODATA;
  }
  if (!name.startsWith("user.")) return -EOPNOTSUPP;
  if (!inode.isRegular && !inode.isDirectory) return write ? -EPERM : -ENODATA;
  if (write && inode.isDirectory && (inode.mode & S_ISVTX) !== 0) {
    if (!isOwner(t.creds, inode)) return -EPERM;
  }
  return inode.permission(t.creds, write ? MAY_WRITE : MAY_READ);
}

function set(
  t: Task,
  nameAddr: number,
  value: number,
  size: number,
  flags: number,
): number {
  if ((flags & ~(XATTR_CREATE | XATTR_REPLACE)) !== 0) return -EINVAL;
  const name = copyInName(t, nameAddr);
  if (typeof name === "number") return name;
  if (size > XATTR_SIZE_MAX) return -E2BIG;
  if (!t.mm.copyIn(value, values, 0, size)) return -EFAULT;
  let r = permitted(t, name, true);
  if (r < 0) return r;
  r = target.inode.setXattr(name, values.subarray(0, size), flags);
  if (r === 0) notifyAttributes();
  return r;
}

function get(t: Task, nameAddr: number, value: number, size: number): number {
  const name = copyInName(t, nameAddr);
  if (typeof name === "number") return name;
  const r = permitted(t, name, false);
  if (r < 0) return r;
  const bytes = target.inode.getXattr(name);
  if (typeof bytes === "number") return bytes;
  if (size === 0) return bytes.length;
  if (bytes.length > size) return -ERANGE;
  return t.mm.copyOut(value, bytes, 0, bytes.length) ? bytes.length : -EFAULT;
}

function list(t: Task, addr: number, size: number): number {
  const names = target.inode.listXattr();
  if (typeof names === "number") return names;
  const all = t.creds.can(CAP_SYS_ADMIN);
  let at = 0;
  for (const name of names) {
    if (!all && name.startsWith("trusted.")) continue;
    if (at + name.length + 1 > XATTR_LIST_MAX) return -E2BIG;
    at = encodeBinaryInto(name, values, at);
    values[at++] = 0;
  }
  if (size === 0) return at;
  if (at > size) return -ERANGE;
  return t.mm.copyOut(addr, values, 0, at) ? at : -EFAULT;
}

function remove(t: Task, nameAddr: number): number {
  const name = copyInName(t, nameAddr);
  if (typeof name === "number") return name;
  let r = permitted(t, name, true);
  if (r < 0) return r;
  r = target.inode.removeXattr(name);
  if (r === 0) notifyAttributes();
  return r;
}

/** setxattr(2). E2BIG, EEXIST, EFAULT, EINVAL, ENODATA, ENOSPC, EOPNOTSUPP, EPERM, ERANGE, EROFS and those of a walk. */
export function setxattr(
  t: Task,
  pathname: number,
  name: number,
  value: number,
  size: number,
  flags: number,
): number {
  const r = targetAt(t, AT_FDCWD, pathname, 0);
  return r < 0 ? r : set(t, name, value, size, flags);
}

export function lsetxattr(
  t: Task,
  pathname: number,
  name: number,
  value: number,
  size: number,
  flags: number,
): number {
  const r = targetAt(t, AT_FDCWD, pathname, AT_SYMLINK_NOFOLLOW);
  return r < 0 ? r : set(t, name, value, size, flags);
}

export function fsetxattr(
  t: Task,
  fd: number,
  name: number,
  value: number,
  size: number,
  flags: number,
): number {
  const r = targetOf(t, fd);
  return r < 0 ? r : set(t, name, value, size, flags);
}

/** getxattr(2). EFAULT, ENODATA, EOPNOTSUPP, ERANGE and those of a walk. */
export function getxattr(
  t: Task,
  pathname: number,
  name: number,
  value: number,
  size: number,
): number {
  const r = targetAt(t, AT_FDCWD, pathname, 0);
  return r < 0 ? r : get(t, name, value, size);
}

export function lgetxattr(
  t: Task,
  pathname: number,
  name: number,
  value: number,
  size: number,
): number {
  const r = targetAt(t, AT_FDCWD, pathname, AT_SYMLINK_NOFOLLOW);
  return r < 0 ? r : get(t, name, value, size);
}

export function fgetxattr(
  t: Task,
  fd: number,
  name: number,
  value: number,
  size: number,
): number {
  const r = targetOf(t, fd);
  return r < 0 ? r : get(t, name, value, size);
}

/** listxattr(2). E2BIG, EFAULT, EOPNOTSUPP, ERANGE and those of a walk. */
export function listxattr(
  t: Task,
  pathname: number,
  addr: number,
  size: number,
): number {
  const r = targetAt(t, AT_FDCWD, pathname, 0);
  return r < 0 ? r : list(t, addr, size);
}

export function llistxattr(
  t: Task,
  pathname: number,
  addr: number,
  size: number,
): number {
  const r = targetAt(t, AT_FDCWD, pathname, AT_SYMLINK_NOFOLLOW);
  return r < 0 ? r : list(t, addr, size);
}

export function flistxattr(
  t: Task,
  fd: number,
  addr: number,
  size: number,
): number {
  const r = targetOf(t, fd);
  return r < 0 ? r : list(t, addr, size);
}

/** removexattr(2). ENODATA, EOPNOTSUPP, EPERM, ERANGE, EROFS and those of a walk. */
export function removexattr(t: Task, pathname: number, name: number): number {
  const r = targetAt(t, AT_FDCWD, pathname, 0);
  return r < 0 ? r : remove(t, name);
}

export function lremovexattr(t: Task, pathname: number, name: number): number {
  const r = targetAt(t, AT_FDCWD, pathname, AT_SYMLINK_NOFOLLOW);
  return r < 0 ? r : remove(t, name);
}

export function fremovexattr(t: Task, fd: number, name: number): number {
  const r = targetOf(t, fd);
  return r < 0 ? r : remove(t, name);
}

export const xattrRows: Row[] = [
  full(188, "setxattr", setxattr, path, str, ptr, size, flags),
  full(189, "lsetxattr", lsetxattr, path, str, ptr, size, flags),
  full(190, "fsetxattr", fsetxattr, fd, str, ptr, size, flags),
  full(191, "getxattr", getxattr, path, str, ptr, size),
  full(192, "lgetxattr", lgetxattr, path, str, ptr, size),
  full(193, "fgetxattr", fgetxattr, fd, str, ptr, size),
  full(194, "listxattr", listxattr, path, ptr, size),
  full(195, "llistxattr", llistxattr, path, ptr, size),
  full(196, "flistxattr", flistxattr, fd, ptr, size),
  full(197, "removexattr", removexattr, path, str),
  full(198, "lremovexattr", lremovexattr, path, str),
  full(199, "fremovexattr", fremovexattr, fd, str),
];

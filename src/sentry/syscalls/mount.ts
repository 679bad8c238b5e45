/** mount(2), umount2(2), pivot_root(2), name_to_handle_at(2), sysfs(2), ustat(2). */
import {
  EBADF,
  EBUSY,
  EFAULT,
  EINVAL,
  ELOOP,
  ENODEV,
  ENOSYS,
  ENOTDIR,
  EOPNOTSUPP,
  EPERM,
} from "../../abi/linux/errno.ts";
import {
  CAP_DAC_READ_SEARCH,
  CAP_SYS_ADMIN,
} from "../../abi/linux/capability.ts";
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_SYMLINK_FOLLOW,
} from "../../abi/linux/fcntl.ts";
import {
  MNT_DETACH,
  MNT_EXPIRE,
  MNT_FORCE,
  MS_BIND,
  MS_MGC_MSK,
  MS_MGC_VAL,
  MS_MOVE,
  MS_PRIVATE,
  MS_REC,
  MS_REMOUNT,
  MS_SHARED,
  MS_SILENT,
  MS_SLAVE,
  MS_UNBINDABLE,
  UMOUNT_NOFOLLOW,
} from "../../abi/linux/mount.ts";
import { fileSystemTypes } from "../fs/table.ts";
import type { Task } from "../kernel/task.ts";
import {
  Mount,
  MS_NOATIME,
  MS_NODEV,
  MS_NOEXEC,
  MS_NOSUID,
  MS_RDONLY,
} from "../vfs/mount.ts";
import type { VfsPath } from "../vfs/path.ts";
import {
  copyInPath,
  EMPTY_PATH,
  FOLLOW,
  resolve,
  resolveDirectory,
  topmost,
} from "../vfs/resolve.ts";
import {
  Decode,
  dirfd,
  flags,
  full,
  missing,
  partial,
  path,
  ptr,
  type Row,
  str,
  traced,
} from "./row.ts";

const KEPT = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME;
const PROPAGATION = MS_PRIVATE | MS_SHARED | MS_SLAVE | MS_UNBINDABLE;
/** Bytes of mount(2)'s data that are read. */
const DATA_MAX = 4096;

function text(t: Task, addr: number, max: number): string | number {
  return addr === 0 ? "" : t.mm.copyInString(addr, max);
}

/** mount(2). EACCES, EBUSY, EFAULT, EINVAL, ENODEV, ENOENT, ENOTDIR, EPERM. */
export function mount(
  t: Task,
  source: number,
  target: number,
  type: number,
  flags: number,
  data: number,
): number {
  const typeName = text(t, type, DATA_MAX);
  if (typeof typeName === "number") return typeName;
  const sourceName = text(t, source, DATA_MAX);
  if (typeof sourceName === "number") return sourceName;
  const dataText = text(t, data, DATA_MAX);
  if (typeof dataText === "number") return dataText;
  const name = copyInPath(t, target);
  if (typeof name === "number") return name;
  const place = resolve(t, AT_FDCWD, name, FOLLOW);
  if (typeof place === "number") return place;
  if (!t.creds.can(CAP_SYS_ADMIN)) return -EPERM;
  let bits = flags % 4294967296 | 0;
  if ((bits & MS_MGC_MSK) >>> 0 === MS_MGC_VAL) bits &= ~MS_MGC_MSK;
  bits &= ~MS_SILENT;
  if ((bits & MS_REMOUNT) !== 0) return remount(place, bits, dataText);
  if ((bits & MS_BIND) !== 0) return bind(t, sourceName, place, bits);
  if ((bits & PROPAGATION) !== 0) return propagate(place, bits);
  if ((bits & MS_MOVE) !== 0) return moveMount(t, sourceName, place);
  return mountNew(t, typeName, sourceName, place, bits, dataText);
}

function mountNew(
  t: Task,
  type: string,
  source: string,
  place: VfsPath,
  bits: number,
  data: string,
): number {
  if (!place.inode.isDirectory) return -ENOTDIR;
  const make = fileSystemTypes.get(type);
  if (make === undefined) return type === "" ? -EINVAL : -ENODEV;
  const fs = make(t.kernel, data, t.creds.fsuid, t.creds.fsgid);
  if (typeof fs === "number") return fs;
  if (source !== "" && type === "tmpfs") fs.source = source;
  const made = new Mount(place.mount.namespace, fs, fs.root, bits & KEPT);
  made.attach(place.mount, place.dentry);
  return 0;
}

/** Whether `place` is where its mount begins. */
function isMountRoot(place: VfsPath): boolean {
  return place.dentry === place.mount.root;
}

function remount(place: VfsPath, bits: number, data: string): number {
  if (!isMountRoot(place)) return -EINVAL;
  const { mount } = place;
  if ((bits & MS_BIND) === 0) {
    const r = mount.fs.remount(data);
    if (r < 0) return r;
  }
  // What the sandbox's owner made read-only stays so.
  mount.flags = (mount.flags & ~KEPT) | (bits & KEPT) |
    (mount.locked ? mount.flags & MS_RDONLY : 0);
  return 0;
}

function propagate(place: VfsPath, bits: number): number {
  const kinds = bits & PROPAGATION;
  if ((bits & ~(PROPAGATION | MS_REC)) !== 0) return -EINVAL;
  if ((kinds & (kinds - 1)) !== 0) return -EINVAL;
  if (!isMountRoot(place)) return -EINVAL;
  // There is one namespace, so that nothing propagates anyway.
  return 0;
}

function bind(t: Task, source: string, place: VfsPath, bits: number): number {
  if (source === "") return -EINVAL;
  const from = resolve(t, AT_FDCWD, source, FOLLOW);
  if (typeof from === "number") return from;
  if (from.inode.isDirectory !== place.inode.isDirectory) return -ENOTDIR;
  const made = copyMount(from.mount, from, place.mount.namespace);
  if ((bits & MS_REC) !== 0) bindChildren(from, made);
  made.attach(place.mount, place.dentry);
  return 0;
}

function copyMount(
  mount: Mount,
  root: VfsPath,
  namespace: Mount["namespace"],
): Mount {
  return new Mount(namespace, mount.fs, root.dentry, mount.flags);
}

/** Copies what is mounted below `from` onto its copy `to`. */
function bindChildren(from: VfsPath, to: Mount): void {
  for (const child of [...from.mount.children]) {
    const at = child.mountpoint!;
    if (child === to || !from.dentry.contains(at)) continue;
    const root = child.root.through(child);
    const copy = copyMount(child, root, to.namespace);
    bindChildren(root, copy);
    copy.attach(to, at);
  }
}

function moveMount(t: Task, source: string, place: VfsPath): number {
  const from = resolve(t, AT_FDCWD, source, FOLLOW);
  if (typeof from === "number") return from;
  if (!isMountRoot(from) || from.mount.parent === null) return -EINVAL;
  if (from.inode.isDirectory !== place.inode.isDirectory) return -ENOTDIR;
  for (let m: Mount | null = place.mount; m !== null; m = m.parent) {
    if (m === from.mount) return -ELOOP;
  }
  from.mount.detach();
  from.mount.attach(place.mount, place.dentry);
  return 0;
}

/** umount2(2). EAGAIN (MNT_EXPIRE), EBUSY, EFAULT, EINVAL, EPERM and those of a walk. */
export function umount2(t: Task, target: number, flags: number): number {
  const known = MNT_FORCE | MNT_DETACH | MNT_EXPIRE | UMOUNT_NOFOLLOW;
  if ((flags & ~known) !== 0) return -EINVAL;
  const expire = (flags & MNT_EXPIRE) !== 0;
  if (expire && (flags & (MNT_FORCE | MNT_DETACH)) !== 0) return -EINVAL;
  const name = copyInPath(t, target);
  if (typeof name === "number") return name;
  const follow = (flags & UMOUNT_NOFOLLOW) === 0 ? FOLLOW : 0;
  const place = resolve(t, AT_FDCWD, name, follow);
  if (typeof place === "number") return place;
  if (!t.creds.can(CAP_SYS_ADMIN)) return -EPERM;
  if (!isMountRoot(place)) return -EINVAL;
  const { mount } = place;
  if (mount.parent === null || mount.locked) return -EINVAL;
  const detach = (flags & MNT_DETACH) !== 0;
  if (!detach && (mount.pins > 0 || mount.children.size > 0)) return -EBUSY;
  unmount(mount);
  return 0;
}

/** Takes a mount and those on it out of the tree; their file systems go when nobody uses them. */
function unmount(mount: Mount): void {
  for (const child of [...mount.children]) unmount(child);
  mount.detach();
  if (mount.pins === 0) mount.release();
}

/** pivot_root(2). EBUSY, EINVAL, ENOTDIR, EPERM and those of a walk. */
export function pivot_root(t: Task, newRoot: number, putOld: number): number {
  if (!t.creds.can(CAP_SYS_ADMIN)) return -EPERM;
  const newName = copyInPath(t, newRoot);
  if (typeof newName === "number") return newName;
  const oldName = copyInPath(t, putOld);
  if (typeof oldName === "number") return oldName;
  const to = resolveDirectory(t, newName);
  if (typeof to === "number") return to;
  const old = resolveDirectory(t, oldName);
  if (typeof old === "number") return old;
  const { root } = t.fs;
  if (to.mount === root.mount || old.mount === root.mount) return -EBUSY;
  if (!isMountRoot(to) || !isMountRoot(root)) return -EINVAL;
  if (to.mount.parent === null) return -EINVAL;
  if (!isBelow(old, to)) return -EINVAL;
  const rootMount = root.mount;
  const above = rootMount.parent;
  const at = rootMount.mountpoint;
  to.mount.detach();
  if (above !== null && at !== null) {
    rootMount.detach();
    to.mount.attach(above, at);
  } else to.mount.namespace.root = to.mount;
  rootMount.attach(old.mount, old.dentry);
  // All who stood at the old root stand at the new one.
  for (const task of t.kernel.tasks.values()) {
    if (task.fs.root.equals(root)) task.fs.setRoot(topmost(to));
    if (task.fs.cwd.equals(root)) task.fs.setCwd(topmost(to));
  }
  return 0;
}

function isBelow(place: VfsPath, top: VfsPath): boolean {
  let { mount, dentry } = place;
  while (mount !== top.mount) {
    if (mount.parent === null || mount.mountpoint === null) return false;
    dentry = mount.mountpoint;
    mount = mount.parent;
  }
  return top.dentry.contains(dentry);
}

/** name_to_handle_at(2): no file system here makes handles. EBADF, EFAULT, EINVAL, EOPNOTSUPP and those of a walk. */
export function name_to_handle_at(
  t: Task,
  dirfd: number,
  pathname: number,
  _handle: number,
  _mountId: number,
  flags: number,
): number {
  if ((flags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH)) !== 0) return -EINVAL;
  const name = copyInPath(t, pathname);
  if (typeof name === "number") return name;
  const walk = ((flags & AT_SYMLINK_FOLLOW) !== 0 ? FOLLOW : 0) |
    ((flags & AT_EMPTY_PATH) !== 0 ? EMPTY_PATH : 0);
  const place = resolve(t, dirfd, name, walk);
  return typeof place === "number" ? place : -EOPNOTSUPP;
}

/** open_by_handle_at(2): there are no handles. EBADF, EPERM, EOPNOTSUPP. */
export function open_by_handle_at(
  t: Task,
  mountFd: number,
  _handle: number,
  _flags: number,
): number {
  if (!t.creds.can(CAP_DAC_READ_SEARCH)) return -EPERM;
  if (mountFd !== AT_FDCWD && t.files.get(mountFd) === null) return -EBADF;
  return -EOPNOTSUPP;
}

/** sysfs(2): names and numbers of file system types. EFAULT, EINVAL. */
export function sysfs(t: Task, option: number, a: number, b: number): number {
  const types = [...fileSystemTypes.keys()];
  switch (option) {
    case 1: {
      const name = t.mm.copyInString(a, 4096);
      if (typeof name === "number") return name;
      const index = types.indexOf(name);
      return index < 0 ? -EINVAL : index;
    }
    case 2: {
      const name = types[a];
      if (name === undefined) return -EINVAL;
      const bytes = new TextEncoder().encode(name + "\0");
      return t.mm.copyOut(b, bytes, 0, bytes.length) ? 0 : -EFAULT;
    }
    case 3:
      return types.length;
  }
  return -EINVAL;
}

const mountFlags = traced(Decode.Word, "mountFlags");
const NEW_MOUNT = "mount(2) is there instead";

export const mountRows: Row[] = [
  partial(
    165,
    "mount",
    mount,
    [str, path, str, mountFlags, str],
    "nothing propagates: there is one namespace",
  ),
  full(166, "umount2", umount2, path, flags),
  full(155, "pivot_root", pivot_root, path, path),
  partial(
    303,
    "name_to_handle_at",
    name_to_handle_at,
    [dirfd, path, ptr, ptr, flags],
    "always EOPNOTSUPP in the end: no file system makes handles",
  ),
  partial(
    304,
    "open_by_handle_at",
    open_by_handle_at,
    [dirfd, ptr, flags],
    "always EOPNOTSUPP in the end: there are no handles",
  ),
  full(139, "sysfs", sysfs, traced(Decode.Int, "int"), ptr, ptr),
  missing(136, "ustat", ENOSYS, "statfs is there instead"),
  missing(428, "open_tree", ENOSYS, NEW_MOUNT),
  missing(429, "move_mount", ENOSYS, NEW_MOUNT),
  missing(430, "fsopen", ENOSYS, NEW_MOUNT),
  missing(431, "fsconfig", ENOSYS, NEW_MOUNT),
  missing(432, "fsmount", ENOSYS, NEW_MOUNT),
  missing(433, "fspick", ENOSYS, NEW_MOUNT),
  missing(442, "mount_setattr", ENOSYS, NEW_MOUNT),
  missing(457, "statmount", ENOSYS, "see /proc/self/mountinfo"),
  missing(458, "listmount", ENOSYS, "see /proc/self/mountinfo"),
];

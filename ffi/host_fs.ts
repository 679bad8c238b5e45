/**
 * Host files: see rust_helpers/src/host_fs.rs for the contracts. Names are
 * binary strings of one component.
 */
import * as raw from "./library.ts";

/** Longest name or link target that crosses, bytes. */
const NAME_ROOM = 4096;
const first = new Uint8Array(NAME_ROOM);
const second = new Uint8Array(NAME_ROOM);
const encoder = new TextEncoder();

/** Puts `name` in `bytes`; its length (cut: the host then says ENOENT). */
function put(name: string, bytes: Uint8Array): number {
  const n = Math.min(name.length, NAME_ROOM);
  for (let i = 0; i < n; i++) bytes[i] = name.charCodeAt(i);
  return n;
}

/** @param path a host path of the user's, an ordinary string */
export function hostOpenRoot(path: string): number {
  return raw.host_open_root(encoder.encode(path));
}

export function hostOpen(
  dirfd: number,
  name: string,
  flags: number,
  mode: number,
): number {
  return raw.host_open(dirfd, first, put(name, first), flags, mode);
}

/** Fields of the latest `hostStat` or `hostStatfs`, in the order of the Rust side. */
export const hostFields = new Float64Array(20);
const fieldBytes = new Uint8Array(hostFields.buffer);

export function hostStat(dirfd: number, name: string): number {
  return raw.host_stat(dirfd, first, put(name, first), fieldBytes);
}

export function hostStatfs(fd: number): number {
  return raw.host_statfs(fd, fieldBytes);
}

export function hostReadlink(
  dirfd: number,
  name: string,
  out: Uint8Array,
): number {
  return raw.host_readlink(dirfd, first, put(name, first), out);
}

export function hostMkdir(dirfd: number, name: string, mode: number): number {
  return raw.host_mkdir(dirfd, first, put(name, first), mode);
}

export function hostMknod(dirfd: number, name: string, mode: number): number {
  return raw.host_mknod(dirfd, first, put(name, first), mode);
}

export function hostSymlink(
  dirfd: number,
  name: string,
  target: string,
): number {
  return raw.host_symlink(
    dirfd,
    first,
    put(name, first),
    second,
    put(target, second),
  );
}

export function hostLink(
  fromDir: number,
  from: string,
  toDir: number,
  to: string,
): number {
  return raw.host_link(
    fromDir,
    first,
    put(from, first),
    toDir,
    second,
    put(to, second),
  );
}

export function hostLinkFd(fd: number, toDir: number, to: string): number {
  return raw.host_link_fd(fd, toDir, second, put(to, second));
}

export function hostUnlink(
  dirfd: number,
  name: string,
  directory: boolean,
): number {
  return raw.host_unlink(dirfd, first, put(name, first), directory ? 1 : 0);
}

export function hostRename(
  fromDir: number,
  from: string,
  toDir: number,
  to: string,
  flags: number,
): number {
  return raw.host_rename(
    fromDir,
    first,
    put(from, first),
    toDir,
    second,
    put(to, second),
    flags,
  );
}

export function hostGetxattr(
  fd: number,
  name: string,
  out: Uint8Array,
): number {
  return raw.host_getxattr(fd, first, put(name, first), out);
}

export function hostSetxattr(
  fd: number,
  name: string,
  value: Uint8Array,
  flags: number,
): number {
  return raw.host_setxattr(fd, first, put(name, first), value, flags);
}

export function hostRemovexattr(fd: number, name: string): number {
  return raw.host_removexattr(fd, first, put(name, first));
}

export {
  host_allocate as hostAllocate,
  host_append as hostAppend,
  host_chmod as hostChmod,
  host_chown as hostChown,
  host_copy as hostCopy,
  host_id as hostId,
  host_list as hostList,
  host_listxattr as hostListxattr,
  host_prepare as hostPrepare,
  host_read as hostRead,
  host_seek as hostSeek,
  host_sync as hostSync,
  host_sync_all as hostSyncAll,
  host_sync_begin as hostSyncBegin,
  host_sync_event as hostSyncEvent,
  host_sync_result as hostSyncResult,
  host_utimes as hostUtimes,
  host_write as hostWrite,
} from "./library.ts";

/**
 * Opening a file in order to execute it: execve(2)'s and PT_INTERP's way.
 *
 * @module
 */
import { EACCES, ELOOP, ETXTBSY } from "../../abi/linux/errno.ts";
import { AT_FDCWD, O_LARGEFILE, O_RDONLY } from "../../abi/linux/fcntl.ts";
import type { Task } from "../kernel/task.ts";
import type { FileDescription } from "../vfs/file_description.ts";
import type { Inode } from "../vfs/inode.ts";
import { type Mount, MS_NOEXEC } from "../vfs/mount.ts";
import type { VfsPath } from "../vfs/path.ts";
import { MAY_EXEC } from "../vfs/permission.ts";
import { FOLLOW, resolve } from "../vfs/resolve.ts";
import type { ProgramFile } from "./program_file.ts";

/**
 * Opens the program that `path` names. The caller owns a reference.
 * @param follow whether a symbolic link at the end is followed
 * @returns -EACCES: no regular file, not executable, a noexec mount; -ELOOP:
 * a link that is not followed; -ETXTBSY; errors of the path walk
 */
export function openProgram(
  t: Task,
  dirfd: number,
  path: string,
  follow: boolean,
): FileDescription | number {
  const place = resolve(t, dirfd, path, follow ? FOLLOW : 0);
  if (typeof place === "number") return place;
  if (place.inode.isSymlink) return -ELOOP;
  return openPlace(t, place);
}

/** As `openProgram`, for an interpreter: any path, from the working directory. */
export function openInterpreter(
  t: Task,
  path: string,
): FileDescription | number {
  return openProgram(t, AT_FDCWD, path, true);
}

/** As `openProgram`, for what descriptor `file` refers to. */
export function reopenProgram(
  t: Task,
  file: FileDescription,
): FileDescription | number {
  if (file.path !== null) return openPlace(t, file.path);
  const r = checkExecutable(t, file.inode, false);
  if (r < 0) return r;
  if (!file.readable) return -EACCES;
  file.incRef();
  return file;
}

function openPlace(t: Task, place: VfsPath): FileDescription | number {
  const { inode } = place;
  const noexec = (place.mount.flags & MS_NOEXEC) !== 0;
  const r = checkExecutable(t, inode, noexec);
  if (r < 0) return r;
  if (inode.writers > 0 && !isDetached(place.mount)) return -ETXTBSY;
  const file = inode.open(t, place, O_RDONLY | O_LARGEFILE);
  if (typeof file !== "number") file.incRef();
  return file;
}

/** Whether it is a mount of memfds: their first descriptor does not count as a writer. */
function isDetached(mount: Mount): boolean {
  return mount.parent === null && mount !== mount.namespace.root;
}

function checkExecutable(t: Task, inode: Inode, noexec: boolean): number {
  const r = inode.refresh();
  if (r < 0) return r;
  const denied = inode.permission(t.creds, MAY_EXEC);
  if (denied < 0) return denied;
  if (!inode.isRegular || noexec) return -EACCES;
  return 0;
}

/** The bytes of an opened program. -errno: they can't be mapped. */
export function programFile(file: FileDescription): ProgramFile | number {
  const memory = file.memoryFile(false, false);
  if (typeof memory === "number") return memory;
  const { size } = file.inode;
  return {
    size,
    read: (offset, bytes, at, length) => memory.read(offset, bytes, at, length),
  };
}

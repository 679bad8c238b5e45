/**
 * For unit tests of files: a task with a root, and calls in few words.
 *
 * @module
 */
import { AT_FDCWD, O_CREAT, O_RDWR } from "../../abi/linux/fcntl.ts";
import type { Task } from "../kernel/task.ts";
import { UserBuffer } from "../mm/user_buffer.ts";
import { decodeBinary, encodeBinary } from "../strings.ts";
import { fakeTask } from "../testing/fake_task.ts";
import { DirListing } from "./directory_file.ts";
import type { FileDescription } from "./file_description.ts";
import type { FileSystem } from "./file_system.ts";
import { FsContext } from "./fs_context.ts";
import type { Inode } from "./inode.ts";
import { KERNEL_BASE, KernelMemory } from "./kernel_memory.ts";
import { Mount, MountNamespace } from "./mount.ts";
import { openAt } from "./open.ts";
import { FOLLOW, resolve, resolveInode } from "./resolve.ts";

const memory = new KernelMemory(2 ** 20);

/** A task of root whose root directory is that of `fs`. */
export function taskOn(fs: FileSystem, flags = 0): Task {
  const { t } = fakeTask();
  const namespace = new MountNamespace();
  const mount = new Mount(namespace, fs, fs.root, flags);
  namespace.root = mount;
  const root = fs.root.through(mount);
  t.fs = new FsContext(root, root, 0o022);
  return t;
}

/** open(2) that must succeed; the caller has the reference. */
export function open(t: Task, path: string, flags = 0): FileDescription {
  const file = openAt(t, AT_FDCWD, path, flags, 0o666);
  if (typeof file === "number") throw new Error(`open ${path}: ${file}`);
  file.incRef();
  return file;
}

/** Up to `n` bytes read at the file's offset, as text; a number is -errno. */
export function readText(
  t: Task,
  file: FileDescription,
  n = 4096,
): string | number {
  const dst = new UserBuffer(true).set(memory, KERNEL_BASE, n);
  const got = file.read(t, dst);
  if (got < 0) return got;
  const bytes = new Uint8Array(got);
  memory.copyInSome(KERNEL_BASE, bytes, 0, got);
  return decodeBinary(bytes);
}

/** Writes `text` at the file's offset; count or -errno. */
export function writeText(
  t: Task,
  file: FileDescription,
  text: string,
): number {
  memory.copyOutSome(KERNEL_BASE, encodeBinary(text), 0, text.length);
  const src = new UserBuffer(false).set(memory, KERNEL_BASE, text.length);
  return file.write(t, src);
}

/** Makes (or extends) a file with this text. */
export function put(t: Task, path: string, text: string): void {
  const file = open(t, path, O_CREAT | O_RDWR);
  writeText(t, file, text);
  file.decRef();
}

/** The whole text of a file, or -errno of its open. */
export function get(t: Task, path: string): string | number {
  const file = openAt(t, AT_FDCWD, path, 0, 0);
  if (typeof file === "number") return file;
  file.incRef();
  const text = readText(t, file, 65536);
  file.decRef();
  return text;
}

/** Names in a directory, sorted, as readdir gives them. */
export function names(t: Task, path: string): string[] {
  const listing = new DirListing();
  const file = open(t, path);
  file.readDir(t, {
    emit(name, ino, type) {
      listing.add(name, ino, type);
      return true;
    },
  });
  file.decRef();
  return listing.names.filter((n) => n !== "." && n !== "..").sort();
}

/** Canonical name of what `path` leads to, or -errno. */
export function walk(t: Task, path: string, scope = 0): string | number {
  const place = resolve(t, AT_FDCWD, path, FOLLOW, scope);
  return typeof place === "number" ? place : place.pathname(t.fs.root);
}

/** What `path` leads to; it must be there. */
export function inodeOf(t: Task, path: string): Inode {
  const inode = resolveInode(t, AT_FDCWD, path, FOLLOW);
  if (typeof inode === "number") throw new Error(`${path}: ${inode}`);
  return inode;
}

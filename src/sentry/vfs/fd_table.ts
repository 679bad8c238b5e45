/**
 * Descriptors of a process (files_struct): shared by CLONE_FILES. A table
 * holds a reference on each file in it.
 */
import { EBADF, EMFILE } from "../../abi/linux/errno.ts";
import { RLIMIT_NOFILE } from "../../abi/linux/resource.ts";
import type { Task } from "../kernel/task.ts";
import { O_PATH } from "../../abi/linux/fcntl.ts";
import type { FileDescription } from "./file_description.ts";

export class FdTable {
  /** Tasks that share it. */
  refs = 1;
  /** By descriptor; null: free. Packed, grows on demand. */
  readonly #files: (FileDescription | null)[] = [];
  readonly #cloexec: boolean[] = [];
  /** No descriptor below it is free. */
  #firstFree = 0;

  /** One more than the highest descriptor that was ever in use. */
  get size(): number {
    return this.#files.length;
  }

  /** The file of `fd`, or null; files opened with O_PATH are not found. */
  lookup(fd: number): FileDescription | null {
    if (fd < 0 || fd >= this.#files.length) return null;
    const file = this.#files[fd];
    return file === null || (file.flags & O_PATH) !== 0 ? null : file;
  }

  /** As `lookup`, O_PATH included. */
  get(fd: number): FileDescription | null {
    return fd < 0 || fd >= this.#files.length ? null : this.#files[fd];
  }

  isCloexec(fd: number): boolean {
    return this.#cloexec[fd] === true;
  }

  /** F_SETFD; `fd` is open. */
  setCloexec(fd: number, on: boolean): void {
    this.#cloexec[fd] = on;
  }

  /**
   * Gives `file` the lowest free descriptor from `from` on, below the caller's
   * RLIMIT_NOFILE, and takes a reference. The descriptor, or -EMFILE: then
   * nothing has changed (a new file without references must be dropped by the
   * caller: `installNew` does it).
   */
  install(t: Task, file: FileDescription, cloexec: boolean, from = 0): number {
    const fd = this.#free(from);
    if (fd >= t.group.limits.cur[RLIMIT_NOFILE]) return -EMFILE;
    this.#put(fd, file, cloexec);
    return fd;
  }

  /** Whether `install` would find a descriptor: asked before work that is not to be undone. */
  hasRoom(t: Task): boolean {
    return this.#free(0) < t.group.limits.cur[RLIMIT_NOFILE];
  }

  /** `install` of a file that nobody refers to yet: it is released when there is no room. */
  installNew(t: Task, file: FileDescription, cloexec: boolean): number {
    file.incRef();
    const fd = this.install(t, file, cloexec);
    file.decRef();
    return fd;
  }

  /** Puts `file` at `fd` (the caller has checked the limit), closing what was there: dup2. */
  installAt(
    t: Task,
    fd: number,
    file: FileDescription,
    cloexec: boolean,
  ): void {
    file.incRef();
    this.close(t, fd);
    this.#put(fd, file, cloexec);
    file.decRef();
  }

  #free(from: number): number {
    const files = this.#files;
    let fd = from > this.#firstFree ? from : this.#firstFree;
    while (fd < files.length && files[fd] !== null) fd++;
    if (from <= this.#firstFree) this.#firstFree = fd;
    return fd;
  }

  #put(fd: number, file: FileDescription, cloexec: boolean): void {
    while (this.#files.length <= fd) {
      this.#files.push(null);
      this.#cloexec.push(false);
    }
    file.incRef();
    this.#files[fd] = file;
    this.#cloexec[fd] = cloexec;
  }

  /** close(2). 0, -EBADF, or what `flush` says (the descriptor goes anyway). */
  close(t: Task, fd: number): number {
    const file = this.get(fd);
    if (file === null) return -EBADF;
    this.#files[fd] = null;
    this.#cloexec[fd] = false;
    if (fd < this.#firstFree) this.#firstFree = fd;
    return this.#drop(t, file);
  }

  #drop(t: Task, file: FileDescription): number {
    const locks = file.inode.locks;
    if (locks !== null) locks.releaseOwner(this);
    const r = file.flush(t);
    file.decRef();
    return r;
  }

  /** A copy of its own, for fork and unshare. */
  fork(): FdTable {
    const copy = new FdTable();
    for (let fd = 0; fd < this.#files.length; fd++) {
      const file = this.#files[fd];
      copy.#files.push(file);
      copy.#cloexec.push(this.#cloexec[fd]);
      if (file !== null) file.incRef();
    }
    copy.#firstFree = this.#firstFree;
    return copy;
  }

  /** For CLONE_FILES. */
  share(): this {
    this.refs++;
    return this;
  }

  /** A task that shared it has gone; the last one closes everything. */
  release(t: Task): void {
    if (--this.refs > 0) return;
    for (let fd = 0; fd < this.#files.length; fd++) this.close(t, fd);
  }

  /** execve(2): closes what is marked so. */
  closeOnExec(t: Task): void {
    for (let fd = 0; fd < this.#files.length; fd++) {
      if (this.#cloexec[fd]) this.close(t, fd);
    }
  }
}

/** Root, working directory and umask of a task; shared by CLONE_FS. */
import type { VfsPath } from "./path.ts";

export class FsContext {
  /** Tasks that share it. */
  refs = 1;
  #root: VfsPath;
  #cwd: VfsPath;

  constructor(root: VfsPath, cwd: VfsPath, public umask: number) {
    this.#root = root;
    this.#cwd = cwd;
    root.pin();
    cwd.pin();
  }

  get root(): VfsPath {
    return this.#root;
  }

  get cwd(): VfsPath {
    return this.#cwd;
  }

  setRoot(path: VfsPath): void {
    path.pin();
    this.#root.unpin();
    this.#root = path;
  }

  setCwd(path: VfsPath): void {
    path.pin();
    this.#cwd.unpin();
    this.#cwd = path;
  }

  /** For CLONE_FS. */
  share(): this {
    this.refs++;
    return this;
  }

  /** A copy of its own, for fork and unshare. */
  copy(): FsContext {
    return new FsContext(this.#root, this.#cwd, this.umask);
  }

  /** A task that shared it has gone. */
  release(): void {
    if (--this.refs > 0) return;
    this.#root.unpin();
    this.#cwd.unpin();
  }
}

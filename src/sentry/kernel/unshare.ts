/** What a task shares with others, made its own: unshare(2), execve(2). */
import type { Task } from "./task.ts";

/** Gives `t` a root, working directory and umask of its own. */
export function unshareFs(t: Task): void {
  if (t.fs.refs === 1) return;
  const copy = t.fs.copy();
  t.fs.release();
  t.fs = copy;
}

/** Gives `t` a descriptor table of its own. */
export function unshareFiles(t: Task): void {
  if (t.files.refs === 1) return;
  const copy = t.files.fork();
  t.files.release(t);
  t.files = copy;
}

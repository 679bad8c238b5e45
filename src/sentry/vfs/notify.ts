/** The hook by which file operations reach inotify; nobody listens until `setNotifier`. */
import { IN_ISDIR } from "../../abi/linux/inotify.ts";
import type { Dentry } from "./dentry.ts";
import type { Inode } from "./inode.ts";

export interface Notifier {
  /**
   * Something happened to `inode`.
   * @param mask IN_* bits
   * @param name the entry concerned when `inode` is its directory, else null
   * @param cookie ties IN_MOVED_FROM to IN_MOVED_TO, else 0
   */
  notify(
    inode: Inode,
    mask: number,
    name: string | null,
    cookie: number,
  ): void;
}

/** Told of events on entries of directories: F_NOTIFY of fcntl(2). */
export interface DirectoryListener {
  happened(dir: Inode, mask: number): void;
}

let notifier: Notifier | null = null;
let listener: DirectoryListener | null = null;
let lastCookie = 0;

export function setNotifier(n: Notifier | null): void {
  notifier = n;
}

/** Null: nobody listens. */
export function setDirectoryListener(l: DirectoryListener | null): void {
  listener = l;
}

/** A fresh cookie for one rename. */
export function nextCookie(): number {
  lastCookie = (lastCookie + 1) >>> 0;
  return lastCookie;
}

/** Tells watches on `inode` itself, or on a directory about its entry `name`. */
export function notify(
  inode: Inode,
  mask: number,
  name: string | null = null,
  cookie = 0,
): void {
  if (listener !== null && name !== null) listener.happened(inode, mask);
  if (notifier === null || inode.watches === null) return;
  notifier.notify(inode, mask, name, cookie);
}

/** Tells watches on the file at `dentry` and on its directory. */
export function notifyFile(dentry: Dentry, mask: number): void {
  if (notifier === null && listener === null) return;
  const inode = dentry.inode;
  if (inode === null) return;
  const bits = inode.isDirectory ? (mask | IN_ISDIR) : mask;
  const parent = dentry.parent;
  if (parent !== null && parent.inode !== null) {
    notify(parent.inode, bits, dentry.name);
  }
  notify(inode, bits);
}

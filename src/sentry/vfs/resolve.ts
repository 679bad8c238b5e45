/**
 * Path walk: from a pathname to a place. `..` never leaves the task's root,
 * mounts are crossed, symbolic links followed (40 at most). See
 * path_resolution(7) and openat2(2).
 */
import {
  EBADF,
  ELOOP,
  ENAMETOOLONG,
  ENOENT,
  ENOTDIR,
  EXDEV,
} from "../../abi/linux/errno.ts";
import {
  AT_FDCWD,
  RESOLVE_BENEATH,
  RESOLVE_IN_ROOT,
  RESOLVE_NO_MAGICLINKS,
  RESOLVE_NO_SYMLINKS,
  RESOLVE_NO_XDEV,
} from "../../abi/linux/fcntl.ts";
import type { Task } from "../kernel/task.ts";
import type { Dentry } from "./dentry.ts";
import type { Inode } from "./inode.ts";
import type { Mount } from "./mount.ts";
import type { VfsPath } from "./path.ts";
import { MAY_EXEC } from "./permission.ts";
import { nextSerial } from "./serial.ts";

/** Bytes in a name, and in a pathname with its 0. */
export const NAME_MAX = 255;
export const PATH_MAX = 4096;
const MAX_LINKS = 40;

// Flags of a walk; openat2's RESOLVE_* bits go into `scope`.
/** Follow a symbolic link that is the last component. */
export const FOLLOW = 1;
/** An empty path names the start (AT_EMPTY_PATH). */
export const EMPTY_PATH = 2;

/** Kind of the last component of a walk that stops at the parent. */
export const enum LastKind {
  Name,
  Dot,
  DotDot,
  /** The path is only slashes. */
  Root,
}

const SLASH = 0x2f;
const DOT = 0x2e;

/**
 * One walk at a time: nothing in it outlives the call, and no handler runs
 * inside another.
 */
class Walk {
  /** Where the walk stands. */
  mount!: Mount;
  dentry!: Dentry;
  /** Last component, when the walk stopped at its parent. */
  name = "";
  kind: LastKind = LastKind.Name;
  /** Whether a slash followed the last component. */
  slash = false;

  #t!: Task;
  #scope = 0;
  #links = 0;
  /** `..` stops here. */
  #root!: VfsPath;

  /** Puts the walk at its start. 0 or -errno. */
  start(t: Task, dirfd: number, path: string, scope: number): number {
    this.#t = t;
    this.#scope = scope;
    this.#links = 0;
    nextSerial();
    this.#root = t.fs.root;
    const absolute = path.charCodeAt(0) === SLASH;
    if (absolute && (scope & RESOLVE_BENEATH) !== 0) return -EXDEV;
    let from = t.fs.root;
    const scoped = (scope & (RESOLVE_BENEATH | RESOLVE_IN_ROOT)) !== 0;
    if (!absolute || scoped) {
      if (dirfd === AT_FDCWD) from = t.fs.cwd;
      else {
        const file = t.files.get(dirfd);
        if (file === null) return -EBADF;
        if (file.path === null) return -ENOTDIR;
        if (path !== "" && !file.path.inode.isDirectory) return -ENOTDIR;
        from = file.path;
      }
      if (scoped) this.#root = from;
    }
    this.mount = from.mount;
    this.dentry = from.dentry;
    return 0;
  }

  /** Walks `path` from where it stands; with `parent`, up to the last component. */
  run(path: string, follow: boolean, parent: boolean): number {
    let at = 0;
    for (;;) {
      while (path.charCodeAt(at) === SLASH) at++;
      if (at === path.length) return this.#end(parent);
      let end = path.indexOf("/", at + 1);
      if (end < 0) end = path.length;
      let next = end;
      while (path.charCodeAt(next) === SLASH) next++;
      const last = next === path.length;
      const slash = end < path.length;
      const denied = this.#enter();
      if (denied < 0) return denied;
      if (end - at > NAME_MAX) return -ENAMETOOLONG;
      const name = path.slice(at, end);
      const kind = kindOf(path, at, end);
      if (last && parent) {
        this.name = name;
        this.kind = kind;
        this.slash = slash;
        if (kind !== LastKind.Name || !follow) return 0;
      }
      at = next;
      if (kind === LastKind.Dot) continue;
      if (kind === LastKind.DotDot) {
        const r = this.#up();
        if (r < 0) return r;
        continue;
      }
      const dir = this.dentry;
      const mount = this.mount;
      const child = lookupChild(dir, name, last);
      if (typeof child === "number") {
        return child === -ENOENT && last && parent ? 0 : child;
      }
      this.dentry = child;
      const crossed = child.mounts === null ? 0 : this.#cross();
      if (crossed < 0) return crossed;
      const inode = this.dentry.inode!;
      if (!inode.isSymlink || (last && !follow && !slash)) {
        if (last && parent) {
          this.dentry = dir;
          this.mount = mount;
          return 0;
        }
        if (last && slash && !inode.isDirectory) return -ENOTDIR;
        continue;
      }
      const target = this.#link(inode);
      if (typeof target === "number") {
        if (target < 0) return target;
        // A jump: the walk stands at its end already.
        if (last) {
          this.kind = LastKind.Root;
          return slash && !this.dentry.inode!.isDirectory ? -ENOTDIR : 0;
        }
        continue;
      }
      path = slash ? target + "/" + path.slice(next) : target;
      if (path.length >= PATH_MAX * 2) return -ENAMETOOLONG;
      at = 0;
      if (path.charCodeAt(0) !== SLASH) {
        this.dentry = dir;
        this.mount = mount;
      }
    }
  }

  #end(parent: boolean): number {
    if (parent && this.kind !== LastKind.DotDot && this.kind !== LastKind.Dot) {
      this.kind = LastKind.Root;
    }
    return 0;
  }

  /** Whether the walk may go on from here: a directory, searchable. */
  #enter(): number {
    const inode = this.dentry.inode!;
    if (!inode.isDirectory) return -ENOTDIR;
    return inode.permission(this.#t.creds, MAY_EXEC);
  }

  #up(): number {
    const root = this.#root;
    const start = this.mount;
    for (;;) {
      if (this.dentry === root.dentry && this.mount === root.mount) {
        return (this.#scope & RESOLVE_BENEATH) !== 0 ? -EXDEV : 0;
      }
      if (this.dentry !== this.mount.root) {
        if (this.dentry.parent === null) return 0;
        this.dentry = this.dentry.parent;
        break;
      }
      const { parent, mountpoint } = this.mount;
      if (parent === null || mountpoint === null) break;
      this.mount = parent;
      this.dentry = mountpoint;
    }
    const r = this.dentry.mounts === null ? 0 : this.#cross();
    if (r < 0) return r;
    const xdev = (this.#scope & RESOLVE_NO_XDEV) !== 0;
    return xdev && this.mount !== start ? -EXDEV : 0;
  }

  /** Goes to the topmost mount here. */
  #cross(): number {
    for (;;) {
      const mount = this.mount.mountAt(this.dentry);
      if (mount === null) return 0;
      if ((this.#scope & RESOLVE_NO_XDEV) !== 0) return -EXDEV;
      this.mount = mount;
      this.dentry = mount.root;
    }
  }

  /** Text of the link to walk (having gone to the root if it is absolute), 0 after a jump, or -errno. */
  #link(inode: Inode): string | number {
    const scope = this.#scope;
    if (++this.#links > MAX_LINKS) return -ELOOP;
    if ((scope & RESOLVE_NO_SYMLINKS) !== 0) return -ELOOP;
    if (inode.isMagic) {
      if ((scope & RESOLVE_NO_MAGICLINKS) !== 0) return -ELOOP;
      const to = inode.jump(this.#t);
      if (typeof to === "number") return to;
      if ((scope & (RESOLVE_BENEATH | RESOLVE_IN_ROOT)) !== 0) return -EXDEV;
      const xdev = (scope & RESOLVE_NO_XDEV) !== 0;
      if (xdev && to.mount !== this.mount) return -EXDEV;
      this.mount = to.mount;
      this.dentry = to.dentry;
      return 0;
    }
    const target = inode.readlink(this.#t);
    if (typeof target === "number") return target;
    if (target === "") return -ENOENT;
    if (target.charCodeAt(0) === SLASH) {
      if ((scope & RESOLVE_BENEATH) !== 0) return -EXDEV;
      const root = this.#root;
      const xdev = (scope & RESOLVE_NO_XDEV) !== 0;
      if (xdev && root.mount !== this.mount) return -EXDEV;
      this.mount = root.mount;
      this.dentry = root.dentry;
    }
    return target;
  }
}

function kindOf(path: string, at: number, end: number): LastKind {
  if (path.charCodeAt(at) !== DOT || end - at > 2) return LastKind.Name;
  if (end - at === 1) return LastKind.Dot;
  return path.charCodeAt(at + 1) === DOT ? LastKind.DotDot : LastKind.Name;
}

/**
 * The entry `name` of a directory, positive, or -ENOENT, …; a cached dentry
 * where it can be trusted. Permissions are the caller's.
 * @param last whether the walk ends here, so that the entry itself matters
 */
export function lookupChild(
  dir: Dentry,
  name: string,
  last: boolean,
): Dentry | number {
  const inode = dir.inode!;
  const child = dir.child(name);
  if (child !== undefined) {
    child.used = true;
    const known = child.inode;
    if (inode.stable) return known === null ? -ENOENT : child;
    if (known !== null) {
      if (child.synthetic || child.mounts !== null) return child;
      if (!last && known.isDirectory && inode.trusts(known)) return child;
    }
  }
  if (dir.deleted) return -ENOENT;
  const found = inode.lookup(name);
  if (typeof found === "number") {
    if (found !== -ENOENT) return found;
    if (child !== undefined) dir.dropChild(child);
    if (inode.stable) dir.addChild(name, null);
    return -ENOENT;
  }
  if (child !== undefined && child.inode === found) return child;
  return dir.addChild(name, found);
}

const walk = new Walk();

/**
 * The place that `path` names.
 * @param dirfd where relative paths start: a descriptor or AT_FDCWD
 * @param flags FOLLOW, EMPTY_PATH
 * @param scope RESOLVE_* bits of openat2(2)
 * @returns -ENOENT, -ENOTDIR, -EACCES, -ELOOP, -ENAMETOOLONG, -EBADF, -EXDEV
 */
export function resolve(
  t: Task,
  dirfd: number,
  path: string,
  flags: number,
  scope = 0,
): VfsPath | number {
  if (path === "" && (flags & EMPTY_PATH) === 0) return -ENOENT;
  let r = walk.start(t, dirfd, path, scope);
  if (r < 0) return r;
  r = walk.run(path, (flags & FOLLOW) !== 0, false);
  return r < 0 ? r : walk.dentry.through(walk.mount);
}

/** The directory that `path` names, seen from the working directory. As `resolve`, and -ENOTDIR. */
export function resolveDirectory(t: Task, path: string): VfsPath | number {
  const place = resolve(t, AT_FDCWD, path, FOLLOW);
  if (typeof place === "number") return place;
  return place.inode.isDirectory ? place : -ENOTDIR;
}

/** The last component of the latest `resolveParent`. */
export const last = {
  /** The component as it stands. */
  name: "",
  kind: LastKind.Name as LastKind,
  /** Whether a slash follows it. */
  slash: false,
};

/**
 * The directory that holds (or would hold) what `path` names; `last` tells the
 * last component. With FOLLOW, a link there is followed, so that the result is
 * the directory of what it leads to, which need not exist. Errors as `resolve`.
 */
export function resolveParent(
  t: Task,
  dirfd: number,
  path: string,
  flags: number,
  scope = 0,
): VfsPath | number {
  if (path === "") return -ENOENT;
  let r = walk.start(t, dirfd, path, scope);
  if (r < 0) return r;
  walk.kind = LastKind.Name;
  walk.name = "";
  walk.slash = false;
  r = walk.run(path, (flags & FOLLOW) !== 0, true);
  if (r < 0) return r;
  last.name = walk.name;
  last.kind = walk.kind;
  last.slash = walk.slash;
  const inode = walk.dentry.inode!;
  if (last.kind === LastKind.Name && !inode.isDirectory) return -ENOTDIR;
  return walk.dentry.through(walk.mount);
}

/** Inode that `path` names; with EMPTY_PATH and an empty path that of `dirfd`, whatever it is (files without a name, too). Errors as `resolve`. */
export function resolveInode(
  t: Task,
  dirfd: number,
  path: string,
  flags: number,
): Inode | number {
  if (path === "" && (flags & EMPTY_PATH) !== 0 && dirfd !== AT_FDCWD) {
    const file = t.files.get(dirfd);
    return file === null ? -EBADF : file.inode;
  }
  const place = resolve(t, dirfd, path, flags);
  return typeof place === "number" ? place : place.inode;
}

/** The topmost mount's root at a place: where a walk that reaches it arrives. */
export function topmost(place: VfsPath): VfsPath {
  let { mount, dentry } = place;
  for (;;) {
    const over = mount.mountAt(dentry);
    if (over === null) return dentry.through(mount);
    mount = over;
    dentry = over.root;
  }
}

/** Copies a pathname in. The path, -EFAULT or -ENAMETOOLONG. */
export function copyInPath(t: Task, addr: number): string | number {
  return t.mm.copyInString(addr, PATH_MAX);
}

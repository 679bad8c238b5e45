/** The devpts file system: /dev/pts with a node per terminal, and ptmx. */
import { EIO, ENOENT, ENOSPC } from "../../../abi/linux/errno.ts";
import { DT_CHR } from "../../../abi/linux/dirent.ts";
import {
  DEVPTS_SUPER_MAGIC,
  makedev,
  S_IFCHR,
} from "../../../abi/linux/stat.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import type { Task } from "../../kernel/task.ts";
import type { Tty } from "../../tty/tty.ts";
import { openTty } from "../../tty/tty_file.ts";
import { Pty, type PtySlave } from "../../tty/pty.ts";
import { PtyMaster } from "../../tty/pty_master.ts";
import { Dentry } from "../../vfs/dentry.ts";
import type { DirListing } from "../../vfs/directory_file.ts";
import type { FileDescription } from "../../vfs/file_description.ts";
import { FileSystem } from "../../vfs/file_system.ts";
import { Inode } from "../../vfs/inode.ts";
import type { VfsPath } from "../../vfs/path.ts";
import type { SpecialOpener } from "../../vfs/special.ts";
import { DynamicDirectory } from "../../vfs/synthetic.ts";
import { PtsInode } from "./pts_inode.ts";

/** Major number of /dev/pts/N. */
export const PTS_MAJOR = 136;
/** /dev/ptmx. */
export const PTMX_DEV: number = makedev(5, 2);
/** /proc/sys/kernel/pty/max. */
export const PTY_MAX = 4096;

export class DevptsFs extends FileSystem {
  readonly root: Dentry;
  /** Terminals by index; holes are free. */
  readonly nodes: (PtsInode | null)[] = [];
  readonly ptmx: Inode;

  constructor(readonly kernel: Kernel) {
    super("devpts", DEVPTS_SUPER_MAGIC);
    this.source = "devpts";
    this.options = ",gid=5,mode=620,ptmxmode=666";
    this.ptmx = new DeviceNode(this, 2, S_IFCHR | 0o666);
    this.ptmx.rdev = PTMX_DEV;
    this.ptmx.stampNew();
    this.root = new Dentry(null, "", new PtsDirectory(this));
  }

  /** Gives a terminal that is not a pty a place. */
  addTerminal(make: (rdev: number) => Tty): PtsInode {
    const index = this.#freeIndex();
    const tty = make(makedev(PTS_MAJOR, index));
    return this.#add(index, tty, 0, 0o620);
  }

  /** A new pair for `t`; its master is open. -ENOSPC. */
  openMaster(
    t: Task,
    inode: Inode,
    path: VfsPath | null,
    flags: number,
  ): PtyMaster | number {
    const index = this.#freeIndex();
    if (index >= PTY_MAX) return -ENOSPC;
    const pty = new Pty(this.kernel, makedev(PTS_MAJOR, index), index);
    const node = this.#add(index, pty.slave, t.creds.fsuid, 0o620);
    return new PtyMaster(pty, node, this, inode, path, flags);
  }

  /** The master of pair `index` is closed. */
  remove(index: number): void {
    this.nodes[index] = null;
  }

  #freeIndex(): number {
    const free = this.nodes.indexOf(null);
    return free >= 0 ? free : this.nodes.length;
  }

  #add(index: number, tty: Tty, uid: number, mode: number): PtsInode {
    const node = new PtsInode(this, index, tty, uid, mode);
    this.nodes[index] = node;
    return node;
  }
}

class DeviceNode extends Inode {}

class PtsDirectory extends DynamicDirectory {
  readonly #fs: DevptsFs;

  constructor(fs: DevptsFs) {
    super(fs, 0o755, 1);
    this.#fs = fs;
  }

  override lookup(name: string): Inode | number {
    if (name === "ptmx") return this.#fs.ptmx;
    if (!/^(0|[1-9]\d{0,6})$/.test(name)) return -ENOENT;
    return this.#fs.nodes[Number(name)] ?? -ENOENT;
  }

  override list(_t: Task, listing: DirListing): number {
    for (const node of this.#fs.nodes) {
      if (node !== null) listing.add(String(node.index), node.ino, DT_CHR);
    }
    listing.add("ptmx", this.#fs.ptmx.ino, DT_CHR);
    return 0;
  }
}

/** Opens /dev/ptmx. */
export const ptmxOpener: SpecialOpener = {
  open(t, inode, path, flags): FileDescription | number {
    const fs = inode.fs instanceof DevptsFs ? inode.fs : devpts(t.kernel);
    return fs.openMaster(t, inode, path, flags);
  },
};

/** Opens /dev/pts/N. */
export const ptsOpener: SpecialOpener = {
  open(t, inode, path, flags): FileDescription | number {
    const node = inode instanceof PtsInode
      ? inode
      : devpts(t.kernel).nodes[inode.rdev & 0xff] ?? null;
    if (node === null) return -EIO;
    const { tty } = node;
    if (isLocked(tty)) return -EIO;
    return openTty(t, tty, node, path, flags);
  },
};

function isLocked(tty: Tty): boolean {
  const { pty } = tty as Partial<PtySlave>;
  return pty !== undefined && (pty.locked || pty.master === null);
}

let shared: DevptsFs | null = null;

/** The instance that /dev/ptmx outside of devpts leads to. */
export function devpts(kernel: Kernel): DevptsFs {
  if (shared === null || shared.kernel !== kernel) {
    shared = new DevptsFs(kernel);
  }
  return shared;
}

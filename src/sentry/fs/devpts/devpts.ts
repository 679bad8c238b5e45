/** The devpts file system: /dev/pts with a node per terminal, and ptmx. */
import { EINVAL, EIO, ENOENT, ENOSPC } from "../../../abi/linux/errno.ts";
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

/** Options of mount(2). */
export interface DevptsOptions {
  /** Group of terminals; null: their opener's. */
  gid: number | null;
  /** Permission bits of terminals, and of ptmx. */
  mode: number;
  ptmxmode: number;
  /** How many terminals there can be. */
  max: number;
}

/** Those of /dev/pts at start; group 5 is "tty" in every distribution. */
const USUAL: DevptsOptions = {
  gid: 5,
  mode: 0o620,
  ptmxmode: 0o666,
  max: PTY_MAX,
};

export class DevptsFs extends FileSystem {
  readonly root: Dentry;
  /** Terminals by index; holes are free. */
  readonly nodes: (PtsInode | null)[] = [];
  readonly ptmx: Inode;
  #mounted = false;

  constructor(readonly kernel: Kernel, readonly choice: DevptsOptions) {
    super("devpts", DEVPTS_SUPER_MAGIC);
    this.source = "devpts";
    const { gid, mode, ptmxmode } = choice;
    this.options = (gid === null ? "" : `,gid=${gid}`) +
      `,mode=${octal(mode)},ptmxmode=${octal(ptmxmode)}`;
    this.ptmx = new DeviceNode(this, 2, S_IFCHR | ptmxmode);
    this.ptmx.rdev = PTMX_DEV;
    this.ptmx.stampNew();
    this.root = new Dentry(null, "", new PtsDirectory(this));
  }

  /**
   * From mount(2)'s data: an instance with terminals of its own (but the
   * first one is that of /dev/ptmx). It, or -EINVAL.
   */
  static mount(kernel: Kernel, options: string): DevptsFs | number {
    const usual = devpts(kernel);
    if (!usual.#mounted) {
      usual.#mounted = true;
      return usual;
    }
    const choice = { gid: null, mode: 0o600, ptmxmode: 0, max: PTY_MAX };
    return parseOptions(options, choice)
      ? new DevptsFs(kernel, choice)
      : -EINVAL;
  }

  /** Gives a terminal that is not a pty a place. */
  addTerminal(make: (rdev: number) => Tty): PtsInode {
    const index = this.#freeIndex();
    const tty = make(makedev(PTS_MAJOR, index));
    const { uid, gid } = this.kernel.config;
    return this.#add(index, tty, uid, gid);
  }

  /** A new pair for `t`; its master is open. -ENOSPC. */
  openMaster(
    t: Task,
    inode: Inode,
    path: VfsPath | null,
    flags: number,
  ): PtyMaster | number {
    const index = this.#freeIndex();
    if (index >= this.choice.max) return -ENOSPC;
    const pty = new Pty(this.kernel, makedev(PTS_MAJOR, index), index);
    const node = this.#add(
      index,
      pty.slave,
      t.creds.fsuid,
      t.creds.fsgid,
    );
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

  #add(index: number, tty: Tty, uid: number, gid: number): PtsInode {
    const node = new PtsInode(this, index, tty, this.choice.mode);
    node.uid = uid;
    node.gid = this.choice.gid ?? gid;
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
    shared = new DevptsFs(kernel, USUAL);
  }
  return shared;
}

function octal(mode: number): string {
  return mode.toString(8).padStart(3, "0");
}

/** Takes "gid=5,mode=620,…" into `choice`; false for what is not known. */
function parseOptions(text: string, choice: DevptsOptions): boolean {
  for (const option of text.split(",")) {
    const [name, value = ""] = option.split("=");
    const number = parseInt(value, /mode$/.test(name) ? 8 : 10);
    if (name === "" || name === "newinstance") continue;
    if (!/^\d+$/.test(value) || Number.isNaN(number)) return false;
    if (name === "gid") choice.gid = number;
    else if (name === "mode") choice.mode = number & 0o7777;
    else if (name === "ptmxmode") choice.ptmxmode = number & 0o7777;
    else if (name === "max") choice.max = number;
    else if (name !== "uid") return false;
  }
  return true;
}

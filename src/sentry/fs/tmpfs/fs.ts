/** tmpfs(5): a file system in memory. Options: size=, nr_inodes=, mode=, uid=, gid=. */
import { EINVAL, ENOSPC } from "../../../abi/linux/errno.ts";
import { TMPFS_MAGIC } from "../../../abi/linux/stat.ts";
import type { UserBuffer } from "../../mm/user_buffer.ts";
import { Dentry } from "../../vfs/dentry.ts";
import { FileSystem, type Usage } from "../../vfs/file_system.ts";
import { TmpfsDirectory, TmpfsRegular } from "./inode.ts";

const PAGE = 4096;
/** Shown as the size of a tmpfs without size=: 8 GiB in pages. */
const UNLIMITED_PAGES = 2 ** 21;

export class TmpfsFs extends FileSystem {
  readonly root: Dentry;
  /** Pages that files may use; Infinity: no limit. */
  #maxPages = Infinity;
  #maxInodes = Infinity;
  #pages = 0;
  #inodes = 1;

  constructor(
    mode = 0o1777,
    uid = 0,
    gid = 0,
    type = "tmpfs",
    magic = TMPFS_MAGIC,
  ) {
    super(type, magic);
    this.source = type;
    this.root = new Dentry(null, "", this.makeRoot(mode, uid, gid));
  }

  /** From mount(2)'s data. The file system, or -EINVAL. */
  static mount(options: string, uid: number, gid: number): TmpfsFs | number {
    const parsed = parseOptions(options);
    if (parsed === null) return -EINVAL;
    const fs = new TmpfsFs(
      parsed.mode ?? 0o1777,
      parsed.uid ?? uid,
      parsed.gid ?? gid,
    );
    fs.#limit(parsed);
    return fs;
  }

  #limit(o: Options): void {
    if (o.size !== undefined) {
      this.#maxPages = o.size === 0 ? Infinity : Math.ceil(o.size / PAGE);
    }
    if (o.inodes !== undefined) {
      this.#maxInodes = o.inodes === 0 ? Infinity : o.inodes;
    }
    let text = "";
    if (this.#maxPages !== Infinity) text += `,size=${this.#maxPages * 4}k`;
    if (this.#maxInodes !== Infinity) text += `,nr_inodes=${this.#maxInodes}`;
    const mode = this.root.inode!.mode & 0o7777;
    if (mode !== 0o1777) text += `,mode=${mode.toString(8)}`;
    this.options = text;
  }

  /** The root directory of this kind of file system; called by the constructor. */
  protected makeRoot(mode: number, uid: number, gid: number): TmpfsDirectory {
    return new TmpfsDirectory(this, 1, mode, uid, gid);
  }

  override remount(options: string): number {
    const parsed = parseOptions(options);
    if (parsed === null) return -EINVAL;
    if (parsed.size !== undefined && parsed.size < this.#pages * PAGE) {
      return -EINVAL;
    }
    this.#limit(parsed);
    return 0;
  }

  newRegular(mode: number, uid: number, gid: number): TmpfsRegular {
    return new TmpfsRegular(this, this.nextInode(), mode, uid, gid);
  }

  /** Whether there is room for one more inode, which is counted. */
  mayCreate(): boolean {
    if (this.#inodes >= this.#maxInodes) return false;
    this.#inodes++;
    return true;
  }

  inodeGone(): void {
    this.#inodes--;
  }

  /** Whether pages are counted at all. */
  get limited(): boolean {
    return this.#maxPages !== Infinity;
  }

  usePages(change: number): void {
    this.#pages += change;
  }

  /** Cuts a write to what fits. 0 or -ENOSPC. */
  limitWrite(inode: TmpfsRegular, src: UserBuffer, offset: number): number {
    if (!this.limited) return 0;
    const room = (this.#maxPages - this.#pages) * PAGE;
    const slack = Math.ceil(inode.size / PAGE) * PAGE;
    // Bytes in pages that the file may have already are free.
    const fresh = offset + src.remaining - Math.max(offset, slack);
    if (fresh <= room) return 0;
    const fits = src.remaining - (fresh - room);
    if (fits <= 0) return -ENOSPC;
    src.limit(fits);
    return 0;
  }

  override usage(u: Usage): number {
    super.usage(u);
    const max = this.limited ? this.#maxPages : UNLIMITED_PAGES;
    u.blocks = max;
    u.free = Math.max(0, max - this.#pages);
    u.available = u.free;
    u.files = this.#maxInodes === Infinity ? UNLIMITED_PAGES : this.#maxInodes;
    u.filesFree = Math.max(0, u.files - this.#inodes);
    return 0;
  }
}

interface Options {
  size?: number;
  inodes?: number;
  mode?: number;
  uid?: number;
  gid?: number;
}

/** Null: something there is not understood. */
function parseOptions(text: string): Options | null {
  const o: Options = {};
  for (const option of text.split(",")) {
    if (option === "") continue;
    const [key, value = ""] = option.split("=", 2);
    const number = key === "mode"
      ? parseOctal(value)
      : key === "uid" || key === "gid"
      ? parseDecimal(value)
      : parseSize(value);
    if (number === null) return null;
    if (key === "size") o.size = number;
    else if (key === "nr_blocks") o.size = number * PAGE;
    else if (key === "nr_inodes") o.inodes = number;
    else if (key === "mode") o.mode = number & 0o7777;
    else if (key === "uid") o.uid = number;
    else if (key === "gid") o.gid = number;
    else return null;
  }
  return o;
}

function parseOctal(text: string): number | null {
  return /^[0-7]{1,5}$/.test(text) ? parseInt(text, 8) : null;
}

function parseDecimal(text: string): number | null {
  return /^[0-9]{1,10}$/.test(text) ? Number(text) : null;
}

/** Bytes with k, m, g or % (of 8 GiB) behind. */
function parseSize(text: string): number | null {
  const found = /^([0-9]{1,15})([kKmMgG%]?)$/.exec(text);
  if (found === null) return null;
  const n = Number(found[1]);
  switch (found[2].toLowerCase()) {
    case "k":
      return n * 2 ** 10;
    case "m":
      return n * 2 ** 20;
    case "g":
      return n * 2 ** 30;
    case "%":
      return Math.floor(n * UNLIMITED_PAGES * PAGE / 100);
    default:
      return n;
  }
}

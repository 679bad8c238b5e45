/** An open terminal. */
import { EAGAIN, EBUSY, EIO } from "../../abi/linux/errno.ts";
import { O_NOCTTY, O_NONBLOCK } from "../../abi/linux/fcntl.ts";
import { POLLERR, POLLHUP } from "../../abi/linux/poll.ts";
import { SIGTTIN, SIGTTOU } from "../../abi/linux/signal.ts";
import { CAP_SYS_ADMIN } from "../../abi/linux/capability.ts";
import { TOSTOP } from "../../abi/linux/tty.ts";
import type { Task } from "../kernel/task.ts";
import type { UserBuffer } from "../mm/user_buffer.ts";
import { FileDescription } from "../vfs/file_description.ts";
import type { Inode } from "../vfs/inode.ts";
import type { VfsPath } from "../vfs/path.ts";
import { checkForeground, terminalOf } from "./job_control.ts";
import { WIDEST } from "./output_processor.ts";
import { READ_EVENTS, type Tty, WRITE_EVENTS } from "./tty.ts";
import { ttyIoctl } from "./tty_ioctl.ts";

const scratch = new Uint8Array(4096);

export class TtyFile extends FileDescription {
  /** The terminal has gone: reads give 0, writes EIO. */
  hungUp = false;

  constructor(
    readonly tty: Tty,
    inode: Inode,
    path: VfsPath | null,
    flags: number,
    public name: string | null = null,
  ) {
    super(inode, path, flags);
    tty.files.add(this);
    tty.opensChanged();
  }

  get nonblocking(): boolean {
    return (this.flags & O_NONBLOCK) !== 0;
  }

  override read(t: Task, dst: UserBuffer): number {
    if (this.hungUp) return 0;
    const r = checkForeground(t, this.tty, SIGTTIN);
    if (r < 0) return r;
    return this.tty.read(t, this, dst);
  }

  override write(t: Task, src: UserBuffer): number {
    if (this.hungUp) return -EIO;
    const { tty } = this;
    const { line } = tty;
    if ((line.modes.lflag & TOSTOP) !== 0) {
      const r = checkForeground(t, tty, SIGTTOU);
      if (r < 0) return r;
    }
    let done = 0;
    while (src.remaining > 0) {
      if (!line.writable) return done > 0 ? done : -EAGAIN;
      // No more than the terminal takes whatever the bytes become.
      const room = Math.floor(tty.outputRoom() / WIDEST);
      const want = Math.min(src.remaining, room, scratch.length);
      const n = src.copy(scratch, 0, want);
      if (n < 0) return done > 0 ? done : n;
      if (n === 0) break;
      done += line.write(scratch, n);
    }
    return done;
  }

  override poll(): number {
    if (this.hungUp) return READ_EVENTS | WRITE_EVENTS | POLLERR | POLLHUP;
    this.tty.inUse();
    return (this.tty.line.readable ? READ_EVENTS : 0) |
      (this.tty.line.writable ? WRITE_EVENTS : 0);
  }

  override ioctl(t: Task, request: number, arg: number): number {
    if (this.hungUp) return -EIO;
    return ttyIoctl(t, this, this.tty, request, arg);
  }

  override linkText(): string | null {
    return this.name;
  }

  override release(): void {
    this.tty.files.delete(this);
    this.tty.opensChanged();
  }
}

/**
 * Opens a terminal for `t`; without O_NOCTTY it becomes the controlling
 * terminal of a session leader that has none. -EBUSY (TIOCEXCL).
 */
export function openTty(
  t: Task,
  tty: Tty,
  inode: Inode,
  path: VfsPath | null,
  flags: number,
): TtyFile | number {
  if (tty.exclusive && !t.creds.can(CAP_SYS_ADMIN)) return -EBUSY;
  const file = new TtyFile(tty, inode, path, flags & ~O_NOCTTY);
  const group = t.group.processGroup;
  if (
    (flags & O_NOCTTY) === 0 && file.readable && tty.session === null &&
    group.session.leader === t.group && terminalOf(t.group) === null
  ) {
    t.group.withoutTerminal = false;
    tty.control(group);
  }
  return file;
}

/** The master's end of a pseudoterminal, as /dev/ptmx opens it. */
import { EAGAIN, EFAULT, EINVAL, EIO, ENOTTY } from "../../abi/linux/errno.ts";
import { O_CLOEXEC, O_NOCTTY } from "../../abi/linux/fcntl.ts";
import { POLLHUP, POLLPRI } from "../../abi/linux/poll.ts";
import { SIGINT, SIGQUIT, SIGTSTP } from "../../abi/linux/signal.ts";
import {
  TCFLSH,
  TCIFLUSH,
  TCOFLUSH,
  TCSBRK,
  TCSBRKP,
  TIOCGPGRP,
  TIOCGPKT,
  TIOCGPTLCK,
  TIOCGPTN,
  TIOCGPTPEER,
  TIOCGSID,
  TIOCINQ,
  TIOCOUTQ,
  TIOCPKT,
  TIOCPKT_DATA,
  TIOCSIG,
  TIOCSPTLCK,
} from "../../abi/linux/tty.ts";
import type { Task } from "../kernel/task.ts";
import type { UserBuffer } from "../mm/user_buffer.ts";
import { FileDescription } from "../vfs/file_description.ts";
import type { Inode } from "../vfs/inode.ts";
import type { VfsPath } from "../vfs/path.ts";
import type { Pty } from "./pty.ts";
import { READ_EVENTS, WRITE_EVENTS } from "./tty.ts";
import { openTty } from "./tty_file.ts";
import { getInt, gotInt, putInt, sharedIoctl } from "./tty_ioctl.ts";

/** Where the pair's node is listed. */
export interface PtyRegistry {
  remove(index: number): void;
}

const scratch = new Uint8Array(8192);

export class PtyMaster extends FileDescription {
  constructor(
    readonly pty: Pty,
    readonly node: Inode,
    readonly registry: PtyRegistry,
    inode: Inode,
    path: VfsPath | null,
    flags: number,
  ) {
    super(inode, path, flags & ~O_NOCTTY);
    pty.master = this;
  }

  /** Output of the slave; with TIOCPKT a status byte first. EIO when the slave is closed. */
  override read(_t: Task, dst: UserBuffer): number {
    const { pty } = this;
    if (pty.packets && pty.packetStatus !== 0) {
      scratch[0] = pty.packetStatus;
      const n = dst.copy(scratch, 0, 1);
      if (n === 1) pty.packetStatus = 0;
      return n;
    }
    if (pty.output.length === 0) return pty.slave.closed ? -EIO : -EAGAIN;
    let at = 0;
    if (pty.packets) scratch[at++] = TIOCPKT_DATA;
    const n = pty.output.peek(scratch.subarray(at)) + at;
    const moved = dst.copy(scratch, 0, Math.min(n, dst.remaining));
    if (moved < 0) return moved;
    pty.output.skip(Math.max(0, moved - at));
    pty.slave.outputReady();
    return moved;
  }

  /** What the slave's user types. */
  override write(_t: Task, src: UserBuffer): number {
    const { pty } = this;
    if (pty.slave.closed) return -EIO;
    const { line } = pty.slave;
    let done = 0;
    while (src.remaining > 0 && line.receives) {
      const room = line.edits ? scratch.length : line.input.room;
      const n = src.copy(
        scratch,
        0,
        Math.min(src.remaining, room, scratch.length),
      );
      if (n < 0) return done > 0 ? done : n;
      const taken = line.receive(scratch, 0, n);
      done += taken;
      if (taken < n) break;
    }
    return done > 0 || src.remaining === 0 ? done : -EAGAIN;
  }

  override poll(): number {
    const { pty } = this;
    const status = pty.packets && pty.packetStatus !== 0;
    let events = 0;
    if (pty.output.length > 0 || status) events |= READ_EVENTS;
    if (status) events |= POLLPRI;
    if (pty.slave.closed) events |= POLLHUP;
    else if (pty.slave.line.receives) events |= WRITE_EVENTS;
    return events;
  }

  override ioctl(t: Task, request: number, arg: number): number {
    const { pty } = this;
    const { slave } = pty;
    switch (request) {
      case TIOCGPTN:
        return putInt(t, arg, pty.index);
      case TIOCSPTLCK:
        if (!getInt(t, arg)) return -EFAULT;
        pty.locked = gotInt() !== 0;
        return 0;
      case TIOCGPTLCK:
        return putInt(t, arg, pty.locked ? 1 : 0);
      case TIOCGPTPEER:
        return this.#openPeer(t, arg);
      case TIOCPKT:
        return this.#setPackets(t, arg);
      case TIOCGPKT:
        return putInt(t, arg, pty.packets ? 1 : 0);
      case TIOCSIG:
        return this.#signal(arg);
      case TIOCGPGRP:
        return putInt(t, arg, slave.foreground?.id ?? 0);
      case TIOCGSID:
        if (slave.session === null) return -ENOTTY;
        return putInt(t, arg, slave.session.id);
      case TIOCINQ:
        return putInt(t, arg, pty.output.length);
      case TIOCOUTQ:
        return putInt(t, arg, 0);
      case TCSBRK:
      case TCSBRKP:
        return 0;
      case TCFLSH:
        return this.#flush(arg);
      default:
        return sharedIoctl(t, this, slave, request, arg);
    }
  }

  #setPackets(t: Task, arg: number): number {
    if (!getInt(t, arg)) return -EFAULT;
    const on = gotInt() !== 0;
    if (on && !this.pty.packets) this.pty.packetStatus = 0;
    this.pty.packets = on;
    return 0;
  }

  /** TIOCSIG: a signal as if by a key. */
  #signal(signo: number): number {
    if (signo !== SIGINT && signo !== SIGQUIT && signo !== SIGTSTP) {
      return -EINVAL;
    }
    this.pty.slave.signal(signo);
    return 0;
  }

  #flush(what: number): number {
    const { output, slave } = this.pty;
    if (what < TCIFLUSH || what > TCOFLUSH + 1) return -EINVAL;
    if (what !== TCOFLUSH) {
      output.clear();
      slave.outputReady();
    }
    if (what !== TCIFLUSH) slave.line.discardInput();
    return 0;
  }

  /** TIOCGPTPEER: opens the slave without a path. The descriptor. */
  #openPeer(t: Task, flags: number): number {
    const { pty, node } = this;
    if (pty.locked) return -EIO;
    const file = openTty(t, pty.slave, node, null, flags & ~O_CLOEXEC);
    if (typeof file === "number") return file;
    file.name = `/dev/pts/${pty.index}`;
    return t.files.installNew(t, file, (flags & O_CLOEXEC) !== 0);
  }

  override release(): void {
    this.registry.remove(this.pty.index);
    this.pty.masterClosed();
  }
}

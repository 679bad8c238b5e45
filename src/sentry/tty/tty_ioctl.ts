/** ioctl_tty(2): what both ends of a terminal answer. */
import {
  EFAULT,
  EINVAL,
  EIO,
  ENOTTY,
  EPERM,
  ESRCH,
} from "../../abi/linux/errno.ts";
import { CAP_SYS_ADMIN } from "../../abi/linux/capability.ts";
import { struct } from "../../abi/struct.ts";
import { SIGTTOU } from "../../abi/linux/signal.ts";
import {
  N_TTY,
  TCFLSH,
  TCIFLUSH,
  TCIOFF,
  TCIOFLUSH,
  TCION,
  TCOFLUSH,
  TCOOFF,
  TCOON,
  TCSBRK,
  TCSBRKP,
  TCXONC,
  TIOCCBRK,
  TIOCEXCL,
  TIOCGDEV,
  TIOCGETD,
  TIOCGEXCL,
  TIOCGPGRP,
  TIOCGSID,
  TIOCGWINSZ,
  TIOCINQ,
  TIOCNOTTY,
  TIOCNXCL,
  TIOCOUTQ,
  TIOCSBRK,
  TIOCSCTTY,
  TIOCSETD,
  TIOCSPGRP,
  TIOCSTI,
  TIOCSWINSZ,
  TIOCVHANGUP,
  VSTART,
  VSTOP,
  Winsize,
} from "../../abi/linux/tty.ts";
import { disassociateTerminal } from "../kernel/job_control.ts";
import type { Task } from "../kernel/task.ts";
import type { FileDescription } from "../vfs/file_description.ts";
import { checkForeground, terminalOf } from "./job_control.ts";
import { modesIoctl } from "./modes_ioctl.ts";
import { type Tty, WRITE_EVENTS } from "./tty.ts";

const Int = struct({ value: "i32" });
const int = Int.alloc();
const winsize = Winsize.alloc();

/** Gives the guest an int. 0 or -EFAULT. */
export function putInt(t: Task, arg: number, value: number): number {
  int.value = value;
  return t.copyOut(arg, int) ? 0 : -EFAULT;
}

/** The guest's int at `arg` in `gotInt`. False: EFAULT. */
export function getInt(t: Task, arg: number): boolean {
  return t.copyIn(arg, int);
}

/** What `getInt` read. */
export function gotInt(): number {
  return int.value;
}

/** An ioctl on a terminal's own side (not a pty's master). */
export function ttyIoctl(
  t: Task,
  file: FileDescription,
  tty: Tty,
  request: number,
  arg: number,
): number {
  switch (request) {
    case TIOCSCTTY:
      return makeControlling(t, file, tty, arg);
    case TIOCNOTTY:
      return giveUp(t, tty);
    case TIOCGPGRP:
      if (terminalOf(t.group) !== tty) return -ENOTTY;
      return putInt(t, arg, tty.foreground?.id ?? 0);
    case TIOCGSID:
      if (terminalOf(t.group) !== tty) return -ENOTTY;
      return putInt(t, arg, tty.session?.id ?? 0);
    case TIOCINQ:
      return putInt(t, arg, tty.line.available);
    case TIOCOUTQ:
      return putInt(t, arg, tty.unsent);
    case TCFLSH:
      return flush(t, tty, arg);
    case TIOCSBRK:
    case TIOCCBRK:
      return checkForeground(t, tty, SIGTTOU);
    case TCSBRK:
    case TCSBRKP:
      return drain(t, file, tty);
    case TIOCSTI:
      return t.creds.can(CAP_SYS_ADMIN) ? typeKey(t, tty, arg) : -EIO;
    case TIOCVHANGUP:
      if (!t.creds.can(CAP_SYS_ADMIN)) return -EPERM;
      tty.hangUp();
      return 0;
    default:
      return sharedIoctl(t, file, tty, request, arg);
  }
}

/** Ioctls that a pty's master answers for its slave, too. */
export function sharedIoctl(
  t: Task,
  file: FileDescription,
  tty: Tty,
  request: number,
  arg: number,
): number {
  switch (request) {
    case TIOCGWINSZ:
      tty.refreshSize();
      winsize.ws_row = tty.rows;
      winsize.ws_col = tty.columns;
      winsize.ws_xpixel = tty.xpixel;
      winsize.ws_ypixel = tty.ypixel;
      return t.copyOut(arg, winsize) ? 0 : -EFAULT;
    case TIOCSWINSZ:
      if (!t.copyIn(arg, winsize)) return -EFAULT;
      tty.resize(
        winsize.ws_row,
        winsize.ws_col,
        winsize.ws_xpixel,
        winsize.ws_ypixel,
      );
      return 0;
    case TIOCSPGRP:
      return setForeground(t, tty, arg);
    case TCXONC:
      return flowControl(t, tty, arg);
    case TIOCGETD:
      return putInt(t, arg, tty.line.modes.line);
    case TIOCSETD:
      if (!t.copyIn(arg, int)) return -EFAULT;
      return int.value === N_TTY ? 0 : -EINVAL;
    case TIOCGDEV:
      return putInt(t, arg, tty.rdev);
    case TIOCEXCL:
      tty.exclusive = true;
      return 0;
    case TIOCNXCL:
      tty.exclusive = false;
      return 0;
    case TIOCGEXCL:
      return putInt(t, arg, tty.exclusive ? 1 : 0);
    default:
      return modesIoctl(t, file, tty, request, arg);
  }
}

/** TIOCSCTTY. */
function makeControlling(
  t: Task,
  file: FileDescription,
  tty: Tty,
  steal: number,
): number {
  const group = t.group.processGroup;
  const isLeader = group.session.leader === t.group;
  if (isLeader && group.session === tty.session) return 0;
  if (!isLeader || terminalOf(t.group) !== null) return -EPERM;
  const isAdmin = t.creds.can(CAP_SYS_ADMIN);
  if (tty.session !== null) {
    if (steal !== 1 || !isAdmin) return -EPERM;
    tty.session.terminal = null;
    tty.disassociated();
  }
  if (!file.readable && !isAdmin) return -EPERM;
  t.group.withoutTerminal = false;
  tty.control(group);
  return 0;
}

/** TIOCNOTTY: the session's leader frees the terminal, others only leave it. */
function giveUp(t: Task, tty: Tty): number {
  if (terminalOf(t.group) !== tty) return -ENOTTY;
  const { session } = t.group.processGroup;
  if (session.leader === t.group) disassociateTerminal(session);
  else t.group.withoutTerminal = true;
  return 0;
}

/** TIOCSPGRP. */
function setForeground(t: Task, tty: Tty, arg: number): number {
  const r = checkForeground(t, tty, SIGTTOU);
  if (r === -EIO) return -ENOTTY;
  if (r < 0) return r;
  const { session } = t.group.processGroup;
  if (terminalOf(t.group) !== tty || tty.session !== session) return -ENOTTY;
  if (!t.copyIn(arg, int)) return -EFAULT;
  if (int.value < 0) return -EINVAL;
  const group = t.kernel.processGroups.get(int.value);
  if (group === undefined) return -ESRCH;
  if (group.session !== session) return -EPERM;
  tty.foreground = group;
  return 0;
}

function flowControl(t: Task, tty: Tty, how: number): number {
  const r = checkForeground(t, tty, SIGTTOU);
  if (r < 0) return r;
  switch (how) {
    case TCOOFF:
      tty.line.setStopped(true);
      return 0;
    case TCOON:
      tty.line.setStopped(false);
      return 0;
    case TCIOFF:
      tty.sendKey(tty.line.modes.cc[VSTOP]);
      return 0;
    case TCION:
      tty.sendKey(tty.line.modes.cc[VSTART]);
      return 0;
    default:
      return -EINVAL;
  }
}

/** TCFLSH. */
function flush(t: Task, tty: Tty, what: number): number {
  const r = checkForeground(t, tty, SIGTTOU);
  if (r < 0) return r;
  if (what !== TCIFLUSH && what !== TCOFLUSH && what !== TCIOFLUSH) {
    return -EINVAL;
  }
  if (what !== TCOFLUSH) {
    tty.line.discardInput();
    tty.inputTaken();
  }
  if (what !== TCIFLUSH) tty.discardOutput();
  return 0;
}

/** tcdrain(3), tcsendbreak(3): waits until output has gone out. */
export function drain(t: Task, file: FileDescription, tty: Tty): number {
  const r = checkForeground(t, tty, SIGTTOU);
  if (r < 0) return r;
  return tty.unsent === 0 ? 0 : t.park(file.queue, WRITE_EVENTS);
}

/** TIOCSTI: as if a key was pressed. */
function typeKey(t: Task, tty: Tty, arg: number): number {
  const byte = new Uint8Array(1);
  if (!t.mm.copyIn(arg, byte, 0, 1)) return -EFAULT;
  tty.line.receive(byte, 0, 1);
  return 0;
}

/** The sandbox's stdin, stdout and stderr as files of the guest. */
import { O_ACCMODE, O_RDWR } from "../../../abi/linux/fcntl.ts";
import { S_IFCHR, S_IFIFO, S_IFMT, S_IFSOCK } from "../../../abi/linux/stat.ts";
import * as ffi from "../../../../ffi/mod.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import type { ProcessGroup } from "../../kernel/session.ts";
import type { FileDescription } from "../../vfs/file_description.ts";
import { TtyFile } from "../../tty/tty_file.ts";
import { devpts } from "../devpts/devpts.ts";
import type { PtsInode } from "../devpts/pts_inode.ts";
import { HostFdInode } from "./host_fd_inode.ts";
import { HostFile } from "./host_file.ts";
import { HostSignals } from "./host_signals.ts";
import { HostStat } from "./host_stat.ts";
import { HostStream } from "./host_stream.ts";
import { HostTerminal } from "./host_terminal.ts";

/** A host terminal, and its place in /dev/pts. */
interface Attached {
  readonly rdev: number;
  readonly inode: PtsInode;
}

/** What `attachHostStdio` made. Files have no reference yet. */
export interface HostStdio {
  /** Null: closed. */
  readonly stdin: FileDescription | null;
  readonly stdout: FileDescription | null;
  readonly stderr: FileDescription | null;
  /** The first terminal among them, or null. */
  readonly terminal: HostTerminal | null;
}

const terminals: HostTerminal[] = [];

/**
 * Makes files of the host's descriptors 0, 1 and 2, takes the terminal over
 * where the sandbox has it to itself, and passes signals on from now on.
 */
export function attachHostStdio(kernel: Kernel): HostStdio {
  const stat = new HostStat();
  const seen: Attached[] = [];
  const rdevs: number[] = [];
  for (let fd = 0; fd < 3; fd++) rdevs.push(terminalDevice(fd, stat));
  const whole = rdevs[0] >= 0 && rdevs[0] === rdevs[1];
  const files: (FileDescription | null)[] = [];
  for (let fd = 0; fd < 3; fd++) {
    files.push(
      rdevs[fd] >= 0
        ? terminalFile(kernel, fd, rdevs[fd], whole && fd === 0, seen)
        : plainFile(kernel, fd, stat),
    );
  }
  new HostSignals(kernel, terminals).start();
  const [stdin, stdout, stderr] = files;
  return { stdin, stdout, stderr, terminal: terminals[0] ?? null };
}

/** Gives the first process, leader of its session, the host's terminal as its own. */
export function takeTerminal(stdio: HostStdio, group: ProcessGroup): void {
  if (stdio.terminal !== null && group.session.terminal === null) {
    stdio.terminal.control(group);
  }
}

/** Before the sandbox ends, on every way out: the host's terminal gets its modes back. Idempotent. */
export function restoreTerminal(): void {
  for (const terminal of terminals) terminal.flush();
  terminals.length = 0;
  ffi.terminalRestore();
}

/** Device number of the terminal behind `fd`, or -1. */
function terminalDevice(fd: number, stat: HostStat): number {
  if (stat.load(fd) < 0 || (stat.mode & S_IFMT) !== S_IFCHR) return -1;
  const modes = new Uint8Array(64);
  return ffi.terminalModes(fd, modes) < 0 ? -1 : stat.rdev;
}

function terminalFile(
  kernel: Kernel,
  fd: number,
  rdev: number,
  whole: boolean,
  seen: Attached[],
): FileDescription {
  let known = seen.find((a) => a.rdev === rdev);
  if (known === undefined) {
    const inode = devpts(kernel).addTerminal((dev) => {
      const terminal = new HostTerminal(kernel, dev, fd, whole);
      terminals.push(terminal);
      return terminal;
    });
    known = { rdev, inode };
    seen.push(known);
  }
  const access = Math.max(0, ffi.stdioFlags(fd)) & O_ACCMODE;
  const { inode } = known;
  return new TtyFile(inode.tty, inode, null, access, `/dev/pts/${inode.index}`);
}

function plainFile(
  kernel: Kernel,
  fd: number,
  stat: HostStat,
): FileDescription | null {
  if (stat.load(fd) < 0) return null;
  const flags = ffi.stdioFlags(fd);
  if (flags < 0) return null;
  const type = stat.mode & S_IFMT;
  if (type === S_IFSOCK) {
    return new HostStream(new HostFdInode(kernel, fd, O_RDWR), null, O_RDWR);
  }
  const inode = new HostFdInode(kernel, fd, flags & O_ACCMODE);
  const kept = flags & KEPT;
  return type === S_IFIFO
    ? new HostStream(inode, null, kept)
    : new HostFile(inode, null, kept, true);
}

/** Status flags of the host that the guest sees: access mode, O_APPEND. Waiting is our own affair. */
const KEPT = O_ACCMODE | 0o2000;

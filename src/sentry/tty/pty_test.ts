import { assertEquals } from "@std/assert";
import { EAGAIN, EIO, ENOTTY } from "../../abi/linux/errno.ts";
import { O_NOCTTY, O_RDWR } from "../../abi/linux/fcntl.ts";
import { POLLHUP, POLLIN, POLLOUT } from "../../abi/linux/poll.ts";
import { SIGHUP, SIGINT, SIGTTIN } from "../../abi/linux/signal.ts";
import {
  ECHO,
  ICANON,
  TCFLSH,
  TCGETS,
  TCIFLUSH,
  TCSETS,
  Termios,
  TIOCGPGRP,
  TIOCGPTN,
  TIOCGWINSZ,
  TIOCNOTTY,
  TIOCPKT,
  TIOCPKT_FLUSHREAD,
  TIOCPKT_FLUSHWRITE,
  TIOCSCTTY,
  TIOCSPGRP,
  TIOCSPTLCK,
  TIOCSWINSZ,
  VMIN,
  VTIME,
  Winsize,
} from "../../abi/linux/tty.ts";
import { DevptsFs, ptsOpener } from "../fs/devpts/devpts.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { ProcessGroup } from "../kernel/session.ts";
import { ERESTARTSYS } from "../syscalls/row.ts";
import { BASE, type Fake, fakeTask } from "../testing/fake_task.ts";
import type { FileDescription } from "../vfs/file_description.ts";
import { PtyMaster } from "./pty_master.ts";
import type { TtyFile } from "./tty_file.ts";

interface Pair {
  f: Fake;
  fs: DevptsFs;
  master: PtyMaster;
  slave: TtyFile;
}

/** Makes the process of `f` the leader of a session of its own. */
function leadSession(f: Fake): ProcessGroup {
  const { t } = f;
  const group = ProcessGroup.ofNewSession(t.kernel, t.group.pid);
  t.group.processGroup = group;
  group.join(t.group);
  return group;
}

/** A child of `f`'s process in a process group of its own. */
function child(f: Fake): Fake {
  const other = fakeTask(f);
  const { session } = f.t.group.processGroup;
  const group = new ProcessGroup(f.t.kernel, other.t.group.pid, session);
  other.t.group.processGroup = group;
  group.join(other.t.group);
  other.t.group.parent = f.t.group;
  return other;
}

function openSlave(f: Fake, fs: DevptsFs, flags: number): TtyFile | number {
  const inode = fs.nodes[0]!;
  const file = ptsOpener.open(f.t, inode, null as never, flags);
  if (typeof file === "number") return file;
  file.incRef();
  return file as TtyFile;
}

function open(flags = O_RDWR): Pair {
  const f = fakeTask();
  leadSession(f);
  const fs = new DevptsFs(f.kernel as unknown as Kernel, {
    gid: 5,
    mode: 0o620,
    ptmxmode: 0o666,
    max: 10,
  });
  const master = fs.openMaster(f.t, fs.ptmx, null, O_RDWR) as PtyMaster;
  master.incRef();
  master.pty.locked = false;
  const slave = openSlave(f, fs, flags) as TtyFile;
  return { f, fs, master, slave };
}

function write(f: Fake, file: FileDescription, text: string): number {
  f.mem.setText(BASE, text);
  return file.write(f.t, f.t.in(BASE, text.length));
}

function read(f: Fake, file: FileDescription, size = 100): string | number {
  f.t.call.begin();
  return reread(f, file, size);
}

function reread(f: Fake, file: FileDescription, size = 100): string | number {
  const n = file.read(f.t, f.t.out(BASE + 8192, size));
  return n < 0 ? n : f.mem.text(BASE + 8192, n);
}

/** ioctl with an int; its result, or what it put there. */
function intIoctl(f: Fake, file: FileDescription, nr: number, arg = 0): number {
  f.mem.setU32(BASE, arg);
  const r = file.ioctl(f.t, nr, BASE);
  return r < 0 ? r : f.mem.u32(BASE);
}

/** Changes the modes through the slave. */
function setModes(
  p: Pair,
  change: (m: { c_lflag: number; c_cc: Uint8Array }) => void,
): void {
  p.slave.ioctl(p.f.t, TCGETS, BASE);
  const modes = Termios.alloc();
  p.f.t.copyIn(BASE, modes);
  change(modes);
  p.f.t.copyOut(BASE, modes);
  assertEquals(p.slave.ioctl(p.f.t, TCSETS, BASE), 0);
}

Deno.test("Pty: what the master types can be read by line, and is echoed", () => {
  const { f, master, slave } = open();
  assertEquals(write(f, master, "hi"), 2);
  assertEquals(read(f, slave), -EAGAIN);
  write(f, master, "\r");
  assertEquals(read(f, slave), "hi\n");
  assertEquals(read(f, master), "hi\r\n");
});

Deno.test("Pty: output of the slave reaches the master processed", () => {
  const { f, master, slave } = open();
  assertEquals(write(f, slave, "a\nb"), 3);
  assertEquals(master.poll() & POLLIN, POLLIN);
  assertEquals(read(f, master), "a\r\nb");
  assertEquals(read(f, master), -EAGAIN);
});

Deno.test("Pty: a master that does not read makes the slave wait", () => {
  const { f, master, slave } = open();
  const text = "x".repeat(7000);
  assertEquals(write(f, slave, text), 7000);
  const more = write(f, slave, text);
  assertEquals(more > 0 && more < 1193, true);
  assertEquals(write(f, slave, "y"), -EAGAIN);
  assertEquals(slave.poll() & POLLOUT, 0);
  read(f, master, 4096);
  assertEquals(slave.poll() & POLLOUT, POLLOUT);
});

Deno.test("Pty: a locked slave can't be opened", () => {
  const { f, fs, master } = open();
  intIoctl(f, master, TIOCSPTLCK, 1);
  assertEquals(openSlave(f, fs, O_RDWR), -EIO);
  assertEquals(intIoctl(f, master, TIOCGPTN), 0);
});

Deno.test("Pty: the master reads EIO once all slaves are closed", () => {
  const { f, fs, master, slave } = open();
  write(f, slave, "bye");
  slave.decRef();
  assertEquals(master.poll() & POLLHUP, POLLHUP);
  assertEquals(read(f, master), "bye");
  assertEquals(read(f, master), -EIO);
  const again = openSlave(f, fs, O_RDWR) as TtyFile;
  assertEquals(read(f, master), -EAGAIN);
  again.decRef();
});

Deno.test("Pty: closing the master hangs the slave up", () => {
  const { f, fs, master, slave } = open();
  master.decRef();
  assertEquals(read(f, slave), "");
  assertEquals(write(f, slave, "x"), -EIO);
  assertEquals(slave.poll() & POLLHUP, POLLHUP);
  assertEquals(fs.nodes[0], null);
  assertEquals(f.t.group.groupExiting, true);
  assertEquals(f.t.group.signals.exitStatus, SIGHUP);
});

Deno.test("Pty: opening without O_NOCTTY makes it the leader's terminal", () => {
  const { f, slave } = open();
  const group = f.t.group.processGroup;
  assertEquals(group.session.terminal, slave.tty);
  assertEquals(intIoctl(f, slave, TIOCGPGRP), group.id);
});

Deno.test("Pty: with O_NOCTTY it becomes nobody's, until TIOCSCTTY", () => {
  const { f, slave } = open(O_RDWR | O_NOCTTY);
  assertEquals(f.t.group.processGroup.session.terminal, null);
  assertEquals(intIoctl(f, slave, TIOCGPGRP), -ENOTTY);
  assertEquals(slave.ioctl(f.t, TIOCSCTTY, 0), 0);
  assertEquals(f.t.group.processGroup.session.terminal, slave.tty);
});

Deno.test("Pty: TIOCNOTTY of the leader frees the terminal", () => {
  const { f, slave } = open();
  assertEquals(slave.ioctl(f.t, TIOCNOTTY, 0), 0);
  assertEquals(slave.tty.session, null);
  assertEquals(slave.ioctl(f.t, TIOCNOTTY, 0), -ENOTTY);
});

Deno.test("Pty: VINTR of the master signals the foreground group", () => {
  const { f, master, slave } = open();
  const c = child(f);
  assertEquals(intIoctl(f, slave, TIOCSPGRP, c.t.group.pid), c.t.group.pid);
  write(f, master, "\x03");
  assertEquals(c.t.group.signals.exitStatus, SIGINT);
  assertEquals(f.t.group.groupExiting, false);
});

Deno.test("Pty: a read from the background stops its group by SIGTTIN", () => {
  const { f, slave } = open();
  const c = child(f);
  assertEquals(read(c, slave), -ERESTARTSYS);
  assertEquals(c.t.group.signals.queue.set.has(SIGTTIN), true);
});

Deno.test("Pty: a background read with SIGTTIN blocked is EIO", () => {
  const { f, slave } = open();
  const c = child(f);
  c.t.signals.mask.add(SIGTTIN);
  assertEquals(read(c, slave), -EIO);
});

Deno.test("Pty: VMIN 0 and VTIME 0 never wait", () => {
  const p = open();
  setModes(p, (m) => {
    m.c_lflag &= ~(ICANON | ECHO);
    m.c_cc[VMIN] = 0;
  });
  assertEquals(read(p.f, p.slave), "");
  write(p.f, p.master, "ab");
  assertEquals(read(p.f, p.slave), "ab");
});

Deno.test("Pty: VMIN 0 with VTIME waits that long", () => {
  const p = open();
  setModes(p, (m) => {
    m.c_lflag &= ~(ICANON | ECHO);
    m.c_cc[VMIN] = 0;
    m.c_cc[VTIME] = 5;
  });
  assertEquals(read(p.f, p.slave), -EAGAIN);
  p.f.t.call.first = false;
  p.f.kernel.pass(4e8);
  assertEquals(reread(p.f, p.slave), -EAGAIN);
  p.f.kernel.pass(1e8);
  assertEquals(reread(p.f, p.slave), "");
});

Deno.test("Pty: VMIN waits for as many bytes", () => {
  const p = open();
  setModes(p, (m) => {
    m.c_lflag &= ~(ICANON | ECHO);
    m.c_cc[VMIN] = 3;
  });
  write(p.f, p.master, "ab");
  assertEquals(read(p.f, p.slave), -EAGAIN);
  write(p.f, p.master, "c");
  assertEquals(read(p.f, p.slave), "abc");
});

Deno.test("Pty: VTIME with VMIN runs from the last byte", () => {
  const p = open();
  setModes(p, (m) => {
    m.c_lflag &= ~(ICANON | ECHO);
    m.c_cc[VMIN] = 9;
    m.c_cc[VTIME] = 2;
  });
  write(p.f, p.master, "ab");
  assertEquals(read(p.f, p.slave), -EAGAIN);
  p.f.kernel.pass(2e8);
  assertEquals(reread(p.f, p.slave), "ab");
});

Deno.test("Pty: a new window size signals the foreground and is seen by both ends", () => {
  const { f, master, slave } = open();
  const size = Winsize.alloc();
  size.ws_row = 30;
  size.ws_col = 100;
  f.t.copyOut(BASE, size);
  assertEquals(master.ioctl(f.t, TIOCSWINSZ, BASE), 0);
  f.mem.setU32(BASE, 0);
  assertEquals(slave.ioctl(f.t, TIOCGWINSZ, BASE), 0);
  assertEquals(f.mem.u32(BASE), 30 + 100 * 65536);
});

Deno.test("Pty: in packet mode reads begin with a status byte", () => {
  const { f, master, slave } = open();
  intIoctl(f, master, TIOCPKT, 1);
  write(f, slave, "x");
  assertEquals(read(f, master), "\0x");
  slave.ioctl(f.t, TCFLSH, TCIFLUSH);
  assertEquals(read(f, master), String.fromCharCode(TIOCPKT_FLUSHREAD));
  slave.ioctl(f.t, TCFLSH, TCIFLUSH + 1);
  assertEquals(read(f, master), String.fromCharCode(TIOCPKT_FLUSHWRITE));
});

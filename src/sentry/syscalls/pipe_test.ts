import { assertEquals } from "@std/assert";
import { EAGAIN, EPIPE } from "../../abi/linux/errno.ts";
import {
  O_DIRECT,
  O_NONBLOCK,
  O_RDONLY,
  O_RDWR,
  O_WRONLY,
} from "../../abi/linux/fcntl.ts";
import { POLLHUP, POLLIN, POLLOUT } from "../../abi/linux/poll.ts";
import { SIGPIPE } from "../../abi/linux/signal.ts";
import { socketInode } from "../fs/anon/anon_inode.ts";
import { fifoOpener } from "../fs/anon/fifo.ts";
import { PipeEnd } from "../fs/anon/pipe_end.ts";
import { BASE, enter, type Fake, fakeTask } from "../testing/fake_task.ts";
import { again } from "../testing/fake_task.ts";
import { pipe2 } from "./pipe.ts";
import { PARKED } from "./row.ts";

/** An inode for a fifo: any that is not pipefs's. */
const fifoInode = () => socketInode(0, 0);

function open(f: Fake, flags: number): [PipeEnd, PipeEnd] {
  assertEquals(pipe2(f.t, BASE, flags), 0);
  const read = f.t.file(f.mem.u32(BASE)) as PipeEnd;
  const write = f.t.file(f.mem.u32(BASE + 4)) as PipeEnd;
  return [read, write];
}

Deno.test("Pipe: what was written is read, in order", () => {
  const f = fakeTask();
  const [read, write] = open(f, 0);
  f.mem.setText(BASE + 100, "hello");
  assertEquals(write.write(f.t, f.t.in(BASE + 100, 5)), 5);
  assertEquals(write.write(f.t, f.t.in(BASE + 100, 5)), 5);
  assertEquals(read.poll() & POLLIN, POLLIN);
  assertEquals(read.read(f.t, f.t.out(BASE + 200, 100)), 10);
  assertEquals(f.mem.text(BASE + 200, 10), "hellohello");
  assertEquals(read.read(f.t, f.t.out(BASE + 200, 100)), -EAGAIN);
});

Deno.test("Pipe: it takes 64 KiB, then a page's room must be read first", () => {
  const f = fakeTask();
  const [read, write] = open(f, 0);
  assertEquals(write.write(f.t, f.t.in(BASE, 100000)), 65536);
  assertEquals(write.write(f.t, f.t.in(BASE, 1)), -EAGAIN);
  assertEquals(read.read(f.t, f.t.out(BASE, 4095)), 4095);
  assertEquals(write.poll() & POLLOUT, 0);
  assertEquals(read.read(f.t, f.t.out(BASE, 1)), 1);
  assertEquals(write.poll() & POLLOUT, POLLOUT);
  assertEquals(write.write(f.t, f.t.in(BASE, 4096)), 4096);
});

Deno.test("Pipe: a write of up to PIPE_BUF bytes goes in whole or not at all", () => {
  const f = fakeTask();
  const [read, write] = open(f, 0);
  assertEquals(write.write(f.t, f.t.in(BASE, 65536 - 100)), 65536 - 100);
  assertEquals(write.write(f.t, f.t.in(BASE, 101)), -EAGAIN);
  assertEquals(write.write(f.t, f.t.in(BASE, 100)), 100);
  assertEquals(read.pipe.length, 65536);
});

Deno.test("Pipe: a write without readers is EPIPE with SIGPIPE", () => {
  const f = fakeTask();
  const [, write] = open(f, 0);
  f.t.signals.mask.add(SIGPIPE);
  f.t.files.close(f.t, f.mem.u32(BASE));
  assertEquals(write.write(f.t, f.t.in(BASE, 1)), -EPIPE);
  assertEquals(f.t.signals.queue.set.has(SIGPIPE), true);
});

Deno.test("Pipe: a read without writers is the end", () => {
  const f = fakeTask();
  const [read] = open(f, 0);
  f.t.files.close(f.t, f.mem.u32(BASE + 4));
  assertEquals(read.poll(), POLLHUP);
  assertEquals(read.read(f.t, f.t.out(BASE, 1)), 0);
});

Deno.test("Pipe: O_DIRECT keeps packets apart and drops what a read leaves", () => {
  const f = fakeTask();
  const [read, write] = open(f, O_DIRECT);
  write.write(f.t, f.t.in(BASE, 10));
  write.write(f.t, f.t.in(BASE, 20));
  assertEquals(read.read(f.t, f.t.out(BASE, 4)), 4);
  assertEquals(read.read(f.t, f.t.out(BASE, 100)), 20);
  assertEquals(read.pipe.length, 0);
});

Deno.test("Pipe: F_SETPIPE_SZ keeps the bytes in order", () => {
  const f = fakeTask();
  const [read, write] = open(f, 0);
  write.write(f.t, f.t.in(BASE, 8192));
  read.read(f.t, f.t.out(BASE, 4096));
  f.mem.setText(BASE, "abc");
  write.write(f.t, f.t.in(BASE, 3));
  assertEquals(read.pipe.resize(8192, false), 8192);
  assertEquals(read.pipe.resize(1, false) < 0, true);
  assertEquals(read.read(f.t, f.t.out(BASE + 10, 8192)), 4099);
  assertEquals(f.mem.text(BASE + 10 + 4096, 3), "abc");
});

Deno.test("Fifo: a reader waits for a writer, and opens even if it left again", () => {
  const f = fakeTask();
  const inode = fifoInode();
  const tryOpen = (fake: Fake, flags: number) => () => {
    const r = fifoOpener.open(fake.t, inode, null as never, flags);
    if (typeof r === "number") return r;
    return fake.t.files.installNew(fake.t, r, false);
  };
  assertEquals(enter(f.t, tryOpen(f, O_RDONLY)), PARKED);
  const g = fakeTask(f);
  assertEquals(enter(g.t, tryOpen(g, O_WRONLY)), 0);
  g.t.files.close(g.t, 0);
  assertEquals(f.kernel.woken, [f.t]);
  assertEquals(again(f.t, tryOpen(f, O_RDONLY)), 0);
  const end = f.t.file(0) as PipeEnd;
  assertEquals(end.refs, 1);
  assertEquals(end.poll(), POLLHUP);
});

Deno.test("Fifo: a writer with O_NONBLOCK finds no reader; O_RDWR waits for nobody", () => {
  const f = fakeTask();
  const inode = fifoInode();
  const open = (flags: number) =>
    fifoOpener.open(f.t, inode, null as never, flags);
  assertEquals(open(O_WRONLY | O_NONBLOCK), -6);
  const early = open(O_RDONLY | O_NONBLOCK) as PipeEnd;
  assertEquals(early.poll(), 0);
  assertEquals(open(O_RDWR) instanceof PipeEnd, true);
});

Deno.test("Pipe: opened again through /proc, it waits for nobody", () => {
  const f = fakeTask();
  const [read, write] = open(f, 0);
  const again = (flags: number) =>
    fifoOpener.open(f.t, read.inode, null as never, flags) as PipeEnd;
  f.t.files.close(f.t, f.mem.u32(BASE + 4));
  assertEquals(write.refs, 0);
  assertEquals(again(O_RDONLY).poll(), POLLHUP);
  f.t.files.close(f.t, f.mem.u32(BASE));
  assertEquals(again(O_WRONLY | O_NONBLOCK) instanceof PipeEnd, true);
});

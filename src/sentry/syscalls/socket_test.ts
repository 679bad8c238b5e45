import { assertEquals } from "@std/assert";
import { EAGAIN, EPIPE } from "../../abi/linux/errno.ts";
import {
  AF_UNIX,
  MSG_DONTWAIT,
  MSG_NOSIGNAL,
  MSG_WAITALL,
  SOCK_STREAM,
} from "../../abi/linux/socket.ts";
import {
  again,
  BASE,
  enter,
  type Fake,
  fakeTask,
} from "../testing/fake_task.ts";
import { PARKED } from "./row.ts";
import { socketpair } from "./socket.ts";
import { recvfrom, sendto } from "./socket_data.ts";

function pair(f: Fake): [number, number] {
  assertEquals(socketpair(f.t, AF_UNIX, SOCK_STREAM, 0, BASE), 0);
  return [f.mem.u32(BASE), f.mem.u32(BASE + 4)];
}

function send(f: Fake, fd: number, text: string, flags = MSG_DONTWAIT): number {
  f.mem.setText(BASE + 100, text);
  return enter(
    f.t,
    () => sendto(f.t, fd, BASE + 100, text.length, flags, 0, 0),
  );
}

Deno.test("UnixStream: small writes are read together", () => {
  const f = fakeTask();
  const [a, b] = pair(f);
  send(f, a, "one");
  send(f, a, "two");
  const read = () => recvfrom(f.t, b, BASE + 200, 50, 0, 0, 0);
  assertEquals(enter(f.t, read), 6);
  assertEquals(f.mem.text(BASE + 200, 6), "onetwo");
});

Deno.test("UnixStream: MSG_WAITALL goes on where it was after a wake in vain", () => {
  const f = fakeTask();
  const g = fakeTask(f);
  const [a, b] = pair(f);
  g.t.files.install(g.t, f.t.files.get(a)!, false);
  const read = () => recvfrom(f.t, b, BASE + 200, 6, MSG_WAITALL, 0, 0);
  assertEquals(enter(f.t, read), PARKED);
  assertEquals(send(g, 0, "abc"), 3);
  assertEquals(f.kernel.woken, [f.t]);
  assertEquals(again(f.t, read), PARKED);
  assertEquals(again(f.t, read), PARKED);
  assertEquals(send(g, 0, "def"), 3);
  assertEquals(again(f.t, read), 6);
  assertEquals(f.mem.text(BASE + 200, 6), "abcdef");
});

Deno.test("UnixStream: a send that fills the buffer waits and then sends the rest", () => {
  const f = fakeTask();
  const [a, b] = pair(f);
  const n = 500000;
  const write = () => sendto(f.t, a, BASE, n, 0, 0, 0);
  assertEquals(enter(f.t, write), PARKED);
  const g = fakeTask(f);
  g.t.files.install(g.t, f.t.files.get(b)!, false);
  const read = () => recvfrom(g.t, 0, BASE, 600000, MSG_DONTWAIT, 0, 0);
  let total = enter(g.t, read);
  assertEquals(again(f.t, write), PARKED);
  total += enter(g.t, read);
  assertEquals(again(f.t, write), n);
  total += enter(g.t, read);
  assertEquals(total, n);
  assertEquals(enter(g.t, read), -EAGAIN);
});

Deno.test("UnixStream: a send to a closed peer is EPIPE", () => {
  const f = fakeTask();
  const [a, b] = pair(f);
  f.t.files.close(f.t, b);
  assertEquals(send(f, a, "x", MSG_NOSIGNAL), -EPIPE);
});

import { assertEquals } from "@std/assert";
import { EEXIST, EINVAL, ELOOP, ENOENT } from "../../abi/linux/errno.ts";
import {
  EPOLL_CTL_ADD,
  EPOLL_CTL_DEL,
  EPOLL_CTL_MOD,
  EPOLLET,
  EpollEvent,
  EPOLLEXCLUSIVE,
  EPOLLIN,
  EPOLLONESHOT,
} from "../../abi/linux/poll.ts";
import {
  again,
  BASE,
  enter,
  type Fake,
  fakeTask,
} from "../testing/fake_task.ts";
import { epoll_create1, epoll_ctl, epoll_wait } from "./epoll.ts";
import { eventfd2 } from "./eventfd.ts";
import { PARKED } from "./row.ts";

const ev = EpollEvent.alloc();

function ctl(f: Fake, ep: number, op: number, fd: number, events: number) {
  ev.events = events;
  ev.data_lo = fd;
  f.t.copyOut(BASE, ev);
  return epoll_ctl(f.t, ep, op, fd, BASE);
}

function wait(f: Fake, ep: number, ms: number): number {
  return enter(f.t, () => epoll_wait(f.t, ep, BASE + 100, 10, ms));
}

function signal(f: Fake, fd: number): void {
  f.mem.setU32(BASE + 200, 1);
  f.mem.setU32(BASE + 204, 0);
  assertEquals(f.t.file(fd)!.write(f.t, f.t.in(BASE + 200, 8)), 8);
}

Deno.test("Epoll: a level-triggered file is told of until it is read", () => {
  const f = fakeTask();
  const ep = epoll_create1(f.t, 0);
  const fd = eventfd2(f.t, 0, 0);
  assertEquals(ctl(f, ep, EPOLL_CTL_ADD, fd, EPOLLIN), 0);
  assertEquals(wait(f, ep, 0), 0);
  signal(f, fd);
  assertEquals(wait(f, ep, 0), 1);
  assertEquals(wait(f, ep, 0), 1);
  assertEquals(f.mem.u32(BASE + 100), EPOLLIN);
  assertEquals(f.mem.u32(BASE + 104), fd);
  f.t.file(fd)!.read(f.t, f.t.out(BASE + 300, 8));
  assertEquals(wait(f, ep, 0), 0);
});

Deno.test("Epoll: an edge-triggered file is told of once per write", () => {
  const f = fakeTask();
  const ep = epoll_create1(f.t, 0);
  const fd = eventfd2(f.t, 1, 0);
  ctl(f, ep, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLET);
  assertEquals(wait(f, ep, 0), 1);
  assertEquals(wait(f, ep, 0), 0);
  signal(f, fd);
  assertEquals(wait(f, ep, 0), 1);
});

Deno.test("Epoll: a one-shot file sleeps until it is modified", () => {
  const f = fakeTask();
  const ep = epoll_create1(f.t, 0);
  const fd = eventfd2(f.t, 1, 0);
  ctl(f, ep, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLONESHOT);
  assertEquals(wait(f, ep, 0), 1);
  signal(f, fd);
  assertEquals(wait(f, ep, 0), 0);
  assertEquals(ctl(f, ep, EPOLL_CTL_MOD, fd, EPOLLIN | EPOLLONESHOT), 0);
  assertEquals(wait(f, ep, 0), 1);
});

Deno.test("Epoll: a waiting task is woken by a write and by the time", () => {
  const f = fakeTask();
  const ep = epoll_create1(f.t, 0);
  const fd = eventfd2(f.t, 0, 0);
  ctl(f, ep, EPOLL_CTL_ADD, fd, EPOLLIN);
  const call = () => epoll_wait(f.t, ep, BASE + 100, 10, 5);
  assertEquals(enter(f.t, call), PARKED);
  signal(f, fd);
  assertEquals(f.kernel.woken.length, 1);
  assertEquals(again(f.t, call), 1);
  f.t.file(fd)!.read(f.t, f.t.out(BASE + 300, 8));
  assertEquals(enter(f.t, call), PARKED);
  f.kernel.pass(5e6);
  assertEquals(f.kernel.woken.length, 2);
  assertEquals(again(f.t, call), 0);
});

Deno.test("Epoll: a closed file leaves the set", () => {
  const f = fakeTask();
  const ep = epoll_create1(f.t, 0);
  const fd = eventfd2(f.t, 1, 0);
  ctl(f, ep, EPOLL_CTL_ADD, fd, EPOLLIN);
  f.t.files.close(f.t, fd);
  assertEquals(wait(f, ep, 0), 0);
  assertEquals(eventfd2(f.t, 1, 0), fd);
  assertEquals(ctl(f, ep, EPOLL_CTL_ADD, fd, EPOLLIN), 0);
});

Deno.test("Epoll: errors of epoll_ctl", () => {
  const f = fakeTask();
  const ep = epoll_create1(f.t, 0);
  const fd = eventfd2(f.t, 1, 0);
  assertEquals(ctl(f, ep, EPOLL_CTL_MOD, fd, EPOLLIN), -ENOENT);
  assertEquals(ctl(f, ep, EPOLL_CTL_DEL, fd, 0), -ENOENT);
  assertEquals(ctl(f, ep, EPOLL_CTL_ADD, ep, EPOLLIN), -EINVAL);
  assertEquals(ctl(f, fd, EPOLL_CTL_ADD, ep, EPOLLIN), -EINVAL);
  assertEquals(ctl(f, ep, EPOLL_CTL_ADD, fd, EPOLLIN), 0);
  assertEquals(ctl(f, ep, EPOLL_CTL_ADD, fd, EPOLLIN), -EEXIST);
  assertEquals(ctl(f, ep, 9, fd, EPOLLIN), -EINVAL);
});

Deno.test("Epoll: instances watch each other four deep and never in a circle", () => {
  const f = fakeTask();
  const ep = [0, 0, 0, 0, 0, 0].map(() => epoll_create1(f.t, 0));
  assertEquals(ctl(f, ep[0], EPOLL_CTL_ADD, ep[1], EPOLLIN), 0);
  assertEquals(ctl(f, ep[1], EPOLL_CTL_ADD, ep[0], EPOLLIN), -ELOOP);
  assertEquals(ctl(f, ep[1], EPOLL_CTL_ADD, ep[2], EPOLLIN), 0);
  assertEquals(ctl(f, ep[2], EPOLL_CTL_ADD, ep[3], EPOLLIN), 0);
  assertEquals(ctl(f, ep[3], EPOLL_CTL_ADD, ep[4], EPOLLIN), 0);
  assertEquals(ctl(f, ep[4], EPOLL_CTL_ADD, ep[5], EPOLLIN), -ELOOP);
  assertEquals(ctl(f, ep[5], EPOLL_CTL_ADD, ep[0], EPOLLIN), -ELOOP);
});

Deno.test("Epoll: readiness passes through a nested instance", () => {
  const f = fakeTask();
  const outer = epoll_create1(f.t, 0);
  const inner = epoll_create1(f.t, 0);
  const fd = eventfd2(f.t, 0, 0);
  ctl(f, outer, EPOLL_CTL_ADD, inner, EPOLLIN);
  ctl(f, inner, EPOLL_CTL_ADD, fd, EPOLLIN);
  assertEquals(wait(f, outer, 0), 0);
  signal(f, fd);
  assertEquals(wait(f, outer, 0), 1);
  f.t.file(fd)!.read(f.t, f.t.out(BASE + 300, 8));
  assertEquals(wait(f, outer, 0), 0);
});

Deno.test("Epoll: EPOLLEXCLUSIVE wakes one of two instances with waiters", () => {
  const f = fakeTask();
  const g = fakeTask(f);
  const fd = eventfd2(f.t, 0, 0);
  g.t.files.install(g.t, f.t.file(fd)!, false);
  const a = epoll_create1(f.t, 0);
  const b = epoll_create1(g.t, 0);
  ctl(f, a, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLEXCLUSIVE);
  ctl(g, b, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLEXCLUSIVE);
  assertEquals(wait(f, a, -1), PARKED);
  assertEquals(wait(g, b, -1), PARKED);
  signal(f, fd);
  assertEquals(f.kernel.woken, [f.t]);
});

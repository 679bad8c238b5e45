import { assertEquals } from "@std/assert";
import { RLIMIT_CPU } from "../../abi/linux/resource.ts";
import {
  SIG_IGN,
  SIGALRM,
  SIGEV_NONE,
  SIGEV_SIGNAL,
  SIGKILL,
  SIGUSR1,
  SIGVTALRM,
  SIGXCPU,
} from "../../abi/linux/signal.ts";
import {
  CLOCK_MONOTONIC,
  ITIMER_REAL,
  ITIMER_VIRTUAL,
} from "../../abi/linux/time.ts";
import {
  contextOf,
  forkProcess,
  initProcess,
  kernelOf,
} from "../testing/fake_process.ts";
import { PosixTimer } from "./posix_timer.ts";
import { takeSignal } from "./signal_delivery.ts";
import type { Task } from "./task.ts";

const MS = 1e6;

function process(...handled: number[]): Task {
  const t = forkProcess(initProcess());
  for (const n of handled) t.group.signals.actions.get(n).handler = 0x1000;
  return t;
}

function pending(t: Task, signo: number): boolean {
  return t.group.signals.queue.set.has(signo);
}

function posixTimer(t: Task, notify = SIGEV_SIGNAL): PosixTimer {
  return new PosixTimer(t.group, 3, CLOCK_MONOTONIC, null, {
    notify,
    signo: SIGUSR1,
    value_lo: 77,
    value_hi: 0,
    task: null,
  });
}

Deno.test("ITIMER_REAL: fires after its time, again after each interval", () => {
  const t = process(SIGALRM);
  t.group.timers.interval(ITIMER_REAL).set(5 * MS, 2 * MS);
  kernelOf(t).pass(4 * MS);
  assertEquals(pending(t, SIGALRM), false);
  kernelOf(t).pass(MS);
  takeSignal(t, SIGALRM);
  assertEquals(t.group.timers.interval(ITIMER_REAL).remaining(), 2 * MS);
  kernelOf(t).pass(2 * MS);
  assertEquals(pending(t, SIGALRM), true);
});

Deno.test("ITIMER_REAL: a set to 0 stops it", () => {
  const t = process(SIGALRM);
  const timer = t.group.timers.interval(ITIMER_REAL);
  timer.set(5 * MS, 0);
  timer.set(0, 0);
  kernelOf(t).pass(9 * MS);
  assertEquals([pending(t, SIGALRM), timer.remaining()], [false, 0]);
});

Deno.test("ITIMER_VIRTUAL: counts CPU time only", () => {
  const t = process(SIGVTALRM);
  t.group.timers.interval(ITIMER_VIRTUAL).set(5 * MS, 0);
  kernelOf(t).pass(1000 * MS);
  assertEquals(pending(t, SIGVTALRM), false);
  contextOf(t).cpu = 6 * MS;
  kernelOf(t).pass(1000 * MS);
  assertEquals(pending(t, SIGVTALRM), true);
});

Deno.test("CPU timers: look rarely while the process sleeps", () => {
  const t = process(SIGVTALRM);
  t.group.timers.interval(ITIMER_VIRTUAL).set(1000, 0);
  const { timers } = kernelOf(t);
  let looks = 0;
  for (let i = 0; i < 10000; i++) {
    const before = timers.next;
    kernelOf(t).pass(MS);
    if (timers.next !== before) looks++;
  }
  assertEquals(looks < 120, true);
});

Deno.test("RLIMIT_CPU: SIGXCPU at the soft limit, SIGKILL at the hard one", () => {
  const t = process(SIGXCPU);
  t.group.limits.set(RLIMIT_CPU, 1, 2);
  t.group.timers.cpuLimitChanged();
  contextOf(t).cpu = 1001 * MS;
  kernelOf(t).pass(2000 * MS);
  assertEquals(pending(t, SIGXCPU), true);
  contextOf(t).cpu = 2001 * MS;
  kernelOf(t).pass(2000 * MS);
  assertEquals(t.group.signals.exitStatus, SIGKILL);
});

Deno.test("PosixTimer: expirations while the signal waits are its overrun", () => {
  const t = process(SIGUSR1);
  const timer = posixTimer(t);
  timer.set(timer.now() + 2 * MS, MS);
  kernelOf(t).pass(6 * MS);
  const info = takeSignal(t, SIGUSR1);
  assertEquals([info.overrun, info.value_lo, info.timerid], [4, 77, 3]);
  assertEquals([timer.overrun, timer.remaining()], [4, MS]);
});

Deno.test("PosixTimer: its signal is queued once at a time", () => {
  const t = process(SIGUSR1);
  const timer = posixTimer(t);
  timer.set(timer.now() + MS, MS);
  kernelOf(t).pass(50 * MS);
  assertEquals(t.group.signals.queue.size, 1);
});

Deno.test("PosixTimer: stopping takes back a signal that waits", () => {
  const t = process(SIGUSR1);
  const timer = posixTimer(t);
  timer.set(timer.now() + MS, 0);
  kernelOf(t).pass(MS);
  assertEquals(pending(t, SIGUSR1), true);
  timer.stop();
  assertEquals(pending(t, SIGUSR1), false);
});

Deno.test("PosixTimer: an ignored signal does not make it spin", () => {
  const t = process();
  t.group.signals.actions.get(SIGUSR1).handler = SIG_IGN;
  const timer = posixTimer(t);
  timer.set(timer.now() + 1, 1);
  kernelOf(t).pass(1);
  assertEquals(kernelOf(t).timers.next - kernelOf(t).now() >= MS, true);
});

Deno.test("PosixTimer: SIGEV_NONE only counts down", () => {
  const t = process(SIGUSR1);
  const timer = posixTimer(t, SIGEV_NONE);
  timer.set(timer.now() + 3 * MS, 0);
  kernelOf(t).pass(MS);
  assertEquals(timer.remaining(), 2 * MS);
  kernelOf(t).pass(5 * MS);
  assertEquals([timer.remaining(), pending(t, SIGUSR1)], [0, false]);
});

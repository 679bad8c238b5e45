import { assertEquals } from "@std/assert";
import {
  EAGAIN,
  EDEADLK,
  EFAULT,
  EINVAL,
  ENOSYS,
  EPERM,
  ETIMEDOUT,
} from "../../abi/linux/errno.ts";
import {
  FUTEX_BITSET_MATCH_ANY,
  FUTEX_CMP_REQUEUE,
  FUTEX_LOCK_PI,
  FUTEX_OP_ADD,
  FUTEX_OP_CMP_EQ,
  FUTEX_OWNER_DIED,
  FUTEX_PRIVATE_FLAG,
  FUTEX_UNLOCK_PI,
  FUTEX_WAIT,
  FUTEX_WAIT_BITSET,
  FUTEX_WAITERS,
  FUTEX_WAKE,
  FUTEX_WAKE_BITSET,
  FUTEX_WAKE_OP,
} from "../../abi/linux/futex.ts";
import { SIGUSR1 } from "../../abi/linux/signal.ts";
import { SYS } from "../../abi/linux/syscall_numbers.ts";
import { exitTask } from "../kernel/exit.ts";
import { SigInfo } from "../kernel/siginfo.ts";
import { sendToTask } from "../kernel/signal.ts";
import type { Task } from "../kernel/task.ts";
import { TaskState } from "../kernel/task.ts";
import { BASE } from "../testing/fake_task.ts";
import {
  callAs,
  forkProcess,
  initProcess,
  kernelOf,
  memoryOf,
  spawnThread,
} from "../testing/fake_process.ts";
import { futex } from "./futex.ts";
import { ERESTART_RESTARTBLOCK, ERESTARTSYS, PARKED } from "./row.ts";

const WORD = BASE + 0x100;
const OTHER = BASE + 0x200;
const TIME = BASE + 0x300;

function call(
  t: Task,
  op: number,
  val: number,
  timeout = 0,
  uaddr2 = 0,
  val3 = 0,
  uaddr = WORD,
): number {
  return callAs(
    t,
    SYS.futex,
    () => futex(t, uaddr, op | FUTEX_PRIVATE_FLAG, val, timeout, uaddr2, val3),
  );
}

Deno.test("futex: a word that changed meanwhile is EAGAIN", () => {
  const t = forkProcess(initProcess());
  memoryOf(t).setU32(WORD, 1);
  assertEquals(call(t, FUTEX_WAIT, 0), -EAGAIN);
});

Deno.test("futex: bad addresses and commands", () => {
  const t = forkProcess(initProcess());
  assertEquals(call(t, FUTEX_WAIT, 0, 0, 0, 0, WORD + 1), -EINVAL);
  assertEquals(call(t, FUTEX_WAIT, 0, 0, 0, 0, 8), -EFAULT);
  assertEquals(call(t, 99, 0), -ENOSYS);
  assertEquals(call(t, FUTEX_WAIT_BITSET, 0, 0, 0, 0), -EINVAL);
});

Deno.test("futex: wake lets the oldest waiters go on", () => {
  const t = forkProcess(initProcess());
  const a = spawnThread(t);
  const b = spawnThread(t);
  assertEquals([call(a, FUTEX_WAIT, 0), call(b, FUTEX_WAIT, 0)], [
    PARKED,
    PARKED,
  ]);
  assertEquals(call(t, FUTEX_WAKE, 1), 1);
  assertEquals([a.state, b.state], [TaskState.Ready, TaskState.Parked]);
  memoryOf(t).setU32(WORD, 5);
  assertEquals(call(a, FUTEX_WAIT, 0), 0);
  assertEquals(call(t, FUTEX_WAKE, 10), 1);
  assertEquals(call(t, FUTEX_WAKE, 10), 0);
});

Deno.test("futex: a wake in vain leaves the waiter where it is", () => {
  const t = forkProcess(initProcess());
  const a = spawnThread(t);
  call(a, FUTEX_WAIT, 0);
  a.unpark();
  assertEquals(call(a, FUTEX_WAIT, 0), PARKED);
  assertEquals(call(t, FUTEX_WAKE, 1), 1);
});

Deno.test("futex: bitsets choose who is woken", () => {
  const t = forkProcess(initProcess());
  const a = spawnThread(t);
  const b = spawnThread(t);
  call(a, FUTEX_WAIT_BITSET, 0, 0, 0, 1);
  call(b, FUTEX_WAIT_BITSET, 0, 0, 0, 2);
  assertEquals(call(t, FUTEX_WAKE_BITSET, 10, 0, 0, 2), 1);
  assertEquals([a.state, b.state], [TaskState.Parked, TaskState.Ready]);
});

Deno.test("futex: a relative time-out ends the wait", () => {
  const t = forkProcess(initProcess());
  memoryOf(t).setU32(TIME + 8, 5000);
  assertEquals(call(t, FUTEX_WAIT, 0, TIME), PARKED);
  kernelOf(t).pass(4000);
  assertEquals(t.state, TaskState.Parked);
  kernelOf(t).pass(1000);
  assertEquals(call(t, FUTEX_WAIT, 0, TIME), -ETIMEDOUT);
  assertEquals(call(spawnThread(t), FUTEX_WAKE, 1), 0);
});

Deno.test("futex: a signal ends the wait with the right restart", () => {
  const t = forkProcess(initProcess());
  t.group.signals.actions.get(SIGUSR1).handler = 0x1000;
  call(t, FUTEX_WAIT, 0);
  sendToTask(t, SigInfo.user(SIGUSR1, 1, 0));
  assertEquals(call(t, FUTEX_WAIT, 0), -ERESTARTSYS);
  const timed = forkProcess(initProcess());
  timed.group.signals.actions.get(SIGUSR1).handler = 0x1000;
  memoryOf(timed).setU32(TIME, 5);
  call(timed, FUTEX_WAIT, 0, TIME);
  sendToTask(timed, SigInfo.user(SIGUSR1, 1, 0));
  assertEquals(call(timed, FUTEX_WAIT, 0, TIME), -ERESTART_RESTARTBLOCK);
});

Deno.test("futex: requeued waiters are woken at their new word", () => {
  const t = forkProcess(initProcess());
  const a = spawnThread(t);
  const b = spawnThread(t);
  call(a, FUTEX_WAIT, 0);
  call(b, FUTEX_WAIT, 0);
  assertEquals(call(t, FUTEX_CMP_REQUEUE, 1, 1, OTHER, 7), -EAGAIN);
  assertEquals(call(t, FUTEX_CMP_REQUEUE, 1, 1, OTHER, 0), 2);
  assertEquals([a.state, b.state], [TaskState.Ready, TaskState.Parked]);
  assertEquals(call(t, FUTEX_WAKE, 1), 0);
  assertEquals(call(t, FUTEX_WAKE, 1, 0, 0, 0, OTHER), 1);
});

Deno.test("futex: FUTEX_WAKE_OP changes the second word and compares", () => {
  const t = forkProcess(initProcess());
  const a = spawnThread(t);
  const b = spawnThread(t);
  memoryOf(t).setU32(OTHER, 3);
  call(a, FUTEX_WAIT, 0);
  call(b, FUTEX_WAIT, 3, 0, 0, 0, OTHER);
  const op = (FUTEX_OP_ADD << 28) | (FUTEX_OP_CMP_EQ << 24) | (4 << 12) | 3;
  assertEquals(call(t, FUTEX_WAKE_OP, 1, 1, OTHER, op >>> 0), 2);
  assertEquals(memoryOf(t).u32(OTHER), 7);
});

Deno.test("futex: a PI lock is handed to its waiter", () => {
  const t = forkProcess(initProcess());
  const a = spawnThread(t);
  assertEquals(call(t, FUTEX_LOCK_PI, 0), 0);
  assertEquals(memoryOf(t).u32(WORD), t.tid);
  assertEquals(call(t, FUTEX_LOCK_PI, 0), -EDEADLK);
  assertEquals(call(a, FUTEX_LOCK_PI, 0), PARKED);
  assertEquals(memoryOf(t).u32(WORD), (t.tid | FUTEX_WAITERS) >>> 0);
  assertEquals(call(spawnThread(t), FUTEX_UNLOCK_PI, 0), -EPERM);
  assertEquals(call(t, FUTEX_UNLOCK_PI, 0), 0);
  assertEquals(call(a, FUTEX_LOCK_PI, 0), 0);
  assertEquals(memoryOf(t).u32(WORD), (a.tid | FUTEX_WAITERS) >>> 0);
});

Deno.test("robust list: what a dead thread held is marked and its waiter woken", () => {
  const t = forkProcess(initProcess());
  const dead = spawnThread(t);
  const head = BASE + 0x400;
  const entry = BASE + 0x500;
  const memory = memoryOf(t);
  memory.setU32(head, entry);
  memory.setU32(head + 8, WORD - entry >>> 0);
  memory.setU32(head + 12, 0xffffffff);
  memory.setU32(entry, head);
  memory.setU32(WORD, (dead.tid | FUTEX_WAITERS) >>> 0);
  dead.robustList = head;
  call(t, FUTEX_WAIT, (dead.tid | FUTEX_WAITERS) >>> 0);
  exitTask(dead, 0);
  assertEquals(memory.u32(WORD), (FUTEX_WAITERS | FUTEX_OWNER_DIED) >>> 0);
  assertEquals(t.state, TaskState.Ready);
});

Deno.test("futex: a dead waiter is not woken", () => {
  const t = forkProcess(initProcess());
  const a = spawnThread(t);
  call(a, FUTEX_WAIT, 0);
  exitTask(a, 0);
  assertEquals(
    call(t, FUTEX_WAKE_BITSET, 1, 0, 0, FUTEX_BITSET_MATCH_ANY),
    0,
  );
});

import { assert, assertEquals } from "@std/assert";
import {
  EEXIST,
  EFAULT,
  EINVAL,
  ENOMEM,
  EPERM,
} from "../../abi/linux/errno.ts";
import {
  MADV_DONTFORK,
  MADV_DONTNEED,
  MADV_WIPEONFORK,
  MAP_ANONYMOUS,
  MAP_FIXED,
  MAP_FIXED_NOREPLACE,
  MAP_PRIVATE,
  MAP_SHARED,
  MREMAP_DONTUNMAP,
  MREMAP_FIXED,
  MREMAP_MAYMOVE,
  PAGE_SIZE,
  PROT_NONE,
  PROT_READ,
  PROT_WRITE,
} from "../../abi/linux/mman.ts";
import { SEGV_ACCERR, SEGV_MAPERR } from "../../abi/linux/siginfo.ts";
import { SIGSEGV } from "../../abi/linux/signal.ts";
import { adviseVma } from "./advice.ts";
import { moveBrk } from "./brk.ts";
import { FakeProcess } from "./fake_address_space.ts";
import { forceRead, forceWrite } from "./forced.ts";
import { commitPage, hiddenOffset, mapHidden, replacePage } from "./hidden.ts";
import { mapStack, setBrk } from "./layout.ts";
import { protectRange, unmapRange } from "./mapping.ts";
import { mapMemory } from "./mmap.ts";
import { remapMemory } from "./mremap.ts";

const RW = PROT_READ | PROT_WRITE;
const ANON = MAP_PRIVATE | MAP_ANONYMOUS;

function map(
  p: FakeProcess,
  pages: number,
  prot = RW,
  flags = ANON,
  addr = 0,
): number {
  return mapMemory(
    p.mm,
    addr,
    pages * PAGE_SIZE,
    prot,
    flags,
    null,
    0,
    false,
  );
}

function advise(
  p: FakeProcess,
  addr: number,
  pages: number,
  advice: number,
): number {
  const vma = p.mm.vmas.find(addr)!;
  return adviseVma(p.mm, vma, addr, addr + pages * PAGE_SIZE, advice);
}

Deno.test("MemoryManager: anonymous memory is zero and keeps what is stored", () => {
  const p = FakeProcess.create();
  const a = map(p, 16);
  assertEquals(p.load(a + 5), 0);
  assertEquals(p.store(a + 5, 7), 0);
  assertEquals(p.mm.loadU32(a + 4), 7 * 256);
  p.check();
});

Deno.test("MemoryManager: recycled frames are zero again", () => {
  const p = FakeProcess.create();
  const a = map(p, 4);
  p.store(a, 1);
  unmapRange(p.mm, a, a + 4 * PAGE_SIZE);
  const b = map(p, 4);
  assertEquals(p.load(b), 0);
  p.check();
});

Deno.test("MemoryManager: neighbours with equal rights are one VMA and one run", () => {
  const p = FakeProcess.create();
  const a = map(p, 4);
  map(p, 4, RW, ANON | MAP_FIXED, a + 4 * PAGE_SIZE);
  assertEquals(p.mm.vmas.items.length, 1);
  assertEquals(p.mm.runs.items.length, 1);
  p.check();
});

Deno.test("MemoryManager: PROT_NONE has no frames until mprotect opens it", () => {
  const p = FakeProcess.create();
  const a = map(p, 1024, PROT_NONE);
  assertEquals(p.mm.runs.items.length, 0);
  assertEquals(p.load(a), -SIGSEGV);
  assertEquals(p.mm.faultCode, SEGV_ACCERR);
  assertEquals(protectRange(p.mm, a + PAGE_SIZE, a + 2 * PAGE_SIZE, RW), 0);
  assertEquals(p.store(a + PAGE_SIZE, 3), 0);
  assertEquals(p.mm.vmas.items.length, 3);
  p.check();
});

Deno.test("MemoryManager: a page without mapping is SEGV_MAPERR", () => {
  const p = FakeProcess.create();
  assertEquals(p.load(0x100000), -SIGSEGV);
  assertEquals(p.mm.faultCode, SEGV_MAPERR);
});

Deno.test("MemoryManager: mprotect keeps contents when rights go and come back", () => {
  const p = FakeProcess.create();
  const a = map(p, 4);
  p.store(a, 9);
  protectRange(p.mm, a, a + 4 * PAGE_SIZE, PROT_NONE);
  assertEquals(p.mm.copyIn(a, new Uint8Array(1), 0, 1), false);
  protectRange(p.mm, a, a + 4 * PAGE_SIZE, RW);
  assertEquals(p.load(a), 9);
  p.check();
});

Deno.test("MemoryManager: mprotect stops at a hole with ENOMEM", () => {
  const p = FakeProcess.create();
  const a = map(p, 3);
  unmapRange(p.mm, a + PAGE_SIZE, a + 2 * PAGE_SIZE);
  const end = a + 3 * PAGE_SIZE;
  assertEquals(protectRange(p.mm, a, end, PROT_READ), -ENOMEM);
  assertEquals(p.mm.vmas.find(a)!.prot, PROT_READ);
  assertEquals(p.mm.vmas.find(end - PAGE_SIZE)!.prot, RW);
  p.check();
});

Deno.test("MemoryManager: parent and child do not see each other's writes after fork", () => {
  const p = FakeProcess.create();
  const a = map(p, 8);
  p.store(a, 1);
  const c = p.fork();
  assertEquals(c.load(a), 1);
  p.store(a, 2);
  c.store(a + PAGE_SIZE, 3);
  assertEquals(c.load(a), 1);
  assertEquals(p.load(a), 2);
  assertEquals(p.load(a + PAGE_SIZE), 0);
  p.check();
  c.check();
});

Deno.test("MemoryManager: what the Sentry writes for a child is not seen by the parent", () => {
  const p = FakeProcess.create();
  const a = map(p, 8);
  p.mm.storeU32(a, 1);
  const c = p.fork();
  assert(c.mm.storeU32(a, 2));
  assertEquals(p.mm.loadU32(a), 1);
  p.check();
  c.check();
});

Deno.test("MemoryManager: shared memory stays shared after fork", () => {
  const p = FakeProcess.create();
  const a = map(p, 2, RW, MAP_SHARED | MAP_ANONYMOUS);
  const c = p.fork();
  c.store(a, 5);
  assertEquals(p.load(a), 5);
  assert(p.mm.futexKey(a) === c.mm.futexKey(a));
  p.mm.decRef();
  assertEquals(c.load(a), 5);
  c.check();
});

Deno.test("MemoryManager: a child outlives its parent's memory", () => {
  const p = FakeProcess.create();
  const a = map(p, 8);
  p.store(a, 1);
  const c = p.fork();
  p.mm.decRef();
  assert(p.as.released);
  assertEquals(c.load(a), 1);
  c.store(a, 2);
  assertEquals(c.load(a), 2);
  c.check();
  c.mm.decRef();
});

Deno.test("MemoryManager: after the child's end the parent writes in place", () => {
  const p = FakeProcess.create();
  const a = map(p, 8);
  p.store(a, 1);
  const before = p.mm.runs.find(a)!.offset;
  p.fork().mm.decRef();
  p.store(a, 2);
  assertEquals(p.mm.runs.find(a)!.offset, before);
  assertEquals(p.mm.runs.items.length, 1);
  p.check();
});

Deno.test("MemoryManager: pages written after one fork are copied by the next", () => {
  const p = FakeProcess.create();
  const a = map(p, 64);
  const first = p.fork();
  p.store(a, 1);
  first.mm.decRef();
  const second = p.fork();
  assertEquals(p.mm.runs.find(a)!.cow, false);
  assertEquals(second.mm.runs.find(a)!.cow, false);
  assertEquals(second.load(a), 1);
  p.store(a, 2);
  assertEquals(second.load(a), 1);
  p.check();
  second.check();
});

Deno.test("MemoryManager: DONTFORK and WIPEONFORK hold in the child", () => {
  const p = FakeProcess.create();
  const a = map(p, 2);
  const b = map(p, 2);
  p.store(a, 1);
  p.store(b, 1);
  advise(p, a, 2, MADV_DONTFORK);
  advise(p, b, 2, MADV_WIPEONFORK);
  const c = p.fork();
  assertEquals(c.load(a), -SIGSEGV);
  assertEquals(c.load(b), 0);
  assertEquals(p.load(b), 1);
  c.check();
});

Deno.test("MemoryManager: DONTNEED makes private memory zero, in one process only", () => {
  const p = FakeProcess.create();
  const a = map(p, 4);
  p.store(a, 1);
  const c = p.fork();
  assertEquals(advise(c, a, 4, MADV_DONTNEED), 0);
  assertEquals(c.load(a), 0);
  assertEquals(p.load(a), 1);
  assertEquals(advise(p, a, 4, MADV_DONTNEED), 0);
  assertEquals(p.load(a), 0);
  p.check();
  c.check();
});

Deno.test("MemoryManager: mremap grows in place where there is room", () => {
  const p = FakeProcess.create();
  const a = map(p, 8);
  unmapRange(p.mm, a + 4 * PAGE_SIZE, a + 8 * PAGE_SIZE);
  const r = remapMemory(p.mm, a, 4 * PAGE_SIZE, 6 * PAGE_SIZE, 0, 0, false);
  assertEquals(r, a);
  assertEquals(p.store(a + 5 * PAGE_SIZE, 1), 0);
  p.check();
});

Deno.test("MemoryManager: mremap moves bytes without copying", () => {
  const p = FakeProcess.create();
  const a = map(p, 4);
  map(p, 1, PROT_READ, ANON | MAP_FIXED, a + 4 * PAGE_SIZE);
  p.store(a, 8);
  const offset = p.mm.runs.find(a)!.offset;
  const b = remapMemory(
    p.mm,
    a,
    4 * PAGE_SIZE,
    8 * PAGE_SIZE,
    MREMAP_MAYMOVE,
    0,
    false,
  );
  assertEquals(p.load(b), 8);
  assertEquals(p.load(b + 7 * PAGE_SIZE), 0);
  assertEquals(p.load(a), -SIGSEGV);
  assertEquals(p.mm.runs.find(b)!.offset, offset);
  p.check();
});

Deno.test("MemoryManager: mremap in a child copies its parent's frames", () => {
  const p = FakeProcess.create();
  const a = map(p, 4);
  const to = map(p, 4);
  p.store(a, 8);
  const c = p.fork();
  const flags = MREMAP_MAYMOVE | MREMAP_FIXED;
  const size = 4 * PAGE_SIZE;
  assertEquals(remapMemory(c.mm, a, size, size, flags, to, false), to);
  assertEquals(c.load(to), 8);
  assertEquals(p.load(to), 0);
  p.check();
  c.check();
});

Deno.test("MemoryManager: mremap with DONTUNMAP leaves zeroes behind", () => {
  const p = FakeProcess.create();
  const a = map(p, 4);
  p.store(a, 8);
  const flags = MREMAP_MAYMOVE | MREMAP_DONTUNMAP;
  const size = 4 * PAGE_SIZE;
  const b = remapMemory(p.mm, a, size, size, flags, 0, false);
  assertEquals(p.load(b), 8);
  assertEquals(p.load(a), 0);
  p.check();
});

Deno.test("MemoryManager: mremap refuses what the man page refuses", () => {
  const p = FakeProcess.create();
  const a = map(p, 4);
  const size = 4 * PAGE_SIZE;
  const fixed = MREMAP_MAYMOVE | MREMAP_FIXED;
  assertEquals(remapMemory(p.mm, a + 1, size, size, 0, 0, false), -EINVAL);
  assertEquals(remapMemory(p.mm, a, size, 0, 0, 0, false), -EINVAL);
  assertEquals(remapMemory(p.mm, a, size, size, 8, 0, false), -EINVAL);
  assertEquals(remapMemory(p.mm, a, size, size, fixed, a, false), -EINVAL);
  assertEquals(remapMemory(p.mm, 65536, size, size, 0, 0, false), -EFAULT);
  assertEquals(remapMemory(p.mm, a, 2 * size, size, 0, 0, false), -EFAULT);
});

Deno.test("MemoryManager: mmap refuses bad places", () => {
  const p = FakeProcess.create();
  const a = map(p, 4);
  const fixed = ANON | MAP_FIXED;
  assertEquals(map(p, 0), -EINVAL);
  assertEquals(map(p, 1, RW, fixed, a + 1), -EINVAL);
  assertEquals(map(p, 1, RW, fixed, 4096), -EPERM);
  assertEquals(map(p, 1, RW, fixed, 2 ** 47), -ENOMEM);
  const keep = ANON | MAP_FIXED_NOREPLACE;
  assertEquals(map(p, 1, RW, keep, a), -EEXIST);
  assertEquals(map(p, 1, RW, MAP_ANONYMOUS), -EINVAL);
});

Deno.test("MemoryManager: the stack grows down to its limit, not into its neighbour", () => {
  const p = FakeProcess.create();
  mapStack(p.mm, 4096, RW);
  const bottom = p.mm.vmas.find(p.mm.stackTop - 1)!.start;
  assertEquals(p.store(bottom - 1, 4), 0);
  assertEquals(p.store(p.mm.stackTop - 4 * 1024 * 1024, 4), 0);
  assertEquals(p.mm.runs.items.length, 1);
  const low = p.mm.vmas.find(p.mm.stackTop - 1)!.start;
  const near = low - 512 * 1024;
  map(p, 1, RW, ANON | MAP_FIXED, near - near % PAGE_SIZE);
  assertEquals(p.store(low - 1, 1), SIGSEGV);
  p.check();
});

Deno.test("MemoryManager: a read by the Sentry below the stack grows it too", () => {
  const p = FakeProcess.create();
  mapStack(p.mm, 4096, RW);
  const bottom = p.mm.vmas.find(p.mm.stackTop - 1)!.start;
  assertEquals(p.mm.loadU32(bottom - 4), 0);
  p.check();
});

Deno.test("MemoryManager: brk moves the heap's end, and gives pages back", () => {
  const p = FakeProcess.create();
  setBrk(p.mm, 0x500010);
  assertEquals(moveBrk(p.mm, 0), 0x500010);
  assertEquals(moveBrk(p.mm, 0x520000), 0x520000);
  assertEquals(p.store(0x51ffff, 1), 0);
  assertEquals(moveBrk(p.mm, 0x510000), 0x510000);
  assertEquals(p.load(0x510000), -SIGSEGV);
  assertEquals(moveBrk(p.mm, 0x520000), 0x520000);
  assertEquals(p.load(0x51ffff), 0);
  map(p, 1, RW, ANON | MAP_FIXED, 0x530000);
  assertEquals(moveBrk(p.mm, 0x540000), 0x520000);
  p.check();
});

Deno.test("MemoryManager: a heap that grows in steps is one run", () => {
  const p = FakeProcess.create();
  setBrk(p.mm, 0x500000);
  moveBrk(p.mm, 0x521000);
  map(p, 4);
  moveBrk(p.mm, 0x542000);
  assertEquals(p.mm.runs.find(0x541fff)!.start, 0x500000);
  p.store(0x541fff, 1);
  moveBrk(p.mm, 0x530000);
  moveBrk(p.mm, 0x550000);
  assertEquals(p.load(0x541fff), 0);
  p.check();
});

Deno.test("MemoryManager: copies cross runs and stop at a bad page", () => {
  const p = FakeProcess.create();
  const a = map(p, 4);
  protectRange(p.mm, a + PAGE_SIZE, a + 2 * PAGE_SIZE, PROT_READ);
  unmapRange(p.mm, a + 2 * PAGE_SIZE, a + 3 * PAGE_SIZE);
  const bytes = new Uint8Array(3 * PAGE_SIZE);
  assertEquals(p.mm.copyInSome(a, bytes, 0, bytes.length), 2 * PAGE_SIZE);
  assertEquals(p.mm.copyOutSome(a, bytes, 0, bytes.length), PAGE_SIZE);
  assertEquals(p.mm.copyIn(2 ** 47, bytes, 0, 1), false);
});

Deno.test("MemoryManager: strings end at NUL, at the limit or at a bad page", () => {
  const p = FakeProcess.create();
  const a = map(p, 2);
  const text = new Uint8Array(600).fill(65);
  p.mm.copyOut(a, text, 0, 600);
  assertEquals(p.mm.copyInString(a, 4096), "A".repeat(600));
  assertEquals(typeof p.mm.copyInString(a, 600), "number");
  const end = a + 2 * PAGE_SIZE;
  p.mm.copyOut(end - 600, text, 0, 600);
  assertEquals(p.mm.copyInString(end - 600, 4096), -EFAULT);
});

Deno.test("MemoryManager: hidden pages survive munmap and are private after fork", () => {
  const p = FakeProcess.create();
  const text = map(p, 16, PROT_READ | 4, ANON | MAP_FIXED, 0x400000);
  const h = mapHidden(p.mm, text, PAGE_SIZE, PROT_READ | 4);
  assert(h > 0);
  p.mm.arena.file.write(hiddenOffset(p.mm, h), new Uint8Array([9]), 0, 1);
  unmapRange(p.mm, h, h + PAGE_SIZE);
  assertEquals(p.load(h), 9);
  const c = p.fork();
  c.mm.arena.file.write(hiddenOffset(c.mm, h), new Uint8Array([8]), 0, 1);
  assertEquals([p.load(h), c.load(h)], [9, 8]);
  p.check();
  c.check();
});

Deno.test("MemoryManager: a replaced page holds the old bytes and those written", () => {
  const p = FakeProcess.create();
  const a = map(p, 3);
  p.store(a + PAGE_SIZE, 1);
  p.store(a + PAGE_SIZE + 1, 2);
  const frame = replacePage(p.mm, a + PAGE_SIZE);
  p.mm.arena.file.write(frame, new Uint8Array([7]), 0, 1);
  assertEquals(p.load(a + PAGE_SIZE), 1);
  assert(commitPage(p.mm, a + PAGE_SIZE, frame));
  assertEquals(p.load(a + PAGE_SIZE), 7);
  assertEquals(p.load(a + PAGE_SIZE + 1), 2);
  p.check();
});

Deno.test("MemoryManager: what a thread stores while a fork is on its way is not lost", () => {
  const p = FakeProcess.create();
  p.as.contexts = 2;
  const a = map(p, 4);
  p.store(a, 1);
  p.as.settled = false;
  p.mm.prepareFork();
  const c = new FakeProcess(p.as.fork(), p.mm.fork(p.as.fork()));
  // The host has not carried it out: a sibling still writes to the old frame.
  const old = p.mm.runs.find(a)!.offset;
  assert(p.mm.storeU32(a + 4, 5));
  assertEquals(p.mm.runs.find(a)!.offset, old);
  p.as.settled = true;
  assert(p.mm.storeU32(a + 8, 6));
  assert(p.mm.runs.find(a)!.offset !== old);
  assertEquals(p.load(a + 4), 5);
  assertEquals(c.mm.loadU32(a + 8), 0);
});

Deno.test("MemoryManager: a call that writes to a page just moved waits for the host", () => {
  const p = FakeProcess.create();
  p.as.contexts = 2;
  const a = map(p, 4);
  p.as.settled = false;
  p.as.commands.length = 0;
  p.mm.storeU32(a, 1);
  p.mm.storeU32(a, 2);
  assertEquals(p.as.commands, ["fence", "fence"]);
  p.as.settled = true;
  p.mm.storeU32(a, 3);
  assertEquals(p.as.commands.length, 2);
});

Deno.test("MemoryManager: more private memory than the machine has is refused", () => {
  const p = FakeProcess.create();
  assertEquals(map(p, 2 ** 33), -ENOMEM);
  assert(map(p, 2 ** 33, PROT_NONE) > 0);
});

Deno.test("MemoryManager: a debugger writes to pages that the guest can't", () => {
  const p = FakeProcess.create();
  const a = map(p, 2, PROT_READ);
  const c = p.fork();
  const bytes = new Uint8Array([1, 2, 3, 4]);
  assertEquals(forceWrite(c.mm, a + PAGE_SIZE - 2, bytes, 0, 4), 4);
  const seen = new Uint8Array(4);
  assertEquals(forceRead(c.mm, a + PAGE_SIZE - 2, seen, 0, 4), 4);
  assertEquals(seen, bytes);
  assertEquals(p.load(a + PAGE_SIZE), 0);
  assertEquals(forceWrite(c.mm, a + 2 * PAGE_SIZE, bytes, 0, 4), 0);
  c.check();
});

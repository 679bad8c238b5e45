import { assert, assertEquals } from "@std/assert";
import { truncateFd } from "../../../ffi/mod.ts";
import { EACCES, EFAULT, EINVAL, EOVERFLOW } from "../../abi/linux/errno.ts";
import {
  MADV_DONTNEED,
  MAP_PRIVATE,
  MAP_SHARED,
  PAGE_SIZE,
  PROT_NONE,
  PROT_READ,
  PROT_WRITE,
} from "../../abi/linux/mman.ts";
import { SIGBUS, SIGSEGV } from "../../abi/linux/signal.ts";
import { adviseVma } from "./advice.ts";
import { FakeFile, FakeProcess } from "./fake_address_space.ts";
import { protectRange, unmapRange } from "./mapping.ts";
import { mapMemory } from "./mmap.ts";

const RW = PROT_READ | PROT_WRITE;

function map(
  p: FakeProcess,
  file: FakeFile,
  pages: number,
  prot: number,
  flags: number,
  offset = 0,
): number {
  const length = pages * PAGE_SIZE;
  return mapMemory(p.mm, 0, length, prot, flags, file, offset, false);
}

Deno.test("file maps: a private read-only map shows the file", () => {
  const p = FakeProcess.create();
  const file = new FakeFile(3 * PAGE_SIZE);
  const a = map(p, file, 2, PROT_READ, MAP_PRIVATE, PAGE_SIZE);
  assertEquals([p.load(a), p.load(a + PAGE_SIZE)], [2, 3]);
  assertEquals(p.store(a, 1), SIGSEGV);
  assertEquals(p.mm.copyOut(a, new Uint8Array(1), 0, 1), false);
  p.check();
});

Deno.test("file maps: writes to a small private map do not reach the file", () => {
  const p = FakeProcess.create();
  const file = new FakeFile(3 * PAGE_SIZE);
  const a = map(p, file, 3, RW, MAP_PRIVATE);
  p.store(a, 99);
  const bytes = new Uint8Array(1);
  file.memory.read(0, bytes, 0, 1);
  assertEquals([p.load(a), bytes[0], p.load(a + PAGE_SIZE)], [99, 1, 2]);
  p.check();
});

Deno.test("file maps: a big private map is copied where it is written", () => {
  const p = FakeProcess.create();
  const pages = 200;
  const file = new FakeFile(pages * PAGE_SIZE);
  const a = map(p, file, pages, RW, MAP_PRIVATE);
  assertEquals(p.mm.runs.items.length, 1);
  p.store(a + 50 * PAGE_SIZE, 0);
  assertEquals(p.load(a + 50 * PAGE_SIZE), 0);
  assertEquals(p.load(a + 51 * PAGE_SIZE), 52);
  assertEquals(p.load(a + 199 * PAGE_SIZE), 200);
  const bytes = new Uint8Array(1);
  file.memory.read(50 * PAGE_SIZE, bytes, 0, 1);
  assertEquals(bytes[0], 51);
  p.check();
});

Deno.test("file maps: access past the end is SIGBUS, for the Sentry EFAULT", () => {
  const p = FakeProcess.create();
  const file = new FakeFile(PAGE_SIZE + 100);
  const a = map(p, file, 4, RW, MAP_PRIVATE);
  const beyond = a + 2 * PAGE_SIZE;
  assertEquals(p.load(a + PAGE_SIZE + 200), 0);
  assertEquals(p.load(beyond), -SIGBUS);
  assertEquals(p.store(beyond, 1), SIGBUS);
  assertEquals(p.mm.loadU32(beyond), -1);
  assertEquals(p.mm.storeU32(beyond, 1), false);
  assertEquals(p.mm.copyInString(beyond, 10), -EFAULT);
  p.check();
});

Deno.test("file maps: a file cut short while mapped is a fault, not a crash", () => {
  const p = FakeProcess.create();
  const file = new FakeFile(4 * PAGE_SIZE);
  const a = map(p, file, 4, RW, MAP_SHARED);
  assertEquals(p.mm.loadU32(a + 3 * PAGE_SIZE), 0x04040404);
  truncateFd(file.memory.fd, PAGE_SIZE);
  assertEquals(p.mm.loadU32(a + 3 * PAGE_SIZE), -1);
  assertEquals(p.mm.casU32(a + 3 * PAGE_SIZE, 0, 1), -1);
  const bytes = new Uint8Array(4 * PAGE_SIZE);
  assertEquals(p.mm.copyInSome(a, bytes, 0, bytes.length), PAGE_SIZE);
});

Deno.test("file maps: shared writes reach the file and the other process", () => {
  const p = FakeProcess.create();
  const file = new FakeFile(2 * PAGE_SIZE);
  const a = map(p, file, 2, RW, MAP_SHARED);
  const c = p.fork();
  c.store(a, 77);
  const bytes = new Uint8Array(1);
  file.memory.read(0, bytes, 0, 1);
  assertEquals([p.load(a), bytes[0]], [77, 77]);
  p.check();
  c.check();
});

Deno.test("file maps: rights must be the descriptor's", () => {
  const p = FakeProcess.create();
  const readOnly = new FakeFile(PAGE_SIZE, 0);
  const writeOnly = new FakeFile(PAGE_SIZE, 1);
  assertEquals(map(p, readOnly, 1, RW, MAP_SHARED), -EACCES);
  assertEquals(map(p, writeOnly, 1, PROT_READ, MAP_SHARED), -EACCES);
  assertEquals(map(p, writeOnly, 1, PROT_READ, MAP_PRIVATE), -EACCES);
  assertEquals(map(p, readOnly, 1, PROT_READ, 0), -EINVAL);
  assertEquals(map(p, readOnly, 1, RW, MAP_PRIVATE, 2 ** 63), -EOVERFLOW);
  const a = map(p, readOnly, 1, PROT_READ, MAP_SHARED);
  assertEquals(protectRange(p.mm, a, a + PAGE_SIZE, RW), -EACCES);
});

Deno.test("file maps: mprotect to writable copies on write", () => {
  const p = FakeProcess.create();
  const file = new FakeFile(2 * PAGE_SIZE);
  const a = map(p, file, 2, PROT_READ, MAP_PRIVATE);
  assertEquals(protectRange(p.mm, a, a + 2 * PAGE_SIZE, RW), 0);
  assertEquals(p.store(a, 5), 0);
  assertEquals(p.load(a + PAGE_SIZE), 2);
  const bytes = new Uint8Array(1);
  file.memory.read(0, bytes, 0, 1);
  assertEquals(bytes[0], 1);
  p.check();
});

Deno.test("file maps: PROT_NONE first, then readable", () => {
  const p = FakeProcess.create();
  const file = new FakeFile(2 * PAGE_SIZE);
  const a = map(p, file, 2, PROT_NONE, MAP_PRIVATE);
  assertEquals(p.mm.runs.items.length, 0);
  assertEquals(protectRange(p.mm, a, a + PAGE_SIZE, PROT_READ), 0);
  assertEquals(p.load(a), 1);
  p.check();
});

Deno.test("file maps: DONTNEED brings the file's bytes back", () => {
  const p = FakeProcess.create();
  const file = new FakeFile(2 * PAGE_SIZE);
  const a = map(p, file, 2, RW, MAP_PRIVATE);
  p.store(a, 50);
  const vma = p.mm.vmas.find(a)!;
  assertEquals(adviseVma(p.mm, vma, a, a + PAGE_SIZE, MADV_DONTNEED), 0);
  assertEquals(p.load(a), 1);
  p.check();
});

Deno.test("file maps: the description is released with its last mapping", () => {
  const p = FakeProcess.create();
  const file = new FakeFile(4 * PAGE_SIZE);
  const a = map(p, file, 4, PROT_READ, MAP_PRIVATE);
  protectRange(p.mm, a + PAGE_SIZE, a + 2 * PAGE_SIZE, RW);
  const c = p.fork();
  unmapRange(p.mm, a, a + 4 * PAGE_SIZE);
  assert(!file.released);
  c.mm.decRef();
  assert(file.released);
});

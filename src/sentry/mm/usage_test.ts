import { assertEquals } from "@std/assert";
import {
  MAP_ANONYMOUS,
  MAP_PRIVATE,
  MAP_SHARED,
  PAGE_SIZE,
  PROT_READ,
  PROT_WRITE,
} from "../../abi/linux/mman.ts";
import { FakeFile, FakeProcess } from "./fake_address_space.ts";
import { mapStack, setBrk } from "./layout.ts";
import { moveBrk } from "./brk.ts";
import { mapMemory } from "./mmap.ts";
import {
  residentPages,
  totalUsage,
  Usage,
  vmaName,
  vmaUsage,
} from "./usage.ts";

const RW = PROT_READ | PROT_WRITE;
const ANON = MAP_PRIVATE | MAP_ANONYMOUS;

function map(p: FakeProcess, pages: number, flags: number): number {
  return mapMemory(p.mm, 0, pages * PAGE_SIZE, RW, flags, null, 0, false);
}

function usageAt(p: FakeProcess, addr: number): Usage {
  const usage = new Usage();
  vmaUsage(p.mm, p.mm.vmas.find(addr)!, usage);
  return usage;
}

Deno.test("usage: only touched frames are resident", () => {
  const p = FakeProcess.create();
  const a = map(p, 100, ANON);
  p.store(a, 1);
  p.store(a + 50 * PAGE_SIZE, 1);
  const usage = usageAt(p, a);
  assertEquals(usage.size, 100 * PAGE_SIZE);
  assertEquals(usage.anonymous, 2 * PAGE_SIZE);
  assertEquals(usage.rss, 2 * PAGE_SIZE);
});

Deno.test("usage: frames that a child has too are shared", () => {
  const p = FakeProcess.create();
  const a = map(p, 4, ANON);
  p.store(a, 1);
  const c = p.fork();
  assertEquals(usageAt(c, a).shared, PAGE_SIZE);
  c.mm.decRef();
  assertEquals(usageAt(p, a).shared, 0);
});

Deno.test("usage: files count up to their end, shared memory where it was touched", () => {
  const p = FakeProcess.create();
  const file = new FakeFile(PAGE_SIZE + 1);
  const size = 4 * PAGE_SIZE;
  const a = mapMemory(p.mm, 0, size, PROT_READ, MAP_SHARED, file, 0, false);
  const b = map(p, 4, MAP_SHARED | MAP_ANONYMOUS);
  p.store(b, 1);
  assertEquals(usageAt(p, a).file, 2 * PAGE_SIZE);
  assertEquals(usageAt(p, b).shmem, PAGE_SIZE);
  const total = new Usage();
  totalUsage(p.mm, total);
  assertEquals(total.rss, 3 * PAGE_SIZE);
  assertEquals(p.mm.rssPeak, 3 * PAGE_SIZE);
});

Deno.test("usage: mincore tells touched pages", () => {
  const p = FakeProcess.create();
  const a = map(p, 4, ANON);
  p.store(a + PAGE_SIZE, 1);
  const vec = new Uint8Array(4);
  residentPages(p.mm, a, a + 4 * PAGE_SIZE, vec);
  assertEquals([...vec], [0, 1, 0, 0]);
});

Deno.test("usage: names of heap, stack and shared memory", () => {
  const p = FakeProcess.create();
  setBrk(p.mm, 0x500000);
  moveBrk(p.mm, 0x510000);
  mapStack(p.mm, 0, RW);
  const a = map(p, 1, MAP_SHARED | MAP_ANONYMOUS);
  const name = (addr: number) => vmaName(p.mm, p.mm.vmas.find(addr)!);
  assertEquals(name(0x500000), "[heap]");
  assertEquals(name(p.mm.stackTop - 1), "[stack]");
  assertEquals(name(a), "/dev/zero (deleted)");
});

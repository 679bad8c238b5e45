/** Random mappings, forks and accesses, compared with a model that has a byte a page. */
import { assertEquals } from "@std/assert";
import {
  MADV_DONTNEED,
  MAP_ANONYMOUS,
  MAP_FIXED,
  MAP_PRIVATE,
  MREMAP_FIXED,
  MREMAP_MAYMOVE,
  PAGE_SIZE,
  PROT_READ,
  PROT_WRITE,
} from "../../abi/linux/mman.ts";
import { adviseVma } from "./advice.ts";
import { FakeProcess } from "./fake_address_space.ts";
import { protectRange, unmapRange } from "./mapping.ts";
import { mapMemory } from "./mmap.ts";
import { remapMemory } from "./mremap.ts";

const BASE = 0x10000000;
/** Enough pages for reserved room and big granules. */
const PAGES = 1024;
const RW = PROT_READ | PROT_WRITE;

/** A page's rights and byte; undefined: not mapped. */
interface ModelPage {
  prot: number;
  value: number;
}

class Pair {
  constructor(
    readonly process: FakeProcess,
    readonly model: (ModelPage | undefined)[],
  ) {}

  fork(): Pair {
    const model = this.model.map((page) => page && { ...page });
    return new Pair(this.process.fork(), model);
  }

  map(page: number, count: number, prot: number): void {
    const addr = BASE + page * PAGE_SIZE;
    const flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;
    const length = count * PAGE_SIZE;
    const { mm } = this.process;
    assertEquals(mapMemory(mm, addr, length, prot, flags, null, 0, true), addr);
    for (let i = 0; i < count; i++) this.model[page + i] = { prot, value: 0 };
  }

  unmap(page: number, count: number): void {
    const addr = BASE + page * PAGE_SIZE;
    unmapRange(this.process.mm, addr, addr + count * PAGE_SIZE);
    this.model.fill(undefined, page, page + count);
  }

  protect(page: number, count: number, prot: number): void {
    const addr = BASE + page * PAGE_SIZE;
    protectRange(this.process.mm, addr, addr + count * PAGE_SIZE, prot);
    for (let i = 0; i < count; i++) {
      const it = this.model[page + i];
      if (it === undefined) break;
      it.prot = prot;
    }
  }

  forget(page: number, count: number): void {
    const addr = BASE + page * PAGE_SIZE;
    const vma = this.process.mm.vmas.find(addr);
    if (vma === null) return;
    const end = Math.min(vma.end, addr + count * PAGE_SIZE);
    adviseVma(this.process.mm, vma, addr, end, MADV_DONTNEED);
    for (let i = 0; addr + i * PAGE_SIZE < end; i++) {
      this.model[page + i]!.value = 0;
    }
  }

  move(page: number, count: number, to: number): void {
    const { mm } = this.process;
    const addr = BASE + page * PAGE_SIZE;
    const length = count * PAGE_SIZE;
    const vma = mm.vmas.find(addr);
    if (vma === null || vma.end < addr + length) return;
    if (Math.abs(page - to) < count) return;
    const flags = MREMAP_MAYMOVE | MREMAP_FIXED;
    const target = BASE + to * PAGE_SIZE;
    assertEquals(
      remapMemory(mm, addr, length, length, flags, target, true),
      target,
    );
    for (let i = 0; i < count; i++) {
      this.model[to + i] = this.model[page + i];
      this.model[page + i] = undefined;
    }
  }

  store(page: number, value: number, bySentry: boolean): void {
    const addr = BASE + page * PAGE_SIZE + 100;
    const it = this.model[page];
    const allowed = it !== undefined && (it.prot & PROT_WRITE) !== 0;
    const bytes = new Uint8Array([value]);
    const done = bySentry
      ? this.process.mm.copyOut(addr, bytes, 0, 1)
      : this.process.store(addr, value) === 0;
    assertEquals(done, allowed);
    if (allowed) it.value = value;
  }

  load(page: number, bySentry: boolean): void {
    const addr = BASE + page * PAGE_SIZE + 100;
    const it = this.model[page];
    const allowed = it !== undefined && it.prot !== 0;
    const bytes = new Uint8Array(1);
    const value = bySentry
      ? this.process.mm.copyIn(addr, bytes, 0, 1) ? bytes[0] : -11
      : this.process.load(addr);
    assertEquals(value, allowed ? it.value : -11);
  }

  check(): void {
    this.process.check();
    for (let page = 0; page < PAGES; page += 7) this.load(page, true);
  }
}

/** A small generator, so that a failure can be repeated. */
function generator(seed: number): (below: number) => number {
  let x = seed;
  return (below) => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) % below;
  };
}

function step(pairs: Pair[], random: (below: number) => number): void {
  const pair = pairs[random(pairs.length)];
  const big = random(8) === 0;
  const page = random(PAGES);
  const count = 1 + random(Math.min(PAGES - page, big ? 600 : 12));
  const prot = [RW, RW, RW, PROT_READ, 0][random(5)];
  const action = random(40);
  if (action < 3) pair.map(page, count, prot);
  else if (action < 4) pair.unmap(page, count);
  else if (action < 6) pair.protect(page, count, prot);
  else if (action < 7) pair.forget(page, count);
  else if (action < 8) pair.move(page, count, random(PAGES - count));
  else if (action < 9 && pairs.length < 5) pairs.push(pair.fork());
  else if (action === 9 && pairs.length > 1) end(pairs, random(pairs.length));
  else if (action < 26) pair.store(page, 1 + random(255), random(2) === 0);
  else pair.load(page, random(2) === 0);
}

function end(pairs: Pair[], i: number): void {
  pairs[i].process.mm.decRef();
  pairs.splice(i, 1);
}

function play(seed: number, steps: number, threads: number): void {
  const random = generator(seed);
  const first = new Pair(FakeProcess.create(), new Array(PAGES));
  first.process.as.contexts = threads;
  const pairs = [first];
  for (let i = 0; i < steps; i++) {
    step(pairs, random);
    if (i % 50 === 0) { for (const pair of pairs) pair.check(); }
  }
  while (pairs.length > 0) end(pairs, 0);
}

Deno.test("MemoryManager: random operations agree with the model", () => {
  for (let seed = 1; seed <= 12; seed++) play(seed, 1500, 1);
});

Deno.test("MemoryManager: random operations of many threads agree with the model", () => {
  for (let seed = 101; seed <= 104; seed++) play(seed, 1500, 4);
});

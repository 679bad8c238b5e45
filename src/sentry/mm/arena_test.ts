import { assert, assertEquals } from "@std/assert";
import { fdAllocated } from "../../../ffi/mod.ts";
import { MemoryFile } from "../../platform/memory_file.ts";
import { Arena, ARENA_SIZE } from "./arena.ts";
import { CHUNK, FreeExtents, placeIn } from "./extents.ts";
import { Shares } from "./shares.ts";

const PAGE = 4096;
const MIB = 1024 * 1024;

function create(): Arena {
  return new Arena(MemoryFile.create("arena", ARENA_SIZE));
}

function fill(arena: Arena, offset: number, length: number): void {
  const bytes = new Uint8Array(PAGE).fill(7);
  for (let at = 0; at < length; at += PAGE) {
    arena.file.write(offset + at, bytes, 0, PAGE);
  }
}

function isZero(arena: Arena, offset: number, length: number): boolean {
  const bytes = new Uint8Array(length);
  arena.file.read(offset, bytes, 0, length);
  return bytes.every((byte) => byte === 0);
}

Deno.test("Arena: extents in a row continue each other", () => {
  const arena = create();
  assertEquals(arena.allocate(PAGE, true), 0);
  assertEquals(arena.allocate(3 * PAGE, true), PAGE);
  assertEquals(arena.allocate(PAGE, true), 4 * PAGE);
});

Deno.test("Arena: a freed extent is used again, zeroed if so asked", () => {
  const arena = create();
  const a = arena.allocate(4 * PAGE, true);
  fill(arena, a, 4 * PAGE);
  arena.drop(a, 4 * PAGE);
  assertEquals(arena.allocate(4 * PAGE, true), a);
  assert(isZero(arena, a, 4 * PAGE));
});

Deno.test("Arena: parts of a freed extent serve smaller ones", () => {
  const arena = create();
  const a = arena.allocate(4 * PAGE, true);
  arena.drop(a, 4 * PAGE);
  assertEquals(arena.allocate(PAGE, true), a);
  assertEquals(arena.allocate(3 * PAGE, true), a + PAGE);
});

Deno.test("Arena: big extents give their memory back at once", () => {
  const arena = create();
  const a = arena.allocate(4 * MIB, true);
  fill(arena, a, 4 * MIB);
  arena.drop(a, 4 * MIB);
  assertEquals(fdAllocated(arena.file.fd), 0);
  assertEquals(arena.allocate(4 * MIB, true), a);
});

Deno.test("Arena: medium extents are kept if they hold memory", () => {
  const arena = create();
  const a = arena.allocate(MIB, true);
  fill(arena, a, MIB);
  arena.drop(a, MIB);
  assertEquals(arena.keptBytes, MIB);
  assertEquals(arena.allocate(MIB, true), a);
  assert(isZero(arena, a, MIB));
  const b = arena.allocate(MIB, true);
  fill(arena, b, PAGE);
  arena.drop(b, MIB);
  assertEquals(arena.keptBytes, 0);
});

Deno.test("Arena: trim gives back what is kept", () => {
  const arena = create();
  const a = arena.allocate(4 * PAGE, true);
  fill(arena, a, 4 * PAGE);
  arena.drop(a, 4 * PAGE);
  arena.trim();
  assertEquals(fdAllocated(arena.file.fd), 0);
  assertEquals(arena.keptBytes, 0);
});

Deno.test("Arena: a shared range is freed by its last owner", () => {
  const arena = create();
  const a = arena.allocate(4 * PAGE, true);
  fill(arena, a, 4 * PAGE);
  arena.share(a, 4 * PAGE);
  arena.drop(a + PAGE, 2 * PAGE);
  assert(arena.isShared(a));
  assert(!arena.isShared(a + PAGE));
  assertEquals(arena.keptBytes, 0);
  arena.drop(a, 4 * PAGE);
  assertEquals(arena.keptBytes, 2 * PAGE);
});

Deno.test("Arena: it stays open after its owner as long as somebody has frames", () => {
  const arena = create();
  const a = arena.allocate(2 * PAGE, true);
  fill(arena, a, 2 * PAGE);
  arena.share(a, PAGE);
  assertEquals(arena.abandon(2 * PAGE), false);
  arena.drop(a, 2 * PAGE);
  assertEquals(fdAllocated(arena.file.fd), PAGE);
  arena.drop(a, PAGE);
  assert(fdAllocated(arena.file.fd) < 0);
});

Deno.test("FreeExtents: neighbours join", () => {
  const free = new FreeExtents();
  free.put(0, PAGE);
  free.put(2 * PAGE, 3 * PAGE);
  assertEquals(free.take(3 * PAGE), -1);
  free.put(PAGE, 2 * PAGE);
  assertEquals(free.take(3 * PAGE), 0);
  assertEquals(free.take(PAGE), -1);
});

Deno.test("FreeExtents: an extent does not cross a chunk border if it fits", () => {
  assertEquals(placeIn(CHUNK - PAGE, 2 * PAGE), CHUNK);
  assertEquals(placeIn(PAGE, 2 * CHUNK), CHUNK);
  const free = new FreeExtents();
  free.put(CHUNK - PAGE, CHUNK + PAGE);
  assertEquals(free.take(2 * PAGE), -1);
  assertEquals(free.take(PAGE), CHUNK - PAGE);
});

Deno.test("Shares: counts of overlapping ranges", () => {
  const shares = new Shares();
  shares.add(0, 10);
  shares.add(5, 20);
  assertEquals([shares.count(4), shares.count(5), shares.count(15)], [1, 2, 1]);
  assertEquals(shares.sameUntil(0, 30), 20);
  assertEquals(shares.sameUntil(20, 30), 30);
  shares.subtract(0, 20);
  assertEquals([shares.count(4), shares.count(5), shares.count(15)], [0, 1, 0]);
  shares.subtract(5, 10);
  assert(shares.isEmpty);
});

import { assertEquals } from "@std/assert";
import { Arena } from "./arena.ts";
import { FakeAddressSpace } from "./fake_address_space.ts";
import { Graves } from "./graves.ts";

const PAGE = 4096;

Deno.test("Graves: frames are free once the host has replaced their mappings", () => {
  const as = new FakeAddressSpace();
  const arena = new Arena(as.arena);
  const graves = new Graves(as);
  const a = arena.allocate(PAGE, true);
  as.settled = false;
  graves.add(arena, a, PAGE);
  graves.reap();
  const b = arena.allocate(PAGE, true);
  assertEquals(b === a, false);
  as.settled = true;
  graves.reap();
  assertEquals(graves.isEmpty, true);
  assertEquals(arena.allocate(PAGE, true), a);
});

Deno.test("Graves: all are free at the end", () => {
  const as = new FakeAddressSpace();
  const arena = new Arena(as.arena);
  const graves = new Graves(as);
  const a = arena.allocate(PAGE, true);
  as.settled = false;
  graves.add(arena, a, PAGE);
  graves.clear();
  assertEquals(arena.allocate(PAGE, true), a);
});

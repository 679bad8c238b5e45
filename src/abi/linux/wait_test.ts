import { assertEquals } from "@std/assert";
import { exitStatus, signalStatus, stopStatus } from "./wait.ts";

Deno.test("wait status: the low 8 bits of an exit code are kept", () => {
  assertEquals(exitStatus(-1), 0xff00);
});

Deno.test("wait status: a fatal signal lies in the low bits", () => {
  assertEquals([signalStatus(9, false), signalStatus(11, true)], [9, 0x8b]);
});

Deno.test("wait status: a stop has 0x7f in the low byte", () => {
  assertEquals(stopStatus(19), 0x137f);
});

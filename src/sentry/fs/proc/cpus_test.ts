import { assertEquals } from "@std/assert";
import { cpusOfSet, formatList, formatMask } from "./cpus.ts";

Deno.test("formatList: neighbours become ranges", () => {
  assertEquals(formatList([0, 1, 2, 5, 7, 8]), "0-2,5,7-8");
});

Deno.test("formatList: nothing is empty", () => {
  assertEquals(formatList([]), "");
});

Deno.test("formatMask: groups of 32 bits, the highest first", () => {
  assertEquals(formatMask([0, 1]), "3");
  assertEquals(formatMask([31, 32, 64]), "1,00000001,80000000");
});

Deno.test("cpusOfSet: bit n of byte m is CPU 8m + n", () => {
  assertEquals(cpusOfSet(new Uint8Array([5, 0, 128])), [0, 2, 23]);
});

import { assertEquals } from "@std/assert";
import { hex64, mangle, parseNumber, u64 } from "./entry.ts";

Deno.test("mangle: what separates columns is octal", () => {
  assertEquals(mangle("/a b\tc\\d\n"), "/a\\040b\\011c\\134d\\012");
});

Deno.test("u64: infinity is the largest value", () => {
  assertEquals(u64(2 ** 64), "18446744073709551615");
  assertEquals(u64(4096), "4096");
});

Deno.test("hex64: halves may be negative", () => {
  assertEquals(hex64(-1, 0x4000), "ffffffff00004000");
});

Deno.test("parseNumber: blanks around it do not matter", () => {
  assertEquals(parseNumber(" -17\n"), -17);
});

Deno.test("parseNumber: anything else is no number", () => {
  assertEquals(parseNumber("1 2"), NaN);
  assertEquals(parseNumber(""), NaN);
});

import { assertEquals, assertThrows } from "@std/assert";
import { geometricMean, summarize } from "./stats.ts";

Deno.test("summarize: the middle of an even number of samples lies between two", () => {
  assertEquals(summarize([4, 1, 2, 3]).median, 2.5);
});

Deno.test("summarize: one outlier changes neither median nor spread", () => {
  const { median, spread } = summarize([10, 10, 10, 10, 1000]);
  assertEquals([median, spread], [10, 0]);
});

Deno.test("summarize: no samples are an error", () => {
  assertThrows(() => summarize([]), RangeError);
});

Deno.test("geometricMean: twice and half even out", () => {
  assertEquals(geometricMean([4, 0.25]), 1);
});

import { assertEquals } from "@std/assert";
import { tally } from "../deno_test.ts";

Deno.test("tally: the last summary counts", () => {
  const output = "ok | 1 passed | 0 failed (1ms)\n" +
    "FAILED | 12 passed (3 steps) | 2 failed (1 step) | 1 ignored (5s)\n";
  assertEquals(tally(output, false), { passed: 12, failed: 2 });
});

Deno.test("tally: a run that breaks off has failed", () => {
  assertEquals(tally("", false), { passed: 0, failed: 1 });
  const output = "ok | 3 passed | 0 failed (1ms)\n";
  assertEquals(tally(output, false), { passed: 3, failed: 1 });
});

Deno.test("tally: no tests are no failure", () => {
  assertEquals(tally("", true), { passed: 0, failed: 0 });
});

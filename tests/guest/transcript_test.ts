import { assertEquals } from "@std/assert";
import { differences } from "./transcript.ts";

Deno.test("transcript: equal ones have no differences", () => {
  assertEquals(differences(["a", "b"], ["a", "b"], {}), []);
});

Deno.test("transcript: a line that differs is told", () => {
  assertEquals(differences(["a", "b"], ["a", "c"], {}).length, 1);
});

Deno.test("transcript: a missing end is told", () => {
  assertEquals(differences(["a", "b"], ["a"], {}).length, 1);
});

Deno.test("transcript: a known gap may differ", () => {
  assertEquals(differences(["a", "b"], ["a", "c"], { b: "why" }), []);
});

Deno.test("transcript: a known gap that passes is told", () => {
  assertEquals(differences(["a", "b"], ["a", "b"], { b: "why" }), [
    "no gap any more: b",
  ]);
});

import { assertEquals, assertThrows } from "@std/assert";
import { callCold, dlopen } from "./lazy_library.ts";

Deno.test("lazy library: a function is opened when it is called often", () => {
  const { symbols } = dlopen("libc.so.6", {
    abs: { parameters: ["i32"], result: "i32" },
    labs: { parameters: ["i64"], result: "i64" },
  });
  const call = (n: number) =>
    symbols.abs === null ? callCold("abs", n) : symbols.abs(n);
  assertEquals(call(-7), 7);
  assertEquals(symbols.abs, null);
  const results = Array.from({ length: 200 }, (_, n) => call(n));
  assertEquals(results, Array.from({ length: 200 }, (_, n) => n));
  assertEquals(typeof symbols.abs, "function");
  assertEquals(symbols.labs, null);
});

Deno.test("lazy library: a function that is not there fails at once", () => {
  assertThrows(() =>
    dlopen("libc.so.6", { no_such: { parameters: [], result: "void" } })
  );
});

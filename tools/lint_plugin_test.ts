import { assertEquals } from "@std/assert";
import plugin from "./lint_plugin.ts";

/** The messages for a source in a file of the repository. */
function lint(file: string, source: string): string[] {
  return Deno.lint.runPlugin(plugin, `/repo/${file}`, source)
    .map((diagnostic) => diagnostic.message);
}

Deno.test("lint: imports go down", () => {
  const up = 'import { x } from "../../cli/x.ts";';
  assertEquals(lint("src/sentry/mm/x.ts", up), ["sentry may not import cli"]);
  const down = 'import { x } from "../../../ffi/x.ts";';
  assertEquals(lint("src/sentry/mm/x.ts", down), []);
});

Deno.test("lint: exports from and dynamic imports count as imports", () => {
  const file = "src/platform/x.ts";
  const wrong = ["platform may not import sentry"];
  assertEquals(lint(file, 'export * from "../sentry/x.ts";'), wrong);
  assertEquals(lint(file, 'export { x } from "../sentry/x.ts";'), wrong);
  assertEquals(lint(file, 'await import("../sentry/x.ts");'), wrong);
});

Deno.test("lint: the shared rooms use no other", () => {
  const source = 'import { x } from "../sentry/x.ts";';
  assertEquals(lint("src/abi/x.ts", source), ["abi may not use sentry"]);
});

Deno.test("lint: the Sentry is synchronous", () => {
  const file = "src/sentry/x.ts";
  assertEquals(lint(file, "async function f() {}"), [
    "no async function in src/sentry",
  ]);
  assertEquals(lint(file, "let p: Promise<void>;"), [
    "no Promise in src/sentry",
  ]);
  assertEquals(lint(file, "f(1n);"), ["no BigInt in src/sentry"]);
  assertEquals(lint("src/sentry/x_test.ts", "f(1n);"), []);
  assertEquals(lint("src/cli/x.ts", "async function f() {}"), []);
});

Deno.test("lint: raw pointers stay in ffi", () => {
  const source = "Deno.UnsafePointer.create(p);";
  assertEquals(lint("src/platform/x.ts", source), [
    "Deno.UnsafePointer only in ffi/",
  ]);
  assertEquals(lint("ffi/x.ts", source), []);
});

Deno.test("lint: an errno is returned negative", () => {
  const file = "src/sentry/x.ts";
  assertEquals(lint(file, "function f() { return EBADF; }"), [
    "an errno is returned negative: -EBADF",
  ]);
  assertEquals(lint(file, "function f() { return -EBADF; }"), []);
  assertEquals(lint(file, "function f() { return EPOLLIN; }"), []);
});

import { assert, assertEquals } from "@std/assert";
import { cpuTimeSince, processTree, proportionalSize } from "./processes.ts";

Deno.test("processTree: a process without children is its own tree", () => {
  const tree = processTree(2 ** 22 + 1);
  assertEquals(tree, [2 ** 22 + 1]);
});

Deno.test("cpuTimeSince: a thread that ended takes nothing away", () => {
  const before = new Map([["1", 5], ["2", 7]]);
  assertEquals(cpuTimeSince(before, new Map([["1", 8]])), 3);
});

Deno.test("cpuTimeSince: a new thread counts from its start", () => {
  assertEquals(cpuTimeSince(new Map(), new Map([["3", 4]])), 4);
});

Deno.test("proportionalSize: this process has memory", () => {
  assert(proportionalSize([Deno.pid]) > 1024);
});

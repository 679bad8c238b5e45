import { assertEquals } from "@std/assert";
import { AT_EXECFN, AT_PAGESZ, AT_RANDOM } from "../../abi/linux/auxv.ts";
import { getU64 } from "../../abi/struct.ts";
import { decodeBinary } from "../strings.ts";
import { buildStack } from "./initial_stack.ts";

const TOP = 0x7ffffffff000;
const stack = buildStack(TOP, {
  argv: ["sh", "-c", ""],
  envp: ["A=1"],
  execFn: "/bin/sh",
  auxv: [[AT_PAGESZ, 4096]],
  random: new Uint8Array(16).fill(7),
  gap: 32,
});
const view = new DataView(stack.bytes.buffer);
const word = (i: number) => getU64(view, i * 8);

function string(address: number): string {
  const from = address - stack.sp;
  return decodeBinary(stack.bytes, from, stack.bytes.indexOf(0, from));
}

Deno.test("initial stack: RSP is aligned and points at argc", () => {
  assertEquals(stack.sp % 16, 0);
  assertEquals(word(0), 3);
});

Deno.test("initial stack: argv and envp point at their strings", () => {
  assertEquals([1, 2, 3].map((i) => string(word(i))), ["sh", "-c", ""]);
  assertEquals(word(4), 0);
  assertEquals(string(word(5)), "A=1");
  assertEquals(word(6), 0);
});

Deno.test("initial stack: the auxiliary vector ends with AT_NULL", () => {
  const auxv = new Map<number, number>();
  let i = 7;
  for (; word(i) !== 0; i += 2) auxv.set(word(i), word(i + 1));
  assertEquals(auxv.get(AT_PAGESZ), 4096);
  assertEquals(string(auxv.get(AT_EXECFN)!), "/bin/sh");
  assertEquals(auxv.get(AT_RANDOM)! % 16, 0);
  assertEquals(stack.auxvStart + stack.auxvLength, stack.sp + (i + 2) * 8);
});

Deno.test("initial stack: argument and environment strings adjoin", () => {
  assertEquals(stack.argStart, word(1));
  assertEquals(stack.argEnd, stack.envStart);
  assertEquals(stack.envEnd - stack.envStart, 4);
});

import { assert, assertEquals, assertThrows } from "@std/assert";
import { Failure } from "./failure.ts";
import { type Flag, HELP_FLAG, parseFlags } from "./flags.ts";

const FLAGS: readonly Flag[] = [
  { name: "env", value: "KEY=VALUE", repeats: true, help: "" },
  { name: "strace", help: "" },
  { name: "no-patch", help: "" },
  HELP_FLAG,
];

function parse(...args: string[]) {
  return parseFlags("run", FLAGS, args);
}

Deno.test("flags: values keep their order and their equal signs", () => {
  const flags = parse("--env", "A=1", "--env=B=2=3", "root");
  assertEquals(flags.values("env"), ["A=1", "B=2=3"]);
  assertEquals(flags.value("env"), "B=2=3");
});

Deno.test("flags: a program called true is no value of the flag before", () => {
  const flags = parse("--strace", "true");
  assert(flags.has("strace"));
  assertEquals(flags.rest, ["true"]);
});

Deno.test("flags: the program's own flags and dashes stay untouched", () => {
  const flags = parse("--strace", "grep", "--help", "--", "-x", "7");
  assertEquals(flags.rest, ["grep", "--help", "--", "-x", "7"]);
  assert(!flags.has("help"));
});

Deno.test("flags: the first dashes end the flags", () => {
  assertEquals(parse("--", "--strace", "--").rest, ["--strace", "--"]);
});

Deno.test("flags: --no-patch is a flag of its own", () => {
  assert(parse("--no-patch").has("no-patch"));
  assert(!parse().has("no-patch"));
});

Deno.test("flags: -h is --help", () => {
  assert(parse("-h").has("help"));
});

Deno.test("flags: a missing value is refused", () => {
  assertThrows(() => parse("--env"), Failure, "--env needs a value");
  assertThrows(() => parse("--env", "--strace"), Failure, "needs a value");
});

Deno.test("flags: an unknown flag is refused, and the nearest named", () => {
  assertThrows(() => parse("--frob"), Failure, "see sandbox run --help");
  assertThrows(() => parse("--stra"), Failure, "did you mean --strace?");
  assertThrows(() => parse("-x"), Failure, "unknown flag -x");
});

import { assertEquals } from "@std/assert";
import { ENOEXEC } from "../../abi/linux/errno.ts";
import { encodeBinaryInto } from "../strings.ts";
import { readScriptLine } from "./script.ts";

function read(text: string) {
  const head = new Uint8Array(256);
  encodeBinaryInto(text.slice(0, 256), head, 0);
  return readScriptLine(head);
}

Deno.test("script: the rest of the line is one argument", () => {
  assertEquals(read("#! /bin/sh  -e x y \t\nmore"), {
    interpreter: "/bin/sh",
    argument: "-e x y",
  });
});

Deno.test("script: a line may end with the file", () => {
  assertEquals(read("#!/bin/sh"), { interpreter: "/bin/sh", argument: null });
});

Deno.test("script: blanks alone name no interpreter", () => {
  assertEquals(read("#! \t \nx"), -ENOEXEC);
  assertEquals(read("#!\n"), -ENOEXEC);
  assertEquals(read("#!" + " ".repeat(300)), -ENOEXEC);
});

Deno.test("script: an interpreter that may go on behind 256 bytes is refused", () => {
  assertEquals(read("#!/" + "a".repeat(300)), -ENOEXEC);
});

Deno.test("script: an argument may be cut at 255 bytes", () => {
  const line = read("#!/bin/sh " + "a".repeat(300));
  assertEquals(line, {
    interpreter: "/bin/sh",
    argument: "a".repeat(255 - 10),
  });
});

Deno.test("script: the longest interpreter is 253 bytes and a newline", () => {
  const path = "/" + "a".repeat(252);
  assertEquals(read(`#!${path}\n`), { interpreter: path, argument: null });
});

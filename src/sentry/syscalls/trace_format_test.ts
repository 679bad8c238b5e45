import { assertEquals } from "@std/assert";
import * as fcntl from "../../abi/linux/fcntl.ts";
import { PollFd } from "../../abi/linux/poll.ts";
import { Timespec } from "../../abi/linux/time.ts";
import { struct } from "../../abi/struct.ts";
import { encodeBinary } from "../strings.ts";
import { fillTable, table } from "./table.ts";
import {
  constant,
  flagText,
  namesOf,
  octal,
  quote,
  structText,
} from "./trace_format.ts";
import { KINDS, resultText } from "./trace_kinds.ts";
import { FLAGS } from "./trace_names.ts";
import { SIGNATURES } from "./trace_signatures.ts";

function quoted(s: string, more = false): string {
  return quote(encodeBinary(s), s.length, more);
}

Deno.test("trace: strings are escaped as in C", () => {
  assertEquals(quoted('a"b\\\n\t'), '"a\\"b\\\\\\n\\t"');
  assertEquals(quoted("\x01\xff"), '"\\1\\377"');
  assertEquals(quoted("\x01\x37"), '"\\0017"');
  assertEquals(quoted("abc", true), '"abc"...');
});

Deno.test("trace: flags are an or of names; the rest is a number", () => {
  const openFlags = FLAGS.openFlags();
  assertEquals(
    flagText(fcntl.O_CREAT | fcntl.O_CLOEXEC, openFlags),
    "O_CREAT|O_CLOEXEC",
  );
  assertEquals(flagText(fcntl.O_SYNC, openFlags), "O_SYNC");
  assertEquals(flagText(fcntl.O_TMPFILE, openFlags), "O_TMPFILE");
  assertEquals(flagText(0x40000000, openFlags), "0x40000000");
  assertEquals(flagText(0, openFlags), "0");
});

Deno.test("trace: flags beyond 32 bits have names", () => {
  assertEquals(
    flagText(0x100000100, FLAGS.cloneFlags()),
    "CLONE_VM|CLONE_CLEAR_SIGHAND",
  );
});

Deno.test("trace: a constant without a name is a number", () => {
  const names = namesOf(fcntl, /^F_[GS]ETFD$/);
  assertEquals(constant(1, names), "F_GETFD");
  assertEquals(constant(77, names), "77");
  assertEquals(octal(0o644), "0644");
});

Deno.test("trace: structs show their fields, nested ones and arrays too", () => {
  const S = struct({ when: Timespec, list: ["u16", 2], _pad: "u32", p: "ptr" });
  const s = S.alloc();
  s.when.tv_sec = 3;
  s.list.set(1, 9);
  assertEquals(
    structText(S, s.bytes, {}),
    "{when={tv_sec=3, tv_nsec=0}, list=[0, 9], p=NULL}",
  );
});

Deno.test("trace: a field can have a text of its own", () => {
  const p = PollFd.alloc();
  p.events = 5;
  const texts = { events: (n: number) => flagText(n, FLAGS.pollEvents()) };
  assertEquals(
    structText(PollFd, p.bytes, texts, ["fd", "events"]),
    "{fd=0, events=POLLIN|POLLOUT}",
  );
});

Deno.test("trace: results are numbers, addresses or errors", () => {
  assertEquals(resultText(3, false), "3");
  assertEquals(resultText(4096, true), "0x1000");
  assertEquals(resultText(-2, false), "-1 ENOENT");
});

Deno.test("trace: every kind in a signature is known", () => {
  const unknown: string[] = [];
  for (const [name, signature] of Object.entries(SIGNATURES)) {
    for (const token of signature.split(" ")) {
      const kind = token.replace(/^>/, "").replace(/:\d$/, "");
      if (!(kind in KINDS)) unknown.push(`${name}: ${kind}`);
    }
  }
  assertEquals(unknown, []);
});

Deno.test("trace: a signature has as many arguments as its row", () => {
  fillTable();
  const wrong: string[] = [];
  for (const row of table) {
    if (row === undefined || row.level === "missing") continue;
    const signature = SIGNATURES[row.name];
    if (signature === undefined) continue;
    const n = signature.split(" ").length;
    if (n !== row.args.length) wrong.push(`${row.name}: ${n}`);
  }
  assertEquals(wrong, []);
});

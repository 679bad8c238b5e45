import { assertEquals } from "@std/assert";
import { SYS, syscallName } from "../../abi/linux/syscall_numbers.ts";
import { families, fillTable, table } from "./table.ts";

fillTable();

Deno.test("table: every x86-64 number has a row", () => {
  const without = Object.entries(SYS).filter(([, nr]) => !table[nr]);
  assertEquals(without, []);
});

Deno.test("table: no number has two rows", () => {
  const seen = new Map<number, string>();
  const doubled: string[] = [];
  for (const [family, rows] of families()) {
    for (const row of rows) {
      const before = seen.get(row.nr);
      if (before === undefined) seen.set(row.nr, family);
      else doubled.push(`${row.name}: in ${before} and in ${family}`);
    }
  }
  assertEquals(doubled, []);
});

Deno.test("table: rows carry Linux's name of their number", () => {
  const wrong = table.filter((row) =>
    row !== undefined && row.name !== syscallName(row.nr)
  );
  assertEquals(wrong.map((row) => `${row!.nr} ${row!.name}`), []);
});

Deno.test("table: a row decodes all arguments that its handler takes", () => {
  const wrong = table.filter((row) =>
    row !== undefined && row.handler !== null &&
    row.handler.length > row.args.length + 1
  );
  assertEquals(wrong.map((row) => row!.name), []);
});

Deno.test("table: rows that lack something say what", () => {
  const silent = table.filter((row) =>
    row !== undefined && row.level !== "full" && row.note === ""
  );
  assertEquals(silent.map((row) => row!.name), []);
});

Deno.test("table: every family of the folder is in it", () => {
  const folder = new URL(".", import.meta.url);
  const known = families().reduce((n, [, rows]) => n + rows.length, 0);
  let there = 0;
  for (const { name } of Deno.readDirSync(folder)) {
    const text = Deno.readTextFileSync(new URL(name, folder));
    if (/^export const \w+: (readonly )?Row\[\]/m.test(text)) there++;
  }
  assertEquals(families().length, there, `${known} rows`);
});

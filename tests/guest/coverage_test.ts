/** Every call that claims to be complete has a guest test. */
import { assertEquals } from "@std/assert";
import { fillTable, table } from "../../src/sentry/syscalls/table.ts";
import { ROOT } from "../../tools/run.ts";

/** Complete calls that no guest test names, with the reason. */
const UNTESTED: Readonly<Record<string, string>> = {
  sysfs: "many hosts are built without it",
  fchmodat2: "hosts before Linux 6.6 lack it",
};

Deno.test("guest tests: every call in full is named in one", () => {
  fillTable();
  const text = sources();
  const without: string[] = [];
  for (const row of table) {
    if (row === undefined || row.level !== "full") continue;
    const name = new RegExp(`\\b(SYS_)?${row.name}\\b`);
    if (!name.test(text) && !(row.name in UNTESTED)) without.push(row.name);
  }
  assertEquals(without, []);
});

function sources(): string {
  let text = "";
  for (const { name } of Deno.readDirSync(`${ROOT}/tests/guest`)) {
    if (!name.endsWith(".c")) continue;
    text += Deno.readTextFileSync(`${ROOT}/tests/guest/${name}`);
  }
  return text;
}

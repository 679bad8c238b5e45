/**
 * docs/syscalls.md from the system call table: `deno run -A
 * tools/syscall_docs.ts` writes it, `--check` tells whether it is up to date.
 */
import { SYSCALL_COUNT } from "../src/abi/linux/syscall_numbers.ts";
import { errnoName } from "../src/abi/linux/errno.ts";
import type { Row } from "../src/sentry/syscalls/row.ts";
import {
  families,
  fillTable,
  NOT_YET,
  table,
} from "../src/sentry/syscalls/table.ts";
import { ROOT } from "./run.ts";

const PAGE = `${ROOT}/docs/syscalls.md`;

/** The page as the table has it now. */
export function syscallPage(): string {
  fillTable();
  const rows = table.filter((row) => row !== undefined);
  const count = (level: Row["level"]) =>
    rows.filter((row) => row.level === level).length;
  const later = rows.filter((row) => row.note === NOT_YET).length;
  return [
    "# System calls",
    "",
    "Made from `src/sentry/syscalls/table.ts` by `tools/syscall_docs.ts`.",
    "",
    `Of x86-64's ${rows.length} calls (numbers below ${SYSCALL_COUNT}) ` +
    `${count("full")} are there in full, ${count("partial")} in part, ` +
    `${count("missing")} fail always: ${later} of these because they are ` +
    "still to come (they give ENOSYS), the others for the reason that the " +
    "last column names.",
    "",
    "| nr | call | family | | what is missing |",
    "| --: | --- | --- | --- | --- |",
    ...rows.map(line),
    "",
  ].join("\n");
}

/** Whether the page in docs is the table's. */
export function syscallPageIsCurrent(): boolean {
  try {
    return Deno.readTextFileSync(PAGE) === syscallPage();
  } catch {
    return false;
  }
}

function line(row: Row): string {
  const family = familyOf(row);
  const state = row.level === "missing" ? errnoName(row.errno) : row.level;
  return `| ${row.nr} | ${row.name} | ${family} | ${state} | ${row.note} |`;
}

function familyOf(row: Row): string {
  if (row.level === "missing") return "";
  return families().find(([, rows]) => rows.includes(row))?.[0] ?? "";
}

if (import.meta.main) {
  if (Deno.args.includes("--check")) {
    if (!syscallPageIsCurrent()) {
      console.error(
        "docs/syscalls.md differs: run deno run -A tools/syscall_docs.ts",
      );
      Deno.exit(1);
    }
  } else {
    Deno.mkdirSync(`${ROOT}/docs`, { recursive: true });
    Deno.writeTextFileSync(PAGE, syscallPage());
  }
}

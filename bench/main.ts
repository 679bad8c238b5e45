/**
 * Compares the platforms, the host and, where it is installed, runsc (PATH, or
 * RUNSC=FILE). All run in turns, so that a busy machine disturbs all alike; only
 * ratios of one run mean something.
 *
 * Usage: `deno task bench [--quick] [--only=WORD[,WORD]] [--json=FILE]`. A WORD
 * is a part of a row's name, or one of the groups operations, contended,
 * startup, idle, memory.
 */
import { parseArgs } from "@std/cli/parse-args";
import { idleMemory, idleTime } from "./idle.ts";
import type { Measurement } from "./measurement.ts";
import { contended, operations } from "./operations.ts";
import { json, type Row, table } from "./report.ts";
import { prepareRoot } from "./root.ts";
import { type Runner, runners } from "./runner.ts";
import { startup } from "./startup.ts";

const SECONDS = 10;

function measurements(quick: boolean): Measurement[] {
  return [
    operations(quick ? 20 : 60, quick ? 3 : 7),
    contended(quick ? 2 : 5),
    startup(quick ? 7 : 25),
    idleTime("sleep", SECONDS, quick ? 1 : 3),
    idleTime("server", SECONDS, quick ? 1 : 3),
    idleMemory(quick ? 1 : 3),
  ];
}

/** The rows of `m` that `words` ask for; all where there are no words. */
function wanted(m: Measurement, words: readonly string[]): string[] {
  return m.rows.filter((row) =>
    words.length === 0 || words.some((w) => w === m.group || row.includes(w))
  );
}

async function measure(
  m: Measurement,
  names: readonly string[],
  on: readonly Runner[],
): Promise<Row[]> {
  const rows = names.map((name): Row => ({
    name,
    unit: m.unit,
    samples: new Map(),
  }));
  const suited = on.filter((runner) => m.suits(runner));
  for (let round = 0; round < m.rounds; round++) {
    for (const runner of suited) {
      progress(`${m.group}: round ${round + 1} of ${m.rounds}, ${runner.name}`);
      for (const [name, value] of await m.run(runner, names)) {
        const row = rows.find((r) => r.name === name);
        if (row === undefined) throw new Error(`no row ${name}`);
        const samples = row.samples.get(runner.name);
        if (samples === undefined) row.samples.set(runner.name, [value]);
        else samples.push(value);
      }
    }
  }
  progress("");
  return rows;
}

function progress(text: string): void {
  if (!Deno.stderr.isTerminal()) return;
  Deno.stderr.writeSync(new TextEncoder().encode(`\r\x1b[K${text}`));
}

async function main(): Promise<void> {
  const flags = parseArgs(Deno.args, {
    boolean: ["quick"],
    string: ["only", "json"],
  });
  const only = String(flags.only ?? "");
  const words = only.split(",").filter((word) => word !== "");
  prepareRoot();
  const on = runners();
  if (!on.some((runner) => runner.name === "runsc")) {
    console.log("bench: no runsc in PATH, nor RUNSC=FILE: without it");
  }
  const rows: Row[] = [];
  for (const m of measurements(flags.quick === true)) {
    const names = wanted(m, words);
    if (names.length > 0) rows.push(...await measure(m, names, on));
  }
  console.log(table(rows, on.map((runner) => runner.name)));
  if (flags.json) Deno.writeTextFileSync(String(flags.json), json(rows));
}

await main();

/** The results, as a table and as JSON. */
import type { Measurement } from "./measurement.ts";
import { geometricMean, summarize, type Summary } from "./stats.ts";

/** Samples of one row, by runner. */
export interface Row {
  name: string;
  unit: Measurement["unit"];
  samples: Map<string, number[]>;
}

/**
 * A line a row: median and spread for each runner, and each sandbox's ratio to
 * native; at its end runsc's to ours.
 */
export function table(rows: readonly Row[], names: readonly string[]): string {
  const others = names.filter((name) => name !== "native");
  const head = ["", ...names.flatMap((n) => [n, "±"])];
  head.push(...others.map((n) => `${n}/native`));
  if (names.includes("runsc")) head.push("systrap/runsc");
  const lines = [head, ...rows.map((row) => cells(row, names))];
  if (rows.filter(({ unit }) => unit === "ns").length > 1) {
    lines.push(means(rows, names, head.length));
  }
  const width = head.map((_, i) => Math.max(...lines.map((l) => l[i].length)));
  return lines.map((line) =>
    line.map((cell, i) =>
      i === 0 ? cell.padEnd(width[i]) : cell.padStart(width[i])
    ).join("  ").trimEnd()
  ).join("\n");
}

/** All samples and what they come to. */
export function json(rows: readonly Row[]): string {
  const plain = rows.map(({ name, unit, samples }) => ({
    name,
    unit,
    runners: Object.fromEntries(
      [...samples].map(([runner, values]) => [
        runner,
        { ...summarize(values), samples: values },
      ]),
    ),
  }));
  return JSON.stringify(plain, null, 2);
}

function cells(row: Row, names: readonly string[]): string[] {
  const line = [`${row.name} (${row.unit})`];
  for (const name of names) {
    const s = summaryOf(row, name);
    if (s === null) line.push("", "");
    else line.push(number(s.median), `${Math.round(s.spread * 100)}%`);
  }
  for (const name of names) {
    if (name !== "native") line.push(text(ratio(row, name, "native")));
  }
  if (names.includes("runsc")) line.push(text(ratio(row, "systrap", "runsc")));
  return line;
}

/** Geometric means of the ratios, over rows in ns: they are of one kind. */
function means(
  rows: readonly Row[],
  names: readonly string[],
  width: number,
): string[] {
  const pairs = names.filter((n) => n !== "native").map((n) => [n, "native"]);
  if (names.includes("runsc")) pairs.push(["systrap", "runsc"]);
  const line = ["geometric mean (ns)"];
  while (line.length < width - pairs.length) line.push("");
  for (const [a, b] of pairs) {
    const all = rows.filter((row) => row.unit === "ns").map((row) =>
      ratio(row, a, b)
    ).filter((r) => r !== null);
    line.push(all.length === 0 ? "" : text(geometricMean(all)));
  }
  return line;
}

function summaryOf(row: Row, runner: string): Summary | null {
  const samples = row.samples.get(runner);
  return samples === undefined ? null : summarize(samples);
}

function ratio(row: Row, a: string, b: string): number | null {
  const over = summaryOf(row, a);
  const under = summaryOf(row, b);
  if (over === null || under === null || under.median === 0) return null;
  return over.median / under.median;
}

function text(ratio: number | null): string {
  return ratio === null ? "" : `${ratio.toFixed(2)}×`;
}

function number(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

/** What is measured, and on what. */
import type { Runner } from "./runner.ts";

/** Values by row name, in the measurement's unit. */
export type Values = Map<string, number>;

/** One program whose runs give values for one or more rows of the table. */
export interface Measurement {
  /** What `--only` looks for, beside the names of the rows. */
  readonly group: string;
  readonly unit: "ns" | "ms" | "ms CPU" | "MB";
  /** Rows that it fills. */
  readonly rows: readonly string[];
  /** Rounds that suffice; no more are made. */
  readonly rounds: number;
  /** Whether there is something to measure on this runner. */
  suits(runner: Runner): boolean;
  /** One round. Throws an Error when the program fails. */
  run(runner: Runner, rows: readonly string[]): Promise<Values>;
}

/** What each command file exports. */
import type { Flag, Parsed } from "./flags.ts";

/** One command of the program: data for help and completions, and its action. */
export interface Command {
  name: string;
  /** Without the program's name. */
  usage: string;
  /** One line. */
  summary: string;
  flags: readonly Flag[];
  /** What to complete where no flag is expected. */
  operand: "directory" | "command" | readonly string[];
  /** Gives the exit code, or throws Failure. */
  run(flags: Parsed): number | Promise<number>;
}

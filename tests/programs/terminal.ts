/** A program on a pseudo-terminal of the host, driven by steps. */
import { needProgram } from "../debian.ts";
import { ROOT } from "../../tools/run.ts";
import { type Outcome, runProgram, SANDBOX } from "../sandbox.ts";
import { sandboxArguments } from "./worlds.ts";

/** One step; `expect` is a Python regular expression, sought after the last match. */
export type Step =
  | ["expect", string]
  | ["send", string]
  | ["resize", number, number]
  /** The program ends by itself with this code. */
  | ["end", number];

export const ROWS = 24;
export const COLUMNS = 80;
/** Ctrl-C, Ctrl-D and so on. */
export const CTRL = { C: "\x03", D: "\x04", Z: "\x1a", A: "\x01", E: "\x05" };

const SECONDS = 30;

/** Runs the program in the sandbox; fails with all that it printed. */
export async function onTerminal(
  root: string,
  argv: readonly string[],
  steps: readonly Step[],
): Promise<void> {
  needProgram("python3", "python3");
  const { code, stdout, stderr } = await driven(root, argv, steps);
  if (code === 0) return;
  throw new Error(`${stderr}What it printed:\n${JSON.stringify(stdout)}`);
}

function driven(
  root: string,
  argv: readonly string[],
  steps: readonly Step[],
): Promise<Outcome> {
  const driver = `${ROOT}/tests/programs/terminal.py`;
  const size = [`${ROWS}`, `${COLUMNS}`, `${SECONDS}`];
  const command = [...SANDBOX, ...sandboxArguments(root), ...argv];
  return runProgram(["python3", driver, ...size, ...command], {
    stdin: JSON.stringify(steps),
    env: { TERM: "xterm" },
    timeout: SECONDS * 2000,
  });
}

/** The command line: finds the command, turns failures into one line. */
import type { Command } from "./command.ts";
import { completionsCommand } from "./completions.ts";
import { doCommand } from "./do.ts";
import { EXIT_SANDBOX, Failure } from "./failure.ts";
import { parseFlags } from "./flags.ts";
import { commandHelp, programHelp } from "./help.ts";
import { print } from "./print.ts";
import { runCommand } from "./run.ts";
import { VERSION } from "./version.ts";

const PROGRAMS: readonly Command[] = [runCommand, doCommand];

/** Every command, in the order of the help text. */
export const COMMANDS: readonly Command[] = [
  ...PROGRAMS,
  completionsCommand(PROGRAMS),
];

/** Runs the command line; gives the exit code. Never throws. */
export async function main(args: readonly string[]): Promise<number> {
  try {
    return await dispatch(args);
  } catch (error) {
    if (error instanceof Failure) {
      complain(error.message);
      return error.exitCode;
    }
    const text = error instanceof Error ? error.stack ?? error.message : error;
    complain(`internal error: ${text}; please report it`);
    return EXIT_SANDBOX;
  }
}

function dispatch(args: readonly string[]): number | Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined) {
    throw new Failure("no command given", "see sandbox --help");
  }
  if (name === "--version" || name === "-V") {
    print(`sandbox ${VERSION}\n`);
    return 0;
  }
  if (name === "--help" || name === "-h" || name === "help") {
    print(programHelp(COMMANDS));
    return 0;
  }
  const command = COMMANDS.find((c) => c.name === name);
  if (command === undefined) {
    const kind = name.startsWith("-") ? "flag" : "command";
    throw new Failure(`unknown ${kind} ${name}`, "see sandbox --help");
  }
  const flags = parseFlags(command.name, command.flags, rest);
  if (flags.has("help")) {
    print(commandHelp(command));
    return 0;
  }
  return command.run(flags);
}

/** Standard error may be closed or full: then there is no one to tell. */
function complain(text: string): void {
  try {
    Deno.stderr.writeSync(new TextEncoder().encode(`sandbox: ${text}\n`));
  } catch { /* nobody listens */ }
}

/** Flags: declared once, for parsing, help and completions. */
import { parseArgs } from "@std/cli/parse-args";
import { Failure } from "./failure.ts";

/** One flag of a command. */
export interface Flag {
  /** Without dashes. */
  name: string;
  /** A word for the value in the help text; absent: takes no value. */
  value?: string;
  /** May be given several times. */
  repeats?: boolean;
  /** The values to complete, where they are few. */
  choices?: readonly string[];
  /** Completes host paths. */
  path?: "file" | "directory";
  help: string;
}

/** What stood on the command line: flags, then everything from the first other word. */
export interface Parsed {
  /** Flags without a value. */
  has(name: string): boolean;
  /** The last value given, or null. */
  value(name: string): string | null;
  /** All values, in order. */
  values(name: string): string[];
  /** Positional arguments: untouched, including any later `--`. */
  rest: string[];
}

export const HELP_FLAG: Flag = { name: "help", help: "show this text" };

/** Splits the arguments of a command. Throws Failure for a flag it has not. */
export function parseFlags(
  command: string,
  flags: readonly Flag[],
  args: readonly string[],
): Parsed {
  const end = flagsEnd(flags, args);
  const valued = flags.filter((f) => f.value !== undefined).map((f) => f.name);
  const plain = flags.filter((f) => f.value === undefined).map((f) => f.name);
  const parsed = parseArgs(args.slice(0, end), {
    boolean: plain,
    string: valued,
    collect: valued,
    alias: { help: "h" },
    unknown: (arg) => unknownFlag(command, flags, arg),
  });
  const values = (name: string) => (parsed[name] ?? []) as string[];
  for (const name of valued) {
    if (values(name).includes("")) {
      throw new Failure(`--${name} needs a value`, `write --${name}=VALUE`);
    }
  }
  return {
    has: (name) => parsed[name] === true,
    value: (name) => values(name).at(-1) ?? null,
    values,
    rest: args.slice(args[end] === "--" ? end + 1 : end),
  };
}

/**
 * Index of the first word that is no flag and no flag's value. The words from
 * there on are the guest's: parseArgs must not see a `true` or `--` among them.
 */
function flagsEnd(flags: readonly Flag[], args: readonly string[]): number {
  let i = 0;
  while (i < args.length) {
    const arg = args[i];
    if (arg === "--" || arg === "-" || !arg.startsWith("-")) return i;
    const flag = flags.find((f) => `--${f.name}` === arg);
    i += flag?.value === undefined ? 1 : 2;
  }
  return args.length;
}

function unknownFlag(
  command: string,
  flags: readonly Flag[],
  arg: string,
): never {
  const name = arg.replace(/=.*/s, "");
  const near = flags.find((f) =>
    `--${f.name}`.startsWith(name) || name.startsWith(`--${f.name}`)
  );
  const remedy = near === undefined
    ? `see sandbox ${command} --help`
    : `did you mean --${near.name}?`;
  throw new Failure(`unknown flag ${name}`, remedy);
}

// Types of the part of @std/cli 1.x that this project uses.

/** How {@linkcode parseArgs} treats the flags; names without dashes. */
export interface ParseOptions {
  /** Flags without a value. */
  boolean?: readonly string[];
  /** Flags with a value, kept as text. */
  string?: readonly string[];
  /** Flags that may repeat: the result is an array. */
  collect?: readonly string[];
  /** Flags that have a `--no-` form. */
  negatable?: readonly string[];
  alias?: Record<string, string | readonly string[]>;
  default?: Record<string, unknown>;
  /** Everything from the first non-flag on is positional. */
  stopEarly?: boolean;
  /** Put what follows `--` into `args["--"]`. */
  "--"?: boolean;
  /** Called for each argument that is no known flag; false leaves it out. */
  unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}

export interface Args {
  _: (string | number)[];
  "--"?: string[];
  [flag: string]: unknown;
}

/** Splits argv into flags and positional arguments. */
export function parseArgs(
  args: readonly string[],
  options?: ParseOptions,
): Args;

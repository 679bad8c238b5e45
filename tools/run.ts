/** Running other programs from the build's scripts. */

/** The repository's root, without a slash at the end. */
export const ROOT = new URL("..", import.meta.url).pathname.replace(/\/$/, "");

/** A command line and where and with what it runs. */
export interface RunOptions {
  cwd?: string;
  env?: Record<string, string>;
  /** Keep the output and give it back instead of showing it. */
  capture?: boolean;
}

/** Exit code and, when captured, standard output and error together. */
export interface RunResult {
  code: number;
  output: string;
}

/** Runs a program to its end. A program that is not there gives code 127. */
export function run(argv: string[], options: RunOptions = {}): RunResult {
  const stdio = options.capture ? "piped" : "inherit";
  try {
    const command = new Deno.Command(argv[0], {
      args: argv.slice(1),
      cwd: options.cwd ?? ROOT,
      env: options.env ?? {},
      stdin: "null",
      stdout: stdio,
      stderr: stdio,
    });
    const result = command.outputSync();
    const text = options.capture
      ? decode(result.stdout) + decode(result.stderr)
      : "";
    return { code: result.code, output: text };
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return { code: 127, output: `${argv[0]}: not found` };
  }
}

/** Runs this very Deno: there may be none on PATH. */
export function runDeno(args: string[], options: RunOptions = {}): RunResult {
  return run([Deno.execPath(), ...args], options);
}

/** Something to tell the user in a line, without a stack. */
export class BuildError extends Error {}

/** Ends what a script does, with a line that says why. */
export function die(message: string): never {
  throw new BuildError(message);
}

/** Runs a script's main function; a BuildError becomes a line and code 1. */
export async function script(main: () => unknown): Promise<void> {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    console.error(error.message);
    Deno.exit(1);
  }
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

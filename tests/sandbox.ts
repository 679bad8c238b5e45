/** Running the sandbox in tests: the single executable if made, else source. */
import { ROOT } from "../tools/run.ts";

/** How to start the sandbox, without its arguments. With SANDBOX_SOURCE set: from source. */
export const SANDBOX: readonly string[] = command();

/** What a run came to. A signal shows as code 128+n. */
export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

/** How a test starts a program; everything may be left out. */
export interface StartOptions {
  stdin?: string;
  env?: Record<string, string>;
  cwd?: string;
  /** Kill it (SIGKILL: code 137) after so many milliseconds; default 60 s. */
  timeout?: number;
}

/** Runs `sandbox ARGS` to its end. */
export function sandbox(
  args: readonly string[],
  options: StartOptions = {},
): Promise<Outcome> {
  return runProgram([...SANDBOX, ...args], options);
}

/** Runs any program to its end, its output kept. */
export async function runProgram(
  argv: readonly string[],
  options: StartOptions = {},
): Promise<Outcome> {
  const child = new Deno.Command(argv[0], {
    args: argv.slice(1),
    cwd: options.cwd ?? ROOT,
    env: options.env ?? {},
    stdin: options.stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const timer = setTimeout(() => child.kill("SIGKILL"), options.timeout ?? 6e4);
  if (options.stdin !== undefined) {
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(options.stdin)).catch(() => {});
    await writer.close().catch(() => {});
  }
  const { code, stdout, stderr } = await child.output();
  clearTimeout(timer);
  return { code, stdout: decode(stdout), stderr: decode(stderr) };
}

function command(): string[] {
  const executable = `${ROOT}/sandbox`;
  try {
    const source = Deno.env.has("SANDBOX_SOURCE");
    if (!source && Deno.statSync(executable).isFile) return [executable];
  } catch { /* not made */ }
  return [Deno.execPath(), "run", "-A", `${ROOT}/main.ts`];
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

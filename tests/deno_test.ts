/** One `deno test` process: its output is passed on, its summary read. */
import { ROOT } from "../tools/run.ts";

/** What one suite came to. */
export interface Tally {
  passed: number;
  failed: number;
}

/**
 * Runs the tests beneath some paths. Types are left to the checks. A process
 * that ends without a summary, or badly despite it, counts as one failure.
 */
export async function denoTest(paths: string[]): Promise<Tally> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", "--no-check", "--permit-no-files", ...paths],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let output = "";
  const text = child.stdout.pipeThrough(new TextDecoderStream());
  for await (const chunk of text) {
    Deno.stdout.writeSync(new TextEncoder().encode(chunk));
    output += chunk;
  }
  const { success } = await child.status;
  return tally(output, success);
}

/** Reads `ok | 12 passed (3 steps) | 0 failed | 1 ignored (5s)`. */
export function tally(output: string, success: boolean): Tally {
  const lines = [...output.matchAll(SUMMARY)];
  const last = lines.at(-1);
  if (last === undefined) {
    return { passed: 0, failed: success ? 0 : 1 };
  }
  const failed = Number(last[2]);
  return {
    passed: Number(last[1]),
    failed: failed === 0 && !success ? 1 : failed,
  };
}

const SUMMARY = /^(?:ok|FAILED) \| (\d+) passed.*? \| (\d+) failed/gm;

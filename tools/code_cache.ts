/**
 * Deno's cache databases, filled at build time, so that the single executable
 * starts with its program already compiled. A cache that does not fit costs
 * time and nothing else.
 */
import { DatabaseSync } from "node:sqlite";
import { run, runDeno } from "./run.ts";

/**
 * Collecting garbage costs a short program more than memory does: without these
 * a start has two scavenges and a mark-compact, on threads that want the guest's
 * core. MB; the code cache fits only a V8 with the same flags.
 */
export const V8_FLAGS =
  "--v8-flags=--single-threaded-gc,--min-semi-space-size=4,--initial-heap-size=24";

/** The databases that Deno opens to run a script. */
const FILES = [
  "v8_code_cache_v2",
  "dep_analysis_cache_v2",
  "node_analysis_cache_v2",
];

/**
 * Fills a cache directory: `executable` (made to use it) runs once for Deno's
 * own entries, then the program runs with `args` and what V8 compiled by then
 * replaces the entry that Deno wrote. Gives the files, or none on failure.
 */
export function fillCache(
  executable: string,
  programFile: string,
  library: string,
  directory: string,
  args: string[],
): string[] {
  const first = run([executable, "--version"], { capture: true });
  if (first.code !== 0) return [];
  const warm = `${directory}/warm`;
  const second = runDeno(["run", "-A", V8_FLAGS, WARM_UP, ...args], {
    capture: true,
    env: { WARM_PROGRAM: programFile, WARM_LIBRARY: library, WARM_OUT: warm },
  });
  const files = FILES.map((name) => `${directory}/${name}`);
  try {
    replaceProgram(files[0], Deno.readFileSync(warm));
  } catch (error) {
    console.error(`compile: no warm code cache: ${error}\n${second.output}`);
  }
  for (const file of files) settle(file);
  return files;
}

const WARM_UP = new URL("warm_up.js", import.meta.url).pathname;

function replaceProgram(file: string, data: Uint8Array): void {
  const db = new DatabaseSync(file);
  const { changes } = db.prepare(
    "UPDATE codecache SET data = ? WHERE specifier = 'file:///sandbox.js'",
  ).run(data);
  db.close();
  if (changes !== 1) throw new Error("Deno's code cache has another form");
}

/**
 * One file that holds all; still in the log mode that Deno asks for, lest it
 * be rewritten at each start.
 */
function settle(file: string): void {
  const db = new DatabaseSync(file);
  db.exec("VACUUM; PRAGMA journal_mode = WAL;");
  db.exec("PRAGMA wal_checkpoint(TRUNCATE);");
  db.close();
}

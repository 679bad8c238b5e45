/** Guest tests as static programs, compiled once per source. */
import { ROOT, run } from "../../tools/run.ts";

/** The root file system that they run in, and the folder of the programs in it. */
export const GUEST_ROOT = `${ROOT}/build/guest/root`;
const BIN = `${GUEST_ROOT}/bin`;
const SOURCES = `${ROOT}/tests/guest`;

const FLAGS = [
  "-static",
  "-O1",
  "-std=gnu17",
  "-Wall",
  "-Werror=implicit-function-declaration",
  // Bad pointers are what these tests are about.
  "-Wno-nonnull",
  "-Wno-stringop-overread",
  "-Wno-stringop-overflow",
  "-Wno-array-bounds",
  "-Wno-unused-result",
  "-pthread",
];

/** The families: names of the C files. */
export function families(): string[] {
  return [...Deno.readDirSync(SOURCES)]
    .map((entry) => entry.name)
    .filter((name) => name.endsWith(".c"))
    .map((name) => name.slice(0, -2))
    .sort();
}

/**
 * Compiles the program of a family unless it is newer than its sources; its
 * host path. Throws with the compiler's output.
 */
export function compileGuest(family: string): string {
  for (const name of ["bin", "tmp", "proc", "sys", "dev", "etc"]) {
    Deno.mkdirSync(`${GUEST_ROOT}/${name}`, { recursive: true });
  }
  const source = `${SOURCES}/${family}.c`;
  const program = `${BIN}/${family}`;
  const newest = Math.max(modified(source), ...headers().map(modified));
  if (modified(program) > newest) return program;
  const { code, output } = run(
    ["gcc", ...FLAGS, source, "-o", program],
    { capture: true },
  );
  if (code !== 0) throw new Error(`${family}.c:\n${output}`);
  return program;
}

function headers(): string[] {
  return [...Deno.readDirSync(SOURCES)]
    .filter(({ name }) => name.endsWith(".h"))
    .map(({ name }) => `${SOURCES}/${name}`);
}

/** Milliseconds, or 0 if there is no such file. */
function modified(path: string): number {
  try {
    return Deno.statSync(path).mtime?.getTime() ?? 0;
  } catch {
    return 0;
  }
}

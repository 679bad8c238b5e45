/** The root file system of the measured guests: their programs and no more. */
import { ROOT, run } from "../tools/run.ts";

/** Host path of the root. */
export const GUEST_ROOT = `${ROOT}/build/bench/root`;

const SOURCES = `${ROOT}/bench/guest`;
const FLAGS = ["-static", "-O2", "-Wall", "-pthread"];

/** Compiles what is not newer than its source. Throws with gcc's output. */
export function prepareRoot(): void {
  for (const name of ["bin", "dev", "etc", "proc", "sys", "tmp"]) {
    Deno.mkdirSync(`${GUEST_ROOT}/${name}`, { recursive: true });
  }
  for (const name of ["operations", "idle", "true"]) {
    const source = `${SOURCES}/${name}.c`;
    const program = `${GUEST_ROOT}/bin/${name}`;
    if (modified(program) > modified(source)) continue;
    const argv = ["gcc", ...FLAGS, source, "-o", program];
    const { code, output } = run(argv, { capture: true });
    if (code !== 0) throw new Error(`${name}.c:\n${output}`);
  }
}

/** Milliseconds, or 0 if there is no such file. */
function modified(path: string): number {
  try {
    return Deno.statSync(path).mtime?.getTime() ?? 0;
  } catch {
    return 0;
  }
}

/** Unit tests of the Rust half. */
import { ROOT, run } from "../tools/run.ts";
import type { Tally } from "./deno_test.ts";

const CRATE = `${ROOT}/rust_helpers`;

/** Runs `cargo test`; a build that fails counts as one failure. */
export function rustTest(): Tally {
  const { code, output } = run(
    [
      ...["cargo", "test", "--release", "--target-dir", `${CRATE}/target`],
      ...["-p", "sandbox-helpers", "-p", "sandbox-packer"],
    ],
    { cwd: CRATE, capture: true },
  );
  const tally = { passed: 0, failed: 0 };
  for (const [, passed, failed] of output.matchAll(RESULT)) {
    tally.passed += Number(passed);
    tally.failed += Number(failed);
  }
  if (code !== 0) {
    console.log(output);
    if (tally.failed === 0) tally.failed = 1;
  }
  return tally;
}

const RESULT = /^test result: \w+\. (\d+) passed; (\d+) failed/gm;

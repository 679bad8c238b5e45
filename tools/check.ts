/**
 * The checks: format, lint (with the project's own rules), types, Rust's
 * format and clippy, and generated files. `deno task check`.
 */
import { bindingsAreCurrent } from "./bindgen.ts";
import { build } from "./build.ts";
import {
  BuildError,
  ROOT,
  run,
  runDeno,
  type RunResult,
  script,
} from "./run.ts";

const CRATE = `${ROOT}/rust_helpers`;

/** A check passes when its code is 0; else its output says why. */
const CHECKS: readonly [string, () => RunResult][] = [
  ["deno fmt", () => runDeno(["fmt", "--check", "--quiet"], CAPTURE)],
  ["deno lint", () => runDeno(["lint", "--quiet"], CAPTURE)],
  ["deno check", () => runDeno(["check", "--quiet", "."], CAPTURE)],
  ["cargo fmt", () => cargo("fmt", "--all", "--", "--check", "--color=never")],
  [
    "clippy: library, tools",
    () => clippy("--release", "-p", "sandbox-helpers", "-p", "sandbox-packer"),
  ],
  ["clippy: stub, launcher", () =>
    clippy(
      ...["--profile", "stub"],
      ...["-p", "sandbox-stub", "-p", "sandbox-launcher"],
    )],
  ["bindings are up to date", () => ({
    code: bindingsAreCurrent() ? 0 : 1,
    output: "ffi/bindings.ts differs: run deno task build and commit it",
  })],
  ["page of system calls is up to date", () =>
    runDeno(
      ["run", "-A", "--no-check", `${ROOT}/tools/syscall_docs.ts`, "--check"],
      CAPTURE,
    )],
];

const CAPTURE = { capture: true, env: { NO_COLOR: "1" } };

/** Runs all checks, one line each; the output of those that fail. */
export function runChecks(): { passed: number; failed: number } {
  const result = { passed: 0, failed: 0 };
  for (const [name, check] of CHECKS) {
    const { code, output } = attempt(check);
    console.log(`check: ${name} ... ${code === 0 ? "ok" : "FAILED"}`);
    if (code === 0) result.passed++;
    else {
      result.failed++;
      console.log(output);
    }
  }
  return result;
}

/** What cannot even be tried has failed. */
function attempt(check: () => RunResult): RunResult {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    return { code: 1, output: error.message };
  }
}

function clippy(...args: string[]): RunResult {
  return cargo(
    "clippy",
    "--quiet",
    "--target-dir",
    `${CRATE}/target`,
    ...args,
    "--",
    "-D",
    "warnings",
  );
}

function cargo(...args: string[]): RunResult {
  return run(["cargo", ...args], { cwd: CRATE, capture: true });
}

if (import.meta.main) {
  await script(() => {
    build(true);
    Deno.exit(runChecks().failed === 0 ? 0 : 1);
  });
}

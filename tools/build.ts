/**
 * Builds the Rust half: the stub, the library that embeds it, and the FFI
 * bindings. Cargo rebuilds only what changed, and the bindings are written only
 * when they differ.
 *
 * Usage: `deno task build [--quiet]`.
 */
import { die, ROOT, run } from "./run.ts";
import { writeBindings } from "./bindgen.ts";

const CRATE = `${ROOT}/rust_helpers`;

/** Builds everything that a run from source needs. */
export function build(quiet: boolean): void {
  requireTools();
  step(quiet, "stub", ["build", "--profile", "stub", "-p", "sandbox-stub"]);
  step(quiet, "launcher", [
    "build",
    "--profile",
    "stub",
    "-p",
    "sandbox-launcher",
  ]);
  step(quiet, "library", ["build", "--release", "-p", "sandbox-helpers"]);
  step(quiet, "tools", ["build", "--release", "-p", "sandbox-packer"]);
  if (writeBindings() && !quiet) console.log("build: ffi/bindings.ts written");
}

/** One cargo invocation; its output is shown unless nothing was to be done. */
function step(quiet: boolean, name: string, args: string[]): void {
  if (!quiet) console.log(`build: ${name}`);
  const { code } = run(
    ["cargo", ...args, "--target-dir", `${CRATE}/target`].concat(
      quiet ? ["--quiet"] : [],
    ),
    { cwd: CRATE },
  );
  if (code !== 0) die(`build: ${name} failed`);
}

function requireTools(): void {
  for (
    const [tool, remedy] of [["cargo", "install Rust"], ["cc", "install gcc"]]
  ) {
    const { code } = run([tool, "--version"], { capture: true });
    if (code !== 0) die(`build: ${tool} not found; ${remedy}`);
  }
}

if (import.meta.main) build(Deno.args.includes("--quiet"));

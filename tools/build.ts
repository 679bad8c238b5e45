/**
 * Builds the Rust half: the stub, the library that embeds it, the tools, and
 * the FFI bindings. Cargo rebuilds only what changed, and the bindings are
 * written only when they differ.
 *
 * Usage: `deno task build [--quiet]`. Quiet shows nothing but errors, except
 * when there is everything to build.
 */
import { writeBindings } from "./bindgen.ts";
import { die, ROOT, run, script } from "./run.ts";

const CRATE = `${ROOT}/rust_helpers`;

/** Builds everything that a run from source needs. */
export function build(quiet: boolean): void {
  const first = isFirst();
  if (first) requireTools();
  const hush = quiet && !first;
  // The stub and the launcher are freestanding: a profile without unwinding.
  cargo(hush, "stub, launcher", [
    ...["--profile", "stub"],
    ...["-p", "sandbox-stub", "-p", "sandbox-launcher"],
  ]);
  cargo(hush, "library, tools", [
    "--release",
    ...["-p", "sandbox-helpers", "-p", "sandbox-packer"],
  ]);
  if (writeBindings() && !hush) console.log("build: ffi/bindings.ts written");
}

/** One cargo build; its output is the progress. */
function cargo(hush: boolean, name: string, args: string[]): void {
  if (!hush) console.log(`build: ${name}`);
  const { code } = run(
    ["cargo", "build", "--target-dir", `${CRATE}/target`, ...args].concat(
      hush ? ["--quiet"] : [],
    ),
    { cwd: CRATE },
  );
  if (code !== 0) die(`build: ${name} failed`);
}

function isFirst(): boolean {
  try {
    Deno.statSync(`${CRATE}/target/release/libsandbox_helpers.so`);
    return false;
  } catch {
    return true;
  }
}

function requireTools(): void {
  const tools = [["cargo", "Rust"], ["cc", "gcc"], ["strip", "binutils"]];
  for (const [tool, source] of tools) {
    const { code } = run([tool, "--version"], { capture: true });
    if (code !== 0) die(`build: ${tool} not found; install ${source}`);
  }
}

if (import.meta.main) {
  await script(() => build(Deno.args.includes("--quiet")));
}

/**
 * Runs everything: build, checks, unit tests, then each suite. A suite is a
 * folder of `tests/` with `*_test.ts` files, and runs as one `deno test`.
 *
 * Usage: `deno task test [SUITE...]`, where a suite is `check`, `unit`, `rust` or
 * a folder's name. The last line is `N passed, N failed`.
 */
import { runChecks } from "../tools/check.ts";
import { build } from "../tools/build.ts";
import { compile } from "../tools/compile.ts";
import { BuildError, ROOT } from "../tools/run.ts";
import { rustTest } from "./rust.ts";
import { denoTest, type Tally } from "./deno_test.ts";

const total: Tally = { passed: 0, failed: 0 };
const wanted = Deno.args;

try {
  build(false);
  console.log(`test: ./sandbox is made by ${await compile()}`);
} catch (error) {
  if (!(error instanceof BuildError)) throw error;
  console.log(error.message);
  add("build", { passed: 0, failed: 1 });
}
if (wants("check")) add("check", runChecks());
if (wants("unit")) {
  add(
    "unit",
    await denoTest(["src", "ffi", "tools", "bench"].filter(isDirectory)),
  );
}
if (wants("rust")) add("rust", rustTest());
for (const suite of suites()) {
  if (wants(suite)) add(suite, await denoTest([`tests/${suite}`]));
}
const unknown = wanted.filter((w) =>
  !["check", "unit", "rust", ...suites()].includes(w)
);
for (const name of unknown) add(`no suite ${name}`, { passed: 0, failed: 1 });

console.log(`${total.passed} passed, ${total.failed} failed`);
Deno.exit(total.failed === 0 && total.passed > 0 ? 0 : 1);

function wants(suite: string): boolean {
  const wanted_ = wanted.length === 0 || wanted.includes(suite);
  if (wanted_) console.log(`\ntest: suite ${suite}`);
  return wanted_;
}

function add(suite: string, tally: Tally): void {
  console.log(`test: ${suite}: ${tally.passed} passed, ${tally.failed} failed`);
  total.passed += tally.passed;
  total.failed += tally.failed;
}

/** Folders of tests/ that hold a test file, in alphabetical order. */
function suites(): string[] {
  return [...Deno.readDirSync(`${ROOT}/tests`)]
    .filter((entry) => entry.isDirectory)
    .map((entry) => entry.name)
    .filter((name) =>
      [...Deno.readDirSync(`${ROOT}/tests/${name}`)]
        .some((file) => file.name.endsWith("_test.ts"))
    )
    .sort();
}

function isDirectory(path: string): boolean {
  try {
    return Deno.statSync(`${ROOT}/${path}`).isDirectory;
  } catch {
    return false;
  }
}

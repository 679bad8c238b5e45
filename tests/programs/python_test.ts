/**
 * Python's own tests (Debian's libpython3.11-testsuite) in the sandbox. What
 * fails there is run natively; what passes natively must pass in the sandbox,
 * but for the known gaps. PYTHON_TESTS=test_os,test_io chooses modules.
 */
import { assertEquals } from "@std/assert";
import { debianMissing, debianRoot } from "../debian.ts";
import { PYTHON_GAPS } from "./python_gaps.ts";
import { inSandbox, natively } from "./worlds.ts";

const MODULES = [
  "test_epoll",
  "test_fcntl",
  "test_fileio",
  "test_io",
  "test_mmap",
  "test_os",
  "test_pathlib",
  "test_poll",
  "test_posix",
  "test_pty",
  "test_resource",
  "test_select",
  "test_shutil",
  "test_signal",
  "test_subprocess",
  "test_tarfile",
  "test_tempfile",
  "test_threading",
  "test_threadsignals",
  "test_time",
];

/** A module's longest, ms; the slowest takes some 50 s alone on two cores. */
const TIMEOUT = 240_000;

const wanted = Deno.env.get("PYTHON_TESTS")?.split(",") ?? MODULES;

for (const module of wanted) {
  Deno.test({
    name: `Python: ${module}`,
    ignore: debianMissing() !== null,
    fn: () => check(debianRoot(), module),
  });
}

async function check(root: string, module: string): Promise<void> {
  const guest = await inSandbox(root, unittest([module]), TIMEOUT);
  const failed = failures(guest.stderr);
  const known = gaps(module);
  const unexpected = failed.filter((test) => !known.includes(test));
  const native = await failNatively(root, unexpected);
  const wrong = unexpected.filter((test) => !native.includes(test));
  const ended = /^(OK|FAILED)\b/m.test(guest.stderr);
  if (wrong.length > 0 || !ended) {
    const tail = guest.stderr.split("\n").slice(-120).join("\n");
    throw new Error(`${wrong.join("\n")}\ncode ${guest.code}\n${tail}`);
  }
  assertEquals(known.filter((test) => !failed.includes(test)), []);
}

/** Which of some tests fail natively, too; none where that cannot be found out. */
async function failNatively(root: string, tests: string[]): Promise<string[]> {
  if (tests.length === 0) return [];
  const outcome = await natively(root, unittest(tests), TIMEOUT);
  return outcome === null ? [] : failures(outcome.stderr);
}

function unittest(tests: string[]): string[] {
  const names = tests.map((test) => test.replace(/^(?!test\.)/, "test."));
  const run = ["python3", "-u", "-m", "unittest", "-v", ...names];
  return ["sh", "-c", 'cd /tmp; exec "$@"', "sh", ...run];
}

/** Names of tests from lines like `ERROR: test_x (test.test_os.FileTests.test_x)`. */
function failures(log: string): string[] {
  const lines = log.matchAll(
    /^(?:FAIL|ERROR|UNEXPECTED SUCCESS): \S+ \(([\w.]+)\)/gm,
  );
  return [...new Set([...lines].map((match) => match[1]))];
}

function gaps(module: string): string[] {
  return Object.keys(PYTHON_GAPS)
    .filter((test) => test.startsWith(`test.${module}.`));
}

/**
 * Makes the single executable `./sandbox`: by `deno compile` where its runtime
 * (denort) is to be had, else by adding a segment to the deno executable
 * (docs/packaging.md). Does nothing when nothing changed.
 *
 * Usage: `deno task compile`. SANDBOX_COMPILE=deno|segment decides the way.
 */
import { createHash } from "node:crypto";
import { build } from "./build.ts";
import { bundle } from "./bundle.ts";
import { fillCache, V8_FLAGS } from "./code_cache.ts";
import { die, ROOT, run, runDeno, script } from "./run.ts";

/** The one release whose executable the segment's launcher knows. */
const DENO = "2.9.6";

const OUTPUT = `${ROOT}/sandbox`;
const WORK = `${ROOT}/build`;
const TARGET = `${ROOT}/rust_helpers/target`;
const LIBRARY = `${TARGET}/release/libsandbox_helpers.so`;
const LAUNCHER = `${TARGET}/stub/sandbox-launcher`;
const PACKER = `${TARGET}/release/sandbox-packer`;

/** How the executable is made. */
export type Way = "deno compile" | "segment";

/** Makes the executable, if it is not current. Tells in which way. */
export async function compile(): Promise<Way> {
  Deno.mkdirSync(WORK, { recursive: true });
  const program = await bundle();
  const stamp = stampOf(program);
  const made = readIf(`${WORK}/stamp`);
  if (made?.startsWith(stamp) && readable(OUTPUT)) {
    return made.slice(stamp.length) as Way;
  }
  const way = makeByDeno() ? "deno compile" : "segment";
  if (way === "segment") makeBySegment(program);
  const { code, output } = run([OUTPUT, "--version"], { capture: true });
  if (code !== 0) die(`compile: ${OUTPUT} does not run: ${output}`);
  Deno.writeTextFileSync(`${WORK}/stamp`, stamp + way);
  return way;
}

function makeByDeno(): boolean {
  const wish = Deno.env.get("SANDBOX_COMPILE");
  if (wish === "segment") return false;
  console.log("compile: deno compile");
  const args = ["compile", "-A", "--quiet", "--no-check", "--no-code-cache"];
  const { code, output } = runDeno(
    [...args, "--include", LIBRARY, "--output", OUTPUT, `${ROOT}/main.ts`],
    { capture: true, env: { NO_COLOR: "1" } },
  );
  if (code === 0) return true;
  if (wish === "deno") die(`compile: deno compile failed: ${output}`);
  console.log(
    "compile: its runtime is not to be had; adding a segment instead",
  );
  return false;
}

/** Packs twice: the first executable fills the second one's code cache. */
function makeBySegment(program: string): void {
  if (Deno.version.deno !== DENO) {
    die(`compile: deno ${Deno.version.deno} is not known; use ${DENO}`);
  }
  console.log("compile: segment");
  const cache = `${WORK}/cache`;
  if (readable(cache)) Deno.removeSync(cache, { recursive: true });
  Deno.mkdirSync(cache);
  const programFile = `${WORK}/sandbox.js`;
  Deno.writeTextFileSync(programFile, program);
  const library = `${WORK}/libsandbox_helpers.so`;
  const { code } = run(["strip", "--strip-unneeded", "-o", library, LIBRARY]);
  if (code !== 0) die("compile: strip failed; install binutils");

  const parts = [
    `deno=${Deno.execPath()}`,
    `launcher=${LAUNCHER}`,
    `library=${library}`,
    `boot=${ROOT}/tools/boot.js`,
    `program=${programFile}`,
    `v8-flags=${V8_FLAGS}`,
  ];
  const first = `${WORK}/first`;
  pack([...parts, `output=${first}`, `deno-dir=${cache}`]);
  const guest = ["do", "--", "/bin/true"];
  const files = fillCache(first, programFile, library, cache, guest);
  pack([...parts, `output=${OUTPUT}`, ...files.map((f) => `cache=${f}`)]);
  Deno.removeSync(first);
}

function pack(args: string[]): void {
  if (run([PACKER, ...args]).code !== 0) die("compile: packing failed");
}

/** Changes with whatever goes into the executable. */
function stampOf(program: string): string {
  const hash = createHash("sha256").update(program);
  for (const file of [LIBRARY, LAUNCHER, PACKER, `${ROOT}/tools/boot.js`]) {
    hash.update(Deno.readFileSync(file));
  }
  hash.update(`${Deno.version.deno} ${Deno.env.get("SANDBOX_COMPILE") ?? ""}`);
  return hash.digest("hex") + " ";
}

function readIf(file: string): string | null {
  return readable(file) ? Deno.readTextFileSync(file) : null;
}

function readable(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

if (import.meta.main) {
  await script(async () => {
    build(false);
    console.log(`compile: ./sandbox made by ${await compile()}`);
  });
}

/**
 * Runs every guest test natively, which must succeed, then in the sandbox on
 * each platform; the transcripts must be equal but for known gaps. Families
 * can be named in the environment: GUEST_TESTS=exec,misc.
 */
import { differences, lines } from "./transcript.ts";
import { type Outcome, runProgram, sandbox } from "../sandbox.ts";
import { compileGuest, families, GUEST_ROOT } from "./compile.ts";
import { KNOWN_GAPS } from "./known_gaps.ts";

/** Platforms that guests are compared on. */
const PLATFORMS = ["systrap"];

const TIMEOUT = 30_000;
/** All that a test finds in its environment, in both worlds. */
const ENV = { PATH: "/bin", HOME: "/tmp", TERM: "dumb" };

const wanted = Deno.env.get("GUEST_TESTS")?.split(",");

for (const family of families()) {
  if (wanted !== undefined && !wanted.includes(family)) continue;
  let native: Outcome | null = null;
  Deno.test(`guest ${family}: natively`, async () => {
    native = await runNatively(compileGuest(family));
    if (native.code !== 0) {
      const bad = lines(native.stdout).filter((line) =>
        /^[A-Z-]+ line/.test(line)
      );
      throw new Error(
        `exit code ${native.code}\n${bad.join("\n")}\n${native.stderr}`,
      );
    }
  });
  for (const platform of PLATFORMS) {
    Deno.test(`guest ${family}: on ${platform}`, async () => {
      native ??= await runNatively(compileGuest(family));
      const guest = await runInSandbox(family, platform);
      const wrong = differences(
        lines(native.stdout),
        lines(guest.stdout),
        KNOWN_GAPS[family] ?? {},
      );
      if (guest.code !== native.code && KNOWN_GAPS[family] === undefined) {
        wrong.push(`exit code ${guest.code}, natively ${native.code}`);
      }
      if (wrong.length > 0) {
        throw new Error(`${wrong.join("\n")}\n${guest.stderr}`);
      }
    });
  }
}

/** In an empty directory, which is removed afterwards. */
async function runNatively(program: string): Promise<Outcome> {
  const cwd = await Deno.makeTempDir({ prefix: "guest" });
  try {
    return await runProgram(["/usr/bin/env", "-i", ...settings(), program], {
      cwd,
      timeout: TIMEOUT,
    });
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
}

function runInSandbox(family: string, platform: string): Promise<Outcome> {
  const env = settings().flatMap((setting) => ["--env", setting]);
  return sandbox(
    [
      "run",
      `--platform=${platform}`,
      ...env,
      "--cwd=/tmp",
      // As the native run: what root may do differs.
      `--user=${Deno.uid()}:${Deno.gid()}`,
      GUEST_ROOT,
      "--",
      `/bin/${family}`,
    ],
    { timeout: TIMEOUT },
  );
}

function settings(): string[] {
  return Object.entries(ENV).map(([name, value]) => `${name}=${value}`);
}

/** The same script in the two worlds: natively in a root, and in the sandbox. */
import { assertEquals } from "@std/assert";
import { asRoot } from "../debian.ts";
import { type Outcome, runProgram, sandbox } from "../sandbox.ts";

/** All that a program finds in its environment, in both worlds. */
export const ENV: Readonly<Record<string, string>> = {
  GOCACHE: "/var/cache/go-build",
  GO111MODULE: "off",
  HOME: "/tmp",
  LANG: "C.UTF-8",
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  TERM: "dumb",
};

/**
 * Makes an overlay of the root (as `--overlay` does) and the usual mounts, in
 * a namespace of its own, then runs a command line in it. Arguments: the root,
 * a user and group or nothing, the command line.
 */
const CHROOT = `set -e
root=$0 work=$1
shift
mount -t tmpfs tmpfs "$work"
mkdir "$work/upper" "$work/work" "$work/root"
dirs="upperdir=$work/upper,workdir=$work/work"
mount -t overlay -o "lowerdir=$root,$dirs" overlay "$work/root"
root=$work/root
mkdir -p "$root/proc" "$root/dev" "$root/tmp"
mount -t proc proc "$root/proc"
mount -t tmpfs tmpfs "$root/tmp"
mount --rbind /dev "$root/dev"
chroot "$root" "$@"`;

/** In a chroot, or null where that cannot be (no root, no overlays). */
export async function natively(
  root: string,
  argv: readonly string[],
  timeout = 60_000,
): Promise<Outcome | null> {
  const prefix = asRoot();
  if (prefix === null) return null;
  const work = Deno.makeTempDirSync({ dir: "/var/tmp", prefix: "native." });
  const unshare = ["unshare", "--mount", "--pid", "--fork", "--kill-child"];
  const sh = (script: string, ...args: readonly string[]) =>
    runProgram(
      [...prefix, ...unshare, "sh", "-c", script, root, work, ...args],
      { timeout },
    );
  try {
    const probe = await sh(CHROOT, "/bin/true");
    if (probe.code !== 0) return null;
    return await sh(CHROOT, "env", "-i", ...settings(), ...argv);
  } finally {
    Deno.removeSync(work);
  }
}

/** In the sandbox, on an overlay of the root. */
export function inSandbox(
  root: string,
  argv: readonly string[],
  timeout = 60_000,
): Promise<Outcome> {
  return sandbox([...sandboxArguments(root), ...argv], { timeout });
}

/** What stands before the program's own command line. */
export function sandboxArguments(root: string): string[] {
  const env = settings().flatMap((setting) => ["--env", setting]);
  return ["run", "--overlay", ...env, root, "--"];
}

/** Runs a shell script in the sandbox and, where possible, compares with native. */
export async function sameAsNative(
  root: string,
  script: string,
  expected?: string,
): Promise<void> {
  const argv = ["/bin/sh", "-c", `cd /tmp\n${script}`];
  const guest = await inSandbox(root, argv);
  if (expected !== undefined) assertEquals(guest, outcome(expected));
  const native = await natively(root, argv);
  if (native !== null) assertEquals(guest, native);
}

function outcome(stdout: string): Outcome {
  return { code: 0, stdout, stderr: "" };
}

function settings(): string[] {
  return Object.entries(ENV).map(([name, value]) => `${name}=${value}`);
}

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { runProgram, SANDBOX, sandbox } from "../sandbox.ts";

/** One line `sandbox: cause; remedy`, exit code 125, nothing on stdout. */
async function refused(args: string[], cause: string): Promise<void> {
  const { code, stdout, stderr } = await sandbox(args);
  assertEquals(code, 125, stderr);
  assertEquals(stdout, "");
  assertMatch(stderr, /^sandbox: [^\n]+; [^\n]+\n$/);
  assertStringIncludes(stderr, cause);
}

Deno.test("cli: no command", () => refused([], "no command given"));
Deno.test("cli: an unknown command", () =>
  refused(["frob"], "unknown command frob"));
Deno.test("cli: an unknown flag of the program", () =>
  refused(["--frob"], "unknown flag --frob"));
Deno.test("cli: an unknown flag of a command", () =>
  refused(["run", "--frob=1", "/"], "unknown flag --frob"));
Deno.test("cli: a flag without its value", () =>
  refused(["run", "--cwd"], "--cwd needs a value"));
Deno.test("cli: no root", () => refused(["run"], "no root given"));
Deno.test("cli: a flag after the root", () =>
  refused(["run", "/", "--strace"], "--strace stands after the root"));
Deno.test("cli: a root that is not there", () =>
  refused(["run", "/nonexistent", "--", "x"], "no such file or directory"));
Deno.test("cli: a root that is a file", () =>
  refused(["run", "/etc/passwd", "--", "x"], "/etc/passwd is not a directory"));
Deno.test("cli: a root beneath a file", () =>
  refused(["run", "/etc/passwd/x", "--", "x"], "not a directory"));
Deno.test("cli: both kinds of root", () =>
  refused(["run", "--readonly", "--overlay", "/"], "exclude each other"));
Deno.test("cli: a user by name", () =>
  refused(["run", "--user", "bin", "/"], "not a user"));
Deno.test("cli: a user that no number can name", () =>
  refused(["run", "--user", "4294967295", "/"], "not a user"));
Deno.test("cli: a variable without a value", () =>
  refused(["run", "--env", "A", "/"], "--env A: no value"));
Deno.test("cli: a relative directory", () =>
  refused(["run", "--cwd=x", "/"], "--cwd x: not absolute"));
Deno.test("cli: an empty host name", () =>
  refused(["run", "--hostname=", "/"], "--hostname needs a value"));
Deno.test("cli: a mount without a target", () =>
  refused(["run", "--mount=type=tmpfs", "/"], "dst must be"));
Deno.test("cli: an unknown platform", () =>
  refused(["run", "--platform=qemu", "/"], "unknown platform qemu"));
Deno.test("cli: the ptrace platform", () =>
  refused(["run", "--platform=ptrace", "/"], "ptrace platform is not there"));
Deno.test("cli: the kvm platform", () =>
  refused(["run", "--platform=kvm", "/"], "kvm platform is not there"));
Deno.test("cli: a log that cannot be written", () =>
  refused(["run", "--debug-log=/nonexistent/x", "/"], "cannot write the log"));
Deno.test("cli: completions for no shell", () =>
  refused(["completions"], "no shell given"));
Deno.test("cli: completions for an unknown shell", () =>
  refused(["completions", "tcsh"], "not a known shell"));

Deno.test("cli: the platform comes from the environment", async () => {
  const env = { SANDBOX_PLATFORM: "qemu" };
  const { code, stderr } = await sandbox(["do", "true"], { env });
  assertEquals(code, 125);
  assertStringIncludes(stderr, "unknown platform qemu");
});

Deno.test("cli: --version prints one line", async () => {
  const { code, stdout, stderr } = await sandbox(["--version"]);
  assertMatch(stdout, /^sandbox \d+\.\d+\.\d+\n$/);
  assertEquals([code, stderr], [0, ""]);
});

Deno.test("cli: --help names every command", async () => {
  const { code, stdout } = await sandbox(["--help"]);
  assertEquals(code, 0);
  for (const name of ["run", "do", "completions"]) {
    assertStringIncludes(stdout, `  ${name} `);
  }
});

Deno.test("cli: a command's --help names its flags", async () => {
  const { code, stdout } = await sandbox(["run", "--help"]);
  assertEquals(code, 0);
  assertStringIncludes(stdout, "--mount=SPEC");
  assertEquals(stdout.split("\n").filter((line) => line.length > 80), []);
});

Deno.test("cli: a full disk behind stdout is told", async () => {
  const argv = ["sh", "-c", '"$@" --help > /dev/full', "sh", ...SANDBOX];
  const { code, stderr } = await runProgram(argv);
  assertEquals(code, 125);
  assertMatch(stderr, /^sandbox: cannot write to standard output: .+; .+\n$/);
});

Deno.test("cli: bash takes the completions and completes", async () => {
  const script = `source <("$@" completions bash)
    COMP_WORDS=(sandbox run --platform=s) COMP_CWORD=2
    _sandbox; echo "\${COMPREPLY[@]}"`;
  const argv = ["bash", "-c", script, "bash", ...SANDBOX];
  const { code, stdout, stderr } = await runProgram(argv);
  assertEquals([code, stdout, stderr], [0, "--platform=systrap\n", ""]);
});

Deno.test("cli: zsh and fish get their own scripts", async () => {
  const zsh = await sandbox(["completions", "zsh"]);
  assertMatch(zsh.stdout, /^#compdef sandbox\n/);
  const fish = await sandbox(["completions", "fish"]);
  assertStringIncludes(fish.stdout, "__fish_seen_subcommand_from run");
});

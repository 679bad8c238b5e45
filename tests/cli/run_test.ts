/** Exit codes, environment, identity, files: what `run` and `do` promise. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { type Outcome, sandbox, type StartOptions } from "../sandbox.ts";

const ONE_LINE = /^sandbox: [^\n]+; [^\n]+\n$/;

function sh(script: string, flags: string[] = []): Promise<Outcome> {
  return sandbox(["do", ...flags, "--", "sh", "-c", script]);
}

/** The script's output, which must be all that happens. */
async function output(script: string, flags: string[] = []): Promise<string> {
  const { code, stdout, stderr } = await sh(script, flags);
  assertEquals([stderr, code], ["", 0]);
  return stdout;
}

async function fails(
  code: number,
  args: string[],
  options: StartOptions = {},
): Promise<void> {
  const outcome = await sandbox(args, options);
  assertMatch(outcome.stderr, ONE_LINE);
  assertEquals([outcome.stdout, outcome.code], ["", code]);
}

/** A file in a directory of its own, removed after the test. */
async function withFile(
  content: string | Uint8Array<ArrayBuffer>,
  test: (path: string) => Promise<void>,
): Promise<void> {
  const directory = Deno.makeTempDirSync({ dir: "/var/tmp" });
  try {
    const path = `${directory}/file`;
    if (typeof content === "string") Deno.writeTextFileSync(path, content);
    else Deno.writeFileSync(path, content);
    Deno.chmodSync(path, 0o755);
    await test(path);
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
}

Deno.test("run: the exit code is the program's", async () => {
  assertEquals((await sh("exit 7")).code, 7);
  assertEquals((await sh("true")).code, 0);
});

Deno.test("run: a signal's exit code is 128 and its number", async () => {
  assertEquals((await sh("kill -TERM $$")).code, 143);
  assertEquals((await sh("kill -KILL $$")).code, 137);
});

Deno.test("run: a program that is not there is 127", async () => {
  await fails(127, ["do", "--", "/nonexistent"]);
  await fails(127, ["do", "--", "no-such-program"]);
});

Deno.test("run: a program that cannot be executed is 126", async () => {
  await fails(126, ["do", "--", "/etc/passwd"]);
  await fails(126, ["do", "--", "/etc"]);
});

Deno.test("run: a truncated program is 126", async () => {
  const whole = Deno.readFileSync("/bin/true");
  await withFile(whole.slice(0, 100), (path) => fails(126, ["do", path]));
});

Deno.test("run: a script that names itself is 126", () =>
  withFile("", async (path) => {
    Deno.writeTextFileSync(path, `#!${path}\n`);
    await fails(126, ["do", path]);
  }));

Deno.test("run: a script without a first line runs only under a shell", () =>
  withFile("echo hello\n", (path) => fails(126, ["do", path])));

Deno.test("run: a root without the program is 127", async () => {
  const root = Deno.makeTempDirSync();
  await fails(127, ["run", root, "--", "/bin/sh"]);
  Deno.removeSync(root);
});

Deno.test("run: an ordinary directory of the sandbox to start in", async () => {
  assertEquals(await output("pwd", ["--cwd=/usr/bin"]), "/usr/bin\n");
  await fails(125, ["do", "--cwd=/nonexistent", "--", "true"]);
});

Deno.test("run: nothing of the host's environment but TERM gets in", async () => {
  const env = { SECRET: "1", TERM: "vt100" };
  const { stdout } = await sandbox(["do", "--", "env"], { env });
  const names = stdout.split("\n").map((line) => line.split("=")[0]);
  assertEquals(names.filter((n) => n !== "").sort(), ["HOME", "PATH", "TERM"]);
  assertStringIncludes(stdout, "TERM=vt100\n");
});

Deno.test("run: --env adds and replaces", async () => {
  const flags = ["--env=A=b=c", "--env", "HOME=/x"];
  assertEquals(await output("echo $A $HOME", flags), "b=c /x\n");
});

Deno.test("run: --user is the program's identity", async () => {
  const ids = await output("id -u; id -g", ["--user=1000:1001"]);
  assertEquals(ids, "1000\n1001\n");
});

Deno.test("run: the host name is the sandbox's own", async () => {
  assertEquals(await output("uname -n"), "sandbox\n");
  assertEquals(await output("uname -n", ["--hostname=box"]), "box\n");
});

Deno.test("run: standard input is passed on", async () => {
  const { stdout } = await sandbox(["do", "cat"], { stdin: "hello\n" });
  assertEquals(stdout, "hello\n");
});

Deno.test("do: writes stay in memory", async () => {
  const dir = Deno.makeTempDirSync({ dir: "/var/tmp" });
  const path = `${dir}/written-in-the-sandbox`;
  const text = await output(`echo new > ${path}; cat ${path}`);
  assertEquals(text, "new\n");
  assertEquals(await exists(path), false);
  Deno.removeSync(dir);
});

Deno.test("do: starts in the root where the host's directory does not show", async () => {
  const cwd = Deno.makeTempDirSync({ dir: "/tmp" });
  const { stdout } = await sandbox(["do", "pwd"], { cwd });
  assertEquals(stdout, "/\n");
  Deno.removeSync(cwd);
});

Deno.test("do: starts in the host's directory", async () => {
  const { stdout } = await sandbox(["do", "pwd"], { cwd: "/usr/lib" });
  assertEquals(stdout, "/usr/lib\n");
});

Deno.test("do --readonly: writes are refused", async () => {
  const { code, stderr } = await sh("echo > /etc/x", ["--readonly"]);
  assertStringIncludes(stderr, "Read-only file system");
  assertEquals(code, 2);
});

Deno.test("run: a bind mount is the host's directory", async () => {
  const place = Deno.makeTempDirSync({ dir: "/var/tmp" });
  const mount = `--mount=type=bind,src=${place},dst=/mnt`;
  await output("echo one > /mnt/file", [mount]);
  assertEquals(Deno.readTextFileSync(`${place}/file`), "one\n");
  const { stderr } = await sh("echo > /mnt/file", [mount + ",ro"]);
  assertStringIncludes(stderr, "Read-only file system");
  Deno.removeSync(place, { recursive: true });
});

Deno.test("run: a tmpfs mount is empty", async () => {
  const flags = ["--mount=type=tmpfs,dst=/mnt"];
  assertEquals(await output("ls -A /mnt; echo x > /mnt/x", flags), "");
});

Deno.test("run: --strace tells the calls on stderr", async () => {
  const { stdout, stderr } = await sh("echo hello", ["--strace"]);
  assertEquals(stdout, "hello\n");
  assertMatch(stderr, /write\(1, "hello\\n"/);
});

Deno.test("run: --debug-log takes the log", () =>
  withFile("", async (path) => {
    const flags = ["--strace", `--debug-log=${path}`];
    assertEquals(await output("echo hello", flags), "hello\n");
    assertMatch(Deno.readTextFileSync(path), /write\(1, "hello\\n"/);
  }));

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch {
    return false;
  }
}

/**
 * A guest that attacks the platform from inside its process (hostile.c): it
 * gets nothing, can end only itself, and leaves nothing behind.
 */
import { assertEquals, assertMatch } from "@std/assert";
import { runProgram, SANDBOX } from "../sandbox.ts";

const root = Deno.makeTempDirSync({ prefix: "hostile" });
globalThis.addEventListener(
  "unload",
  () => Deno.removeSync(root, { recursive: true }),
);

let built = false;

async function build(): Promise<void> {
  if (built) return;
  for (const name of ["hostile", "victim"]) {
    const source = new URL(`./${name}.c`, import.meta.url).pathname;
    const out = `${root}/${name}`;
    const { code, stderr } = await runProgram(
      ["cc", "-O1", "-static", "-o", out, source],
    );
    if (code !== 0) throw new Error(stderr);
  }
  built = true;
}

/** Runs a case beside a victim, which says how the attacker ended and that all is well with itself. */
async function attack(name: string): Promise<string[]> {
  return (await attackInSession(name)).lines;
}

/** The same, and the host's session in which the sandbox ran. */
async function attackInSession(
  name: string,
): Promise<{ lines: string[]; session: string }> {
  await build();
  const { code, stdout, stderr } = await runProgram(
    [
      ...["sh", "-c", 'echo $$; exec setsid "$@"', "sh"],
      ...[...SANDBOX, "run", root, "--", "/victim", name],
    ],
    { timeout: 60_000 },
  );
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  const [session, ...lines] = stdout.trimEnd().split("\n");
  assertEquals(lines.pop(), "the victim is well");
  return { lines, session };
}

Deno.test("hostile: calls by the stub's own instructions reach the Sentry, or fail", async () => {
  assertEquals(await attack("refused"), [
    "open: the guest's ENOENT",
    "getpid: the guest's",
    "socket: 1",
    "kill: 1",
    "ptrace: 1",
    "execve: 1",
    "prctl: 1",
    "process_vm_readv: 1",
    "ftruncate: 1",
    "mremap: 1",
    "mmap: the guest's",
    "mmap over the stub: 1",
    "munmap of the stub: 1",
    "munmap of all: 1",
    "mprotect of the stub: 1",
    "clone of a namespace: 1",
    "it exited with 0",
  ]);
});

Deno.test("hostile: a child cannot write a page that it shares with its parent", async () => {
  assertEquals(await attack("shared_page"), [
    "the page is still the parent's",
    "it exited with 0",
  ]);
});

Deno.test("hostile: no file that a process can map has another process's memory", async () => {
  assertEquals(await attack("arena"), [
    "files mapped: 2, secrets of others: 0",
    "it exited with 0",
  ]);
});

Deno.test("hostile: a process without its descriptors ends alone", async () => {
  assertEquals((await attack("close_all")).pop(), "it was killed by 9");
});

Deno.test("hostile: a process without its slots ends alone", async () => {
  assertEquals((await attack("unmap_slots")).pop(), "it was killed by 9");
});

Deno.test("hostile: a host process that leaves by itself is noticed", async () => {
  assertEquals(await attack("leave"), ["it was killed by 9"]);
});

Deno.test("hostile: garbage in the slots harms nobody else", async () => {
  assertEquals(await attack("garbage"), [
    "garbage survived",
    "it exited with 0",
  ]);
});

Deno.test("hostile: forged posts harm nobody else", async () => {
  assertEquals(await attack("forged"), [
    "forgeries survived",
    "it exited with 0",
  ]);
});

Deno.test("hostile: a process that blocks the platform's signals can be killed", async () => {
  assertEquals(await attack("deaf"), [
    "it computes",
    "the deaf process ended",
    "it exited with 0",
  ]);
});

Deno.test("hostile: a host process that the Sentry does not know ends with the sandbox", async () => {
  const { lines, session } = await attackInSession("stowaway");
  // Two host threads post in one slot: whether the process itself survives is open.
  assertMatch(lines.pop() ?? "", /^it (was killed by 9|exited with 0)$/);
  await new Promise((resolve) => setTimeout(resolve, 200));
  const { stdout } = await runProgram(["ps", "-o", "args=", "-s", session]);
  assertEquals(stdout, "");
});

/** However a sandbox ends, no process of it stays. */
import { assertEquals } from "@std/assert";
import { SANDBOX } from "../sandbox.ts";

const READY = "ready\n";

/** Starts a guest that writes a line and then sleeps or computes. */
async function start(script: string): Promise<Deno.ChildProcess> {
  const child = new Deno.Command(SANDBOX[0], {
    args: [...SANDBOX.slice(1), "do", "--", "sh", "-c", script],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  assertEquals(new TextDecoder().decode(value), READY);
  reader.releaseLock();
  await child.stdout.cancel();
  return child;
}

/** All processes beneath `pid`, and itself. */
function family(pid: number): number[] {
  const parents = new Map<number, number>();
  for (const { name } of Deno.readDirSync("/proc")) {
    if (/^\d+$/.test(name)) parents.set(Number(name), parentOf(name));
  }
  const found = [pid];
  for (const member of found) {
    for (const [child, parent] of parents) {
      if (parent === member) found.push(child);
    }
  }
  return found;
}

function parentOf(pid: string): number {
  try {
    const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return 0;
  }
}

function lives(pid: number): boolean {
  try {
    const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
    return stat.slice(stat.lastIndexOf(")") + 2)[0] !== "Z";
  } catch {
    return false;
  }
}

/** Which of the processes live on, after at most two seconds of grace. */
async function survivors(pids: number[]): Promise<number[]> {
  for (let i = 0; i < 100 && pids.some(lives); i++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return pids.filter(lives);
}

async function killed(script: string, signal: Deno.Signal): Promise<number> {
  const child = await start(script);
  const all = family(child.pid);
  child.kill(signal);
  const { code } = await child.status;
  assertEquals(await survivors(all), []);
  return code;
}

const SLEEP = `echo ready; sleep 100 & sleep 100`;
const COMPUTE = `echo ready; while :; do :; done`;

Deno.test("leftovers: none after SIGKILL of a sandbox whose guest sleeps", async () => {
  assertEquals(await killed(SLEEP, "SIGKILL"), 137);
});

Deno.test("leftovers: none after SIGKILL of a sandbox whose guest computes", async () => {
  assertEquals(await killed(COMPUTE, "SIGKILL"), 137);
});

Deno.test("leftovers: none after SIGTERM of a sandbox whose guest sleeps", async () => {
  assertEquals(await killed(SLEEP, "SIGTERM"), 143);
});

Deno.test("leftovers: none after SIGTERM of a sandbox whose guest computes", async () => {
  assertEquals(await killed(COMPUTE, "SIGTERM"), 143);
});

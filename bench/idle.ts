/** What a sandbox costs whose guest does nothing: CPU time and memory. */
import type { Measurement, Values } from "./measurement.ts";
import {
  cpuTimes,
  cpuTimeSince,
  processTree,
  proportionalSize,
} from "./processes.ts";
import type { Runner } from "./runner.ts";

/** Start-up, and what is done once after a while without work. */
const SETTLE = 4;

/** `what`: sleep or server. Time is that of all processes in `seconds`. */
export function idleTime(
  what: "sleep" | "server",
  seconds: number,
  rounds: number,
): Measurement {
  const row = `idle ${what}, ${seconds} s`;
  return {
    group: "idle",
    unit: "ms CPU",
    rows: [row],
    rounds,
    suits: (runner) => !runner.native && !runner.unpatched,
    run: (runner) =>
      idling(runner, what, seconds, async (pid) => {
        const before = cpuTimes(processTree(pid));
        await seconds_(seconds);
        const used = cpuTimeSince(before, cpuTimes(processTree(pid)));
        return new Map([[row, used / 1e6]]);
      }),
  };
}

/** PSS of all processes of a sandbox whose guest sleeps. */
export function idleMemory(rounds: number): Measurement {
  const row = "idle sleep, memory";
  return {
    group: "memory",
    unit: "MB",
    rows: [row],
    rounds,
    suits: (runner) => !runner.native && !runner.unpatched,
    run: (runner) =>
      idling(runner, "sleep", 1, (pid) => {
        const bytes = proportionalSize(processTree(pid));
        return Promise.resolve(new Map([[row, bytes / 2 ** 20]]));
      }),
  };
}

/** Looks at a sandbox while its guest idles; the guest ends by itself. */
async function idling(
  runner: Runner,
  what: string,
  seconds: number,
  look: (pid: number) => Promise<Values>,
): Promise<Values> {
  const life = SETTLE + seconds + 2;
  const [program, ...args] = runner.command("idle", [what, `${life}`]);
  const child = new Deno.Command(program, {
    args,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  await seconds_(SETTLE);
  const values = await look(child.pid);
  await child.status;
  return values;
}

function seconds_(n: number): Promise<void> {
  return new Promise((done) => setTimeout(done, n * 1000));
}

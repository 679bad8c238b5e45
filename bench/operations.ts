/** Single operations: one run of the guest program measures many. */
import type { Measurement, Values } from "./measurement.ts";
import { GUEST_ROOT } from "./root.ts";
import { output, type Runner } from "./runner.ts";

const CALLS = ["getppid inline", "getppid syscall()", "stat"];

const OPERATIONS = [
  ...["getppid inline", "getppid syscall()", "clock_gettime"],
  ...["read zero 1", "write null 4K", "pread 4K", "pread 64K"],
  ...["pwrite 4K", "pwrite 64K", "stat", "open+close", "create+unlink"],
  ...["mmap+munmap 64K", "first touch", "mprotect"],
  ...["pipe write+read", "pipe ping-pong", "eventfd+epoll", "unix pair"],
  ...["thread+join", "fork+wait", "fork+exec+wait"],
];

/** `budget`: milliseconds a batch of one operation. */
export function operations(budget: number, rounds: number): Measurement {
  return {
    group: "operations",
    unit: "ns",
    rows: OPERATIONS,
    rounds,
    suits: () => true,
    run(runner, rows) {
      const wanted = runner.unpatched
        ? rows.filter((row) => CALLS.includes(row))
        : rows;
      return measure(runner, budget, wanted);
    },
  };
}

/** A guest that makes system calls beside four that compute. */
export function contended(rounds: number): Measurement {
  return {
    group: "contended",
    unit: "ns",
    rows: ["getppid beside 4"],
    rounds,
    suits: (runner) => !runner.unpatched,
    run: (runner, rows) => measure(runner, 0, rows),
  };
}

async function measure(
  runner: Runner,
  budget: number,
  rows: readonly string[],
): Promise<Values> {
  const values: Values = new Map();
  if (rows.length === 0) return values;
  const program = runner.native ? `${GUEST_ROOT}/bin/true` : "/bin/true";
  const args = [`${budget}`, program, ...rows];
  const text = await output(runner.command("operations", args));
  for (const line of text.trim().split("\n")) {
    const [name, ns] = line.split(": ");
    values.set(name, Number(ns));
  }
  return values;
}

/**
 * The system call table: all there is to say about every x86-64 number.
 * Dispatch, strace, docs/syscalls.md and the ENOSYS log come from it.
 *
 * @module
 */
import { ENOSYS } from "../../abi/linux/errno.ts";
import { SYS, SYSCALL_COUNT } from "../../abi/linux/syscall_numbers.ts";
import { epollRows } from "./epoll.ts";
import { eventfdRows } from "./eventfd.ts";
import { execRows } from "./exec.ts";
import { memoryRows } from "./memory.ts";
import { miscRows } from "./misc.ts";
import { missingRows } from "./missing.ts";
import { pipeRows } from "./pipe.ts";
import { pollRows } from "./poll.ts";
import { missing, type Row } from "./row.ts";
import { selectRows } from "./select.ts";
import { signalRows } from "./signal.ts";
import { systemRows } from "./system.ts";

/** Note of rows that are there only because nobody wrote the call yet. */
export const NOT_YET = "not yet";

/**
 * Rows by number; numbers that x86-64 does not have are undefined. Filled by
 * {@linkcode fillTable}, so that handlers may import what imports this module.
 */
export const table: (Row | undefined)[] = new Array(SYSCALL_COUNT)
  .fill(undefined);

/** The rows of each family, by the name that documents show. */
export function families(): readonly (readonly [string, readonly Row[]])[] {
  return [
    ["epoll", epollRows],
    ["eventfd", eventfdRows],
    ["exec", execRows],
    ["memory", memoryRows],
    ["misc", miscRows],
    ["pipe", pipeRows],
    ["poll", pollRows],
    ["select", selectRows],
    ["signal", signalRows],
    ["system", systemRows],
    ["not in a sandbox", missingRows],
  ];
}

/** Fills `table`; once, before the first call is served. */
export function fillTable(): void {
  for (const [, family] of families()) {
    for (const row of family) table[row.nr] ??= row;
  }
  for (const [name, nr] of Object.entries(SYS)) {
    table[nr] ??= missing(nr, name, ENOSYS, NOT_YET);
  }
}

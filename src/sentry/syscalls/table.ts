/**
 * The system call table: all there is to say about every x86-64 number.
 * Dispatch, strace, docs/syscalls.md and the ENOSYS log come from it.
 *
 * @module
 */
import { ENOSYS } from "../../abi/linux/errno.ts";
import { SYS, SYSCALL_COUNT } from "../../abi/linux/syscall_numbers.ts";
import { attrRows } from "./attr.ts";
import { capabilityRows } from "./capability.ts";
import { cloneRows } from "./clone.ts";
import { copyRows } from "./copy.ts";
import { credsRows } from "./creds.ts";
import { dirRows } from "./dir.ts";
import { epollRows } from "./epoll.ts";
import { eventfdRows } from "./eventfd.ts";
import { execRows } from "./exec.ts";
import { exitRows } from "./exit.ts";
import { fcntlRows } from "./fcntl.ts";
import { futexRows } from "./futex.ts";
import { idRows } from "./ids.ts";
import { inotifyRows } from "./inotify.ts";
import { killRows } from "./kill.ts";
import { membarrierRows } from "./membarrier.ts";
import { memoryRows } from "./memory.ts";
import { adviceRows } from "./memory_advice.ts";
import { lockRows } from "./memory_lock.ts";
import { miscRows } from "./misc.ts";
import { missingRows } from "./missing.ts";
import { mountRows } from "./mount.ts";
import { openRows } from "./open.ts";
import { pidfdRows } from "./pidfd.ts";
import { semRows } from "./sem.ts";
import { msgRows } from "./msg.ts";
import { mqRows } from "./mq.ts";
import { pipeRows } from "./pipe.ts";
import { pollRows } from "./poll.ts";
import { prctlRows } from "./prctl.ts";
import { priorityRows } from "./priority.ts";
import { processVmRows } from "./process_vm.ts";
import { readRows } from "./read.ts";
import { rlimitRows } from "./rlimit.ts";
import { missing, type Row } from "./row.ts";
import { schedRows } from "./sched.ts";
import { selectRows } from "./select.ts";
import { shmRows } from "./shm.ts";
import { signalRows } from "./signal.ts";
import { signalfdRows } from "./signalfd.ts";
import { socketRows } from "./socket.ts";
import { socketDataRows } from "./socket_data.ts";
import { statRows } from "./stat.ts";
import { syncRows } from "./sync.ts";
import { systemRows } from "./system.ts";
import { timeRows } from "./time.ts";
import { timerRows } from "./timer.ts";
import { timerfdRows } from "./timerfd.ts";
import { waitRows } from "./wait.ts";
import { writeRows } from "./write.ts";
import { xattrRows } from "./xattr.ts";

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
    ["attr", attrRows],
    ["capability", capabilityRows],
    ["clone", cloneRows],
    ["copy", copyRows],
    ["creds", credsRows],
    ["dir", dirRows],
    ["epoll", epollRows],
    ["eventfd", eventfdRows],
    ["exec", execRows],
    ["exit", exitRows],
    ["fcntl", fcntlRows],
    ["futex", futexRows],
    ["ids", idRows],
    ["inotify", inotifyRows],
    ["kill", killRows],
    ["membarrier", membarrierRows],
    ["memory", memoryRows],
    ["memory advice", adviceRows],
    ["memory lock", lockRows],
    ["misc", miscRows],
    ["mount", mountRows],
    ["open", openRows],
    ["pidfd", pidfdRows],
    ["sem", semRows],
    ["msg", msgRows],
    ["mq", mqRows],
    ["pipe", pipeRows],
    ["poll", pollRows],
    ["prctl", prctlRows],
    ["priority", priorityRows],
    ["process vm", processVmRows],
    ["read", readRows],
    ["rlimit", rlimitRows],
    ["sched", schedRows],
    ["select", selectRows],
    ["shm", shmRows],
    ["signal", signalRows],
    ["signalfd", signalfdRows],
    ["socket", socketRows],
    ["socket data", socketDataRows],
    ["stat", statRows],
    ["sync", syncRows],
    ["system", systemRows],
    ["time", timeRows],
    ["timer", timerRows],
    ["timerfd", timerfdRows],
    ["wait", waitRows],
    ["write", writeRows],
    ["xattr", xattrRows],
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

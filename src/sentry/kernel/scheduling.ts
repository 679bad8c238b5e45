/**
 * What sched(7) calls set of a task. It is kept, inherited and shown, but the
 * host schedules guest threads as it likes.
 */
import * as ffi from "../../../ffi/mod.ts";
import { SCHED_NORMAL } from "../../abi/linux/sched.ts";

/** CPUs that the host lets the sandbox use. */
const hostCpus = new Uint8Array(1024);
let hostBytes = 0;

/** Set of usable CPUs, `cpuSetSize()` bytes of it. */
export function usableCpus(): Uint8Array {
  if (hostBytes === 0) hostBytes = Math.max(ffi.hostAffinity(hostCpus), 8);
  return hostCpus;
}

/** Bytes of a CPU set: as many as the highest CPU needs, in whole words. */
export function cpuSetSize(): number {
  const cpus = usableCpus();
  let last = hostBytes - 1;
  while (last > 0 && cpus[last] === 0) last--;
  return last + 8 - last % 8;
}

/** How many CPUs there are to use. */
export function cpuCount(): number {
  let count = 0;
  for (const byte of usableCpus()) {
    for (let bits = byte; bits !== 0; bits &= bits - 1) count++;
  }
  return count;
}

export class Scheduling {
  policy: number = SCHED_NORMAL;
  /** sched_priority of real-time policies, else 0. */
  priority = 0;
  resetOnFork = false;
  nice = 0;
  /** ioprio_set(2): class and data. */
  ioprio = 0;
  /** sched_setaffinity(2), or null: all usable CPUs. */
  affinity: Uint8Array | null = null;

  /** That of a new task of one with `from`. */
  inherit(from: Scheduling): void {
    this.nice = from.nice;
    this.ioprio = from.ioprio;
    this.affinity = from.affinity;
    if (from.resetOnFork) {
      this.nice = Math.max(this.nice, 0);
      return;
    }
    this.policy = from.policy;
    this.priority = from.priority;
  }
}

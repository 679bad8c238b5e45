/** All timers of a process. */
import { SIGPROF, SIGVTALRM } from "../../abi/linux/signal.ts";
import { ITIMER_REAL, ITIMER_VIRTUAL } from "../../abi/linux/time.ts";
import {
  CpuIntervalTimer,
  CpuLimit,
  type IntervalTimer,
  RealTimer,
} from "./itimer.ts";
import type { PosixTimer } from "./posix_timer.ts";
import type { ThreadGroup } from "./thread_group.ts";

export class ProcessTimers {
  readonly #real: RealTimer;
  #virtual: CpuIntervalTimer | null = null;
  #prof: CpuIntervalTimer | null = null;
  #cpuLimit: CpuLimit | null = null;
  /** By id. */
  readonly posix: Map<number, PosixTimer> = new Map();
  #nextId = 0;

  constructor(readonly group: ThreadGroup) {
    this.#real = new RealTimer(group);
  }

  /** Timer `which` of setitimer(2): ITIMER_REAL, _VIRTUAL or _PROF. */
  interval(which: number): IntervalTimer {
    if (which === ITIMER_REAL) return this.#real;
    if (which === ITIMER_VIRTUAL) {
      return this.#virtual ??= new CpuIntervalTimer(this.group, SIGVTALRM);
    }
    return this.#prof ??= new CpuIntervalTimer(this.group, SIGPROF);
  }

  /** A POSIX timer id that is free. */
  allocateId(): number {
    while (this.posix.has(this.#nextId)) this.#nextId++;
    return this.#nextId++;
  }

  /** RLIMIT_CPU has been set, or a process was born with one. */
  cpuLimitChanged(): void {
    this.#cpuLimit ??= new CpuLimit(this.group);
    this.#cpuLimit.changed();
  }

  /** execve(2): POSIX timers go, interval timers stay. */
  exec(): void {
    for (const timer of this.posix.values()) timer.stop();
    this.posix.clear();
    this.#nextId = 0;
  }

  /** The process ends. */
  clear(): void {
    this.exec();
    this.#real.set(0, 0);
    this.#virtual?.set(0, 0);
    this.#prof?.set(0, 0);
    this.#cpuLimit?.stop();
  }
}

/**
 * Timers on CPU time. Nobody tells when CPU time passes, so the timer looks
 * again when it could have come: after the rest divided by the CPUs in use.
 * While the process sleeps it looks ever more rarely.
 */
import type { CpuSource } from "./clock.ts";
import type { Kernel } from "./kernel.ts";
import { Timer, type TimerTarget } from "./timer.ts";

/** Told when a CPU timer comes. */
export interface CpuTimerTarget {
  cpuExpired(timer: CpuTimer): void;
}

/** Least and greatest time between looks, ns. */
const LEAST = 1e6;
const GREATEST = 128e6;

export class CpuTimer implements TimerTarget {
  /** CPU time at which it fires, ns. */
  deadline = 0;
  readonly #timer: Timer = new Timer(this);
  #seen = 0;
  #pause = LEAST;

  constructor(
    readonly kernel: Kernel,
    readonly source: CpuSource,
    readonly target: CpuTimerTarget,
  ) {}

  get started(): boolean {
    return this.#timer.started;
  }

  /** Fires once `source` has used `deadline` ns. */
  start(deadline: number): void {
    this.deadline = deadline;
    this.#pause = LEAST;
    this.#look(this.source.cpuTime());
  }

  stop(): void {
    this.kernel.timers.stop(this.#timer);
  }

  expired(_timer: Timer): void {
    if (!this.source.isAlive) return;
    const used = this.source.cpuTime();
    if (used >= this.deadline) return this.target.cpuExpired(this);
    if (used - this.#seen > LEAST / 10) this.#pause = LEAST;
    else this.#pause = Math.min(this.#pause * 2, GREATEST);
    this.#look(used);
  }

  #look(used: number): void {
    this.#seen = used;
    const rest = (this.deadline - used) / this.source.width;
    const wait = Math.max(rest, this.#pause);
    this.kernel.timers.start(this.#timer, this.kernel.now() + wait);
  }
}

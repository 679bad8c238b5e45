/** Interval timers of a process, setitimer(2), and its limit of CPU time. */
import { RLIM_INFINITY, RLIMIT_CPU } from "../../abi/linux/resource.ts";
import { SIGALRM, SIGKILL, SIGXCPU } from "../../abi/linux/signal.ts";
import { NSEC_PER_SEC } from "../../abi/linux/time.ts";
import { groupCpu } from "./clock.ts";
import { CpuTimer, type CpuTimerTarget } from "./cpu_timer.ts";
import { SigInfo } from "./siginfo.ts";
import { sendToGroup } from "./signal.ts";
import type { ThreadGroup } from "./thread_group.ts";
import { Timer, type TimerTarget } from "./timer.ts";

/** One of the three timers; times in ns. */
export interface IntervalTimer {
  interval: number;
  /** Time until it fires, 0 when it is not set. */
  remaining(): number;
  /** Sets it to fire after `value` (0: never), then every `interval`. */
  set(value: number, interval: number): void;
}

/** ITIMER_REAL. */
export class RealTimer implements IntervalTimer, TimerTarget {
  interval = 0;
  readonly #timer: Timer = new Timer(this);

  constructor(readonly group: ThreadGroup) {}

  remaining(): number {
    if (!this.#timer.started) return 0;
    return Math.max(this.#timer.deadline - this.group.kernel.now(), 1);
  }

  set(value: number, interval: number): void {
    const { kernel } = this.group;
    this.interval = interval;
    if (value === 0) kernel.timers.stop(this.#timer);
    else kernel.timers.start(this.#timer, kernel.now() + value);
  }

  expired(timer: Timer): void {
    sendToGroup(this.group, SigInfo.kernel(SIGALRM));
    if (this.interval === 0) return;
    const { kernel } = this.group;
    const late = kernel.now() - timer.deadline;
    const missed = Math.max(Math.floor(late / this.interval), 0);
    const next = timer.deadline + (missed + 1) * this.interval;
    kernel.timers.start(timer, next);
  }
}

/** ITIMER_VIRTUAL and ITIMER_PROF: the same here, as all CPU time is the guest's. */
export class CpuIntervalTimer implements IntervalTimer, CpuTimerTarget {
  interval = 0;
  readonly #timer: CpuTimer;

  constructor(readonly group: ThreadGroup, readonly signo: number) {
    this.#timer = new CpuTimer(group.kernel, groupCpu(group), this);
  }

  remaining(): number {
    if (!this.#timer.started) return 0;
    return Math.max(this.#timer.deadline - this.#timer.source.cpuTime(), 1);
  }

  set(value: number, interval: number): void {
    this.interval = interval;
    if (value === 0) this.#timer.stop();
    else this.#timer.start(this.#timer.source.cpuTime() + value);
  }

  cpuExpired(timer: CpuTimer): void {
    sendToGroup(this.group, SigInfo.kernel(this.signo));
    if (this.interval === 0) return;
    timer.start(
      Math.max(timer.deadline, timer.source.cpuTime()) + this.interval,
    );
  }
}

/** RLIMIT_CPU: SIGXCPU each second past the soft limit, SIGKILL at the hard one. */
export class CpuLimit implements CpuTimerTarget {
  readonly #timer: CpuTimer;

  constructor(readonly group: ThreadGroup) {
    this.#timer = new CpuTimer(group.kernel, groupCpu(group), this);
  }

  /** The limit was set, or inherited. */
  changed(): void {
    const { cur, max } = this.group.limits;
    const limit = Math.min(cur[RLIMIT_CPU], max[RLIMIT_CPU]);
    if (limit === RLIM_INFINITY) this.#timer.stop();
    else this.#timer.start(Math.max(limit, 1) * NSEC_PER_SEC);
  }

  stop(): void {
    this.#timer.stop();
  }

  cpuExpired(timer: CpuTimer): void {
    const used = timer.source.cpuTime() / NSEC_PER_SEC;
    const hard = this.group.limits.max[RLIMIT_CPU];
    if (used >= hard) {
      sendToGroup(this.group, SigInfo.kernel(SIGKILL));
      return;
    }
    sendToGroup(this.group, SigInfo.kernel(SIGXCPU));
    const next = Math.min(Math.floor(used) + 1, hard);
    timer.start(next * NSEC_PER_SEC);
  }
}

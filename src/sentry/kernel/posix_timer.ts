/**
 * POSIX timers, timer_create(2). While a timer's signal waits in its queue the
 * timer does not run; what it missed is counted when the signal is taken.
 */
import { SI_TIMER } from "../../abi/linux/siginfo.ts";
import { SIGEV_NONE } from "../../abi/linux/signal.ts";
import type { CpuSource } from "./clock.ts";
import { CpuTimer, type CpuTimerTarget } from "./cpu_timer.ts";
import { type DequeueTarget, SigInfo } from "./siginfo.ts";
import { sendToGroup, sendToTask } from "./signal.ts";
import type { Task } from "./task.ts";
import type { ThreadGroup } from "./thread_group.ts";
import { Timer, type TimerTarget } from "./timer.ts";

/** DELAYTIMER_MAX: the greatest overrun that is reported. */
const MAX_OVERRUN = 2147483647;
/** Least time between signals that are ignored, ns. */
const IGNORED_PAUSE = 1e6;

/** How a timer tells that it fired: struct sigevent. */
export interface TimerEvent {
  notify: number;
  signo: number;
  value_lo: number;
  value_hi: number;
  /** SIGEV_THREAD_ID: the task that gets the signal; else null. */
  task: Task | null;
}

export class PosixTimer implements TimerTarget, CpuTimerTarget, DequeueTarget {
  /** ns; 0: fires once. */
  interval = 0;
  /** timer_getoverrun(2): that of the last signal taken. */
  overrun = 0;
  readonly #timer: Timer = new Timer(this);
  readonly #cpuTimer: CpuTimer | null;
  /** When it fires next on its own clock's time line, or 0 when it is not set. */
  #deadline = 0;
  readonly #info: SigInfo;
  #sent = false;
  #sending = false;

  /** @param source the CPU time that it follows, or null for a host clock */
  constructor(
    readonly group: ThreadGroup,
    readonly id: number,
    readonly clock: number,
    source: CpuSource | null,
    readonly event: TimerEvent,
  ) {
    this.#cpuTimer = source === null
      ? null
      : new CpuTimer(group.kernel, source, this);
    this.#info = new SigInfo(event.signo, SI_TIMER);
    this.#info.timerid = id;
    this.#info.value_lo = event.value_lo;
    this.#info.value_hi = event.value_hi;
    this.#info.onDequeue = this;
  }

  /** Whether it follows CPU time. */
  get isCpu(): boolean {
    return this.#cpuTimer !== null;
  }

  /** Its time line: monotonic or CPU ns. */
  now(): number {
    const cpu = this.#cpuTimer;
    return cpu === null ? this.group.kernel.now() : cpu.source.cpuTime();
  }

  /** ns until it fires, 0 when it is not set. */
  remaining(): number {
    if (this.#deadline === 0) return 0;
    const now = this.now();
    let deadline = this.#deadline;
    if (deadline <= now && this.interval > 0) {
      const missed = Math.floor((now - deadline) / this.interval) + 1;
      deadline += missed * this.interval;
    }
    if (deadline > now) return deadline - now;
    return this.event.notify === SIGEV_NONE ? 0 : 1;
  }

  /** Sets it to `deadline` on its time line (0: stops it), then every `interval`. */
  set(deadline: number, interval: number): void {
    this.stop();
    this.interval = interval;
    this.overrun = 0;
    this.#deadline = deadline;
    if (deadline !== 0) this.#arm();
  }

  /** Stops it, and takes back a signal that waits. */
  stop(): void {
    this.group.kernel.timers.stop(this.#timer);
    this.#cpuTimer?.stop();
    this.#deadline = 0;
    if (!this.#sent) return;
    this.#sent = false;
    this.group.signals.queue.dropFor(this);
    this.event.task?.signals.queue.dropFor(this);
  }

  expired(_timer: Timer): void {
    this.#fire();
  }

  cpuExpired(_timer: CpuTimer): void {
    this.#fire();
  }

  /** Its signal is being delivered, or was ignored. */
  dequeued(info: SigInfo): void {
    this.#sent = false;
    let missed = 0;
    if (this.interval === 0) this.#deadline = 0;
    else if (this.#deadline !== 0) {
      const now = this.now();
      missed = Math.max(Math.floor((now - this.#deadline) / this.interval), 0);
      this.#deadline += (missed + 1) * this.interval;
      if (this.#sending) {
        this.#deadline = Math.max(this.#deadline, now + IGNORED_PAUSE);
      }
      this.#arm();
    }
    this.overrun = Math.min(missed, MAX_OVERRUN);
    info.overrun = this.overrun;
  }

  #arm(): void {
    if (this.event.notify === SIGEV_NONE) return;
    if (this.#cpuTimer !== null) this.#cpuTimer.start(this.#deadline);
    else this.group.kernel.timers.start(this.#timer, this.#deadline);
  }

  #fire(): void {
    this.#sent = true;
    this.#sending = true;
    const { task } = this.event;
    if (task !== null) sendToTask(task, this.#info);
    else sendToGroup(this.group, this.#info);
    this.#sending = false;
  }
}

/**
 * The kernel of one sandbox: its tasks, clocks and timers, and the loop that
 * serves whatever comes back from the platform.
 */
import type { Context, HostReady, Platform } from "../../platform/platform.ts";
import { Reason } from "../../platform/platform.ts";
import type { SandboxConfig } from "../config.ts";
import type { Log } from "./log.ts";
import { afterCapture, continueCall, startCall } from "./dispatch.ts";
import { handleFault } from "./fault.ts";
import { killForDeath } from "./exit.ts";
import { type Task, TaskState } from "./task.ts";
import type { ThreadGroup } from "./thread_group.ts";
import type { ProcessGroup } from "./session.ts";
import { TimerHeap } from "./timer.ts";
import { Users } from "./user.ts";

export class Kernel {
  readonly timers: TimerHeap = new TimerHeap();
  /** Living and zombie tasks by tid. */
  readonly tasks: Map<number, Task> = new Map();
  /** Thread groups by pid until they are reaped. */
  readonly groups: Map<number, ThreadGroup> = new Map();
  /** Process groups by id while they have members. */
  readonly processGroups: Map<number, ProcessGroup> = new Map();
  readonly users: Users = new Users();
  /** Monotonic ns at which the sandbox started. */
  readonly bootTime: number;
  /** The first process; its end ends the sandbox. */
  init: ThreadGroup | null = null;
  hostname: string;
  domainname = "(none)";

  #lastPid = 0;
  #readyFirst = 0;
  #ready: Task[] = [];
  /** Exit code of the sandbox once it is to end. */
  #exit: number | null = null;

  constructor(
    readonly platform: Platform,
    readonly config: SandboxConfig,
    readonly log: Log,
  ) {
    this.bootTime = platform.now();
    this.hostname = config.hostname;
  }

  /** CLOCK_MONOTONIC, ns. */
  now(): number {
    return this.platform.now();
  }

  /** A pid (or tid) that nobody has. */
  allocatePid(): number {
    do {
      this.#lastPid = this.#lastPid >= 4194303 ? 300 : this.#lastPid + 1;
    } while (
      this.tasks.has(this.#lastPid) || this.groups.has(this.#lastPid) ||
      this.processGroups.has(this.#lastPid)
    );
    return this.#lastPid;
  }

  get lastPid(): number {
    return this.#lastPid;
  }

  /** Queues a task whose call is to run again. For `Task.unpark`. */
  ready(t: Task): void {
    this.#ready.push(t);
  }

  /** Watches a host descriptor: see Platform.watch. */
  watchHost(fd: number, events: number, target: HostReady): void {
    this.platform.watch(fd, events, target);
  }

  unwatchHost(fd: number): void {
    this.platform.unwatch(fd);
  }

  /** Ends the sandbox with `code` when the current event has been served. */
  shutDown(code: number): void {
    this.#exit ??= code;
  }

  /** Serves until the sandbox ends; its exit code. */
  run(): number {
    while (this.#exit === null) {
      if (this.#readyFirst < this.#ready.length) {
        const t = this.#ready[this.#readyFirst++];
        if (this.#readyFirst === this.#ready.length) {
          this.#ready.length = 0;
          this.#readyFirst = 0;
        }
        if (t.state === TaskState.Ready) this.#continue(t);
        // Neither contexts that wait for an answer nor timers starve behind wakes.
        if ((this.#readyFirst & 15) !== 0) continue;
        this.#serve(this.#next(0));
        this.#runTimers();
        continue;
      }
      this.#serve(this.#next(this.timers.next));
      this.#runTimers();
    }
    return this.#exit;
  }

  /** The platform's next context. Files that hear of host events run in here: a bug there concerns no one task. */
  #next(deadline: number): Context | null {
    try {
      return this.platform.next(deadline);
    } catch (error) {
      this.log.error(`bug while waiting: ${trace(error)}`);
      return null;
    }
  }

  #runTimers(): void {
    const deadline = this.timers.next;
    if (deadline === Infinity) return;
    const now = this.platform.now();
    if (now < deadline) return;
    try {
      this.timers.run(now);
    } catch (error) {
      this.log.error(`bug in a timer: ${trace(error)}`);
    }
  }

  #continue(t: Task): void {
    t.state = TaskState.Running;
    try {
      continueCall(t);
    } catch (error) {
      this.sentryBug(t, error);
    }
  }

  #serve(ctx: Context | null): void {
    if (ctx === null) return;
    const t = ctx.owner as Task;
    try {
      switch (ctx.reason) {
        case Reason.Syscall:
          startCall(t);
          break;
        case Reason.Fault:
          handleFault(t);
          break;
        case Reason.Captured:
          afterCapture(t);
          break;
        case Reason.Interrupted:
          // It may come in place of the capture that a call has asked for.
          t.mm.sites?.normalise(ctx.regs);
          afterCapture(t);
          break;
        case Reason.Died:
          killForDeath(t);
          break;
      }
    } catch (error) {
      this.sentryBug(t, error);
    }
  }

  /** An exception of ours: the thread group dies for it, the sandbox goes on. */
  sentryBug(t: Task, error: unknown): void {
    this.log.error(`bug while serving ${t.comm}[${t.tid}]: ${trace(error)}`);
    try {
      killForDeath(t);
    } catch (again) {
      this.log.error(`bug while ending ${t.comm}[${t.tid}]: ${trace(again)}`);
    }
  }
}

function trace(error: unknown): string {
  return error instanceof Error && error.stack ? error.stack : String(error);
}

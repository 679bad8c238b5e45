/**
 * Stub threads that are asked to come back, and processes that are to end:
 * what could not be done at once, and those that do not heed.
 */
import * as ffi from "../../../ffi/mod.ts";
import type { SystrapContext } from "./context.ts";
import { TID } from "./layout.ts";
import type { SystrapProcess } from "./process.ts";

/** CPU time, ns, after which a process that does not heed an interrupt is ended. */
const DEAF = 1e9;
/** The same in time on the clock, for one that does not compute either. */
const LOST = 10e9;
/** How soon to try again what could not be done, ns. */
const AGAIN = 1e6;

export class Liveness {
  /** Contexts to interrupt once the host knows them. */
  readonly #retry: Set<SystrapContext> = new Set();
  /** Processes to kill once their id is known. */
  readonly #kill: Set<SystrapProcess> = new Set();
  /** Contexts that were asked to come back and may not have. */
  readonly #asked: Set<SystrapContext> = new Set();

  interrupt(ctx: SystrapContext): void {
    const { as } = ctx;
    // One request is enough until it comes back; more would nest on its signal stack.
    if (as.dead || ctx.askedAt >= 0) return;
    const pid = as.pid;
    const tid = ctx.platform.memory.words[ctx.base + TID];
    if (
      pid === 0 || ffi.systrapInterrupt(pid, tid, ctx.leader ? 1 : 0) < 0
    ) {
      this.#retry.add(ctx);
      return;
    }
    ctx.askedAt = ffi.monotonicNow();
    ctx.askedTime = ffi.systrapProcessTime(pid);
    this.#asked.add(ctx);
  }

  killLater(as: SystrapProcess): void {
    this.#kill.add(as);
  }

  /** At most how long the Sentry may sleep, of `ns`. */
  limit(ns: number): number {
    if (this.#retry.size > 0 || this.#kill.size > 0) return Math.min(ns, AGAIN);
    return this.#asked.size > 0 ? Math.min(ns, DEAF / 4) : ns;
  }

  /** To be called after each sleep. */
  tick(): void {
    if (this.#asked.size > 0) this.#endDeaf();
    if (this.#retry.size > 0) {
      const again = [...this.#retry];
      this.#retry.clear();
      for (const ctx of again) if (ctx.index >= 0) this.interrupt(ctx);
    }
    if (this.#kill.size > 0) {
      const again = [...this.#kill];
      this.#kill.clear();
      for (const as of again) if (!as.dead) as.kill();
    }
  }

  /** Ends processes that do not come back though they were asked: they block the signal, or spoilt their slot. */
  #endDeaf(): void {
    for (const ctx of this.#asked) {
      if (ctx.index < 0 || ctx.askedAt < 0 || ctx.as.dead) {
        this.#asked.delete(ctx);
        continue;
      }
      const used = ffi.systrapProcessTime(ctx.as.pid) - ctx.askedTime;
      const waited = ffi.monotonicNow() - ctx.askedAt;
      if (used > DEAF || waited > LOST) ctx.as.kill();
    }
  }
}

/** The contexts that run, and how long to look for one that came back. */
import * as ffi from "../../../ffi/mod.ts";
import type { SystrapContext } from "./context.ts";
import { STATE } from "./layout.ts";

/** The Sentry's spinning, ns: while it pays, and to find out whether it would. */
const SPIN_LONG = 60e3;
const SPIN_SHORT = 3e3;
/** A birth takes the host that long, and its maker mostly waits for what comes of it. */
const SPIN_BIRTH = 250e3;
/** A gap between events that spinning would have bridged: as long as that, and a wake-up. */
const WORTH_SPINNING = 120e3;
/** What spinning in vain costs: where both sides share a core it always is. */
const IN_VAIN = 3;
const SCORE_MAX = 16;
/** Looks before the clock is read: most contexts come back at once. */
const FIRST_LOOKS = 64;
const LOOKS = 32;

export class Running {
  readonly #list: SystrapContext[] = [];
  /** Where the next look begins, so that all get their turn. */
  #cursor = 0;
  /** STATE of the context that `take` found. */
  posted = 0;
  /** Contexts that the host has not started yet, as far as we know. */
  #unborn = 0;
  /** Above 0: events have come soon enough lately for spinning to pay. */
  #score = 0;
  #idleSince = 0;
  readonly #cores = navigator.hardwareConcurrency;

  constructor(readonly ints: Int32Array) {}

  get isEmpty(): boolean {
    return this.#list.length === 0;
  }

  /** Whether a stub that waits for an answer will have it soon: others leave a core free, or spinning pays nonetheless. */
  get answersSoon(): boolean {
    return this.#score > 0 || this.#list.length < this.#cores;
  }

  add(ctx: SystrapContext): void {
    ctx.index = this.#list.length;
    this.#list.push(ctx);
  }

  remove(ctx: SystrapContext): void {
    const i = ctx.index;
    if (i < 0) return;
    if (ctx.unborn) {
      ctx.unborn = false;
      this.#unborn--;
    }
    const last = this.#list.pop()!;
    if (last !== ctx) {
      this.#list[i] = last;
      last.index = i;
    }
    ctx.index = -1;
  }

  /** A context that comes back for the first time when the host has started it. */
  expectBirth(ctx: SystrapContext): void {
    ctx.unborn = true;
    this.#unborn++;
  }

  /** The next context that is posted, taken off the list; null if there is none. */
  take(): SystrapContext | null {
    const list = this.#list;
    const { ints } = this;
    const n = list.length;
    let i = this.#cursor;
    for (let k = 0; k < n; k++) {
      if (i >= n) i = 0;
      const ctx = list[i];
      const state = Atomics.load(ints, ctx.base + STATE);
      if (state !== 0) {
        this.posted = state;
        this.#cursor = i;
        this.remove(ctx);
        return ctx;
      }
      i++;
    }
    return null;
  }

  /** Whether one is posted. */
  get anyPosted(): boolean {
    const list = this.#list;
    for (let i = 0; i < list.length; i++) {
      if (Atomics.load(this.ints, list[i].base + STATE) !== 0) return true;
    }
    return false;
  }

  /** As `take`, looking for as long as it has paid lately. */
  spin(deadline: number): SystrapContext | null {
    if (this.#list.length === 0) return null;
    for (let i = 0; i < FIRST_LOOKS; i++) {
      const ctx = this.take();
      if (ctx !== null) return ctx;
    }
    const start = ffi.monotonicNow();
    this.#idleSince = start;
    const limit = this.#limit();
    const end = Math.min(start + limit, deadline);
    let now = start;
    do {
      for (let i = 0; i < LOOKS; i++) {
        const ctx = this.take();
        if (ctx !== null) {
          this.#change(1);
          return ctx;
        }
      }
      // The host likes to start a child on the core of whoever spins there.
      if (this.#unborn > 0) ffi.yieldCore();
      now = ffi.monotonicNow();
    } while (now < end);
    if (limit === SPIN_LONG) this.#change(-IN_VAIN);
    return null;
  }

  #limit(): number {
    if (this.#unborn > 0) return SPIN_BIRTH;
    return this.#score > 0 ? SPIN_LONG : SPIN_SHORT;
  }

  #change(by: number): void {
    const score = this.#score + by;
    this.#score = Math.max(-SCORE_MAX, Math.min(SCORE_MAX, score));
  }

  /** A context came back after a sleep: would spinning have met it? */
  learn(): void {
    const gap = ffi.monotonicNow() - this.#idleSince;
    this.#change(gap < WORTH_SPINNING ? 1 : -1);
  }
}

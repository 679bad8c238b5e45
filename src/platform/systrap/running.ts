/** The contexts that run, and how long to look for one that came back. */
import * as ffi from "../../../ffi/mod.ts";
import type { SystrapContext } from "./context.ts";
import { STATE } from "./layout.ts";

/** The Sentry's spinning, ns: longer than a wake-up of the host takes; and the part of it in which events are worth most. */
const SPIN = 90e3;
const WORTH_IT = 20e3;
/** A birth takes the host that long, and its maker mostly waits for what comes of it. */
const SPIN_BIRTH = 250e3;
/** After spinning in vain it sleeps at once for so long, ns, doubled each time. */
const PAUSE = 250e3;
const MOST_DOUBLED = 4;
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
  /** How often in a row spinning was in vain, and until when not to try again. */
  #inVain = 0;
  #pauseEnd = 0;

  constructor(readonly ints: Int32Array) {}

  /**
   * Whether both sides find each other spinning. Where others need the cores,
   * or guests compute, they do not, and had better sleep at once.
   */
  get meets(): boolean {
    return this.#inVain === 0;
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
    const birth = this.#unborn > 0;
    if (!birth && start < this.#pauseEnd) return null;
    const end = Math.min(start + (birth ? SPIN_BIRTH : SPIN), deadline);
    let now = start;
    do {
      for (let i = 0; i < LOOKS; i++) {
        const ctx = this.take();
        if (ctx !== null) {
          if (now - start < WORTH_IT) this.#inVain = 0;
          else if (this.#inVain > 0) this.#inVain--;
          return ctx;
        }
      }
      // The host likes to start a child on the core of whoever spins there.
      if (birth) ffi.yieldCore();
      now = ffi.monotonicNow();
    } while (now < end);
    if (!birth) {
      if (this.#inVain < MOST_DOUBLED) this.#inVain++;
      this.#pauseEnd = now + PAUSE * 2 ** this.#inVain;
    }
    return null;
  }
}

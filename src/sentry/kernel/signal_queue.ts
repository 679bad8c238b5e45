/** Signals that wait for one task, or for any task of a group. */
import type { SigInfo } from "./siginfo.ts";
import { SignalSet, SYNCHRONOUS } from "./signal_set.ts";

export class SignalQueue {
  /** Signals of which at least one waits. */
  readonly set: SignalSet = new SignalSet();
  /** Oldest first; a signal in `set` without one here lost its siginfo. */
  readonly #infos: SigInfo[] = [];

  get size(): number {
    return this.#infos.length;
  }

  /** Queues `info`. Coalescing and limits are the caller's. */
  add(info: SigInfo): void {
    this.set.add(info.signo);
    this.#infos.push(info);
  }

  /**
   * The signal to deliver next of those not in `blocked`, or 0: synchronous
   * ones first, then the lowest number.
   */
  next(blocked: SignalSet): number {
    let lo = this.set.lo & ~blocked.lo;
    if (lo !== 0) {
      if ((lo & SYNCHRONOUS) !== 0) lo &= SYNCHRONOUS;
      return 32 - Math.clz32(lo & -lo);
    }
    const hi = this.set.hi & ~blocked.hi;
    return hi === 0 ? 0 : 64 - Math.clz32(hi & -hi);
  }

  /** Takes the oldest `signo`. Null: its siginfo was lost. */
  take(signo: number): SigInfo | null {
    let found: SigInfo | null = null;
    let at = -1;
    let more = false;
    for (let i = 0; i < this.#infos.length; i++) {
      if (this.#infos[i].signo !== signo) continue;
      if (found !== null) {
        more = true;
        break;
      }
      found = this.#infos[i];
      at = i;
    }
    if (!more) this.set.delete(signo);
    if (found === null) return null;
    this.#infos.splice(at, 1);
    uncount(found);
    return found;
  }

  /** Whether a queued signal belongs to `target` (a timer). */
  holds(target: SigInfo["onDequeue"]): boolean {
    return this.#infos.some((info) => info.onDequeue === target);
  }

  /** Drops every `signo`. */
  drop(signo: number): void {
    if (!this.set.has(signo)) return;
    this.set.delete(signo);
    for (let i = this.#infos.length - 1; i >= 0; i--) {
      if (this.#infos[i].signo !== signo) continue;
      uncount(this.#infos[i]);
      this.#infos.splice(i, 1);
    }
  }

  /** Drops the signals below 33 whose bits are in `lo`. */
  dropLow(lo: number): void {
    let bits = this.set.lo & lo;
    while (bits !== 0) {
      this.drop(32 - Math.clz32(bits & -bits));
      bits &= bits - 1;
    }
  }

  /** Drops what belongs to `target`, a timer that is deleted. */
  dropFor(target: SigInfo["onDequeue"]): void {
    for (let i = this.#infos.length - 1; i >= 0; i--) {
      const info = this.#infos[i];
      if (info.onDequeue !== target) continue;
      uncount(info);
      this.#infos.splice(i, 1);
      if (!this.#infos.some((other) => other.signo === info.signo)) {
        this.set.delete(info.signo);
      }
    }
  }

  clear(): void {
    for (const info of this.#infos) uncount(info);
    this.#infos.length = 0;
    this.set.clear();
  }
}

function uncount(info: SigInfo): void {
  if (info.counted === null) return;
  info.counted.pendingSignals--;
  info.counted = null;
}

/**
 * Which parts of a program's memory were written after earlier forks ("history"
 * in docs/architecture.md): parents and children of one image share it. A fork
 * copies them at once instead of waiting for two faults each.
 */

/** Bytes of a granule. */
export const HOT_GRANULE = 16 * 1024;
/** Granules remembered: a fork copies at most 2 MiB. */
const MOST = 128;

export class HotPages {
  /** Starts of granules, ascending. */
  readonly #starts: number[] = [];

  get isEmpty(): boolean {
    return this.#starts.length === 0;
  }

  /** Remembers the granules of [start, end). */
  add(start: number, end: number): void {
    for (let at = start - start % HOT_GRANULE; at < end; at += HOT_GRANULE) {
      if (this.#starts.length >= MOST) return;
      const i = this.#lower(at);
      if (this.#starts[i] !== at) this.#starts.splice(i, 0, at);
    }
  }

  /** Start of the first granule that ends after `addr`, or Infinity. */
  next(addr: number): number {
    const i = this.#lower(addr - HOT_GRANULE + 1);
    return i < this.#starts.length ? this.#starts[i] : Infinity;
  }

  /** Index of the first start that is not below `addr`. */
  #lower(addr: number): number {
    let low = 0;
    let high = this.#starts.length;
    while (low < high) {
      const mid = (low + high) >>> 1;
      if (this.#starts[mid] >= addr) high = mid;
      else low = mid + 1;
    }
    return low;
  }
}

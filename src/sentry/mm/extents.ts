/** Free parts of an arena that are known to be holes, so that they read as zero. */
import { type Range, Ranges } from "./ranges.ts";

/** Bytes that the Sentry maps of a memory file at a time; an extent does not cross such a border if it can be helped. */
export const CHUNK = 2 ** 30;
/** Extents looked at before an allocation takes never-used space instead. */
const SCAN = 64;

class Extent implements Range {
  constructor(public start: number, public end: number) {}
}

export class FreeExtents {
  readonly #ranges: Ranges<Extent> = new Ranges();
  #next = 0;

  /** Takes `length` bytes that cross no chunk border; their offset, or -1. */
  take(length: number): number {
    const { items } = this.#ranges;
    const n = Math.min(items.length, SCAN);
    for (let k = 0; k < n; k++) {
      if (this.#next >= items.length) this.#next = 0;
      const extent = items[this.#next];
      const at = placeIn(extent.start, length);
      if (at + length <= extent.end) {
        this.#cut(this.#next, at, at + length);
        return at;
      }
      this.#next++;
    }
    return -1;
  }

  /** Takes [start, end) out of extent `i`. */
  #cut(i: number, start: number, end: number): void {
    const extent = this.#ranges.items[i];
    const last = extent.end;
    if (extent.start === start) {
      if (end === last) this.#ranges.remove(i, 1);
      else extent.start = end;
      return;
    }
    extent.end = start;
    if (end < last) this.#ranges.insert(i + 1, new Extent(end, last));
  }

  /** Adds [start, end), which is not in it. */
  put(start: number, end: number): void {
    if (start >= end) return;
    const { items } = this.#ranges;
    const i = this.#ranges.lower(start);
    const left = i > 0 && items[i - 1].end === start;
    const right = i < items.length && items[i].start === end;
    if (left && right) {
      items[i - 1].end = items[i].end;
      this.#ranges.remove(i, 1);
    } else if (left) items[i - 1].end = end;
    else if (right) items[i].start = start;
    else this.#ranges.insert(i, new Extent(start, end));
  }
}

/** The first offset from `at` on where `length` bytes cross no chunk border (more than a chunk: a border). */
export function placeIn(at: number, length: number): number {
  const into = at % CHUNK;
  return into + length > CHUNK && into !== 0 ? at - into + CHUNK : at;
}

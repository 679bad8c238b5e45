/** How many further owners pages of an arena have: disjoint ranges of offsets with a count above 0. */
import { type Range, Ranges } from "./ranges.ts";

class Share implements Range {
  constructor(
    public start: number,
    public end: number,
    public count: number,
  ) {}
}

export class Shares {
  readonly #ranges: Ranges<Share> = new Ranges();

  get isEmpty(): boolean {
    return this.#ranges.items.length === 0;
  }

  /** Further owners of the page at `offset`. */
  count(offset: number): number {
    return this.#ranges.find(offset)?.count ?? 0;
  }

  /** End (at most `end`) of the range from `start` on whose pages are all shared or all not. */
  sameUntil(start: number, end: number): number {
    const { items } = this.#ranges;
    let i = this.#ranges.lower(start);
    if (i === items.length) return end;
    if (items[i].start > start) return Math.min(end, items[i].start);
    let at = items[i].end;
    while (at < end && ++i < items.length && items[i].start === at) {
      at = items[i].end;
    }
    return Math.min(at, end);
  }

  /** One owner more for [start, end). */
  add(start: number, end: number): void {
    const { items } = this.#ranges;
    const first = this.#split(start);
    this.#split(end);
    let i = first;
    let at = start;
    while (at < end) {
      if (i < items.length && items[i].start === at) {
        items[i].count++;
      } else {
        const stop = i < items.length ? Math.min(items[i].start, end) : end;
        this.#ranges.insert(i, new Share(at, stop, 1));
      }
      at = items[i++].end;
    }
    this.#join(first, i);
  }

  /** One owner less for the part of [start, end) that is shared throughout; see `sameUntil`. */
  subtract(start: number, end: number): void {
    const { items } = this.#ranges;
    const first = this.#split(start);
    this.#split(end);
    let i = first;
    while (i < items.length && items[i].start < end) {
      if (--items[i].count === 0) this.#ranges.remove(i, 1);
      else i++;
    }
    this.#join(first, i);
  }

  /** Makes a border at `offset`; index of the first share not before it. */
  #split(offset: number): number {
    const i = this.#ranges.lower(offset);
    const share = this.#ranges.items[i];
    if (share === undefined || share.start >= offset) return i;
    this.#ranges.insert(i + 1, new Share(offset, share.end, share.count));
    share.end = offset;
    return i + 1;
  }

  #join(from: number, to: number): void {
    const { items } = this.#ranges;
    for (let i = Math.min(to, items.length - 1); i >= from && i > 0; i--) {
      const left = items[i - 1];
      if (left.end !== items[i].start || left.count !== items[i].count) {
        continue;
      }
      left.end = items[i].end;
      this.#ranges.remove(i, 1);
    }
  }
}

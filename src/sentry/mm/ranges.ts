/** Disjoint ranges in address order: what VMAs, runs and free extents are kept in. */

export interface Range {
  start: number;
  /** First address behind it. */
  end: number;
}

export class Ranges<T extends Range> {
  readonly items: T[] = [];

  /** Index of the first range that ends after `addr`; `items.length` if none. */
  lower(addr: number): number {
    const { items } = this;
    let low = 0;
    let high = items.length;
    while (low < high) {
      const mid = (low + high) >>> 1;
      if (items[mid].end > addr) high = mid;
      else low = mid + 1;
    }
    return low;
  }

  /** The range that contains `addr`, or null. */
  find(addr: number): T | null {
    const i = this.lower(addr);
    if (i === this.items.length) return null;
    const range = this.items[i];
    return range.start <= addr ? range : null;
  }

  /** Whether a range overlaps [start, end). */
  overlaps(start: number, end: number): boolean {
    const i = this.lower(start);
    return i < this.items.length && this.items[i].start < end;
  }

  /** Puts `range` at index `i`; the order must stay right. */
  insert(i: number, range: T): void {
    const { items } = this;
    if (i === items.length) items.push(range);
    else items.splice(i, 0, range);
  }

  /** Puts `range` where it belongs, and returns its index. */
  add(range: T): number {
    const i = this.lower(range.start);
    this.insert(i, range);
    return i;
  }

  /** Takes out `count` ranges from index `i` on. */
  remove(i: number, count: number): void {
    const { items } = this;
    if (count === 0) return;
    if (i + count === items.length) items.length = i;
    else items.splice(i, count);
  }
}

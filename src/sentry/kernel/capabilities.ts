/**
 * Sets of capabilities, capabilities(7): 41 of them, so two 32-bit halves.
 *
 * @module
 */

import { CAP_LAST_CAP } from "../../abi/linux/capability.ts";

/** One set. Mutable; copied where two owners may differ. */
export class CapSet {
  constructor(public lo: number = 0, public hi: number = 0) {}

  /** All known capabilities. */
  static full(): CapSet {
    return new CapSet(0xffffffff, (1 << (CAP_LAST_CAP - 31)) - 1);
  }

  has(cap: number): boolean {
    return cap < 32
      ? ((this.lo >>> cap) & 1) !== 0
      : ((this.hi >>> (cap - 32)) & 1) !== 0;
  }

  add(cap: number): void {
    if (cap < 32) this.lo = (this.lo | (1 << cap)) >>> 0;
    else this.hi = (this.hi | (1 << (cap - 32))) >>> 0;
  }

  delete(cap: number): void {
    if (cap < 32) this.lo = (this.lo & ~(1 << cap)) >>> 0;
    else this.hi = (this.hi & ~(1 << (cap - 32))) >>> 0;
  }

  get isEmpty(): boolean {
    return this.lo === 0 && this.hi === 0;
  }

  copy(): CapSet {
    return new CapSet(this.lo, this.hi);
  }

  and(other: CapSet): CapSet {
    return new CapSet(
      (this.lo & other.lo) >>> 0,
      (this.hi & other.hi) >>> 0,
    );
  }

  or(other: CapSet): CapSet {
    return new CapSet(
      (this.lo | other.lo) >>> 0,
      (this.hi | other.hi) >>> 0,
    );
  }

  /** Members that `other` lacks. */
  minus(other: CapSet): CapSet {
    return new CapSet(
      (this.lo & ~other.lo) >>> 0,
      (this.hi & ~other.hi) >>> 0,
    );
  }

  isSubsetOf(other: CapSet): boolean {
    return (this.lo & ~other.lo) === 0 && (this.hi & ~other.hi) === 0;
  }
}

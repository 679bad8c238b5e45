/**
 * What backs guest pages: a run is a guest range and the place of its bytes in
 * a memory file. A page that has a run is mapped in the host with rights
 * `host`; one without has never been accessible.
 */
import type { MemoryFile } from "../../platform/memory_file.ts";
import { PROT_EXEC, PROT_READ, PROT_WRITE } from "../../abi/linux/mman.ts";
import type { Arena } from "./arena.ts";
import { type Range, Ranges } from "./ranges.ts";

/** No extent is reserved for copies. */
export const NO_SHADOW = -1;

export class Run implements Range {
  /**
   * @param offset of `start` in `file`, bytes
   * @param arena whose frames these are; null: pages of a file or shared object
   * @param cow a write must find frames of its own first
   * @param host PROT_* bits of the host's mapping; no PROT_WRITE if `cow`
   * @param shadow where copies of the pages go in the own arena (reserved, never used), or NO_SHADOW
   */
  constructor(
    public start: number,
    public end: number,
    public file: MemoryFile,
    public offset: number,
    public arena: Arena | null,
    public cow: boolean,
    public host: number,
    public shadow: number,
  ) {}

  continuesIn(next: Run): boolean {
    const length = next.start - this.start;
    return this.end === next.start && this.file === next.file &&
      this.offset + length === next.offset && this.cow === next.cow &&
      this.host === next.host && this.arena === next.arena &&
      (this.shadow === NO_SHADOW
        ? next.shadow === NO_SHADOW
        : this.shadow + length === next.shadow);
  }

  /** Cuts [addr, end) off and returns it as a run. */
  cut(addr: number): Run {
    const at = addr - this.start;
    const rest = new Run(
      addr,
      this.end,
      this.file,
      this.offset + at,
      this.arena,
      this.cow,
      this.host,
      this.shadow === NO_SHADOW ? NO_SHADOW : this.shadow + at,
    );
    this.end = addr;
    return rest;
  }
}

/** The rights a host mapping needs for guest rights `prot`; x86 has no write-only pages. */
export function hostProt(prot: number): number {
  prot &= PROT_READ | PROT_WRITE | PROT_EXEC;
  return prot === 0 ? 0 : prot | PROT_READ;
}

export class RunList extends Ranges<Run> {
  /** Makes run borders at `start` and `end`; index of the first run not before `start`. */
  carve(start: number, end: number): number {
    this.#split(end);
    return this.#split(start);
  }

  #split(addr: number): number {
    const i = this.lower(addr);
    if (i === this.items.length) return i;
    const run = this.items[i];
    if (run.start >= addr) return i;
    this.insert(i + 1, run.cut(addr));
    return i + 1;
  }

  /** Joins runs that continue each other among indices [from - 1, to]. */
  join(from: number, to: number): void {
    const { items } = this;
    for (
      let i = Math.min(to, items.length - 1);
      i >= from && i > 0;
      i--
    ) {
      const left = items[i - 1];
      const right = items[i];
      if (!left.continuesIn(right)) continue;
      left.end = right.end;
      this.remove(i, 1);
    }
  }
}

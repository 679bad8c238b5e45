/** A mapping as the guest sees it: one line of /proc/pid/maps. */
import type { MemoryFile } from "../../platform/memory_file.ts";
import type { FileDescription } from "../vfs/file_description.ts";
import type { Range } from "./ranges.ts";
import type { SharedMemory } from "./shared_memory.ts";

/** Seen by all who map the same object (MAP_SHARED). */
export const VM_SHARED = 0x1;
/** mprotect(2) may add PROT_WRITE. */
export const VM_MAYWRITE = 0x2;
export const VM_GROWSDOWN = 0x4;
export const VM_LOCKED = 0x8;
export const VM_LOCKONFAULT = 0x10;
export const VM_NORESERVE = 0x20;
/** madvise(2) bits. */
export const VM_DONTFORK = 0x40;
export const VM_WIPEONFORK = 0x80;
export const VM_DONTDUMP = 0x100;
export const VM_HUGEPAGE = 0x200;
export const VM_NOHUGEPAGE = 0x400;
export const VM_MERGEABLE = 0x800;
export const VM_SEQ_READ = 0x1000;
export const VM_RAND_READ = 0x2000;
/** The Sentry's own, invisible to the guest: see hidden.ts. */
export const VM_HIDDEN = 0x4000;
/** Pages may vanish under memory pressure (MAP_DROPPABLE). */
export const VM_DROPPABLE = 0x8000;

export class Vma implements Range {
  /**
   * @param prot PROT_READ | PROT_WRITE | PROT_EXEC
   * @param flags VM_* bits
   * @param file what it maps, or null; the VMA holds a reference
   * @param memory bytes behind `file` or `object`; null: private anonymous
   * @param object shared anonymous memory, or null; the VMA holds a reference
   * @param offset of `start` in `memory`, bytes
   * @param name shown in maps, or ""
   */
  constructor(
    public start: number,
    public end: number,
    public prot: number,
    public flags: number,
    readonly file: FileDescription | null,
    readonly memory: MemoryFile | null,
    readonly object: SharedMemory | null,
    public offset: number,
    public name: string,
  ) {}

  get length(): number {
    return this.end - this.start;
  }

  get isShared(): boolean {
    return (this.flags & VM_SHARED) !== 0;
  }

  get isHidden(): boolean {
    return (this.flags & VM_HIDDEN) !== 0;
  }

  /** Private memory that is no file's. */
  get isAnonymous(): boolean {
    return this.memory === null;
  }

  /** Where `addr` lies in `memory`. */
  offsetOf(addr: number): number {
    return this.memory === null ? 0 : this.offset + (addr - this.start);
  }

  get #changesFile(): boolean {
    return (this.flags & VM_SHARED) !== 0 && (this.flags & VM_MAYWRITE) !== 0;
  }

  /** Takes the references that `drop` gives back. */
  hold(): void {
    if (this.file !== null) {
      this.file.incRef();
      if (this.#changesFile) this.file.mapped(1);
    }
    if (this.object !== null) this.object.incRef();
  }

  drop(): void {
    if (this.file !== null) {
      if (this.#changesFile) this.file.mapped(-1);
      this.file.decRef();
    }
    if (this.object !== null) this.object.decRef();
  }

  /** A VMA of [start, end) like this one, with references of its own. */
  clone(start: number, end: number): Vma {
    const copy = new Vma(
      start,
      end,
      this.prot,
      this.flags,
      this.file,
      this.memory,
      this.object,
      this.offsetOf(start),
      this.name,
    );
    copy.hold();
    return copy;
  }

  /** Whether `next`, which begins where this ends, may become part of this. */
  continuesIn(next: Vma): boolean {
    return this.end === next.start && this.prot === next.prot &&
      this.flags === next.flags && this.file === next.file &&
      this.memory === next.memory && this.object === next.object &&
      this.name === next.name && this.offsetOf(this.end) === next.offset;
  }
}

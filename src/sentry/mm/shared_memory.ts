/** Anonymous memory that several address spaces share: MAP_SHARED | MAP_ANONYMOUS, SysV segments. */
import { MemoryFile } from "../../platform/memory_file.ts";

let lastNumber = 0;

export class SharedMemory {
  /** Distinguishes objects in /proc/pid/maps, as an inode number. */
  readonly number: number = ++lastNumber;
  #refs = 0;

  /** @param name as /proc/pid/maps shows it, without " (deleted)" */
  constructor(
    readonly file: MemoryFile,
    readonly size: number,
    readonly name: string,
  ) {}

  static create(size: number, name: string): SharedMemory {
    return new SharedMemory(MemoryFile.create("shared", size), size, name);
  }

  incRef(): void {
    this.#refs++;
  }

  /** The last reference takes the memory with it. */
  decRef(): void {
    if (--this.#refs === 0) this.file.close();
  }

  get refs(): number {
    return this.#refs;
  }
}

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

  /** Null: the host has no descriptor or memory for it. */
  static create(size: number, name: string): SharedMemory | null {
    const file = createFile("shared", size);
    return file === null ? null : new SharedMemory(file, size, name);
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

/** A memory file, or null where the host refuses one (EMFILE, ENFILE, ENOMEM). */
export function createFile(name: string, size: number): MemoryFile | null {
  try {
    return MemoryFile.create(name, size);
  } catch {
    return null;
  }
}

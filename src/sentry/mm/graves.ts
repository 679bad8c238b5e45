/**
 * Frames that a process of several threads has given up, while its other
 * threads may still see them: the host maps what replaces them when the
 * commands queued for that are carried out. Until then the process stays one
 * of their owners, so that nobody uses them for other bytes.
 */
import type { AddressSpace } from "../../platform/platform.ts";
import type { Arena } from "./arena.ts";

interface Grave {
  readonly arena: Arena;
  readonly offset: number;
  readonly length: number;
  /** Of `AddressSpace.mark`. */
  readonly mark: number;
}

export class Graves {
  /** In the order of their marks. */
  readonly #list: Grave[] = [];

  constructor(readonly as: AddressSpace) {}

  get isEmpty(): boolean {
    return this.#list.length === 0;
  }

  /** Gives up frames whose mappings the caller replaces before it returns to the guest. */
  add(arena: Arena, offset: number, length: number): void {
    this.#list.push({ arena, offset, length, mark: this.as.mark });
  }

  /** Lets go of those that no thread sees any more. Not between `add` and the new mappings. */
  reap(): void {
    let n = 0;
    while (n < this.#list.length && this.as.hasPassed(this.#list[n].mark)) n++;
    this.#drop(n);
  }

  /** Lets go of all: no thread runs any more. */
  clear(): void {
    this.#drop(this.#list.length);
  }

  #drop(n: number): void {
    for (const { arena, offset, length } of this.#list.splice(0, n)) {
      arena.drop(offset, length);
    }
  }
}

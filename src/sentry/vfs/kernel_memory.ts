/**
 * Memory of the Sentry that looks like a guest's to a UserBuffer: for data
 * that files hand to each other (sendfile, splice) without passing a guest.
 */
import { copyFromHost, copyToHost } from "../../../ffi/mod.ts";
import { EFAULT } from "../../abi/linux/errno.ts";
import { MemoryFile } from "../../platform/memory_file.ts";
import type { BufferMemory } from "../mm/user_buffer.ts";

/** First address: 0 is left out, as nobody's. */
export const KERNEL_BASE = 4096;

export class KernelMemory implements BufferMemory {
  translated = 0;
  readonly #file: MemoryFile;

  /** @param size bytes, addresses from KERNEL_BASE on; at most 1 GiB */
  constructor(readonly size: number) {
    this.#file = MemoryFile.create("sentry", size);
  }

  translate(addr: number, length: number, _write: boolean): number {
    const at = addr - KERNEL_BASE;
    if (at < 0 || at >= this.size) return -EFAULT;
    this.translated = this.#file.hostAddress(at);
    return Math.min(length, this.size - at);
  }

  copyInSome(
    addr: number,
    bytes: Uint8Array,
    at: number,
    length: number,
  ): number {
    const n = this.translate(addr, length, false);
    if (n <= 0) return 0;
    copyFromHost(this.translated, bytes, at, n);
    return n;
  }

  copyOutSome(
    addr: number,
    bytes: Uint8Array,
    at: number,
    length: number,
  ): number {
    const n = this.translate(addr, length, true);
    if (n <= 0) return 0;
    copyToHost(this.translated, bytes, at, n);
    return n;
  }

  close(): void {
    this.#file.close();
  }
}

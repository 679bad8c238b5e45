/** fstat(2) of a descriptor of the sandbox's own. */
import * as ffi from "../../../../ffi/mod.ts";

const FIELDS = 16;

export class HostStat {
  readonly #fields = new Float64Array(FIELDS);
  readonly #bytes = new Uint8Array(this.#fields.buffer);

  /** Reads the status of `fd`. 0 or -errno. */
  load(fd: number): number {
    return ffi.stdioStat(fd, this.#bytes);
  }

  get mode(): number {
    return this.#fields[0];
  }
  get uid(): number {
    return this.#fields[1];
  }
  get gid(): number {
    return this.#fields[2];
  }
  get size(): number {
    return this.#fields[4];
  }
  get rdev(): number {
    return this.#fields[5];
  }
  get blocks(): number {
    return this.#fields[8];
  }
  get blockSize(): number {
    return this.#fields[9];
  }
  /** Seconds and nanoseconds of atime (0), mtime (1) and ctime (2). */
  seconds(i: number): number {
    return this.#fields[10 + 2 * i];
  }
  nanoseconds(i: number): number {
    return this.#fields[11 + 2 * i];
  }
}

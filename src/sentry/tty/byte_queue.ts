/** A bounded queue of bytes. */
export class ByteQueue {
  readonly #bytes: Uint8Array;
  #first = 0;
  length = 0;

  constructor(readonly capacity: number) {
    this.#bytes = new Uint8Array(capacity);
  }

  get room(): number {
    return this.capacity - this.length;
  }

  /** Appends bytes `from` to `from + n` of `bytes`; what does not fit is lost. How many fitted. */
  push(bytes: Uint8Array, from: number, n: number): number {
    n = Math.min(n, this.room);
    const at = (this.#first + this.length) % this.capacity;
    const part = Math.min(n, this.capacity - at);
    this.#bytes.set(bytes.subarray(from, from + part), at);
    if (part < n) this.#bytes.set(bytes.subarray(from + part, from + n), 0);
    this.length += n;
    return n;
  }

  /** Copies the first bytes to `to`, as many as fit; how many. */
  peek(to: Uint8Array): number {
    const n = Math.min(this.length, to.length);
    const part = Math.min(n, this.capacity - this.#first);
    to.set(this.#bytes.subarray(this.#first, this.#first + part), 0);
    if (part < n) to.set(this.#bytes.subarray(0, n - part), part);
    return n;
  }

  /** Drops the first `n` bytes. */
  skip(n: number): void {
    this.#first = (this.#first + n) % this.capacity;
    this.length -= n;
  }

  clear(): void {
    this.#first = 0;
    this.length = 0;
  }
}

/**
 * What was typed and not yet read: a ring of bytes with marks where lines end.
 * In canonical mode the bytes after the last mark are the line being edited,
 * which readers do not see.
 */

/** Bytes in the ring. One is kept free for the end of a line. */
export const INPUT_SIZE = 4096;
const MASK = INPUT_SIZE - 1;

/** What `mark` tells of a byte. */
export const enum Mark {
  None = 0,
  /** The last byte of a line. */
  LineEnd = 1,
  /** End of file: ends a line and is no byte of it. */
  Eof = 2,
}

export class InputQueue {
  readonly #bytes = new Uint8Array(INPUT_SIZE);
  readonly #marks = new Uint8Array(INPUT_SIZE);
  /** Positions count bytes since the start; the ring index is their low bits. */
  #head = 0;
  #lines = 0;
  #tail = 0;

  /** All bytes, edited ones included. */
  get length(): number {
    return this.#head - this.#tail;
  }

  /** Bytes up to the end of the last complete line. */
  get lineLength(): number {
    return this.#lines - this.#tail;
  }

  /** Bytes of the line being edited. */
  get editLength(): number {
    return this.#head - this.#lines;
  }

  /** Bytes that still fit, without the one for the end of a line. */
  get room(): number {
    return INPUT_SIZE - 1 - this.length;
  }

  /** Appends a byte; false when there is no room (then it is lost). */
  push(byte: number): boolean {
    if (this.room <= 0) return false;
    this.#put(byte, Mark.None);
    return true;
  }

  /** Ends the line being edited. There is always room for it. */
  endLine(byte: number, mark: Mark): void {
    if (this.length === INPUT_SIZE) this.#head--;
    this.#put(byte, mark);
    this.#lines = this.#head;
  }

  /** The last byte of the line being edited, which must not be empty; `back` counts from 0. */
  last(back: number): number {
    return this.#bytes[(this.#head - 1 - back) & MASK];
  }

  /** Byte `i` of the line being edited. */
  edited(i: number): number {
    return this.#bytes[(this.#lines + i) & MASK];
  }

  /** Takes the last byte of the line being edited back. */
  pop(): void {
    this.#head--;
  }

  clear(): void {
    this.#tail = this.#head;
    this.#lines = this.#head;
  }

  /** Canonical mode begins: what was typed before counts as one line. */
  beginCanonical(): void {
    if (this.length === 0) return;
    this.#marks.fill(Mark.None);
    this.#marks[(this.#head - 1) & MASK] = Mark.LineEnd;
    this.#lines = this.#head;
  }

  /**
   * Length of the first line without its end of file, at most `max`; 0 for an
   * end of file alone, -1 when no line is complete.
   */
  firstLine(max: number): number {
    const n = this.lineLength;
    if (n === 0) return -1;
    for (let i = 0; i < n && i < max; i++) {
      const mark = this.#marks[(this.#tail + i) & MASK];
      if (mark === Mark.LineEnd) return i + 1;
      if (mark === Mark.Eof) return i;
    }
    return Math.min(n, max);
  }

  /** Copies the first `n` bytes to `to`; `n` is at most `length`. */
  peek(to: Uint8Array, n: number): void {
    const from = this.#tail & MASK;
    const first = Math.min(n, INPUT_SIZE - from);
    to.set(this.#bytes.subarray(from, from + first), 0);
    if (first < n) to.set(this.#bytes.subarray(0, n - first), first);
  }

  /** Drops the first `n` bytes. */
  skip(n: number): void {
    this.#tail += n;
    if (this.#lines < this.#tail) this.#lines = this.#tail;
  }

  /** Drops the first `n` bytes of the first line, and the end of file that ends it right behind them. */
  skipLine(n: number): void {
    const ended = n > 0 &&
      this.#marks[(this.#tail + n - 1) & MASK] !== Mark.None;
    this.#tail += n;
    if (
      !ended && this.lineLength > 0 &&
      this.#marks[this.#tail & MASK] === Mark.Eof
    ) this.#tail++;
  }

  #put(byte: number, mark: Mark): void {
    const i = this.#head & MASK;
    this.#bytes[i] = byte;
    this.#marks[i] = mark;
    this.#head++;
  }
}

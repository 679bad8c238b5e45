/** Output processing (OPOST) and the cursor's column, which erasing needs. */
import {
  OCRNL,
  OLCUC,
  ONLCR,
  ONLRET,
  ONOCR,
  OPOST,
  TABDLY,
  XTABS,
} from "../../abi/linux/tty.ts";
import type { TermModes } from "./term_modes.ts";

const BS = 8;
const TAB = 9;
const NL = 10;
const CR = 13;
const SPACE = 32;

/** The most bytes that one byte of output becomes (a tab). */
export const WIDEST = 8;

export class OutputProcessor {
  column = 0;
  /** Where the line being edited begins on the screen. */
  canonColumn = 0;

  constructor(readonly modes: TermModes) {}

  /**
   * Processes `n` bytes of `from` into `to`, which holds at most `room` bytes
   * from `at` on. Sets `taken`; bytes produced.
   */
  process(
    from: Uint8Array,
    n: number,
    to: Uint8Array,
    at: number,
    room: number,
  ): number {
    const { oflag } = this.modes;
    if ((oflag & OPOST) === 0) {
      const m = Math.min(n, room);
      to.set(m === from.length ? from : from.subarray(0, m), at);
      this.taken = m;
      return m;
    }
    let made = 0;
    let i = 0;
    for (; i < n; i++) {
      const byte = from[i];
      if (byte > 31 && byte < 127 && (oflag & OLCUC) === 0) {
        if (made >= room) break;
        to[at + made++] = byte;
        this.column++;
        continue;
      }
      const m = this.#special(byte, to, at + made, room - made);
      if (m < 0) break;
      made += m;
    }
    this.taken = i;
    return made;
  }

  /** Bytes of input that the last `process` took. */
  taken = 0;

  /** One byte that may need processing: bytes produced, or -1 if they do not fit. */
  #special(byte: number, to: Uint8Array, at: number, room: number): number {
    switch (byte) {
      case NL:
        return this.#newline(to, at, room);
      case CR:
        return this.#carriageReturn(to, at, room);
      case TAB:
        return this.#tab(to, at, room);
      case BS:
        if (room < 1) return -1;
        if (this.column > 0) this.column--;
        to[at] = byte;
        return 1;
      default:
        if (room < 1) return -1;
        to[at] = this.#plain(byte);
        return 1;
    }
  }

  #newline(to: Uint8Array, at: number, room: number): number {
    const { oflag } = this.modes;
    if ((oflag & ONLRET) !== 0) this.column = 0;
    if ((oflag & ONLCR) !== 0) {
      if (room < 2) return -1;
      this.column = this.canonColumn = 0;
      to[at] = CR;
      to[at + 1] = NL;
      return 2;
    }
    if (room < 1) return -1;
    this.canonColumn = this.column;
    to[at] = NL;
    return 1;
  }

  #carriageReturn(to: Uint8Array, at: number, room: number): number {
    const { oflag } = this.modes;
    if ((oflag & ONOCR) !== 0 && this.column === 0) return 0;
    if (room < 1) return -1;
    if ((oflag & OCRNL) !== 0) {
      if ((oflag & ONLRET) !== 0) this.column = this.canonColumn = 0;
      to[at] = NL;
      return 1;
    }
    this.column = this.canonColumn = 0;
    to[at] = CR;
    return 1;
  }

  #tab(to: Uint8Array, at: number, room: number): number {
    const spaces = 8 - this.column % 8;
    if ((this.modes.oflag & TABDLY) !== XTABS) {
      if (room < 1) return -1;
      this.column += spaces;
      to[at] = TAB;
      return 1;
    }
    if (room < spaces) return -1;
    this.column += spaces;
    to.fill(SPACE, at, at + spaces);
    return spaces;
  }

  #plain(byte: number): number {
    if (byte < 32 || byte === 127) return byte;
    if (!this.modes.continues(byte)) this.column++;
    const lower = byte >= 97 && byte <= 122;
    return lower && (this.modes.oflag & OLCUC) !== 0 ? byte - 32 : byte;
  }
}

/**
 * Echoes: what typing shows on the screen. They are output like any other, but
 * never wait: what does not fit is kept, and lost beyond a limit.
 */
import { ECHOCTL } from "../../abi/linux/tty.ts";
import type { OutputProcessor } from "./output_processor.ts";
import type { TermModes } from "./term_modes.ts";

const LIMIT = 4096;
const TAB = 9;
const CARET = 0x5e;

/** Whether the C locale calls it a control character. */
export function isControl(byte: number): boolean {
  return byte < 32 || byte === 127;
}

export class Echo {
  /** Bytes that wait for output. */
  readonly bytes: Uint8Array = new Uint8Array(LIMIT);
  length = 0;

  constructor(
    readonly modes: TermModes,
    readonly output: OutputProcessor,
  ) {}

  /** Shows `byte` as it is. */
  raw(byte: number): void {
    if (this.length < LIMIT) this.bytes[this.length++] = byte;
  }

  /** Shows `byte`; a control character as ^X where ECHOCTL says so. */
  show(byte: number): void {
    if (
      (this.modes.lflag & ECHOCTL) !== 0 && isControl(byte) && byte !== TAB
    ) {
      this.raw(CARET);
      this.raw(byte ^ 0x40);
    } else this.raw(byte);
  }

  /** Drops the first `n` bytes, which have been output. */
  sent(n: number): void {
    this.bytes.copyWithin(0, n, this.length);
    this.length -= n;
  }
}

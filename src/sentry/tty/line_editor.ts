/** Editing of the current line in canonical mode: erase, kill, reprint. */
import {
  ECHO,
  ECHOCTL,
  ECHOE,
  ECHOK,
  ECHOKE,
  ECHOPRT,
  VERASE,
  VKILL,
} from "../../abi/linux/tty.ts";
import { type Echo, isControl } from "./echo.ts";
import type { InputQueue } from "./input_queue.ts";
import type { TermModes } from "./term_modes.ts";

const BS = 8;
const TAB = 9;
const NL = 10;
const SPACE = 32;
const BACKSLASH = 0x5c;
const SLASH = 0x2f;

export class LineEditor {
  /** ECHOPRT: between the backslash and the slash that enclose erased text. */
  #erasing = false;

  constructor(
    readonly modes: TermModes,
    readonly input: InputQueue,
    readonly echo: Echo,
  ) {}

  reset(): void {
    this.#erasing = false;
  }

  /** Ends ECHOPRT's display of erased text, before anything else is echoed. */
  finishErasing(): void {
    if (!this.#erasing) return;
    this.#erasing = false;
    this.echo.raw(SLASH);
  }

  /** VERASE: takes back the last character. */
  eraseCharacter(): void {
    if (this.input.editLength > 0) this.#eraseLast(true);
    this.#erased();
  }

  /** VWERASE: takes back the last word with the blanks behind it. */
  eraseWord(): void {
    let seen = false;
    while (this.input.editLength > 0) {
      const byte = this.#lastByte();
      if (byte < 0) break;
      if (isWord(byte)) seen = true;
      else if (seen) break;
      this.#eraseLast(false);
    }
    this.#erased();
  }

  /** VKILL: takes back the whole line. */
  kill(): void {
    const { modes, input, echo } = this;
    if (input.editLength === 0) return;
    const whole = ECHOK | ECHOKE | ECHOE;
    if ((modes.lflag & ECHO) !== 0 && (modes.lflag & whole) === whole) {
      while (input.editLength > 0 && this.#lastByte() >= 0) {
        this.#eraseLast(false);
      }
      this.#erased();
      return;
    }
    while (input.editLength > 0) input.pop();
    if ((modes.lflag & ECHO) === 0) return;
    this.finishErasing();
    echo.show(modes.cc[VKILL]);
    if ((modes.lflag & ECHOK) !== 0) echo.raw(NL);
  }

  /** VREPRINT: shows the line again. */
  reprint(key: number): void {
    const { input, echo } = this;
    this.finishErasing();
    echo.show(key);
    echo.raw(NL);
    const n = input.editLength;
    for (let i = 0; i < n; i++) echo.show(input.edited(i));
  }

  #erased(): void {
    if (this.input.editLength === 0) this.finishErasing();
  }

  /** First byte of the last character, or -1 where only a part of one is left. */
  #lastByte(): number {
    const byte = this.input.last(this.#lastLength() - 1);
    return this.modes.continues(byte) ? -1 : byte;
  }

  /** Bytes of the last character. */
  #lastLength(): number {
    const { input } = this;
    let n = 1;
    while (n < input.editLength && this.modes.continues(input.last(n - 1))) n++;
    return n;
  }

  /** Takes the last character back, on the screen too. `single` is VERASE's. */
  #eraseLast(single: boolean): void {
    const { modes, input, echo } = this;
    const byte = this.#lastByte();
    if (byte < 0) return;
    const length = this.#lastLength();
    if ((modes.lflag & ECHO) !== 0 && (modes.lflag & ECHOPRT) !== 0) {
      if (!this.#erasing) echo.raw(BACKSLASH);
      this.#erasing = true;
      echo.show(byte);
      for (let i = length - 2; i >= 0; i--) echo.raw(input.last(i));
    }
    for (let i = 0; i < length; i++) input.pop();
    if ((modes.lflag & ECHO) === 0 || (modes.lflag & ECHOPRT) !== 0) return;
    if (single && (modes.lflag & ECHOE) === 0) echo.show(modes.cc[VERASE]);
    else if (byte === TAB) this.#eraseTab();
    else {
      const caret = isControl(byte) && (modes.lflag & ECHOCTL) !== 0;
      if (caret) this.#rubOut();
      if (caret || !isControl(byte)) this.#rubOut();
    }
  }

  #rubOut(): void {
    this.echo.raw(BS);
    this.echo.raw(SPACE);
    this.echo.raw(BS);
  }

  /** Moves back over a tab: as far as it had moved forward. */
  #eraseTab(): void {
    const { modes, input } = this;
    let column = 0;
    let i = input.editLength - 1;
    for (; i >= 0 && input.edited(i) !== TAB; i--) {
      const byte = input.edited(i);
      if (isControl(byte)) column += (modes.lflag & ECHOCTL) !== 0 ? 2 : 0;
      else if (!modes.continues(byte)) column++;
    }
    if (i < 0) column += this.echo.output.canonColumn;
    for (let n = 8 - column % 8; n > 0; n--) this.echo.raw(BS);
  }
}

function isWord(byte: number): boolean {
  return (byte >= 48 && byte <= 57) || (byte >= 65 && byte <= 90) ||
    (byte >= 97 && byte <= 122) || byte === 95;
}

/** Texts of single values in strace lines: strings, numbers, flags, structs. */
import { getScalar } from "../../abi/scalar.ts";
import type { FieldInfo, Layout } from "../../abi/struct.ts";

/** Bytes of a string or buffer that a line shows. */
export const STRING_LIMIT = 64;

export function hex(n: number): string {
  return n === 0 ? "0" : `0x${n.toString(16)}`;
}

/** An address; 0 is NULL. */
export function pointer(n: number): string {
  return n === 0 ? "NULL" : hex(n);
}

export function octal(n: number): string {
  return n === 0 ? "0" : `0${n.toString(8)}`;
}

const ESCAPES: Record<number, string> = {
  0x09: "\\t",
  0x0a: "\\n",
  0x0b: "\\v",
  0x0c: "\\f",
  0x0d: "\\r",
  0x22: '\\"',
  0x5c: "\\\\",
};

/** `bytes[0, length)` in quotes, escaped as in C; `more` adds "...". */
export function quote(
  bytes: Uint8Array,
  length: number,
  more: boolean,
): string {
  let text = "";
  for (let i = 0; i < length; i++) {
    const byte = bytes[i];
    if (ESCAPES[byte] !== undefined) text += ESCAPES[byte];
    else if (byte >= 0x20 && byte < 0x7f) text += String.fromCharCode(byte);
    else {
      const digitNext = i + 1 < length && bytes[i + 1] >= 0x30 &&
        bytes[i + 1] <= 0x37;
      const digits = byte.toString(8);
      text += "\\" + (digitNext ? digits.padStart(3, "0") : digits);
    }
  }
  return `"${text}"${more ? "..." : ""}`;
}

/** Names of values, from a module of constants. */
export interface Names {
  readonly byValue: ReadonlyMap<number, string>;
  /** Non-zero values for flags: those with most bits first. */
  readonly bits: readonly (readonly [number, string])[];
}

/**
 * The constants of `module` whose names match `pattern`. Of several with one
 * value the first in alphabetical order counts.
 */
export function namesOf(
  module: Readonly<Record<string, unknown>>,
  pattern: RegExp,
  except: readonly string[] = [],
): Names {
  let made: Names | null = null;
  const make = () => made ??= collectNames(module, pattern, except);
  return {
    get byValue() {
      return make().byValue;
    },
    get bits() {
      return make().bits;
    },
  };
}

/** Done at the first use: a sandbox without strace starts without it. */
function collectNames(
  module: Readonly<Record<string, unknown>>,
  pattern: RegExp,
  except: readonly string[],
): Names {
  const byValue = new Map<number, string>();
  for (const [name, value] of Object.entries(module)) {
    if (typeof value !== "number" || !pattern.test(name)) continue;
    if (!except.includes(name) && !byValue.has(value)) byValue.set(value, name);
  }
  const bits = [...byValue].filter(([value]) => value > 0);
  bits.sort(([a], [b]) => bitCount(b) - bitCount(a) || a - b);
  return { byValue, bits };
}

/** The name of a value, or its number in hexadecimal (`base` 16) or decimal. */
export function constant(n: number, names: Names, base: 10 | 16 = 10): string {
  return names.byValue.get(n) ?? (base === 16 ? hex(n) : String(n));
}

/** A value as an or of names; what has none stays a number. */
export function flagText(value: number, names: Names): string {
  if (value === 0) return names.byValue.get(0) ?? "0";
  let rest = value;
  const found: (readonly [number, string])[] = [];
  for (const pair of names.bits) {
    if (!hasBits(rest, pair[0])) continue;
    rest -= pair[0];
    found.push(pair);
  }
  const texts = found.sort(([a], [b]) => a - b).map(([, name]) => name);
  if (rest !== 0) texts.push(hex(rest));
  return texts.join("|");
}

const TWO_32 = 2 ** 32;

/** Whether all of `bits` are in `value`; both up to 2^53. */
function hasBits(value: number, bits: number): boolean {
  const high = Math.floor(bits / TWO_32);
  return ((value & bits) >>> 0) === bits >>> 0 &&
    (Math.floor(value / TWO_32) & high) >>> 0 === high >>> 0;
}

function bitCount(n: number): number {
  let count = 0;
  for (; n > 0; n = Math.floor(n / 2)) count += n % 2;
  return count;
}

/** How a field of a given name is shown, in any struct. */
export type FieldText = (value: number, hi: number) => string;

/** `{a=1, b=0x2, …}`: fields of a struct; padding is left out. */
export function structText(
  layout: Layout,
  bytes: Uint8Array,
  texts: Readonly<Record<string, FieldText>>,
  only: readonly string[] | null = null,
): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return structAt(layout, view, 0, texts, only);
}

function structAt(
  layout: Layout,
  view: DataView,
  base: number,
  texts: Readonly<Record<string, FieldText>>,
  only: readonly string[] | null,
): string {
  const shown: string[] = [];
  for (const field of layout.fields) {
    if (field.name.startsWith("_")) continue;
    if (only !== null && !only.includes(field.name)) continue;
    const at = base + field.offset;
    shown.push(`${field.name}=${fieldText(field, view, at, texts)}`);
  }
  return `{${shown.join(", ")}}`;
}

function fieldText(
  field: FieldInfo,
  view: DataView,
  at: number,
  texts: Readonly<Record<string, FieldText>>,
): string {
  if (field.count < 0) return elementText(field, view, at, texts);
  if (field.kind === "u8") {
    const bytes = new Uint8Array(view.buffer, view.byteOffset + at, field.size);
    const zero = bytes.indexOf(0);
    return quote(bytes, zero < 0 ? bytes.length : zero, false);
  }
  const each = field.size / field.count;
  const items: string[] = [];
  for (let i = 0; i < field.count; i++) {
    items.push(elementText(field, view, at + i * each, texts));
  }
  return `[${items.join(", ")}]`;
}

function elementText(
  field: FieldInfo,
  view: DataView,
  at: number,
  texts: Readonly<Record<string, FieldText>>,
): string {
  const { kind, layout, name } = field;
  if (layout !== null) return structAt(layout, view, at, texts, null);
  const text = texts[name];
  if (kind === "bits64") {
    const lo = view.getUint32(at, true);
    const hi = view.getUint32(at + 4, true);
    return text === undefined ? hex(hi * TWO_32 + lo) : text(lo, hi);
  }
  const value = getScalar(view, at, kind === "struct" ? "u8" : kind);
  if (text !== undefined) return text(value, 0);
  return kind === "ptr" ? pointer(value) : String(value);
}

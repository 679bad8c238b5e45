/**
 * Strings as the guest has them: bytes of no particular encoding. Inside the
 * Sentry such a string (path, name, link target, argv, socket name) is a
 * JavaScript string with one char per byte, called a binary string. These
 * helpers convert at the edges.
 */

/** Code units that are worth a loop of their own; longer text goes by pieces. */
const PIECE = 4096;

/** The bytes of a binary string, newly allocated. Chars above 255 are cut to 8 bits. */
export function encodeBinary(s: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(s.length);
  encodeBinaryInto(s, bytes, 0);
  return bytes;
}

/** Writes the bytes of `s` to `bytes` from `at`; they must fit. The position behind the last. */
export function encodeBinaryInto(
  s: string,
  bytes: Uint8Array,
  at: number,
): number {
  for (let i = 0; i < s.length; i++) bytes[at + i] = s.charCodeAt(i);
  return at + s.length;
}

/** Strings up to this length are put together by eights: half the time of one apply (34 chars: 170 ns against 260). */
const SHORT = 64;

/** The binary string of `bytes[from, to)`. */
export function decodeBinary(
  bytes: Uint8Array,
  from = 0,
  to: number = bytes.length,
): string {
  let s = "";
  if (to - from > SHORT) {
    for (let at = from; at < to; at += PIECE) {
      const piece = bytes.subarray(at, Math.min(at + PIECE, to));
      s += String.fromCharCode.apply(null, piece as unknown as number[]);
    }
    return s;
  }
  let i = from;
  for (; i + 8 <= to; i += 8) {
    s += String.fromCharCode(
      bytes[i],
      bytes[i + 1],
      bytes[i + 2],
      bytes[i + 3],
      bytes[i + 4],
      bytes[i + 5],
      bytes[i + 6],
      bytes[i + 7],
    );
  }
  for (; i < to; i++) s += String.fromCharCode(bytes[i]);
  return s;
}

const utf8Encoder = new TextEncoder();
const utf8Decoder = new TextDecoder();

/** The binary string of the UTF-8 form of an ordinary string: host arguments, configuration. */
export function utf8ToBinary(s: string): string {
  return isAscii(s) ? s : decodeBinary(utf8Encoder.encode(s));
}

/** A binary string read as UTF-8, for people (logs, messages). Malformed bytes become U+FFFD. */
export function binaryToUtf8(s: string): string {
  return isAscii(s) ? s : utf8Decoder.decode(encodeBinary(s));
}

function isAscii(s: string): boolean {
  for (let i = 0; i < s.length; i++) {
    if (s.charCodeAt(i) > 0x7f) return false;
  }
  return true;
}

/** Strings that were made lately, by a hash of their bytes. */
const lately: string[] = new Array(1024).fill("");

/**
 * The binary string of the first `length` bytes, often one made before: equal
 * paths come again and again, and a string whose hash is known is found faster
 * in maps.
 */
export function internBinary(bytes: Uint8Array, length: number): string {
  let hash = length;
  for (let i = 0; i < length; i++) hash = (Math.imul(hash, 31) + bytes[i]) | 0;
  const at = (hash ^ (hash >>> 10)) & 1023;
  const known = lately[at];
  if (known.length === length && equalsBinary(known, bytes)) return known;
  return lately[at] = decodeBinary(bytes, 0, length);
}

/** Whether `s` is the string of the first bytes. */
function equalsBinary(s: string, bytes: Uint8Array): boolean {
  for (let i = 0; i < s.length; i++) {
    if (s.charCodeAt(i) !== bytes[i]) return false;
  }
  return true;
}

/**
 * How arguments are shown in strace lines, by the name of their kind. A kind
 * gets the call's decoded arguments and the index of its own; it answers with
 * a text, or null: the argument is not there.
 */
import { errnoName } from "../../abi/linux/errno.ts";
import { AT_FDCWD, O_CREAT, O_TMPFILE } from "../../abi/linux/fcntl.ts";
import {
  FUTEX_CLOCK_REALTIME,
  FUTEX_PRIVATE_FLAG,
} from "../../abi/linux/futex.ts";
import { signalName } from "../../abi/linux/signal.ts";
import { SOCK_TYPE_MASK } from "../../abi/linux/socket.ts";
import { MAP_TYPE } from "../../abi/linux/mman.ts";
import type { Task } from "../kernel/task.ts";
import { encodeBinary } from "../strings.ts";
import {
  constant,
  flagText,
  hex,
  octal,
  pointer,
  quote,
  STRING_LIMIT,
} from "./trace_format.ts";
import { CONSTANTS, FLAGS } from "./trace_names.ts";
import { openText, STRUCT_KINDS } from "./trace_structs.ts";

/** A call as it is traced. */
export interface Traced {
  readonly t: Task;
  readonly args: readonly number[];
  /** Of the call; arguments that it fills are shown after it only. */
  result: number;
}

/** @param other argument that gives a size or count, or -1 */
export type Kind = (c: Traced, i: number, other: number) => string | null;

const scratch = new Uint8Array(STRING_LIMIT);

/** A C string in guest memory, of at most `max` bytes. */
export function stringAt(t: Task, addr: number): string {
  if (addr === 0) return "NULL";
  const s = t.mm.copyInString(addr, 4096);
  if (typeof s === "number") return pointer(addr);
  const bytes = encodeBinary(s);
  const shown = Math.min(bytes.length, STRING_LIMIT * 2);
  return quote(bytes, shown, bytes.length > shown);
}

/** `length` bytes of guest memory. */
export function bufferAt(t: Task, addr: number, length: number): string {
  if (addr === 0) return "NULL";
  const want = Math.max(0, Math.min(length, STRING_LIMIT));
  const n = t.mm.copyInSome(addr, scratch, 0, want);
  if (n === 0 && want > 0) return pointer(addr);
  return quote(scratch, n, length > n);
}

/** A list of string pointers that ends with a null. */
function vectorAt(t: Task, addr: number, limit: number): string {
  if (addr === 0) return "NULL";
  const items: string[] = [];
  for (;;) {
    const p = t.mm.getU64(addr + items.length * 8);
    if (p === 0) return `[${items.join(", ")}]`;
    if (p < 0) return pointer(addr);
    if (items.length === limit) return `[${items.join(", ")}, ...]`;
    items.push(stringAt(t, p));
  }
}

/** The number of variables, as strace shows an environment. */
function environmentAt(t: Task, addr: number): string {
  let n = 0;
  while (n < 10000 && addr !== 0 && t.mm.getU64(addr + n * 8) > 0) n++;
  return `${pointer(addr)} /* ${n} vars */`;
}

const WHENCE = ["SEEK_SET", "SEEK_CUR", "SEEK_END", "SEEK_DATA", "SEEK_HOLE"];

function signed(n: number): string {
  return String(n);
}

function fdText(n: number): string {
  return n === AT_FDCWD ? "AT_FDCWD" : String(n);
}

function mapText(flags: number): string {
  const type = flags & MAP_TYPE;
  const names = ["MAP_FILE", "MAP_SHARED", "MAP_PRIVATE"];
  const shared = names[type] ?? flagText(type, FLAGS.mapFlags());
  const rest = flags - type;
  return rest === 0 ? shared : `${shared}|${flagText(rest, FLAGS.mapFlags())}`;
}

function futexText(op: number): string {
  let text = constant(op & 127, CONSTANTS.futexOp());
  if ((op & FUTEX_PRIVATE_FLAG) !== 0) text += "_PRIVATE";
  return (op & FUTEX_CLOCK_REALTIME) !== 0
    ? `${text}|FUTEX_CLOCK_REALTIME`
    : text;
}

function cloneText(flags: number): string {
  const signal = flags % 256;
  const rest = flags - signal;
  const names = rest === 0 ? "0" : flagText(rest, FLAGS.cloneFlags());
  return signal === 0 ? names : `${names}|${signalName(signal)}`;
}

function sockTypeText(type: number): string {
  const text = constant(type & SOCK_TYPE_MASK, CONSTANTS.sockType());
  const rest = type & ~SOCK_TYPE_MASK;
  return rest === 0 ? text : `${text}|${flagText(rest, FLAGS.sockFlags())}`;
}

/** Wraps a text of one value. */
function value(text: (n: number) => string): Kind {
  return (c, i) => text(c.args[i]);
}

export const KINDS: Readonly<Record<string, Kind>> = {
  int: value(signed),
  uint: value(signed),
  size: value(signed),
  off: value(signed),
  hex: value(hex),
  whence: value((n) => WHENCE[n] ?? String(n)),
  ptr: value(pointer),
  octal: value(octal),
  fd: value(fdText),
  dirfd: value(fdText),
  signo: value(signalName),
  openFlags: value(openText),
  mapFlags: value(mapText),
  futexOp: value(futexText),
  cloneFlags: value(cloneText),
  sockType: value(sockTypeText),
  mode: value(octal),
  /** open(2)'s mode counts only with O_CREAT or O_TMPFILE, in the argument before. */
  openMode: (c, i) =>
    (c.args[i - 1] & (O_CREAT | (O_TMPFILE & ~0o200000))) === 0
      ? null
      : octal(c.args[i]),
  path: (c, i) => stringAt(c.t, c.args[i]),
  str: (c, i) => stringAt(c.t, c.args[i]),
  argv: (c, i) => vectorAt(c.t, c.args[i], 32),
  envp: (c, i) => environmentAt(c.t, c.args[i]),
  /** As many bytes as another argument says; as the result says, if the call fills it. */
  inBuf: (c, i, size) => bufferAt(c.t, c.args[i], c.args[size]),
  outBuf: (c, i) => bufferAt(c.t, c.args[i], Math.max(0, c.result)),
  ...fromTables(),
  ...STRUCT_KINDS,
};

function fromTables(): Record<string, Kind> {
  const kinds: Record<string, Kind> = {};
  for (const [name, names] of Object.entries(FLAGS)) {
    if (name !== "openFlags" && name !== "mapFlags" && name !== "cloneFlags") {
      kinds[name] = value((n) => flagText(n, names()));
    }
  }
  for (const [name, names] of Object.entries(CONSTANTS)) {
    if (name === "futexOp" || name === "sockType") continue;
    kinds[name] = value((n) => constant(n, names(), n > 4095 ? 16 : 10));
  }
  return kinds;
}

/** `-1 ENOENT`, `3`, `0x7f00…`: a result as strace shows it. */
export function resultText(result: number, asAddress: boolean): string {
  if (result < 0 && result >= -4095) return `-1 ${errnoName(result)}`;
  return asAddress ? hex(result) : String(result);
}

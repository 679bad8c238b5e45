/** What a row of the syscall table is made of. */
import type { Task } from "../kernel/task.ts";

/** Handler result: the task waits; the same handler runs again when it is woken. */
export const PARKED = -4096;
/** Handler result: the handler has set the registers itself (rt_sigreturn, execve). */
export const NO_RESULT = -4097;
/** Handler result: the context must be captured (see Context.capture); the handler runs again after it. */
export const CAPTURE = -4098;
/** Handler result: the task has ended. */
export const GONE = -4099;

/** Restart codes, as in Linux: never seen by a guest. */
export const ERESTARTSYS = 512;
export const ERESTARTNOINTR = 513;
export const ERESTARTNOHAND = 514;
export const ERESTART_RESTARTBLOCK = 516;

/**
 * Kind of an argument: how its register is decoded (`Int` low word signed,
 * `Uint` low word, `Word` all 64 bits unsigned as a number, `Off` signed 64
 * bits) and how strace prints it.
 */
export interface ArgKind {
  readonly decode: Decode;
  /** Name of the way strace prints it; see strace.ts. */
  readonly trace: string;
  /** For buffers: index of the argument that holds the size, or of the result. */
  readonly size?: number;
}

export const enum Decode {
  Int,
  Uint,
  Word,
  Off,
  /** The call has no such argument; its register is not looked at. */
  None,
}

function kind(decode: Decode, trace: string): ArgKind {
  return { decode, trace };
}

export const int = kind(Decode.Int, "int");
export const fd = kind(Decode.Int, "fd");
/** A directory descriptor or AT_FDCWD. */
export const dirfd = kind(Decode.Int, "dirfd");
export const uint = kind(Decode.Uint, "uint");
export const flags = kind(Decode.Uint, "hex");
export const openFlags = kind(Decode.Uint, "openFlags");
export const mode = kind(Decode.Uint, "mode");
export const signo = kind(Decode.Int, "signo");
export const ptr = kind(Decode.Word, "ptr");
export const path = kind(Decode.Word, "path");
export const str = kind(Decode.Word, "str");
export const size = kind(Decode.Word, "size");
export const off = kind(Decode.Off, "off");
/** A buffer the call reads; its size is argument `size`. */
export function inBuf(size: number): ArgKind {
  return { decode: Decode.Word, trace: "inBuf", size };
}
/** A buffer the call fills; its size is argument `size`, filled as far as the result says. */
export function outBuf(size: number): ArgKind {
  return { decode: Decode.Word, trace: "outBuf", size };
}
/** Other kinds, printed by struct or flag printers of strace.ts. */
export function traced(decode: Decode, trace: string): ArgKind {
  return { decode, trace };
}

/** A handler gets its man page's arguments, decoded, after the task. */
export type Handler = (
  t: Task,
  a: number,
  b: number,
  c: number,
  d: number,
  e: number,
  f: number,
) => number;

export interface Row {
  readonly nr: number;
  readonly name: string;
  readonly handler: Handler | null;
  readonly args: readonly ArgKind[];
  readonly level: "full" | "partial" | "missing";
  /** For partial and missing rows: what is not there, in a sentence. */
  readonly note: string;
  /** For missing rows: the errno the guest gets. */
  readonly errno: number;
}

/** Handlers with fewer parameters than six are handlers too. */
type Fewer = (t: Task, ...args: number[]) => number;

/** A call that is there with all that its man page says. */
export function full(
  nr: number,
  name: string,
  handler: Fewer,
  ...args: ArgKind[]
): Row {
  return { nr, name, handler, args, level: "full", note: "", errno: 0 };
}

/** A call of which something is missing: `note` says what. */
export function partial(
  nr: number,
  name: string,
  handler: Fewer,
  args: ArgKind[],
  note: string,
): Row {
  return { nr, name, handler, args, level: "partial", note, errno: 0 };
}

/** A call that fails with `errno` always: `note` says why. */
export function missing(
  nr: number,
  name: string,
  errno: number,
  note: string,
): Row {
  return { nr, name, handler: null, args: [], level: "missing", note, errno };
}

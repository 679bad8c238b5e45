/**
 * `#!` lines, read as fs/binfmt_script.c does.
 *
 * @module
 */
import { ENOEXEC } from "../../abi/linux/errno.ts";
import { BINPRM_BUF_SIZE } from "../../abi/linux/limits.ts";
import { decodeBinary } from "../strings.ts";

/** What a `#!` line says. */
export interface ScriptLine {
  readonly interpreter: string;
  /** Everything behind the interpreter, as one argument; null if nothing. */
  readonly argument: string | null;
}

const NEWLINE = 10;

/** Whether a file that begins with `head` is a script. */
export function isScript(head: Uint8Array): boolean {
  return head[0] === 0x23 && head[1] === 0x21;
}

/**
 * Reads the first line of a script.
 * @param head the first BINPRM_BUF_SIZE bytes of the file, zeroes behind its end
 * @returns -ENOEXEC: no interpreter named, or its name does not end in `head`
 */
export function readScriptLine(head: Uint8Array): ScriptLine | number {
  let end = lineEnd(head);
  if (end < 0) return -ENOEXEC;
  while (isBlank(head[end - 1])) end--;
  const name = skipBlanks(head, 2, end);
  if (name < 0 || name === end) return -ENOEXEC;
  let nameEnd = terminator(head, name, end);
  let argument = -1;
  if (nameEnd >= 0 && nameEnd < end && head[nameEnd] !== 0) {
    argument = skipBlanks(head, nameEnd, end);
  }
  if (nameEnd < 0 || nameEnd > end) nameEnd = end;
  return {
    interpreter: text(head, name, nameEnd),
    argument: argument < 0 || argument >= end
      ? null
      : text(head, argument, end),
  };
}

/** Index behind the last byte of the line that counts, or -1. */
function lineEnd(head: Uint8Array): number {
  const newline = head.indexOf(NEWLINE);
  if (newline >= 0 && newline < BINPRM_BUF_SIZE) return newline;
  const last = BINPRM_BUF_SIZE - 1;
  const start = skipBlanks(head, 2, last);
  if (start < 0) return -1;
  // Without a blank or 0 behind it, the interpreter's name may go on.
  return terminator(head, start, last) < 0 ? -1 : last;
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x09;
}

function skipBlanks(head: Uint8Array, from: number, last: number): number {
  for (let i = from; i <= last; i++) if (!isBlank(head[i])) return i;
  return -1;
}

function terminator(head: Uint8Array, from: number, last: number): number {
  for (let i = from; i <= last; i++) {
    if (isBlank(head[i]) || head[i] === 0) return i;
  }
  return -1;
}

/** A C string: up to the first 0. */
function text(head: Uint8Array, from: number, to: number): string {
  const zero = head.indexOf(0, from);
  return decodeBinary(head, from, zero >= 0 && zero < to ? zero : to);
}

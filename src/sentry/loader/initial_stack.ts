/**
 * What a new program finds on its stack, System V ABI for x86-64, "Initial
 * stack": argc, argv, envp, the auxiliary vector, then the strings.
 *
 * @module
 */
import {
  AT_EXECFN,
  AT_NULL,
  AT_PLATFORM,
  AT_RANDOM,
} from "../../abi/linux/auxv.ts";
import { setU64 } from "../../abi/struct.ts";
import { encodeBinaryInto } from "../strings.ts";

export interface StackContents {
  readonly argv: readonly string[];
  readonly envp: readonly string[];
  /** AT_EXECFN: the path as execve(2) got it. */
  readonly execFn: string;
  /** Types and values; AT_EXECFN, AT_PLATFORM, AT_RANDOM and AT_NULL are added. */
  readonly auxv: readonly (readonly [number, number])[];
  /** AT_RANDOM: 16 bytes. */
  readonly random: Uint8Array;
  /** Bytes (a multiple of 16) left free below the strings, for randomness. */
  readonly gap: number;
}

/** A built stack and where its parts lie. */
export interface InitialStack {
  /** Bytes from `sp` to the top. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** RSP of the program: a multiple of 16. */
  readonly sp: number;
  /** Of the strings, for /proc: each end is behind the last zero. */
  readonly argStart: number;
  readonly argEnd: number;
  readonly envStart: number;
  readonly envEnd: number;
  /** The auxiliary vector: address and bytes, AT_NULL included. */
  readonly auxvStart: number;
  readonly auxvLength: number;
}

const PLATFORM = "x86_64";
const WORD = 8;

/** Builds the stack that ends at `top`, a multiple of 16. */
export function buildStack(top: number, c: StackContents): InitialStack {
  // From the top down: an empty word, execFn, envp, argv; then the gap,
  // platform name and random bytes; then the vectors.
  const execFn = top - WORD - (c.execFn.length + 1);
  const envStart = execFn - stringBytes(c.envp);
  const argStart = envStart - stringBytes(c.argv);
  const below = alignDown(argStart, 16) - c.gap;
  const platform = below - (PLATFORM.length + 1);
  const random = alignDown(platform, 16) - c.random.length;
  const auxv = [
    ...c.auxv,
    [AT_RANDOM, random],
    [AT_EXECFN, execFn],
    [AT_PLATFORM, platform],
    [AT_NULL, 0],
  ];
  const words = 1 + c.argv.length + 1 + c.envp.length + 1 + 2 * auxv.length;
  const sp = alignDown(random - words * WORD, 16);

  const bytes = new Uint8Array(top - sp);
  const view = new DataView(bytes.buffer);
  let at = 0;
  const push = (value: number) => {
    setU64(view, at, value);
    at += WORD;
  };
  push(c.argv.length);
  const pushStrings = (strings: readonly string[], address: number) => {
    for (const s of strings) {
      push(address);
      encodeBinaryInto(s, bytes, address - sp);
      address += s.length + 1;
    }
    push(0);
  };
  pushStrings(c.argv, argStart);
  pushStrings(c.envp, envStart);
  const auxvStart = sp + at;
  for (const [type, value] of auxv) {
    push(type);
    push(value);
  }
  encodeBinaryInto(PLATFORM, bytes, platform - sp);
  encodeBinaryInto(c.execFn, bytes, execFn - sp);
  bytes.set(c.random, random - sp);
  return {
    bytes,
    sp,
    argStart,
    argEnd: envStart,
    envStart,
    envEnd: execFn,
    auxvStart,
    auxvLength: sp + at - auxvStart,
  };
}

function stringBytes(strings: readonly string[]): number {
  let n = 0;
  for (const s of strings) n += s.length + 1;
  return n;
}

function alignDown(address: number, to: number): number {
  return address - address % to;
}

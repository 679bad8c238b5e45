/**
 * The argument and environment strings of a new program, and how many bytes
 * they may take: execve(2), "Limits on size of arguments and environment".
 *
 * @module
 */
import { E2BIG, EFAULT, ENAMETOOLONG } from "../../abi/linux/errno.ts";
import {
  ARG_MAX,
  MAX_ARG_STRINGS,
  MAX_ARG_STRLEN,
} from "../../abi/linux/limits.ts";
import type { MemoryManager } from "../mm/memory_manager.ts";

/** Three quarters of the usual 8 MiB stack: no limit of a user goes beyond. */
const MOST = 6 * 1024 * 1024;
const POINTER = 8;

export class Arguments {
  argv: string[] = [];
  envp: string[] = [];
  /** Bytes that are left for strings with their zeroes. */
  #left: number;

  /** @param stackLimit RLIMIT_STACK, bytes */
  constructor(stackLimit: number) {
    this.#left = Math.max(Math.min(MOST, Math.floor(stackLimit / 4)), ARG_MAX);
  }

  /** Sets them from lists of the Sentry's own. 0 or -E2BIG. */
  set(argv: readonly string[], envp: readonly string[]): number {
    const r = this.#takePointers(argv.length, envp.length);
    if (r < 0) return r;
    for (const list of [envp, argv]) {
      for (const s of list) {
        const taken = this.#take(s);
        if (taken < 0) return taken;
      }
    }
    this.argv = [...argv];
    this.envp = [...envp];
    return 0;
  }

  /**
   * Copies both lists in; a null list is an empty one. 0, -E2BIG or -EFAULT.
   * @param argv address of an array of string pointers that ends with a null
   * @param envp the same
   */
  copyIn(mm: MemoryManager, argv: number, envp: number): number {
    const args = pointers(mm, argv);
    if (typeof args === "number") return args;
    const vars = pointers(mm, envp);
    if (typeof vars === "number") return vars;
    let r = this.#takePointers(args.length, vars.length);
    if (r < 0) return r;
    r = this.#copyStrings(mm, vars, this.envp);
    return r < 0 ? r : this.#copyStrings(mm, args, this.argv);
  }

  /** Puts strings in place of argv[0], for `#!`. 0 or -E2BIG. */
  replaceFirst(...strings: string[]): number {
    this.#left += this.argv[0].length + 1;
    for (const s of strings) {
      const r = this.#take(s);
      if (r < 0) return r;
    }
    this.argv.splice(0, 1, ...strings);
    return 0;
  }

  /** Adds an argument. 0 or -E2BIG. */
  append(s: string): number {
    const r = this.#take(s);
    if (r === 0) this.argv.push(s);
    return r;
  }

  /** Accounts for one string more. 0 or -E2BIG. */
  reserve(s: string): number {
    return this.#take(s);
  }

  #takePointers(argc: number, envc: number): number {
    const size = (Math.max(argc, 1) + envc) * POINTER;
    if (this.#left <= size) return -E2BIG;
    this.#left -= size;
    return 0;
  }

  #take(s: string): number {
    if (s.length >= MAX_ARG_STRLEN) return -E2BIG;
    this.#left -= s.length + 1;
    return this.#left < 0 ? -E2BIG : 0;
  }

  #copyStrings(
    mm: MemoryManager,
    addresses: readonly number[],
    to: string[],
  ): number {
    for (const address of addresses) {
      const s = mm.copyInString(address, MAX_ARG_STRLEN);
      if (s === -ENAMETOOLONG) return -E2BIG;
      if (typeof s === "number") return s;
      const r = this.#take(s);
      if (r < 0) return r;
      to.push(s);
    }
    return 0;
  }
}

/** How many pointers are read at a time. */
const BATCH = 64;
const batch = new Uint8Array(BATCH * POINTER);
const batchWords = new Uint32Array(batch.buffer);

/** The pointers of a list that ends with a null; -EFAULT or -E2BIG. */
function pointers(mm: MemoryManager, list: number): number[] | number {
  const found: number[] = [];
  if (list === 0) return found;
  for (;;) {
    const at = list + found.length * POINTER;
    const n = Math.floor(mm.copyInSome(at, batch, 0, batch.length) / POINTER);
    for (let i = 0; i < n; i++) {
      const pointer = batchWords[2 * i + 1] * 2 ** 32 + batchWords[2 * i];
      if (pointer === 0) return found;
      if (found.length >= MAX_ARG_STRINGS) return -E2BIG;
      found.push(pointer);
    }
    if (n < BATCH) return -EFAULT;
    if (found.length * POINTER > MOST) return -E2BIG;
  }
}

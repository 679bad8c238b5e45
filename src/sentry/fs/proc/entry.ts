/** How the files of /proc are described: a path, a mode, a function that gives the text. */
import type { Kernel } from "../../kernel/kernel.ts";
import type { Task } from "../../kernel/task.ts";

/** A file that is the same for everybody. */
export interface ProcEntry {
  /** Below /proc, such as "sys/kernel/ostype". */
  readonly path: string;
  /** Permission bits. */
  readonly mode: number;
  /** Contents (binary string) for `t`, or -errno. */
  readonly text: (kernel: Kernel, t: Task) => string | number;
  /** Takes what was written. Bytes taken, or -errno. */
  readonly taken?: (kernel: Kernel, t: Task, text: string) => number;
}

/** Whom a file of /proc/pid is about: a process in /proc/N, one thread in /proc/N/task/M. */
export interface Subject {
  /** The thread, or the process's leader. */
  readonly task: Task;
  /** Whether the whole process is meant. */
  readonly whole: boolean;
}

/** A file in each /proc/pid. */
export interface TaskEntry {
  readonly name: string;
  readonly mode: number;
  /** Contents about `of` for reader `t`. */
  readonly text: (of: Subject, t: Task) => string | number;
  readonly taken?: (of: Subject, t: Task, text: string) => number;
  /** Only for whom may inspect the process (ptrace's rule): others get EACCES. */
  readonly guarded?: boolean;
  /** Only in /proc/pid, or only in /proc/pid/task/tid; absent: in both. */
  readonly only?: "process" | "thread";
}

/** A number as seq_printf's %lu: 2^64 and above is the largest value. */
export function u64(n: number): string {
  return n >= 18446744073709550000 ? "18446744073709551615" : String(n);
}

/** Hexadecimal with at least `digits` digits. */
export function hex(n: number, digits: number): string {
  return n.toString(16).padStart(digits, "0");
}

/** Two 32-bit halves as 16 digits. */
export function hex64(hi: number, lo: number): string {
  return hex(hi >>> 0, 8) + hex(lo >>> 0, 8);
}

/** A name where blanks would break the format: as in /proc/mounts. */
export function mangle(name: string): string {
  return name.replace(/[ \t\n\\#]/g, (c) => "\\" + octal(c.charCodeAt(0)));
}

function octal(code: number): string {
  return code.toString(8).padStart(3, "0");
}

/**
 * A decimal integer that was written, with blanks around it; NaN otherwise.
 */
export function parseNumber(text: string): number {
  const trimmed = text.trim();
  return /^[-+]?\d{1,19}$/.test(trimmed) ? Number(trimmed) : NaN;
}

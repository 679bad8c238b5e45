/** /proc/pid/cmdline, environ and auxv: what execve(2) left at the top of the stack. */
import type { Task } from "../../../kernel/task.ts";
import { decodeBinary } from "../../../strings.ts";
import type { Subject, TaskEntry } from "../entry.ts";
import { isAlive } from "./state.ts";

/** The most that is shown. */
const LIMIT = 8 * 1024 * 1024;

/** Bytes [start, end) of the task's memory, up to the first bad address. */
function range(t: Task, start: number, end: number): string {
  const size = Math.min(end - start, LIMIT);
  if (!isAlive(t) || size <= 0) return "";
  const bytes = new Uint8Array(size);
  const n = t.mm.copyInSome(start, bytes, 0, size);
  return decodeBinary(bytes, 0, n);
}

function cmdlineText({ task }: Subject): string {
  if (!isAlive(task)) return "";
  const { argStart, argEnd, envStart, envEnd } = task.mm;
  const text = range(task, argStart, argEnd);
  if (text === "" || text.endsWith("\0")) return text;
  // The program has written over its arguments (setproctitle): on to the first end.
  const more = range(task, envStart, envEnd);
  const zero = text.indexOf("\0");
  if (zero >= 0) return text.slice(0, zero + 1);
  const end = more.indexOf("\0");
  return text + (end < 0 ? more : more.slice(0, end));
}

export const cmdline: TaskEntry = {
  name: "cmdline",
  mode: 0o444,
  text: cmdlineText,
};

export const environ: TaskEntry = {
  name: "environ",
  mode: 0o400,
  guarded: true,
  text: ({ task }) =>
    isAlive(task) ? range(task, task.mm.envStart, task.mm.envEnd) : "",
};

export const auxv: TaskEntry = {
  name: "auxv",
  mode: 0o400,
  guarded: true,
  text: ({ task }) => isAlive(task) ? decodeBinary(task.mm.auxv) : "",
};

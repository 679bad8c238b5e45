/**
 * The first program of a sandbox: found in the guest's PATH as runc does, and
 * started in a task that has nothing yet.
 *
 * @module
 */
import { ENOENT, ENOTDIR } from "../../abi/linux/errno.ts";
import { AT_FDCWD } from "../../abi/linux/fcntl.ts";
import { RLIMIT_STACK } from "../../abi/linux/resource.ts";
import type { Task } from "../kernel/task.ts";
import { utf8ToBinary } from "../strings.ts";
import { fillTable } from "../syscalls/table.ts";
import type { FileDescription } from "../vfs/file_description.ts";
import { Arguments } from "./arguments.ts";
import { executeFirst } from "./execute.ts";
import { openProgram } from "./open_program.ts";
import { findProgram } from "./program.ts";

/** Why the first program could not be started. */
export interface StartFailure {
  /** Positive errno. ENOENT: not found (exit code 127); else it can't be run (126). */
  readonly errno: number;
  /** What was to be run, as the user gave it or as it was found in PATH. */
  readonly path: string;
}

/** A program on its way: where it was found. */
interface Found {
  readonly file: FileDescription;
  readonly path: string;
}

const DEFAULT_PATH = "/usr/local/bin:/usr/bin:/bin";

/**
 * Makes `t`, whose memory is empty and whose context is `full`, run the
 * configured program; it only has to be switched to then. Null, or what went
 * wrong. `args` and `env` are UTF-8 text; args[0] without a slash is looked up
 * in the PATH of `env`, else from the task's working directory.
 */
export function startInit(
  t: Task,
  args: readonly string[],
  env: readonly string[],
): StartFailure | null {
  fillTable();
  const name = utf8ToBinary(args[0] ?? "");
  const envp = env.map(utf8ToBinary);
  const found = findInPath(t, name, envp);
  if (typeof found === "number") return failure(found, args[0] ?? "");
  const list = new Arguments(t.group.limits.cur[RLIMIT_STACK]);
  const r = list.set(args.map(utf8ToBinary), envp);
  if (r < 0) {
    found.file.decRef();
    return failure(r, found.path);
  }
  const program = findProgram(t, found.file, found.path, list, false);
  if (typeof program === "number") return failure(program, found.path);
  const loaded = executeFirst(t, program);
  return loaded < 0 ? failure(loaded, found.path) : null;
}

function failure(r: number, path: string): StartFailure {
  return { errno: -r, path };
}

/** -ENOENT: nowhere; else why the last that exists can't be run. */
function findInPath(
  t: Task,
  name: string,
  envp: readonly string[],
): Found | number {
  if (name === "") return -ENOENT;
  if (name.includes("/")) return tryPath(t, name);
  const variable = envp.findLast((v) => v.startsWith("PATH="));
  const dirs = (variable?.slice("PATH=".length) ?? DEFAULT_PATH).split(":");
  let best = -ENOENT;
  for (const dir of dirs) {
    const found = tryPath(t, dir === "" ? `./${name}` : `${dir}/${name}`);
    if (typeof found !== "number") return found;
    if (found !== -ENOENT && found !== -ENOTDIR) best = found;
  }
  return best;
}

function tryPath(t: Task, path: string): Found | number {
  const file = openProgram(t, AT_FDCWD, path, true);
  return typeof file === "number" ? file : { file, path };
}

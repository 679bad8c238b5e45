/** execve(2) and execveat(2). */
import { EACCES, EBADF, EINVAL, ENOENT } from "../../abi/linux/errno.ts";
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_SYMLINK_NOFOLLOW,
} from "../../abi/linux/fcntl.ts";
import { RLIMIT_STACK } from "../../abi/linux/resource.ts";
import { SIGSEGV } from "../../abi/linux/signal.ts";
import { signalStatus } from "../../abi/linux/wait.ts";
import { killSiblings } from "../kernel/dethread.ts";
import { exitGroup } from "../kernel/exit.ts";
import type { Task } from "../kernel/task.ts";
import { Arguments } from "../loader/arguments.ts";
import {
  contextForExec,
  credentialsForExec,
  execute,
} from "../loader/execute.ts";
import { openProgram, reopenProgram } from "../loader/open_program.ts";
import { findProgram, Program } from "../loader/program.ts";
import type { FileDescription } from "../vfs/file_description.ts";
import { copyInPath } from "../vfs/resolve.ts";
import {
  CAPTURE,
  Decode,
  dirfd,
  full,
  GONE,
  NO_RESULT,
  path,
  type Row,
  traced,
} from "./row.ts";

/**
 * execve(2). E2BIG, EACCES, EFAULT, EIO, ELIBBAD, ELOOP, ENOENT, ENOEXEC,
 * ENOMEM, ENOTDIR, EPERM, ETXTBSY and others of the path walk. A program that can't be loaded
 * once the old one is gone ends with SIGSEGV.
 */
export function execve(
  t: Task,
  pathname: number,
  argv: number,
  envp: number,
): number {
  return execveat(t, AT_FDCWD, pathname, argv, envp, 0);
}

/** execveat(2). As execve, and EBADF, EINVAL; ENOENT for a script on a descriptor that is closed on exec. */
export function execveat(
  t: Task,
  fd: number,
  pathname: number,
  argv: number,
  envp: number,
  flags: number,
): number {
  let program = t.call.object;
  if (!(program instanceof Program)) {
    const found = prepare(t, fd, pathname, argv, envp, flags);
    if (typeof found === "number") return found;
    program = found;
    keep(t, found);
  }
  if (!t.ctx.full) return CAPTURE;
  const become = credentialsForExec(t, program as Program);
  if (typeof become === "number") return become;
  const r = killSiblings(t);
  if (r < 0) return r;
  const fresh = contextForExec(t);
  if (typeof fresh === "number") return fresh;
  const loaded = execute(t, take(t, program as Program), become, fresh);
  if (loaded === 0) return NO_RESULT;
  t.kernel.log.debug(`${t.comm}[${t.tid}]: load: error ${-loaded}`);
  exitGroup(t, signalStatus(SIGSEGV, false));
  return GONE;
}

/** Everything that can be refused. */
function prepare(
  t: Task,
  fd: number,
  pathname: number,
  argv: number,
  envp: number,
  flags: number,
): Program | number {
  if ((flags & ~(AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW)) !== 0) return -EINVAL;
  const name = copyInPath(t, pathname);
  if (typeof name === "number") return name;
  const file = open(t, fd, name, flags);
  if (typeof file === "number") return file;
  const args = new Arguments(t.group.limits.cur[RLIMIT_STACK]);
  const r = args.copyIn(t.mm, argv, envp);
  if (r < 0) {
    file.decRef();
    return r;
  }
  const byFd = fd !== AT_FDCWD && !name.startsWith("/");
  const hidden = byFd && t.files.isCloexec(fd);
  return findProgram(t, file, byFd ? fdName(fd, name) : name, args, hidden);
}

function open(
  t: Task,
  fd: number,
  name: string,
  flags: number,
): FileDescription | number {
  if (name === "" && (flags & AT_EMPTY_PATH) !== 0 && fd !== AT_FDCWD) {
    const file = t.files.get(fd);
    return file === null ? -EBADF : reopenProgram(t, file);
  }
  if (name === "") return (flags & AT_EMPTY_PATH) === 0 ? -ENOENT : -EACCES;
  return openProgram(t, fd, name, (flags & AT_SYMLINK_NOFOLLOW) === 0);
}

/** The path that a script's interpreter can find the script by. */
function fdName(fd: number, name: string): string {
  return name === "" ? `/dev/fd/${fd}` : `/dev/fd/${fd}/${name}`;
}

/** Remembers `program` for further attempts; its files are dropped with the call. */
function keep(t: Task, program: Program): void {
  const { call } = t;
  call.object = program;
  call.pinned[call.pins++] = program.main.file;
  const { interpreter } = program;
  if (interpreter !== null) call.pinned[call.pins++] = interpreter.file;
}

/** Takes over the references that `keep` gave to the call. */
function take(t: Task, program: Program): Program {
  t.call.pins = 0;
  t.call.pinned.length = 0;
  t.call.object = null;
  return program;
}

const strings = traced(Decode.Word, "argv");
const environment = traced(Decode.Word, "envp");

export const execRows: Row[] = [
  full(59, "execve", execve, path, strings, environment),
  full(
    322,
    "execveat",
    execveat,
    dirfd,
    path,
    strings,
    environment,
    traced(Decode.Uint, "atFlags"),
  ),
];

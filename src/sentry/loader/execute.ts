/**
 * The change of a task into a new program: what execve(2) does once it can no
 * longer fail. See execve(2), "Effect on process attributes".
 *
 * @module
 */
import { ENOMEM } from "../../abi/linux/errno.ts";
import {
  ADDR_COMPAT_LAYOUT,
  ADDR_NO_RANDOMIZE,
  MMAP_PAGE_ZERO,
  READ_IMPLIES_EXEC,
} from "../../abi/linux/personality.ts";
import { RLIMIT_STACK } from "../../abi/linux/resource.ts";
import { SIGCHLD } from "../../abi/linux/signal.ts";
import type { Context } from "../../platform/platform.ts";
import {
  type ExecCredentials,
  execCredentials,
} from "../kernel/credentials.ts";
import { releaseVforkParent } from "../kernel/exit.ts";
import { wakeAddress } from "../kernel/futex.ts";
import { releaseRobustLists } from "../kernel/robust_list.ts";
import type { Task } from "../kernel/task.ts";
import { unshareFiles } from "../kernel/unshare.ts";
import { clear } from "../mm/clear.ts";
import { MemoryManager } from "../mm/memory_manager.ts";
import { MS_NOSUID } from "../vfs/mount.ts";
import { MAY_READ } from "../vfs/permission.ts";
import { fileCaps } from "./file_caps.ts";
import { loadProgram } from "./load.ts";
import type { Program } from "./program.ts";

/** Bits of a personality that a program with more rights does not inherit. */
const PER_CLEAR_ON_SETID = READ_IMPLIES_EXEC | ADDR_NO_RANDOMIZE |
  ADDR_COMPAT_LAYOUT | MMAP_PAGE_ZERO;
/** The stack that a program with more rights gets at most. */
const SECURE_STACK = 8 * 1024 * 1024;
/** Bytes of a task's name, without its 0. */
const COMM_LENGTH = 15;

/**
 * A context in memory of its own for the new program of `t`, if others use the
 * memory that `t` has; else null. -ENOMEM: the host has no more.
 */
export function contextForExec(t: Task): Context | null | number {
  if (t.mm.users === 1) return null;
  try {
    return t.kernel.platform.newProcess();
  } catch (error) {
    t.kernel.log.warn(`execve: ${error instanceof Error ? error.message : ""}`);
    return -ENOMEM;
  }
}

/**
 * Makes `t`, alone in its thread group and with `t.ctx.full`, run `program`,
 * which it takes over. 0; or -errno: then the process must be killed.
 * @param become from `credentialsForExec`
 * @param fresh from `contextForExec`
 */
export function execute(
  t: Task,
  program: Program,
  become: ExecCredentials,
  fresh: Context | null,
): number {
  unshareFiles(t);
  leaveMemory(t, fresh);
  return becomeProgram(t, program, become);
}

/** As `execute`, for a task whose memory is new and empty. */
export function executeFirst(t: Task, program: Program): number {
  const become = credentialsForExec(t, program);
  return typeof become === "number"
    ? become
    : becomeProgram(t, program, become);
}

function becomeProgram(
  t: Task,
  program: Program,
  { creds, secure }: ExecCredentials,
): number {
  const { main, interpreter } = program;
  const readable = main.file.inode.permission(t.creds, MAY_READ) === 0;
  t.creds = creds;
  t.group.dumpable = readable && creds.euid === creds.uid &&
      creds.egid === creds.gid
    ? 1
    : 0;
  if (secure) restrict(t);
  t.group.executed = true;
  t.group.exitSignal = SIGCHLD;
  t.group.timers.exec();
  t.group.signals.exec();
  t.signals.disarmAltStack();
  t.signals.restart.handler = null;
  t.comm = commOf(program).slice(0, COMM_LENGTH);
  t.files.closeOnExec(t);
  t.mm.setExe(main.file);
  const r = loadProgram(t, program, secure);
  main.file.decRef();
  interpreter?.file.decRef();
  return r;
}

/** Rights as the program's file gives them. -EPERM: see execCredentials. */
export function credentialsForExec(
  t: Task,
  program: Program,
): ExecCredentials | number {
  const { inode, path } = program.main.file;
  const { mode, uid, gid } = inode;
  const nosuid = path === null || (path.mount.flags & MS_NOSUID) !== 0;
  const caps = nosuid || t.creds.uid === 0 ? null : fileCaps(inode);
  return execCredentials(
    t.creds,
    { mode, uid, gid, nosuid, caps },
    t.noNewPrivs,
  );
}

function restrict(t: Task): void {
  t.pdeathSignal = 0;
  t.personality = (t.personality & ~PER_CLEAR_ON_SETID) >>> 0;
  const { limits } = t.group;
  if (limits.cur[RLIMIT_STACK] > SECURE_STACK) {
    limits.set(RLIMIT_STACK, SECURE_STACK, limits.max[RLIMIT_STACK]);
  }
}

/** The last component of the path that was executed; a file without a path has its own name. */
function commOf({ execFn, main }: Program): string {
  const { path } = main.file;
  if (execFn.startsWith("/dev/fd/")) {
    if (path !== null) return path.dentry.name;
    const text = main.file.linkText() ?? execFn;
    return text.replace(/^\//, "").replace(/ \(deleted\)$/, "");
  }
  return execFn.slice(execFn.lastIndexOf("/") + 1);
}

/** Leaves `t` with empty memory: its own emptied, or that of `fresh`. */
function leaveMemory(t: Task, fresh: Context | null): void {
  releaseRobustLists(t);
  if (t.clearChildTid !== 0 && t.mm.users > 1) {
    if (t.mm.storeU32(t.clearChildTid, 0)) wakeAddress(t, t.clearChildTid, 1);
  }
  t.clearChildTid = 0;
  if (fresh === null) clear(t.mm);
  else {
    t.ctx.release();
    t.mm.decRef();
    t.ctx = fresh;
    fresh.owner = t;
    t.mm = MemoryManager.create(fresh.as, t.mm.taskSize, t.group.limits);
  }
  t.mm.limits = t.group.limits;
  releaseVforkParent(t);
}

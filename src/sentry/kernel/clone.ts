/** Making tasks: what clone(2), clone3(2), fork(2) and vfork(2) have in common. */
import { EAGAIN, EINVAL, EPERM } from "../../abi/linux/errno.ts";
import {
  RLIM_INFINITY,
  RLIMIT_CPU,
  RLIMIT_NPROC,
} from "../../abi/linux/resource.ts";
import {
  CLONE_CHILD_CLEARTID,
  CLONE_CHILD_SETTID,
  CLONE_FILES,
  CLONE_FS,
  CLONE_NEWCGROUP,
  CLONE_NEWIPC,
  CLONE_NEWNET,
  CLONE_NEWNS,
  CLONE_NEWPID,
  CLONE_NEWUSER,
  CLONE_NEWUTS,
  CLONE_PARENT,
  CLONE_PARENT_SETTID,
  CLONE_PIDFD,
  CLONE_SETTLS,
  CLONE_SIGHAND,
  CLONE_THREAD,
  CLONE_VFORK,
  CLONE_VM,
} from "../../abi/linux/sched.ts";
import type { Context } from "../../platform/platform.ts";
import { FS_BASE, RAX, RSP, setReg } from "../../platform/registers.ts";
import { installPidfd } from "../fs/anon/pidfd.ts";
import type { MemoryManager } from "../mm/memory_manager.ts";
import { ERESTARTNOINTR } from "../syscalls/row.ts";
import { GroupSignals } from "./group_signals.ts";
import { Task } from "./task.ts";
import { ThreadGroup } from "./thread_group.ts";

/** What to make; addresses 0 where not wanted. Flags are below 2^32 but for CLONE_CLEAR_SIGHAND. */
export interface CloneArgs {
  flags: number;
  clearSighand: boolean;
  /** Initial stack pointer of the child; 0: the parent's. */
  stack: number;
  parentTid: number;
  childTid: number;
  pidfd: number;
  tls: number;
  exitSignal: number;
}

const NAMESPACES = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS |
  CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;

/** 0, or -EINVAL / -EPERM for flags that don't go together or aren't there. */
function check(t: Task, flags: number, clearSighand: boolean): number {
  const has = (flag: number) => (flags & flag) !== 0;
  if (has(CLONE_SIGHAND) && !has(CLONE_VM)) return -EINVAL;
  if (has(CLONE_THREAD) && !has(CLONE_SIGHAND)) return -EINVAL;
  if (has(CLONE_THREAD) && has(CLONE_PIDFD)) return -EINVAL;
  if (has(CLONE_FS) && (has(CLONE_NEWNS) || has(CLONE_NEWUSER))) {
    return -EINVAL;
  }
  if (clearSighand && has(CLONE_SIGHAND)) return -EINVAL;
  if (has(CLONE_PARENT) && t.group === t.kernel.init) return -EINVAL;
  // Namespaces are not there: as a kernel configured without them, but for
  // callers who could not make them anyway.
  if (has(NAMESPACES)) {
    return has(CLONE_NEWUSER) || t.creds.euid === 0 ? -EINVAL : -EPERM;
  }
  return 0;
}

/**
 * Makes a task that begins where `t` is, with result 0, and lets it go. The
 * new task, or -errno. The caller's context must go on (or be captured) next:
 * its host thread makes the child's.
 */
export function cloneTask(t: Task, a: CloneArgs): Task | number {
  const { flags } = a;
  const bad = check(t, flags, a.clearSighand);
  if (bad < 0) return bad;
  if (tooManyTasks(t)) return -EAGAIN;
  // A signal to the process must reach the child, too, or come before it.
  if (t.signals.pending) return -ERESTARTNOINTR;

  const sharesMemory = (flags & CLONE_VM) !== 0;
  if (!sharesMemory) t.mm.prepareFork();
  const ctx = sharesMemory
    ? t.kernel.platform.newThread(t.ctx)
    : t.kernel.platform.fork(t.ctx);
  if (ctx === null) return -EAGAIN;
  const mm = sharesMemory ? t.mm : t.mm.fork(ctx.as);
  if (sharesMemory) mm.incRef();

  const child = newTask(t, a, ctx, mm);
  setRegisters(child, a);
  if ((flags & CLONE_PARENT_SETTID) !== 0) {
    t.mm.storeU32(a.parentTid, child.tid);
  }
  if ((flags & CLONE_CHILD_SETTID) !== 0) mm.pokeU32(a.childTid, child.tid);
  if ((flags & CLONE_CHILD_CLEARTID) !== 0) child.clearChildTid = a.childTid;
  if ((flags & CLONE_VFORK) !== 0) child.vforkParent = t;
  ctx.switch();
  if ((flags & CLONE_PIDFD) !== 0) {
    const fd = installPidfd(t, child.group, 0);
    if (fd >= 0 && !t.mm.storeU32(a.pidfd, fd)) {
      t.files.close(t, fd);
    }
  }
  return child;
}

/** RLIMIT_NPROC, which does not bind root. */
function tooManyTasks(t: Task): boolean {
  const limit = t.group.limits.cur[RLIMIT_NPROC];
  const { tasks } = t.kernel;
  if (t.creds.uid === 0 || tasks.size < limit) return false;
  let count = 0;
  for (const other of tasks.values()) {
    if (other.creds.uid === t.creds.uid) count++;
  }
  return count >= limit;
}

function newTask(
  t: Task,
  a: CloneArgs,
  ctx: Context,
  mm: MemoryManager,
): Task {
  const { kernel } = t;
  const { flags } = a;
  const tid = kernel.allocatePid();
  const group = (flags & CLONE_THREAD) !== 0 ? t.group : newGroup(t, a, tid);
  const child = new Task(
    kernel,
    tid,
    group,
    ctx,
    mm,
    (flags & CLONE_FS) !== 0 ? t.fs.share() : t.fs.copy(),
    (flags & CLONE_FILES) !== 0 ? t.files.share() : t.files.fork(),
    t.creds,
  );
  ctx.owner = child;
  mm.limits ??= group.limits;
  child.comm = t.comm;
  child.startTime = kernel.now();
  child.noNewPrivs = t.noNewPrivs;
  child.personality = t.personality;
  child.timerSlack = t.timerSlack;
  child.scheduling.inherit(t.scheduling);
  const keepStack = (flags & CLONE_VM) === 0 || (flags & CLONE_VFORK) !== 0;
  child.signals.inherit(t.signals, keepStack);
  group.tasks.push(child);
  if (group !== t.group) group.leader = child;
  kernel.tasks.set(tid, child);
  return child;
}

function newGroup(t: Task, a: CloneArgs, pid: number): ThreadGroup {
  const { kernel } = t;
  const from = t.group;
  const sibling = (a.flags & CLONE_PARENT) !== 0;
  const share = (a.flags & CLONE_SIGHAND) !== 0;
  const group = new ThreadGroup(
    kernel,
    pid,
    from.processGroup,
    GroupSignals.forked(from.signals, share, a.clearSighand),
    from.limits.copy(),
  );
  group.processGroup.join(group);
  group.parent = sibling ? from.parent : from;
  group.parentTask = sibling ? from.parentTask : t;
  group.parent?.children.add(group);
  group.exitSignal = sibling ? from.exitSignal : a.exitSignal;
  group.dumpable = from.dumpable;
  group.withoutTerminal = from.withoutTerminal;
  group.oomScoreAdj = from.oomScoreAdj;
  kernel.groups.set(pid, group);
  if (group.limits.cur[RLIMIT_CPU] !== RLIM_INFINITY) {
    group.timers.cpuLimitChanged();
  }
  return group;
}

function setRegisters(child: Task, a: CloneArgs): void {
  const { regs } = child.ctx;
  setReg(regs, RAX, 0);
  if (a.stack !== 0) setReg(regs, RSP, a.stack);
  if ((a.flags & CLONE_SETTLS) !== 0) setReg(regs, FS_BASE, a.tls);
}

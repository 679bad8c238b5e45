/** A sandbox from its configuration to its exit code. */
import { ENOENT, ENOTDIR, errnoName } from "../abi/linux/errno.ts";
import { AT_FDCWD } from "../abi/linux/fcntl.ts";
import type { Platform } from "../platform/platform.ts";
import type { SandboxConfig } from "./config.ts";
import { setUpAnon } from "./fs/anon/setup.ts";
import {
  attachHostStdio,
  type HostStdio,
  restoreTerminal,
  takeTerminal,
} from "./fs/hostfd/attach.ts";
import { buildRoot } from "./fs/root.ts";
import { Credentials } from "./kernel/credentials.ts";
import { prepareDispatch } from "./kernel/dispatch.ts";
import { GroupSignals } from "./kernel/group_signals.ts";
import { Kernel } from "./kernel/kernel.ts";
import { leaveKernel } from "./kernel/leave.ts";
import type { Log } from "./kernel/log.ts";
import { ResourceLimits } from "./kernel/rlimit.ts";
import { ProcessGroup } from "./kernel/session.ts";
import { Task } from "./kernel/task.ts";
import { ThreadGroup } from "./kernel/thread_group.ts";
import { startInit } from "./loader/init.ts";
import { MemoryManager } from "./mm/memory_manager.ts";
import { FdTable } from "./vfs/fd_table.ts";
import { FsContext } from "./vfs/fs_context.ts";
import { utf8ToBinary } from "./strings.ts";
import { FOLLOW, resolve } from "./vfs/resolve.ts";
import type { VfsPath } from "./vfs/path.ts";

/** The sandbox could not be started; the message is one line: cause; remedy. */
export class BootError extends Error {
  constructor(
    readonly cause_: string,
    readonly remedy: string,
    /** 125, 126 (can't be run) or 127 (not found). */
    readonly exitCode: number,
  ) {
    super(`${cause_}; ${remedy}`);
  }
}

/**
 * Runs a sandbox until its first process ends; the exit code, 128 + n after a
 * signal. Throws BootError when it can't start. Nothing of it is left after.
 */
export function boot(
  config: SandboxConfig,
  platform: Platform,
  log: Log,
): number {
  const kernel = new Kernel(platform, config, log);
  try {
    start(kernel);
    return kernel.run();
  } finally {
    restoreTerminal();
    platform.shutdown();
  }
}

function start(kernel: Kernel): void {
  const { config } = kernel;
  setUpAnon();
  const root = buildRoot(kernel, config);
  const stdio = attachHostStdio(kernel);
  const t = firstTask(kernel, root);
  installStdio(t, stdio);
  takeTerminal(stdio, t.group.processGroup);
  const cwd = resolve(t, AT_FDCWD, utf8ToBinary(config.cwd), FOLLOW);
  if (typeof cwd === "number" || !cwd.inode.isDirectory) {
    const errno = typeof cwd === "number" ? -cwd : ENOTDIR;
    throw new BootError(
      `${config.cwd}: ${errnoName(errno)} in the sandbox`,
      "name a directory there with --cwd",
      125,
    );
  }
  t.fs.setCwd(cwd);
  const failure = startInit(t, config.args, config.env);
  if (failure !== null) {
    const missing = failure.errno === ENOENT;
    throw new BootError(
      `cannot run ${failure.path}: ${errnoName(failure.errno)}`,
      missing
        ? "name a program that is in the root"
        : "name an executable program",
      missing ? 127 : 126,
    );
  }
  prepareDispatch();
  leaveKernel(t);
}

function firstTask(kernel: Kernel, root: VfsPath): Task {
  const { config, platform } = kernel;
  const ctx = platform.newProcess();
  const mm = MemoryManager.create(ctx.as, platform.taskSize);
  const pid = kernel.allocatePid();
  const group = new ThreadGroup(
    kernel,
    pid,
    ProcessGroup.ofNewSession(kernel, pid),
    GroupSignals.initial(),
    ResourceLimits.initial(),
  );
  const creds = Credentials.forUser(config.uid, config.gid);
  const fs = new FsContext(root, root, 0o022);
  const t = new Task(kernel, pid, group, ctx, mm, fs, new FdTable(), creds);
  ctx.owner = t;
  mm.limits = group.limits;
  t.startTime = kernel.now();
  group.leader = t;
  group.tasks.push(t);
  group.processGroup.join(group);
  kernel.tasks.set(pid, t);
  kernel.groups.set(pid, group);
  kernel.init = group;
  return t;
}

function installStdio(t: Task, stdio: HostStdio): void {
  const files = [stdio.stdin, stdio.stdout, stdio.stderr];
  for (let fd = 0; fd < files.length; fd++) {
    const file = files[fd];
    if (file !== null) t.files.installAt(t, fd, file, false);
  }
}

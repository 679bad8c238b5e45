/** Who may signal, schedule or look at whom: kill(2), ptrace(2). */
import { SIGCONT } from "../../abi/linux/signal.ts";
import { CAP_KILL, CAP_SYS_PTRACE } from "../../abi/linux/capability.ts";
import type { Task } from "./task.ts";

/** Whether `t` may send `signo` to `target`, kill(2). */
export function maySignal(t: Task, target: Task, signo: number): boolean {
  if (t.group === target.group) return true;
  const a = t.creds;
  const b = target.creds;
  if (
    a.euid === b.suid || a.euid === b.uid || a.uid === b.suid ||
    a.uid === b.uid || a.can(CAP_KILL)
  ) return true;
  return signo === SIGCONT &&
    t.group.processGroup.session === target.group.processGroup.session;
}

/** Whether `t` may look into `target` (PTRACE_MODE_READ with file-system ids). */
export function mayInspect(t: Task, target: Task): boolean {
  if (t.group === target.group) return true;
  const a = t.creds;
  const b = target.creds;
  const same = a.fsuid === b.euid && a.fsuid === b.suid && a.fsuid === b.uid &&
    a.fsgid === b.egid && a.fsgid === b.sgid && a.fsgid === b.gid;
  if (a.can(CAP_SYS_PTRACE)) return true;
  return same && target.group.dumpable === 1 &&
    b.permitted.isSubsetOf(a.permitted);
}

/** Children whose parent ends: who gets them, and what they hear of it. */
import { SIGCHLD } from "../../abi/linux/signal.ts";
import { notifyParent } from "./exit.ts";
import { killOrphanedGroup } from "./job_control.ts";
import { SigInfo } from "./siginfo.ts";
import { sendToTask } from "./signal.ts";
import type { Task } from "./task.ts";
import type { ThreadGroup } from "./thread_group.ts";

/**
 * `t` ends and has left its group's list of tasks: children that it made get
 * another parent, a sibling or, after the last, the next subreaper above or
 * init. PR_SET_PDEATHSIG is sent.
 */
export function orphanChildren(t: Task): void {
  const tg = t.group;
  const sibling = tg.tasks.length > 0 ? tg.tasks[0] : null;
  const reaper = sibling === null ? findReaper(tg) : tg;
  for (const child of [...tg.children]) {
    if (child.parentTask === t || sibling === null) {
      child.parentTask = sibling ?? reaper?.leader ?? null;
      for (const orphan of child.tasks) {
        if (orphan.pdeathSignal !== 0) {
          const info = SigInfo.user(orphan.pdeathSignal, tg.pid, t.creds.uid);
          sendToTask(orphan, info);
        }
      }
    }
    if (reaper !== tg) adopt(child, tg, reaper);
  }
}

function adopt(
  child: ThreadGroup,
  father: ThreadGroup,
  reaper: ThreadGroup | null,
): void {
  father.children.delete(child);
  child.parent = reaper;
  if (reaper === null) return;
  reaper.children.add(child);
  child.exitSignal = SIGCHLD;
  if (child.exitStatus !== null) notifyParent(child);
  killOrphanedGroup(child, father, null);
}

/** The process that inherits the children of `tg`; null when there is none left (the sandbox ends). */
function findReaper(tg: ThreadGroup): ThreadGroup | null {
  for (let p = tg.parent; p !== null; p = p.parent) {
    if (p.childSubreaper && !p.groupExiting) return p;
  }
  const { init } = tg.kernel;
  return init === tg ? null : init;
}

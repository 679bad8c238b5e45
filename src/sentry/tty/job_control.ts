/** Who may use a terminal: background process groups are stopped. */
import { EIO } from "../../abi/linux/errno.ts";
import { SIG_IGN, SIGTTIN } from "../../abi/linux/signal.ts";
import { sendToProcessGroup } from "../kernel/signal.ts";
import type { Task } from "../kernel/task.ts";
import type { ThreadGroup } from "../kernel/thread_group.ts";
import { ERESTARTSYS } from "../syscalls/row.ts";
import { Tty } from "./tty.ts";

/** The controlling terminal of a process, or null. */
export function terminalOf(tg: ThreadGroup): Tty | null {
  if (tg.withoutTerminal) return null;
  const { terminal } = tg.processGroup.session;
  return terminal instanceof Tty ? terminal : null;
}

/**
 * Before a read (`signo` SIGTTIN), or a write or change of `tty` (SIGTTOU). 0
 * if `t` may go on; -ERESTARTSYS after its process group was sent `signo`;
 * -EIO where that would be in vain. See tty_check_change in Linux.
 */
export function checkForeground(t: Task, tty: Tty, signo: number): number {
  if (terminalOf(t.group) !== tty) return 0;
  const group = t.group.processGroup;
  if (tty.foreground === null || tty.foreground === group) return 0;
  const { signals } = t.group;
  if (
    t.signals.mask.has(signo) ||
    signals.actions.get(signo).handler === SIG_IGN
  ) return signo === SIGTTIN ? -EIO : 0;
  if (group.isOrphaned()) return -EIO;
  sendToProcessGroup(group, signo);
  return -ERESTARTSYS;
}

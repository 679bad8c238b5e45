/** Terminals and process groups when processes end: setpgid(2), credentials(7). */
import { SIGCONT, SIGHUP } from "../../abi/linux/signal.ts";
import type { Session } from "./session.ts";
import { sendToProcessGroup } from "./signal.ts";
import type { ThreadGroup } from "./thread_group.ts";

/**
 * A process of `tg`'s group ended or changed parents, from `parent`: if the
 * group is orphaned by it and has stopped members, they get SIGHUP and SIGCONT.
 * @param leaving a process that does not count any more
 */
export function killOrphanedGroup(
  tg: ThreadGroup,
  parent: ThreadGroup | null,
  leaving: ThreadGroup | null,
): void {
  const group = tg.processGroup;
  if (parent === null || parent.processGroup === group) return;
  if (parent.processGroup.session !== group.session) return;
  if (!group.isOrphaned(leaving) || !group.hasStopped()) return;
  sendToProcessGroup(group, SIGHUP);
  sendToProcessGroup(group, SIGCONT);
}

/** Process `tg` ends: if it leads a session, the terminal is free again. */
export function leaveTerminal(tg: ThreadGroup): void {
  const { session } = tg.processGroup;
  if (session.leader !== tg) return;
  disassociateTerminal(session);
  session.leader = null;
}

/** The session gives up its controlling terminal; the foreground group hears SIGHUP and SIGCONT. */
export function disassociateTerminal(session: Session): void {
  const { terminal } = session;
  if (terminal === null) return;
  const { foreground } = terminal;
  session.terminal = null;
  terminal.disassociated();
  if (foreground === null) return;
  sendToProcessGroup(foreground, SIGHUP);
  sendToProcessGroup(foreground, SIGCONT);
}

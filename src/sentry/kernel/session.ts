/**
 * Sessions and process groups, credentials(7), and the controlling terminal
 * as they see it. A process group lives while it has members; its id is kept
 * in `kernel.processGroups` that long.
 */
import type { Kernel } from "./kernel.ts";
import type { ThreadGroup } from "./thread_group.ts";

/** A terminal that can be a session's controlling terminal. */
export interface ControllingTerminal {
  session: Session | null;
  foreground: ProcessGroup | null;
  /**
   * The session leader has gone or gave it up: the terminal drops session and
   * foreground group. Signals are sent by the caller.
   */
  disassociated(): void;
}

export class Session {
  /** Process groups of it. */
  readonly groups: Set<ProcessGroup> = new Set();
  terminal: ControllingTerminal | null = null;

  /** @param leader the process that called setsid; null once it has ended */
  constructor(readonly id: number, public leader: ThreadGroup | null) {}
}

export class ProcessGroup {
  readonly members: Set<ThreadGroup> = new Set();

  constructor(
    readonly kernel: Kernel,
    readonly id: number,
    readonly session: Session,
  ) {
    session.groups.add(this);
    kernel.processGroups.set(id, this);
  }

  /** A session of its own for the first process, which joins it by `join`. */
  static ofNewSession(kernel: Kernel, id: number): ProcessGroup {
    return new ProcessGroup(kernel, id, new Session(id, null));
  }

  /** Adds a new process (fork) or moves one here from the group it was in. */
  join(tg: ThreadGroup): void {
    const old = tg.processGroup;
    if (old !== this) old.leave(tg);
    this.members.add(tg);
    tg.processGroup = this;
    if (this.session.id === tg.pid && this.session.leader === null) {
      this.session.leader = tg;
    }
  }

  /** Removes a process that moves elsewhere or has been reaped. */
  leave(tg: ThreadGroup): void {
    this.members.delete(tg);
    if (this.members.size > 0) return;
    this.session.groups.delete(this);
    if (this.kernel.processGroups.get(this.id) === this) {
      this.kernel.processGroups.delete(this.id);
    }
  }

  /**
   * Whether no member has a parent in another group of the same session:
   * nobody is there to continue it. `except` is left out: a process that is
   * about to end.
   */
  isOrphaned(except: ThreadGroup | null = null): boolean {
    for (const tg of this.members) {
      if (tg === except || tg.exitStatus !== null) continue;
      const parent = tg.parent;
      if (parent === null) continue;
      if (
        parent.processGroup !== this &&
        parent.processGroup.session === this.session
      ) return false;
    }
    return true;
  }

  /** Whether a member is stopped. */
  hasStopped(): boolean {
    for (const tg of this.members) if (tg.signals.stopped) return true;
    return false;
  }
}

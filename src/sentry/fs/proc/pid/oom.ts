/** /proc/pid/oom_score, oom_score_adj and oom_adj. Nobody kills by score here, but programs set it. */
import { EACCES, EINVAL } from "../../../../abi/linux/errno.ts";
import { CAP_SYS_RESOURCE } from "../../../../abi/linux/capability.ts";
import type { Task } from "../../../kernel/task.ts";
import { parseNumber, type Subject, type TaskEntry } from "../entry.ts";

const MOST = 1000;
/** oom_adj: the old scale, from -17 (never) to 15. */
const OLD_NEVER = -17;
const OLD_MOST = 15;

function set({ task }: Subject, t: Task, adj: number): number {
  const { group } = task;
  if (adj < group.oomScoreAdj && !t.creds.can(CAP_SYS_RESOURCE)) {
    return -EACCES;
  }
  group.oomScoreAdj = adj;
  return 0;
}

export const oomScoreAdj: TaskEntry = {
  name: "oom_score_adj",
  mode: 0o644,
  text: ({ task }) => `${task.group.oomScoreAdj}\n`,
  taken(of, t, text) {
    const adj = parseNumber(text);
    if (!(adj >= -MOST && adj <= MOST)) return -EINVAL;
    const r = set(of, t, adj);
    return r < 0 ? r : text.length;
  },
};

export const oomAdj: TaskEntry = {
  name: "oom_adj",
  mode: 0o644,
  text({ task }) {
    const adj = task.group.oomScoreAdj;
    if (adj === MOST) return `${OLD_MOST}\n`;
    return `${Math.trunc(adj * -OLD_NEVER / MOST)}\n`;
  },
  taken(of, t, text) {
    const old = parseNumber(text);
    if (!(old >= OLD_NEVER && old <= OLD_MOST)) return -EINVAL;
    const adj = old === OLD_MOST ? MOST : Math.trunc(old * MOST / -OLD_NEVER);
    const r = set(of, t, adj);
    return r < 0 ? r : text.length;
  },
};

export const oomScore: TaskEntry = {
  name: "oom_score",
  mode: 0o444,
  text: ({ task }) => `${Math.max(0, 666 + task.group.oomScoreAdj)}\n`,
};

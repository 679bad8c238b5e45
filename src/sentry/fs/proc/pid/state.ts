/** What a task is doing, as one letter. */
import { type Task, TaskState } from "../../../kernel/task.ts";

/** Whether `t` still has memory, files and a place in the tree. */
export function isAlive(t: Task): boolean {
  return t.state !== TaskState.Zombie && t.state !== TaskState.Dead;
}

/** R, S, D, T, Z or X. */
export function stateLetter(t: Task): string {
  switch (t.state) {
    case TaskState.Running:
    case TaskState.Ready:
      return "R";
    case TaskState.Parked:
      return t.killableOnly ? "D" : "S";
    case TaskState.Stopped:
      return "T";
    case TaskState.Zombie:
      return "Z";
    default:
      return "X";
  }
}

const NAMES: Readonly<Record<string, string>> = {
  R: "running",
  S: "sleeping",
  D: "disk sleep",
  T: "stopped",
  Z: "zombie",
  X: "dead",
};

/** "S (sleeping)". */
export function stateText(t: Task): string {
  const letter = stateLetter(t);
  return `${letter} (${NAMES[letter]})`;
}

/** Ending a task or a process. */
import { exitStatus } from "../../abi/linux/wait.ts";
import { exitGroup, exitTask } from "../kernel/exit.ts";
import type { Task } from "../kernel/task.ts";
import { full, GONE, int, type Row } from "./row.ts";

/** exit(2) of one task: its siblings live on. */
export function exit(t: Task, status: number): number {
  exitTask(t, exitStatus(status));
  return GONE;
}

/** exit_group(2). */
export function exit_group(t: Task, status: number): number {
  exitGroup(t, exitStatus(status));
  return GONE;
}

export const exitRows: Row[] = [
  full(60, "exit", exit, int),
  full(231, "exit_group", exit_group, int),
];

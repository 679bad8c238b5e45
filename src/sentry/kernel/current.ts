/**
 * The task whose call is being served, for the few files whose state depends
 * on who looks (a signalfd's readiness).
 */
import type { Task } from "./task.ts";

export const current: { task: Task | null } = { task: null };

/** What a pidfd refers to, without knowing its file type. */
import type { FileDescription } from "../vfs/file_description.ts";
import type { ThreadGroup } from "./thread_group.ts";

/** A description that names a process: a pidfd. */
export interface PidfdFile {
  readonly pidfdGroup: ThreadGroup;
}

/** The process behind `file`, or null if it is no pidfd. */
export function pidfdTarget(file: FileDescription): ThreadGroup | null {
  return "pidfdGroup" in file
    ? (file as unknown as PidfdFile).pidfdGroup
    : null;
}

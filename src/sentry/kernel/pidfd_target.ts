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

/** An inode that pidfd_send_signal(2) takes for a pidfd: /proc/pid. */
export interface ProcessDirectory {
  readonly signalledGroup: ThreadGroup | null;
}

/** The process that a signal sent to `file` goes to, or null: pidfds and /proc/pid. */
export function signalTarget(file: FileDescription): ThreadGroup | null {
  const { inode } = file;
  if ("signalledGroup" in inode) {
    return (inode as unknown as ProcessDirectory).signalledGroup;
  }
  return pidfdTarget(file);
}

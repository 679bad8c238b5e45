/** What a user asks of a sandbox: the command line or an OCI bundle, reduced. */
export interface SandboxConfig {
  /** Host directory that becomes `/`. */
  root: string;
  /** How the guest may write to it: on the host, not at all, or in memory. */
  rootMode: "rw" | "ro" | "overlay";
  /** The program and its arguments; args[0] is looked up in the guest's PATH. */
  args: string[];
  /** The whole environment, "KEY=value". */
  env: string[];
  cwd: string;
  uid: number;
  gid: number;
  hostname: string;
  mounts: MountConfig[];
  /** Print system calls to the debug log (stderr without one). */
  strace: boolean;
  /** Host file for the debug log, or null. */
  debugLog: string | null;
}

export interface MountConfig {
  type: "bind" | "tmpfs";
  /** Host path, for bind. */
  src?: string;
  /** Guest path. */
  dst: string;
  readonly: boolean;
}

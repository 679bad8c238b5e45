/** Where the Sentry reports what it does: a host file or nothing. Lines, not records; strace lines go here too. */
export interface Log {
  /** Whether debug lines are wanted: callers test it before they build one. */
  readonly debugging: boolean;
  /** Whether strace lines are wanted. */
  readonly tracing: boolean;
  debug(line: string): void;
  trace(line: string): void;
  warn(line: string): void;
  error(line: string): void;
}

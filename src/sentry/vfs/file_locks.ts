/** Placeholder types until the lock tables are in. */
export abstract class FileLocks {
  /** Drops the record locks that a process (its descriptor table) holds: it closed a descriptor. */
  abstract releaseOwner(owner: object): void;
}

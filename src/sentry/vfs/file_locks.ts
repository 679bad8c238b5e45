/**
 * Locks of one file: record locks of fcntl(2), owned by a process (its
 * descriptor table) or by an open file description, and flock(2)'s.
 */
import { F_UNLCK, F_WRLCK } from "../../abi/linux/fcntl.ts";
import { WaitQueue } from "../kernel/wait_queue.ts";
import type { Inode } from "./inode.ts";

/** A locked range, from `start` up to and without `end` (Infinity: however far the file goes). */
export interface RecordLock {
  /** FdTable for POSIX locks, FileDescription for OFD locks. */
  readonly owner: object;
  /** F_RDLCK or F_WRLCK. */
  readonly type: number;
  readonly start: number;
  readonly end: number;
  /** l_pid: -1 for OFD locks. */
  readonly pid: number;
}

/** The event of `queue`. */
export const LOCK_EVENT = 1;

/** Who waits for whose record lock: for EDEADLK. */
const waitsFor: WeakMap<object, object> = new WeakMap();

export class FileLocks {
  /** Woken when a lock is given up. */
  readonly queue: WaitQueue = new WaitQueue();
  #records: RecordLock[] = [];
  /** flock(2): type by open file description. */
  readonly #whole: Map<object, number> = new Map();

  /** The locks of `inode`, made on first use. */
  static of(inode: Inode): FileLocks {
    return inode.locks ??= new FileLocks();
  }

  get records(): readonly RecordLock[] {
    return this.#records;
  }

  get whole(): ReadonlyMap<object, number> {
    return this.#whole;
  }

  /** A lock of somebody else that `wanted` has to wait for, or null. */
  conflict(wanted: RecordLock): RecordLock | null {
    for (const lock of this.#records) {
      if (lock.owner === wanted.owner) continue;
      if (lock.end <= wanted.start || lock.start >= wanted.end) continue;
      if (lock.type === F_WRLCK || wanted.type === F_WRLCK) return lock;
    }
    return null;
  }

  /** Whether waiting for `holder` would close a circle; if not, `owner` is noted as waiting. */
  wouldDeadlock(owner: object, holder: object): boolean {
    let next: object | undefined = holder;
    for (let i = 0; next !== undefined && i < 100; i++) {
      if (next === owner) return true;
      next = waitsFor.get(next);
    }
    waitsFor.set(owner, holder);
    return false;
  }

  /** `owner` waits no more. */
  static stopWaiting(owner: object): void {
    waitsFor.delete(owner);
  }

  /** Sets what `owner` holds in the range of `wanted` (F_UNLCK: nothing). There is no conflict. */
  set(wanted: RecordLock): void {
    const { owner, start, end, type } = wanted;
    const kept: RecordLock[] = [];
    let low = start;
    let high = end;
    let released = false;
    for (const lock of this.#records) {
      const apart = lock.end < start || lock.start > end;
      if (lock.owner !== owner || apart) {
        kept.push(lock);
        continue;
      }
      if (lock.type === type) {
        // Neighbours of the same kind grow together.
        low = Math.min(low, lock.start);
        high = Math.max(high, lock.end);
        continue;
      }
      if (lock.start < start) {
        kept.push({ ...lock, end: Math.min(lock.end, start) });
      }
      if (lock.end > end) {
        kept.push({ ...lock, start: Math.max(lock.start, end) });
      }
      released = true;
    }
    if (type !== F_UNLCK) insert(kept, { ...wanted, start: low, end: high });
    this.#records = kept;
    if (released) this.queue.wake(LOCK_EVENT);
  }

  /** Drops the record locks of a process that has closed a descriptor of the file, or of a description. */
  releaseOwner(owner: object): void {
    const kept = this.#records.filter((lock) => lock.owner !== owner);
    if (kept.length === this.#records.length) return;
    this.#records = kept;
    this.queue.wake(LOCK_EVENT);
  }

  /** Drops all that an open file description holds: it is being released. */
  releaseFile(file: object): void {
    this.releaseOwner(file);
    this.unlockWhole(file);
  }

  /**
   * flock(2): whether `file` may hold the lock as `type` (F_RDLCK or F_WRLCK)
   * now; then it does. A conversion gives the old lock up first, as Linux does.
   */
  lockWhole(file: object, type: number): boolean {
    if (this.#whole.get(file) === type) return true;
    this.unlockWhole(file);
    for (const held of this.#whole.values()) {
      if (held === F_WRLCK || type === F_WRLCK) return false;
    }
    this.#whole.set(file, type);
    return true;
  }

  unlockWhole(file: object): void {
    if (this.#whole.delete(file)) this.queue.wake(LOCK_EVENT);
  }
}

/** Puts a lock among those of its owner, by start: F_GETLK shows the first. */
function insert(records: RecordLock[], lock: RecordLock): void {
  let at = records.length;
  for (let i = 0; i < records.length; i++) {
    if (records[i].owner !== lock.owner) continue;
    at = i + 1;
    if (records[i].start > lock.start) {
      at = i;
      break;
    }
  }
  records.splice(at, 0, lock);
}

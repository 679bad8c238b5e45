/**
 * What must outlive one attempt of a system call. A handler that waits runs
 * again from the start when woken (see docs/architecture.md); what it may not
 * forget sits here. Cleared when a new call enters.
 */
import type { FileDescription } from "../vfs/file_description.ts";

export class Call {
  /** True during the first attempt. */
  first = true;
  /** Bytes or items done in earlier attempts. */
  done = 0;
  /** Monotonic ns after which `park` answers -ETIMEDOUT; Infinity for none. */
  deadline = Infinity;
  /** Set by a waker that has already done the work (futex, locks): do not test again. */
  woken = false;
  /** A number whose meaning is the handler's own. */
  stage = 0;
  value = 0;
  /** Files pinned at the first attempt, by descriptor order of use. */
  pinned: FileDescription[] = [];
  pins = 0;
  /** An object the handler wants to find again (a lock request, an accepted socket). */
  object: unknown = null;

  /** Before a new call. */
  begin(): void {
    this.first = true;
    this.done = 0;
    this.deadline = Infinity;
    this.woken = false;
    this.stage = 0;
    this.value = 0;
    this.object = null;
  }

  /** After the call has returned: drops the pins. */
  end(): void {
    while (this.pins > 0) {
      this.pins--;
      this.pinned[this.pins].decRef();
    }
    this.pinned.length = 0;
  }
}

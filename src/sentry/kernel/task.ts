/**
 * A task: one guest thread as the kernel sees it. Its thread group holds what
 * threads share by CLONE_THREAD; memory, files and file-system context are
 * shared by CLONE_VM, CLONE_FILES and CLONE_FS.
 */
import { EAGAIN, EINTR, ETIMEDOUT } from "../../abi/linux/errno.ts";
import { POLLIN } from "../../abi/linux/poll.ts";
import type { Context } from "../../platform/platform.ts";
import type { MemoryManager } from "../mm/memory_manager.ts";
import { UserBuffer } from "../mm/user_buffer.ts";
import { ERESTARTSYS, PARKED } from "../syscalls/row.ts";
import type { FdTable } from "../vfs/fd_table.ts";
import type { FileDescription } from "../vfs/file_description.ts";
import type { FsContext } from "../vfs/fs_context.ts";
import { Call } from "./call.ts";
import type { Credentials } from "./credentials.ts";
import type { FutexWaiter } from "./futex.ts";
import type { Kernel } from "./kernel.ts";
import { Scheduling } from "./scheduling.ts";
import { TaskSignals } from "./task_signals.ts";
import type { ThreadGroup } from "./thread_group.ts";
import { Timer, type TimerTarget } from "./timer.ts";
import { Waiter, type WaitQueue, type WaitTarget } from "./wait_queue.ts";

export const enum TaskState {
  /** In the guest, or on its way there. */
  Running,
  /** Ready: its call runs again soon. */
  Ready,
  /** Waits, interruptibly unless the call says otherwise. */
  Parked,
  /** Stopped by a signal (or ptrace). */
  Stopped,
  Zombie,
  Dead,
}

export class Task implements WaitTarget, TimerTarget {
  state: TaskState = TaskState.Running;
  readonly call: Call = new Call();
  readonly signals: TaskSignals = new TaskSignals();
  /** Shown as comm; 15 bytes. */
  comm = "";
  /** set_tid_address(2). */
  clearChildTid = 0;
  robustList = 0;
  /** The vfork(2) parent that waits for this task to exec or exit. */
  vforkParent: Task | null = null;
  exitCode = 0;
  /** CPU time of calls, ns, for rusage; see time accounting. */
  startTime = 0;
  noNewPrivs = false;
  personality = 0;
  pdeathSignal = 0;
  timerSlack = 50000;

  readonly #in: UserBuffer = new UserBuffer(false);
  readonly #out: UserBuffer = new UserBuffer(true);
  readonly #waiter: Waiter = new Waiter(this);
  /** Further queues of the same wait (poll, select, epoll); `#extraUsed` of them are linked. */
  readonly #extra: Waiter[] = [];
  #extraUsed = 0;
  readonly #timer: Timer = new Timer(this);
  /** Run the handler again only for SIGKILL (uninterruptible to others). */
  killableOnly = false;
  /** Ready not to run its call again, but to look at its signals and leave (after a stop). */
  leaving = false;
  /** Whether it came from the guest by a system call, whose result is in RAX. */
  inSyscall = false;
  /** Its call waits for the context to be captured; it runs again then. */
  capturing = false;
  /** Its place among the waiters of a futex. */
  futexWaiter: FutexWaiter | null = null;
  readonly scheduling: Scheduling = new Scheduling();

  constructor(
    readonly kernel: Kernel,
    public tid: number,
    public group: ThreadGroup,
    public ctx: Context,
    public mm: MemoryManager,
    public fs: FsContext,
    public files: FdTable,
    public creds: Credentials,
  ) {}

  /** Buffer of data that comes from the guest: `count` bytes at `addr`. Good until the next `in`. */
  in(addr: number, count: number): UserBuffer {
    return this.#in.set(this.mm, addr, count);
  }

  /** Buffer that the call fills. Good until the next `out`. */
  out(addr: number, count: number): UserBuffer {
    return this.#out.set(this.mm, addr, count);
  }

  /** Empty buffers, for iovecs. */
  inVec(): UserBuffer {
    return this.#in.reset(this.mm);
  }
  outVec(): UserBuffer {
    return this.#out.reset(this.mm);
  }

  /** Copies a struct (or bytes) from the guest. False: EFAULT. */
  copyIn(addr: number, to: { readonly bytes: Uint8Array }): boolean {
    return this.mm.copyIn(addr, to.bytes, 0, to.bytes.length);
  }

  /** Copies a struct (or bytes) to the guest. False: EFAULT. */
  copyOut(addr: number, from: { readonly bytes: Uint8Array }): boolean {
    return this.mm.copyOut(addr, from.bytes, 0, from.bytes.length);
  }

  /**
   * The file of `fd`, the same in every attempt of a call even if a sibling
   * closes the descriptor. Null: EBADF. O_PATH descriptors are not found.
   */
  file(fd: number): FileDescription | null {
    return this.files.lookup(fd);
  }

  /** As `file`, for calls that may wait: pinned until the call ends, so every attempt sees the same file. `n` counts the call's files from 0. */
  pinnedFile(fd: number, n = 0): FileDescription | null {
    const call = this.call;
    if (n < call.pins) return call.pinned[n];
    const file = this.files.lookup(fd);
    if (file === null) return null;
    file.incRef();
    call.pinned[n] = file;
    call.pins = n + 1;
    return file;
  }

  /**
   * Waits for `events` on `queue` (null: only for time or a signal). Returns
   * PARKED (the handler runs again), -ERESTARTSYS if a signal is pending, or
   * -ETIMEDOUT when `call.deadline` has passed. Spurious wakes happen.
   */
  park(queue: WaitQueue | null, events: number): number {
    if (
      this.signals.pending && (!this.killableOnly || this.signals.killed)
    ) {
      this.#unlinkExtra();
      return -ERESTARTSYS;
    }
    const deadline = this.call.deadline;
    if (deadline !== Infinity) {
      if (this.kernel.now() >= deadline) {
        this.#unlinkExtra();
        return -ETIMEDOUT;
      }
      this.kernel.timers.start(this.#timer, deadline);
    }
    if (queue !== null) queue.add(this.#waiter, events);
    this.state = TaskState.Parked;
    return PARKED;
  }

  /** Adds a queue to the wait that the next `park` begins. */
  alsoWait(queue: WaitQueue, events: number): void {
    if (this.#extraUsed === this.#extra.length) {
      this.#extra.push(new Waiter(this));
    }
    queue.add(this.#extra[this.#extraUsed++], events);
  }

  /** `park` for a file that answered -EAGAIN: with O_NONBLOCK that stands. */
  parkOn(file: FileDescription, events: number): number {
    if ((file.flags & 0o4000) !== 0) return -EAGAIN;
    const limit = (events & POLLIN) !== 0 ? file.readLimit : file.writeLimit;
    if (limit !== Infinity) return this.parkFor(file.queue, events, limit);
    return this.park(file.queue, events);
  }

  /**
   * `park` for at most `limit` ns from the first wait of the call on: then
   * -EAGAIN, and -EINTR instead of a restart after a signal (SO_RCVTIMEO).
   */
  parkFor(queue: WaitQueue, events: number, limit: number): number {
    const { call } = this;
    if (limit !== Infinity && call.deadline === Infinity) {
      call.deadline = this.kernel.now() + limit;
    }
    const r = this.park(queue, events);
    if (r === -ETIMEDOUT) return -EAGAIN;
    return r === -ERESTARTSYS && limit !== Infinity ? -EINTR : r;
  }

  woken(_waiter: Waiter, _events: number): void {
    this.unpark();
  }

  expired(_timer: Timer): void {
    this.unpark();
  }

  /** Ends the wait: the handler runs again soon. No effect unless parked. */
  unpark(): void {
    if (this.state !== TaskState.Parked) return;
    this.unlinkWaiters();
    this.state = TaskState.Ready;
    this.kernel.ready(this);
  }

  /** Leaves all queues and stops the wait's timer. */
  unlinkWaiters(): void {
    this.#waiter.unlink();
    this.#unlinkExtra();
    this.kernel.timers.stop(this.#timer);
  }

  #unlinkExtra(): void {
    while (this.#extraUsed > 0) this.#extra[--this.#extraUsed].unlink();
  }
}

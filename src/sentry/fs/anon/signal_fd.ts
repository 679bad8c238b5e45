/** signalfd(2): the reader's blocked signals as a file. */
import { EAGAIN, EFAULT, EINVAL } from "../../../abi/linux/errno.ts";
import { SignalfdSiginfo } from "../../../abi/linux/eventfd.ts";
import { POLLIN } from "../../../abi/linux/poll.ts";
import { SI_KERNEL, SI_TIMER, SI_USER } from "../../../abi/linux/siginfo.ts";
import {
  SIGBUS,
  SIGCHLD,
  SIGKILL,
  SIGPOLL,
  SIGSEGV,
  SIGSTOP,
} from "../../../abi/linux/signal.ts";
import { current } from "../../kernel/current.ts";
import { recalcPending } from "../../kernel/signal.ts";
import {
  type SignalListener,
  signalListeners,
} from "../../kernel/signal_listeners.ts";
import { SigInfo } from "../../kernel/siginfo.ts";
import { SignalSet } from "../../kernel/signal_set.ts";
import type { Task } from "../../kernel/task.ts";
import type { UserBuffer } from "../../mm/user_buffer.ts";
import { AnonFile } from "./anon_file.ts";

const record = SignalfdSiginfo.alloc();

export class SignalFd extends AnonFile implements SignalListener {
  /** Signals it does not take. */
  readonly #others: SignalSet = new SignalSet();

  constructor(lo: number, hi: number) {
    super();
    this.setMask(lo, hi);
    signalListeners.add(this);
  }

  /** Takes these signals from now on; SIGKILL and SIGSTOP never. */
  setMask(lo: number, hi: number): void {
    this.#others.set(~lo, ~hi);
    this.#others.add(SIGKILL);
    this.#others.add(SIGSTOP);
    this.queue.wake(POLLIN);
  }

  signalQueued(signo: number): void {
    if (!this.#others.has(signo)) this.queue.wake(POLLIN);
  }

  /** Records of as many signals as wait and fit; -EAGAIN, -EINVAL, -EFAULT. */
  override read(t: Task, dst: UserBuffer): number {
    if (dst.remaining < SignalfdSiginfo.size) return -EINVAL;
    let done = 0;
    while (dst.remaining >= SignalfdSiginfo.size) {
      const info = this.#take(t);
      if (info === null) break;
      fill(info);
      const n = dst.copy(record.bytes, 0, SignalfdSiginfo.size);
      if (n !== SignalfdSiginfo.size) return done > 0 ? done : -EFAULT;
      done += n;
    }
    if (done === 0) return -EAGAIN;
    recalcPending(t);
    return done;
  }

  #take(t: Task): SigInfo | null {
    const own = t.signals.queue;
    const shared = t.group.signals.queue;
    let queue = own;
    let signo = own.next(this.#others);
    if (signo === 0) {
      queue = shared;
      signo = shared.next(this.#others);
    }
    if (signo === 0) return null;
    const info = queue.take(signo) ?? new SigInfo(signo, SI_USER);
    info.onDequeue?.dequeued(info);
    return info;
  }

  override poll(): number {
    const t = current.task;
    if (t === null) return 0;
    const others = this.#others;
    return t.signals.queue.next(others) !== 0 ||
        t.group.signals.queue.next(others) !== 0
      ? POLLIN
      : 0;
  }

  override release(): void {
    signalListeners.delete(this);
  }

  override linkText(): string {
    return "anon_inode:[signalfd]";
  }

  override fdInfo(): string {
    const hi = (~this.#others.hi >>> 0).toString(16).padStart(8, "0");
    const lo = (~this.#others.lo >>> 0).toString(16).padStart(8, "0");
    return `sigmask:\t${hi}${lo}\n`;
  }
}

/** Fields as the form of the signal has them, signalfd(2). */
function fill(info: SigInfo): void {
  const { signo, code } = info;
  record.bytes.fill(0);
  record.ssi_signo = signo;
  record.ssi_errno = info.errno;
  record.ssi_code = code;
  const fromKernel = code > SI_USER && code < SI_KERNEL;
  if (code === SI_TIMER) {
    record.ssi_tid = info.timerid;
    record.ssi_overrun = info.overrun;
  } else if (fromKernel && signo === SIGPOLL) {
    record.ssi_band = info.band;
    record.ssi_fd = info.fd;
    return;
  } else if (fromKernel && (signo === SIGSEGV || signo === SIGBUS)) {
    record.ssi_addr = info.addr;
    return;
  } else {
    record.ssi_pid = info.pid;
    record.ssi_uid = info.uid;
  }
  if (signo === SIGCHLD && fromKernel) {
    record.ssi_status = info.status;
    record.ssi_utime = info.utime;
    record.ssi_stime = info.stime;
    return;
  }
  record.ssi_int = info.value_lo | 0;
  record.ssi_ptr_lo = info.value_lo;
  record.ssi_ptr_hi = info.value_hi;
}

/** One signal on its way: what siginfo_t will say. */
import {
  SI_ASYNCNL,
  SI_DETHREAD,
  SI_KERNEL,
  SI_SIGIO,
  SI_TIMER,
  SI_USER,
  type Siginfo,
} from "../../abi/linux/siginfo.ts";
import {
  SIGBUS,
  SIGCHLD,
  SIGFPE,
  SIGILL,
  SIGPOLL,
  SIGSEGV,
  SIGSYS,
  SIGTRAP,
} from "../../abi/linux/signal.ts";
import type { User } from "./user.ts";

export type SiginfoAccess = ReturnType<typeof Siginfo.alloc>;

/** Whose fields are meant, by signal and code (Linux's siginfo_layout). */
const enum Form {
  Kill,
  Queue,
  Timer,
  Poll,
  Fault,
  Child,
  Sys,
}

export class SigInfo {
  errno = 0;
  /** Sender, or the child. */
  pid = 0;
  uid = 0;
  /** sigval, as two halves. */
  value_lo = 0;
  value_hi = 0;
  /** Faults: address and, for SIGBUS, the log2 of the extent. */
  addr = 0;
  addrLsb = 0;
  /** Children: exit code or signal, and CPU times in clock ticks. */
  status = 0;
  utime = 0;
  stime = 0;
  /** SIGIO. */
  band = 0;
  fd = 0;
  /** POSIX timers. */
  timerid = 0;
  overrun = 0;
  /** SIGSYS. */
  syscall = 0;
  arch = 0;
  /** Faults: what sigcontext shows besides. */
  trapno = 0;
  err = 0;
  /** What rt_sigqueueinfo(2) gave, as far as Linux keeps it, bit for bit; else null. */
  raw: Uint8Array | null = null;
  /** The user whose RLIMIT_SIGPENDING it counts against while it is queued. */
  counted: User | null = null;
  /** Told when the signal is taken from its queue (POSIX timers). */
  onDequeue: DequeueTarget | null = null;

  constructor(public signo: number, public code: number) {}

  /** Sent by the kernel without a sender. */
  static kernel(signo: number): SigInfo {
    return new SigInfo(signo, SI_KERNEL);
  }

  /** Sent by kill(2) from process `pid` with real user `uid`. */
  static user(signo: number, pid: number, uid: number): SigInfo {
    const info = new SigInfo(signo, SI_USER);
    info.pid = pid;
    info.uid = uid;
    return info;
  }

  /** A fault of the task. */
  static fault(signo: number, code: number, addr: number): SigInfo {
    const info = new SigInfo(signo, code);
    info.addr = addr;
    return info;
  }

  /** From a siginfo_t that the guest made: rt_sigqueueinfo(2). */
  static fromGuest(signo: number, si: SiginfoAccess): SigInfo {
    const info = new SigInfo(signo, si.si_code);
    info.errno = si.si_errno;
    info.pid = si.si_pid;
    info.uid = si.si_uid;
    info.value_lo = si.si_value_lo;
    info.value_hi = si.si_value_hi;
    info.raw = si.bytes.slice(0, KEPT);
    return info;
  }

  /** The same signal for another receiver. */
  copy(): SigInfo {
    return Object.assign(new SigInfo(this.signo, this.code), this);
  }

  /** Fills `si`, all 128 bytes of it. */
  write(si: SiginfoAccess): void {
    if (this.raw !== null) {
      si.bytes.fill(0);
      si.bytes.set(this.raw);
      si.si_signo = this.signo;
      return;
    }
    si.bytes.fill(0);
    si.si_signo = this.signo;
    si.si_errno = this.errno;
    si.si_code = this.code;
    switch (formOf(this.signo, this.code)) {
      case Form.Kill:
        si.si_pid = this.pid;
        si.si_uid = this.uid;
        break;
      case Form.Queue:
        si.si_pid = this.pid;
        si.si_uid = this.uid;
        si.si_value_lo = this.value_lo;
        si.si_value_hi = this.value_hi;
        break;
      case Form.Timer:
        si.si_tid = this.timerid;
        si.si_overrun = this.overrun;
        si.si_value_lo = this.value_lo;
        si.si_value_hi = this.value_hi;
        break;
      case Form.Poll:
        si.si_band = this.band;
        si.si_fd = this.fd;
        break;
      case Form.Fault:
        si.si_addr = this.addr;
        si.si_addr_lsb = this.addrLsb;
        break;
      case Form.Child:
        si.si_pid = this.pid;
        si.si_uid = this.uid;
        si.si_status = this.status;
        si.si_utime = this.utime;
        si.si_stime = this.stime;
        break;
      case Form.Sys:
        si.si_call_addr = this.addr;
        si.si_syscall = this.syscall;
        si.si_arch = this.arch;
        break;
    }
  }
}

/** Bytes of a siginfo_t that Linux keeps: the rest of the union is for later. */
const KEPT = 48;

/** Whether the guest's siginfo_t has no bits that would be lost, rt_sigqueueinfo(2)'s E2BIG. */
export function fitsKernel(signo: number, si: SiginfoAccess): boolean {
  if (isKnown(signo, si.si_code)) return true;
  for (let i = KEPT; i < si.bytes.length; i++) {
    if (si.bytes[i] !== 0) return false;
  }
  return true;
}

/** Whether Linux knows what fields this code has. */
function isKnown(signo: number, code: number): boolean {
  if (code === SI_KERNEL || code === SI_USER) return true;
  if (code < 0) return code >= SI_DETHREAD || code === SI_ASYNCNL;
  return code < SI_KERNEL && formOf(signo, code) !== Form.Kill;
}

/** Told that a signal left its queue; may change it before it is delivered. */
export interface DequeueTarget {
  dequeued(info: SigInfo): void;
}

function formOf(signo: number, code: number): Form {
  if (code > SI_USER && code < SI_KERNEL) {
    switch (signo) {
      case SIGILL:
      case SIGFPE:
      case SIGSEGV:
      case SIGBUS:
      case SIGTRAP:
        return Form.Fault;
      case SIGCHLD:
        return Form.Child;
      case SIGSYS:
        return Form.Sys;
      case SIGPOLL:
        return Form.Poll;
    }
    if (code <= 6) return Form.Poll;
    return Form.Kill;
  }
  switch (code) {
    case SI_TIMER:
      return Form.Timer;
    case SI_SIGIO:
      return Form.Poll;
    default:
      return code < 0 ? Form.Queue : Form.Kill;
  }
}

/** Calls about the system as a whole: its names, its memory, its log. */
import { CAP_SYS_ADMIN, CAP_SYSLOG } from "../../abi/linux/capability.ts";
import { EFAULT, EINVAL, EPERM } from "../../abi/linux/errno.ts";
import { UNAME26 } from "../../abi/linux/personality.ts";
import {
  GRND_INSECURE,
  GRND_NONBLOCK,
  GRND_RANDOM,
} from "../../abi/linux/random.ts";
import {
  Sysinfo,
  SYSLOG_ACTION_CLEAR,
  SYSLOG_ACTION_CLOSE,
  SYSLOG_ACTION_CONSOLE_LEVEL,
  SYSLOG_ACTION_CONSOLE_OFF,
  SYSLOG_ACTION_CONSOLE_ON,
  SYSLOG_ACTION_OPEN,
  SYSLOG_ACTION_READ,
  SYSLOG_ACTION_READ_ALL,
  SYSLOG_ACTION_READ_CLEAR,
  SYSLOG_ACTION_SIZE_BUFFER,
  SYSLOG_ACTION_SIZE_UNREAD,
} from "../../abi/linux/sysinfo.ts";
import { NSEC_PER_SEC } from "../../abi/linux/time.ts";
import { __NEW_UTS_LEN, Utsname } from "../../abi/linux/utsname.ts";
import type { Task } from "../kernel/task.ts";
import { randomBytes } from "../random.ts";
import { decodeBinary, encodeBinary, encodeBinaryInto } from "../strings.ts";
import {
  release26,
  UTS_MACHINE,
  UTS_RELEASE,
  UTS_SYSNAME,
  UTS_VERSION,
  versionLine,
} from "../uts.ts";
import {
  Decode,
  full,
  int,
  outBuf,
  partial,
  type Row,
  size,
  str,
  traced,
} from "./row.ts";

const uts = Utsname.alloc();
const info = Sysinfo.alloc();
const name = new Uint8Array(__NEW_UTS_LEN);

/** uname(2). EFAULT. */
export function uname(t: Task, buf: number): number {
  const old = (t.personality & UNAME26) !== 0;
  uts.bytes.fill(0);
  encodeBinaryInto(UTS_SYSNAME, uts.sysname, 0);
  encodeBinaryInto(t.kernel.hostname, uts.nodename, 0);
  encodeBinaryInto(old ? release26() : UTS_RELEASE, uts.release, 0);
  encodeBinaryInto(UTS_VERSION, uts.version, 0);
  encodeBinaryInto(UTS_MACHINE, uts.machine, 0);
  encodeBinaryInto(t.kernel.domainname, uts.domainname, 0);
  return t.copyOut(buf, uts) ? 0 : -EFAULT;
}

/** sethostname(2). EPERM, EINVAL, EFAULT. */
export function sethostname(t: Task, addr: number, len: number): number {
  const s = newName(t, addr, len);
  if (typeof s === "number") return s;
  t.kernel.hostname = s;
  return 0;
}

/** setdomainname(2). EPERM, EINVAL, EFAULT. */
export function setdomainname(t: Task, addr: number, len: number): number {
  const s = newName(t, addr, len);
  if (typeof s === "number") return s;
  t.kernel.domainname = s;
  return 0;
}

function newName(t: Task, addr: number, len: number): string | number {
  if (!t.creds.can(CAP_SYS_ADMIN)) return -EPERM;
  if (len < 0 || len > __NEW_UTS_LEN) return -EINVAL;
  if (!t.mm.copyIn(addr, name, 0, len)) return -EFAULT;
  const zero = name.indexOf(0);
  return decodeBinary(name, 0, zero >= 0 && zero < len ? zero : len);
}

/** sysinfo(2). EFAULT. */
export function sysinfo(t: Task, buf: number): number {
  const memory = Deno.systemMemoryInfo();
  info.bytes.fill(0);
  const up = t.kernel.now() - t.kernel.bootTime;
  info.uptime = Math.floor(up / NSEC_PER_SEC);
  info.totalram = memory.total;
  info.freeram = memory.free;
  info.bufferram = memory.buffers;
  info.totalswap = memory.swapTotal;
  info.freeswap = memory.swapFree;
  info.procs = Math.min(t.kernel.tasks.size, 0xffff);
  info.mem_unit = 1;
  return t.copyOut(buf, info) ? 0 : -EFAULT;
}

const GRND_ALL = GRND_NONBLOCK | GRND_RANDOM | GRND_INSECURE;
const MAX_COUNT = 0x7fffffff;
const random = new Uint8Array(65536);

/** getrandom(2). EINVAL, EFAULT. Never waits: the host's pool is ready. */
export function getrandom(
  t: Task,
  buf: number,
  count: number,
  flags: number,
): number {
  if ((flags & ~GRND_ALL) !== 0) return -EINVAL;
  const both = GRND_RANDOM | GRND_INSECURE;
  if ((flags & both) === both) return -EINVAL;
  const dst = t.out(buf, Math.min(count, MAX_COUNT));
  while (dst.remaining > 0) {
    const n = Math.min(dst.remaining, random.length);
    randomBytes(n < random.length ? random.subarray(0, n) : random);
    const r = dst.copy(random, 0, n);
    if (r < n || t.signals.pending) break;
  }
  random.fill(0, 0, Math.min(dst.done, random.length));
  return dst.done === 0 && dst.remaining > 0 ? -EFAULT : dst.done;
}

const LOG_BUFFER = 131072;
const DEFAULT_CONSOLE_LEVEL = 7;
/** Bytes of the kernel log that SYSLOG_ACTION_READ has yet to see. */
let logUnread = -1;
let logCleared = false;

/** syslog(2): a log of one line. EPERM, EINVAL, EFAULT; waits in SYSLOG_ACTION_READ. */
export function syslog(
  t: Task,
  type: number,
  buf: number,
  len: number,
): number {
  const open = type === SYSLOG_ACTION_READ_ALL ||
    type === SYSLOG_ACTION_SIZE_BUFFER;
  if (!open && !t.creds.can(CAP_SYSLOG) && !t.creds.can(CAP_SYS_ADMIN)) {
    return -EPERM;
  }
  const log = encodeBinary(`<5>[    0.000000] ${versionLine()}\n`);
  if (logUnread < 0) logUnread = log.length;
  switch (type) {
    case SYSLOG_ACTION_CLOSE:
    case SYSLOG_ACTION_OPEN:
    case SYSLOG_ACTION_CONSOLE_OFF:
    case SYSLOG_ACTION_CONSOLE_ON:
      return 0;
    case SYSLOG_ACTION_READ:
      return readLog(t, log, buf, len);
    case SYSLOG_ACTION_READ_CLEAR:
    case SYSLOG_ACTION_READ_ALL:
      return readAll(t, log, buf, len, type === SYSLOG_ACTION_READ_CLEAR);
    case SYSLOG_ACTION_CLEAR:
      logCleared = true;
      return 0;
    case SYSLOG_ACTION_CONSOLE_LEVEL:
      return len >= 1 && len <= DEFAULT_CONSOLE_LEVEL + 1 ? 0 : -EINVAL;
    case SYSLOG_ACTION_SIZE_UNREAD:
      return logUnread;
    case SYSLOG_ACTION_SIZE_BUFFER:
      return LOG_BUFFER;
    default:
      return -EINVAL;
  }
}

function readLog(t: Task, log: Uint8Array, buf: number, len: number): number {
  if (buf === 0 || len < 0) return -EINVAL;
  if (len === 0) return 0;
  if (logUnread === 0) return t.park(null, 0);
  const n = Math.min(len, logUnread);
  const at = log.length - logUnread;
  if (!t.mm.copyOut(buf, log, at, n)) return -EFAULT;
  logUnread -= n;
  return n;
}

function readAll(
  t: Task,
  log: Uint8Array,
  buf: number,
  len: number,
  clear: boolean,
): number {
  if (buf === 0 || len < 0) return -EINVAL;
  const n = logCleared ? 0 : Math.min(len, log.length);
  if (!t.mm.copyOut(buf, log, log.length - n, n)) return -EFAULT;
  if (clear) logCleared = true;
  return n;
}

const ONE_LINE = "the log is one line that never grows";

export const systemRows: Row[] = [
  full(63, "uname", uname, traced(Decode.Word, "utsname")),
  partial(
    99,
    "sysinfo",
    sysinfo,
    [traced(Decode.Word, "sysinfo")],
    "loads are 0; memory is the host's",
  ),
  partial(103, "syslog", syslog, [int, outBuf(2), int], ONE_LINE),
  full(170, "sethostname", sethostname, str, int),
  full(171, "setdomainname", setdomainname, str, int),
  full(
    318,
    "getrandom",
    getrandom,
    outBuf(1),
    size,
    traced(Decode.Uint, "getrandomFlags"),
  ),
];

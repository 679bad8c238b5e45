/** Structs in guest memory, as strace lines show them. */
import { Sigaction, signalName, StackT } from "../../abi/linux/signal.ts";
import { Siginfo } from "../../abi/linux/siginfo.ts";
import { EpollEvent, PollFd } from "../../abi/linux/poll.ts";
import { RLIM_INFINITY, Rlimit, Rusage } from "../../abi/linux/resource.ts";
import { CloneArgs } from "../../abi/linux/sched.ts";
import { AF_INET, AF_INET6, AF_UNIX, Iovec } from "../../abi/linux/socket.ts";
import { S_IFMT, Stat, Statfs, Statx } from "../../abi/linux/stat.ts";
import { Sysinfo } from "../../abi/linux/sysinfo.ts";
import {
  Itimerspec,
  Itimerval,
  Timespec,
  Timeval,
  Tms,
} from "../../abi/linux/time.ts";
import { Termios, Winsize } from "../../abi/linux/tty.ts";
import { Utsname } from "../../abi/linux/utsname.ts";
import { Flock, OpenHow } from "../../abi/linux/fcntl.ts";
import type { Layout } from "../../abi/struct.ts";
import type { Task } from "../kernel/task.ts";
import {
  constant,
  type FieldText,
  flagText,
  hex,
  octal,
  pointer,
  quote,
  STRING_LIMIT,
  structText,
} from "./trace_format.ts";
import type { Kind } from "./trace_kinds.ts";
import { CONSTANTS, FLAGS } from "./trace_names.ts";

/** Elements of an array that a line shows. */
const ARRAY_LIMIT = 16;

/** Fields with a text of their own, in whatever struct. */
const TEXTS: Readonly<Record<string, FieldText>> = {
  st_mode: modeText,
  stx_mode: modeText,
  st_dev: deviceText,
  st_rdev: deviceText,
  stx_mask: (n) => flagText(n, FLAGS.statxMask()),
  sa_handler: (n) => CONSTANTS.sigHandler().byValue.get(n) ?? pointer(n),
  sa_flags: (n) => flagText(n, FLAGS.saFlags()),
  sa_mask: sigsetText,
  ss_flags: (n) => flagText(n, FLAGS.ssFlags()),
  si_signo: signalName,
  si_status: String,
  rlim_cur: limitText,
  rlim_max: limitText,
  l_type: (n) => constant(n, CONSTANTS.lockType()),
  resolve: (n) => flagText(n, FLAGS.resolve()),
  exit_signal: signalName,
  f_type: hex,
};

const scratch = new Uint8Array(256);

const ACCESS = ["O_RDONLY", "O_WRONLY", "O_RDWR", "O_ACCMODE"];

/** open(2)'s flags. */
export function openText(flags: number): string {
  const rest = flags - (flags & 3);
  const access = ACCESS[flags & 3];
  return rest === 0 ? access : `${access}|${flagText(rest, FLAGS.openFlags())}`;
}

function modeText(mode: number): string {
  const type = constant(mode & S_IFMT, CONSTANTS.fileType(), 16);
  return `${type}|${octal(mode & 0o7777)}`;
}

function deviceText(dev: number): string {
  return dev === 0 ? "0" : hex(dev);
}

function limitText(n: number): string {
  return n >= RLIM_INFINITY ? "RLIM_INFINITY" : String(n);
}

/** `[INT CHLD]`, or `~[KILL]` where most are in. */
function sigsetText(lo: number, hi: number): string {
  const inside: string[] = [];
  const outside: string[] = [];
  for (let n = 1; n <= 64; n++) {
    const word = n <= 32 ? lo : hi;
    const name = signalName(n).replace(/^SIG/, "");
    if (((word >>> ((n - 1) % 32)) & 1) !== 0) inside.push(name);
    else outside.push(name);
  }
  return inside.length > 32
    ? `~[${outside.join(" ")}]`
    : `[${inside.join(" ")}]`;
}

/** The struct at `addr`, or the address where it can't be read. */
export function structAtAddress(
  t: Task,
  addr: number,
  layout: Layout,
  only: readonly string[] | null = null,
  texts: Readonly<Record<string, FieldText>> = TEXTS,
): string {
  if (addr === 0) return "NULL";
  const { size } = layout;
  const bytes = size <= scratch.length ? scratch : new Uint8Array(size);
  if (!t.mm.copyIn(addr, bytes, 0, size)) return pointer(addr);
  return structText(layout, bytes.subarray(0, size), texts, only);
}

function one(
  layout: Layout,
  only: readonly string[] | null = null,
  more: Readonly<Record<string, FieldText>> = {},
): Kind {
  const texts = { ...TEXTS, ...more };
  return (c, i) => structAtAddress(c.t, c.args[i], layout, only, texts);
}

/** `count` structs from `addr` on. */
function arrayAt(
  t: Task,
  addr: number,
  count: number,
  layout: Layout,
  text: (bytes: Uint8Array) => string,
): string {
  if (addr === 0) return "NULL";
  const items: string[] = [];
  const bytes = scratch.subarray(0, layout.size);
  for (let i = 0; i < Math.min(count, ARRAY_LIMIT); i++) {
    if (!t.mm.copyIn(addr + i * layout.size, bytes, 0, layout.size)) {
      return items.length === 0
        ? pointer(addr)
        : `[${items.join(", ")}, ${pointer(addr + i * layout.size)}]`;
    }
    items.push(text(bytes));
  }
  if (count > ARRAY_LIMIT) items.push("...");
  return `[${items.join(", ")}]`;
}

function pollFdText(after: boolean): (bytes: Uint8Array) => string {
  return (bytes) => {
    const p = PollFd.at(bytes);
    const key = after ? "revents" : "events";
    return `{fd=${p.fd}, ${key}=${flagText(p[key], FLAGS.pollEvents())}}`;
  };
}

function epollText(bytes: Uint8Array): string {
  const e = EpollEvent.at(bytes);
  const data = hex(e.data_hi * 2 ** 32 + e.data_lo);
  return `{events=${flagText(e.events, FLAGS.epollEvents())}, data=${data}}`;
}

/** Iovecs with their contents, as far as `left` bytes go. */
function iovecs(t: Task, addr: number, count: number, left: number): string {
  const contents = new Uint8Array(STRING_LIMIT);
  return arrayAt(t, addr, count, Iovec, (bytes) => {
    const { iov_base, iov_len } = Iovec.at(bytes);
    const length = Math.min(iov_len, left);
    left -= length;
    const n = t.mm.copyInSome(
      iov_base,
      contents,
      0,
      Math.min(length, contents.length),
    );
    const text = quote(contents, n, length > n);
    return `{iov_base=${text}, iov_len=${iov_len}}`;
  });
}

/** A socket address of `length` bytes. */
function sockaddr(t: Task, addr: number, length: number): string {
  if (addr === 0) return "NULL";
  const n = Math.min(length, 128);
  if (n < 2 || !t.mm.copyIn(addr, scratch, 0, n)) return pointer(addr);
  const view = new DataView(scratch.buffer);
  const family = view.getUint16(0, true);
  const name = constant(family, CONSTANTS.family());
  switch (family) {
    case AF_UNIX: {
      const abstract = scratch[2] === 0;
      const zero = scratch.indexOf(0, 2);
      const end = abstract || zero < 0 || zero > n ? n : zero;
      const path = scratch.subarray(abstract ? 3 : 2, end);
      const text = quote(path, path.length, false);
      return n === 2
        ? `{sa_family=${name}}`
        : `{sa_family=${name}, sun_path=${abstract ? "@" : ""}${text}}`;
    }
    case AF_INET: {
      const host = scratch.subarray(4, 8).join(".");
      return `{sa_family=${name}, sin_port=${view.getUint16(2)}, ` +
        `sin_addr=${host}}`;
    }
    case AF_INET6: {
      const words: string[] = [];
      for (let i = 0; i < 8; i++) {
        words.push(view.getUint16(8 + i * 2).toString(16));
      }
      return `{sa_family=${name}, sin6_port=${view.getUint16(2)}, ` +
        `sin6_addr=${words.join(":")}}`;
    }
    default:
      return `{sa_family=${name}, ...}`;
  }
}

function wordAt(t: Task, addr: number): string {
  if (addr === 0) return "NULL";
  const n = t.mm.loadU32(addr);
  return n < 0 ? pointer(addr) : `[${n | 0}]`;
}

function statusText(status: number): string {
  const signo = status & 0x7f;
  if (signo === 0) {
    return `[{WIFEXITED(s) && WEXITSTATUS(s) == ${(status >>> 8) & 0xff}}]`;
  }
  if (signo === 0x7f) {
    return status === 0xffff
      ? "[{WIFCONTINUED(s)}]"
      : `[{WIFSTOPPED(s) && WSTOPSIG(s) == ${signalName(status >>> 8)}}]`;
  }
  const core = (status & 0x80) !== 0 ? " && WCOREDUMP(s)" : "";
  return `[{WIFSIGNALED(s) && WTERMSIG(s) == ${signalName(signo)}${core}}]`;
}

/** The low half of a pair of descriptors or the like. */
function pairAt(t: Task, addr: number): string {
  const a = t.mm.loadU32(addr);
  const b = t.mm.loadU32(addr + 4);
  return a < 0 || b < 0 ? pointer(addr) : `[${a | 0}, ${b | 0}]`;
}

const SHORT_STAT = ["st_mode", "st_nlink", "st_uid", "st_gid", "st_size"];
const SHORT_STATX = ["stx_mask", "stx_mode", "stx_uid", "stx_gid", "stx_size"];
const SHORT_INFO = ["si_signo", "si_code", "si_pid", "si_uid", "si_status"];

export const STRUCT_KINDS: Readonly<Record<string, Kind>> = {
  stat: one(Stat, SHORT_STAT),
  statx: one(Statx, SHORT_STATX),
  statfs: one(Statfs),
  timespec: one(Timespec),
  timeval: one(Timeval),
  itimerval: one(Itimerval),
  itimerspec: one(Itimerspec),
  tms: one(Tms),
  sigaction: one(Sigaction),
  stack: one(StackT),
  siginfo: one(Siginfo, SHORT_INFO),
  rlimitStruct: one(Rlimit),
  rusage: one(Rusage, ["ru_utime", "ru_stime", "ru_maxrss"]),
  utsname: one(Utsname),
  sysinfo: one(Sysinfo, ["uptime", "totalram", "freeram", "procs"]),
  termios: one(Termios),
  winsize: one(Winsize),
  flock: one(Flock),
  openHow: one(OpenHow, null, { flags: openText }),
  cloneArgs: one(CloneArgs, null, {
    flags: (n) => flagText(n, FLAGS.cloneFlags()),
  }),
  epollEvent: one(EpollEvent),
  sigset(c, i) {
    const addr = c.args[i];
    if (addr === 0) return "NULL";
    if (!c.t.mm.copyIn(addr, scratch, 0, 8)) return pointer(addr);
    const view = new DataView(scratch.buffer);
    return sigsetText(view.getUint32(0, true), view.getUint32(4, true));
  },
  timespecs(c, i) {
    const addr = c.args[i];
    if (addr === 0) return "NULL";
    const first = structAtAddress(c.t, addr, Timespec);
    return `[${first}, ${structAtAddress(c.t, addr + 16, Timespec)}]`;
  },
  pollfds: (c, i, n) =>
    arrayAt(
      c.t,
      c.args[i],
      c.args[n < 0 ? i + 1 : n],
      PollFd,
      pollFdText(false),
    ),
  pollfdsOut: (c, i) =>
    arrayAt(c.t, c.args[i], c.args[i + 1], PollFd, pollFdText(true)),
  epollEvents: (c, i) =>
    arrayAt(c.t, c.args[i], Math.max(0, c.result), EpollEvent, epollText),
  iovecIn: (c, i, n) => iovecs(c.t, c.args[i], c.args[n], Infinity),
  iovecOut: (c, i, n) =>
    iovecs(c.t, c.args[i], c.args[n], Math.max(0, c.result)),
  sockaddr: (c, i, n) => sockaddr(c.t, c.args[i], c.args[n]),
  /** Its length is where another argument points. */
  sockaddrOut: (c, i, n) =>
    sockaddr(c.t, c.args[i], Math.max(0, c.t.mm.loadU32(c.args[n]))),
  word: (c, i) => wordAt(c.t, c.args[i]),
  status(c, i) {
    const addr = c.args[i];
    if (addr === 0 || c.result <= 0) return pointer(addr);
    const status = c.t.mm.loadU32(addr);
    return status < 0 ? pointer(addr) : statusText(status);
  },
  fdPair: (c, i) => pairAt(c.t, c.args[i]),
};

/** Names of flags and constants, taken from the tables of src/abi. */
import * as arch from "../../abi/linux/arch.ts";
import * as capability from "../../abi/linux/capability.ts";
import * as eventfd from "../../abi/linux/eventfd.ts";
import * as fcntl from "../../abi/linux/fcntl.ts";
import * as futex from "../../abi/linux/futex.ts";
import * as inotify from "../../abi/linux/inotify.ts";
import * as ioctl from "../../abi/linux/ioctl.ts";
import * as ipc from "../../abi/linux/ipc.ts";
import * as mman from "../../abi/linux/mman.ts";
import * as mount from "../../abi/linux/mount.ts";
import * as net from "../../abi/linux/net.ts";
import * as personality from "../../abi/linux/personality.ts";
import * as poll from "../../abi/linux/poll.ts";
import * as prctl from "../../abi/linux/prctl.ts";
import * as random from "../../abi/linux/random.ts";
import * as resource from "../../abi/linux/resource.ts";
import * as sched from "../../abi/linux/sched.ts";
import * as signal from "../../abi/linux/signal.ts";
import * as socket from "../../abi/linux/socket.ts";
import * as stat from "../../abi/linux/stat.ts";
import * as time from "../../abi/linux/time.ts";
import * as tty from "../../abi/linux/tty.ts";
import * as uio from "../../abi/linux/uio.ts";
import * as wait from "../../abi/linux/wait.ts";
import { type Names, namesOf } from "./trace_format.ts";

/** Names that are gathered when a line first needs them: start-up has no time for it. */
export type LazyNames = () => Names;

function lazy(make: () => Names): LazyNames {
  let names: Names | null = null;
  return () => names ??= make();
}

/** Flags: an or of names. */
export const FLAGS: Readonly<Record<string, LazyNames>> = {
  openFlags: lazy(() =>
    namesOf(fcntl, /^(O_|FASYNC)/, [
      "O_ACCMODE",
      "O_NDELAY",
      "O_RDONLY",
      "O_WRONLY",
      "O_RDWR",
      "O_ASYNC",
    ])
  ),
  atFlags: lazy(() =>
    namesOf(fcntl, /^AT_/, [
      "AT_FDCWD",
      "AT_EACCESS",
      "AT_REMOVEDIR",
      "AT_HANDLE_FID",
      "AT_STATX_SYNC_TYPE",
      "AT_STATX_SYNC_AS_STAT",
      "AT_RENAME_NOREPLACE",
      "AT_RENAME_EXCHANGE",
      "AT_RENAME_WHITEOUT",
    ])
  ),
  unlinkFlags: lazy(() => namesOf(fcntl, /^AT_REMOVEDIR$/)),
  accessFlags: lazy(() =>
    namesOf(fcntl, /^AT_(EACCESS|SYMLINK_NOFOLLOW|EMPTY_PATH)$/)
  ),
  renameFlags: lazy(() => namesOf(fcntl, /^AT_RENAME_/)),
  accessMode: lazy(() => namesOf(fcntl, /^[FRWX]_OK$/)),
  closeRange: lazy(() => namesOf(fcntl, /^CLOSE_RANGE_/)),
  flockOp: lazy(() => namesOf(fcntl, /^LOCK_(SH|EX|NB|UN)$/)),
  fdFlags: lazy(() => namesOf(fcntl, /^FD_CLOEXEC$/)),
  seals: lazy(() => namesOf(fcntl, /^F_SEAL_/)),
  prot: lazy(() => namesOf(mman, /^PROT_/)),
  mapFlags: lazy(() =>
    namesOf(mman, /^MAP_/, [
      "MAP_FILE",
      "MAP_TYPE",
      "MAP_UNINITIALIZED",
      "MAP_HUGE_SHIFT",
      "MAP_HUGE_MASK",
      "MAP_HUGE_2MB",
      "MAP_HUGE_1GB",
    ])
  ),
  mremapFlags: lazy(() => namesOf(mman, /^MREMAP_/)),
  msyncFlags: lazy(() => namesOf(mman, /^MS_/)),
  mlockall: lazy(() => namesOf(mman, /^MCL_/)),
  memfdFlags: lazy(() =>
    namesOf(mman, /^MFD_/, [
      "MFD_HUGE_SHIFT",
      "MFD_HUGE_MASK",
    ])
  ),
  cloneFlags: lazy(() => namesOf(sched, /^CLONE_(?!ARGS_|NEWTIME)/)),
  unshareFlags: lazy(() => namesOf(sched, /^CLONE_(?!ARGS_)/)),
  saFlags: lazy(() => namesOf(signal, /^SA_/, ["SA_NOMASK", "SA_ONESHOT"])),
  ssFlags: lazy(() => namesOf(signal, /^SS_/)),
  pollEvents: lazy(() => namesOf(poll, /^POLL/)),
  epollEvents: lazy(() => namesOf(poll, /^EPOLL(?!_)/)),
  epollFlags: lazy(() => namesOf(poll, /^EPOLL_CLOEXEC$/)),
  msgFlags: lazy(() => namesOf(socket, /^MSG_/, ["MSG_TRYHARD"])),
  sockFlags: lazy(() => namesOf(socket, /^SOCK_(NONBLOCK|CLOEXEC)$/)),
  mountFlags: lazy(() => namesOf(mount, /^MS_/)),
  umountFlags: lazy(() => namesOf(mount, /^(MNT|UMOUNT)_/)),
  waitFlags: lazy(() => namesOf(wait, /^_*W[A-Z]/, ["WSTOPPED"])),
  waitidFlags: lazy(() => namesOf(wait, /^_*W[A-Z]/, ["WUNTRACED"])),
  statxMask: lazy(() =>
    namesOf(stat, /^STATX_(?!ATTR_)/, [
      "STATX_ALL",
      "STATX__RESERVED",
    ])
  ),
  timerFlags: lazy(() => namesOf(time, /^TIMER_ABSTIME$/)),
  timerfdFlags: lazy(() => namesOf(time, /^TFD_(?!IOC)/)),
  eventfdFlags: lazy(() => namesOf(eventfd, /^EFD_/)),
  signalfdFlags: lazy(() => namesOf(eventfd, /^SFD_/)),
  inotifyFlags: lazy(() => namesOf(inotify, /^IN_(CLOEXEC|NONBLOCK)$/)),
  inotifyMask: lazy(() =>
    namesOf(inotify, /^IN_/, [
      "IN_ALL_EVENTS",
      "IN_CLOEXEC",
      "IN_NONBLOCK",
    ])
  ),
  rwf: lazy(() => namesOf(uio, /^RWF_/)),
  getrandomFlags: lazy(() => namesOf(random, /^GRND_/)),
  ipcFlags: lazy(() => namesOf(ipc, /^IPC_(CREAT|EXCL|NOWAIT)$/)),
  resolve: lazy(() => namesOf(fcntl, /^RESOLVE_/)),
};

/** One value, one name. */
export const CONSTANTS: Readonly<Record<string, LazyNames>> = {
  fcntlCmd: lazy(() =>
    namesOf(
      fcntl,
      /^F_(?!SEAL_|OWNER_|(RD|WR|UN|EX|SH)LCK$|OK$)/,
    )
  ),
  lockType: lazy(() => namesOf(fcntl, /^F_(RD|WR|UN)LCK$/)),
  fadvice: lazy(() => namesOf(fcntl, /^POSIX_FADV_/)),
  madvice: lazy(() => namesOf(mman, /^MADV_/)),
  sigHow: lazy(() => namesOf(signal, /^SIG_(BLOCK|UNBLOCK|SETMASK)$/)),
  sigHandler: lazy(() => namesOf(signal, /^SIG_(DFL|IGN)$/)),
  epollOp: lazy(() => namesOf(poll, /^EPOLL_CTL_/)),
  family: lazy(() => namesOf(socket, /^AF_/, ["AF_LOCAL"])),
  sockType: lazy(() => namesOf(socket, /^SOCK_(?!TYPE_MASK|NONBLOCK|CLOEXEC)/)),
  shutdownHow: lazy(() => namesOf(socket, /^SHUT_/)),
  sockLevel: lazy(() => namesOf(socket, /^SOL_/)),
  sockOption: lazy(() =>
    namesOf(socket, /^SO_/, [
      "SO_DETACH_BPF",
      "SO_GET_FILTER",
      "SO_RCVTIMEO_OLD",
      "SO_SNDTIMEO_OLD",
      "SO_TIMESTAMPING_OLD",
      "SO_TIMESTAMPNS_OLD",
      "SO_TIMESTAMP_OLD",
    ])
  ),
  tcpOption: lazy(() => namesOf(net, /^TCP_(?=NODELAY|MAXSEG|CORK|KEEP|INFO)/)),
  ipOption: lazy(() => namesOf(net, /^IP_/)),
  protocol: lazy(() => namesOf(net, /^IPPROTO_/)),
  rlimit: lazy(() => namesOf(resource, /^RLIMIT_/)),
  rusageWho: lazy(() => namesOf(resource, /^RUSAGE_/)),
  clock: lazy(() => namesOf(time, /^CLOCK_/)),
  itimer: lazy(() => namesOf(time, /^ITIMER_/)),
  idType: lazy(() => namesOf(wait, /^P_/)),
  prctl: lazy(() =>
    namesOf(prctl, /^PR_(?:GET|SET|CAP|MCE|TASK|SCHED|PAC|SVE|SME)/)
  ),
  capability: lazy(() => namesOf(capability, /^CAP_(?!LAST_CAP)/)),
  policy: lazy(() => namesOf(sched, /^SCHED_(?!FLAG|ATTR|OTHER|RESET)/)),
  kcmpType: lazy(() => namesOf(sched, /^KCMP_/)),
  priorityWhich: lazy(() => namesOf(sched, /^PRIO_/)),
  archPrctl: lazy(() => namesOf(arch, /^ARCH_/)),
  futexOp: lazy(() =>
    namesOf(
      futex,
      /^FUTEX_(WAIT|WAKE|REQUEUE|CMP_REQUEUE|WAKE_OP|LOCK_PI|UNLOCK_PI|TRYLOCK_PI|WAIT_BITSET|WAKE_BITSET|WAIT_REQUEUE_PI|CMP_REQUEUE_PI|LOCK_PI2|FD)$/,
    )
  ),
  ioctl: lazy(() =>
    namesOf(
      { ...ioctl, ...tty, ...net },
      /^(TC[GSFX]|TIOC[A-Z]|FI[OCDGBT]|SIOC)/,
      [
        "TCSANOW",
        "TIOCINQ",
        "FIOASYNC_",
        "TIOCM_LE",
      ],
    )
  ),
  personality: lazy(() => namesOf(personality, /^PER_(?!MASK|QUERY)/)),
  fileType: lazy(() => namesOf(stat, /^S_IF(?!MT)/)),
};

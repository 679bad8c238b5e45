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

/** Flags: an or of names. */
export const FLAGS: Readonly<Record<string, Names>> = {
  openFlags: namesOf(fcntl, /^(O_|FASYNC)/, [
    "O_ACCMODE",
    "O_NDELAY",
    "O_RDONLY",
    "O_WRONLY",
    "O_RDWR",
    "O_ASYNC",
  ]),
  atFlags: namesOf(fcntl, /^AT_/, [
    "AT_FDCWD",
    "AT_EACCESS",
    "AT_REMOVEDIR",
    "AT_HANDLE_FID",
    "AT_STATX_SYNC_TYPE",
    "AT_STATX_SYNC_AS_STAT",
    "AT_RENAME_NOREPLACE",
    "AT_RENAME_EXCHANGE",
    "AT_RENAME_WHITEOUT",
  ]),
  unlinkFlags: namesOf(fcntl, /^AT_REMOVEDIR$/),
  accessFlags: namesOf(fcntl, /^AT_(EACCESS|SYMLINK_NOFOLLOW|EMPTY_PATH)$/),
  renameFlags: namesOf(fcntl, /^AT_RENAME_/),
  accessMode: namesOf(fcntl, /^[FRWX]_OK$/),
  closeRange: namesOf(fcntl, /^CLOSE_RANGE_/),
  flockOp: namesOf(fcntl, /^LOCK_(SH|EX|NB|UN)$/),
  fdFlags: namesOf(fcntl, /^FD_CLOEXEC$/),
  seals: namesOf(fcntl, /^F_SEAL_/),
  prot: namesOf(mman, /^PROT_/),
  mapFlags: namesOf(mman, /^MAP_/, [
    "MAP_FILE",
    "MAP_TYPE",
    "MAP_UNINITIALIZED",
    "MAP_HUGE_SHIFT",
    "MAP_HUGE_MASK",
    "MAP_HUGE_2MB",
    "MAP_HUGE_1GB",
  ]),
  mremapFlags: namesOf(mman, /^MREMAP_/),
  msyncFlags: namesOf(mman, /^MS_/),
  mlockall: namesOf(mman, /^MCL_/),
  memfdFlags: namesOf(mman, /^MFD_/, [
    "MFD_HUGE_SHIFT",
    "MFD_HUGE_MASK",
  ]),
  cloneFlags: namesOf(sched, /^CLONE_(?!ARGS_|NEWTIME)/),
  unshareFlags: namesOf(sched, /^CLONE_(?!ARGS_)/),
  saFlags: namesOf(signal, /^SA_/, ["SA_NOMASK", "SA_ONESHOT"]),
  ssFlags: namesOf(signal, /^SS_/),
  pollEvents: namesOf(poll, /^POLL/),
  epollEvents: namesOf(poll, /^EPOLL(?!_)/),
  epollFlags: namesOf(poll, /^EPOLL_CLOEXEC$/),
  msgFlags: namesOf(socket, /^MSG_/, ["MSG_TRYHARD"]),
  sockFlags: namesOf(socket, /^SOCK_(NONBLOCK|CLOEXEC)$/),
  mountFlags: namesOf(mount, /^MS_/),
  umountFlags: namesOf(mount, /^(MNT|UMOUNT)_/),
  waitFlags: namesOf(wait, /^_*W[A-Z]/, ["WSTOPPED"]),
  waitidFlags: namesOf(wait, /^_*W[A-Z]/, ["WUNTRACED"]),
  statxMask: namesOf(stat, /^STATX_(?!ATTR_)/, [
    "STATX_ALL",
    "STATX__RESERVED",
  ]),
  timerFlags: namesOf(time, /^TIMER_ABSTIME$/),
  timerfdFlags: namesOf(time, /^TFD_(?!IOC)/),
  eventfdFlags: namesOf(eventfd, /^EFD_/),
  signalfdFlags: namesOf(eventfd, /^SFD_/),
  inotifyFlags: namesOf(inotify, /^IN_(CLOEXEC|NONBLOCK)$/),
  inotifyMask: namesOf(inotify, /^IN_/, [
    "IN_ALL_EVENTS",
    "IN_CLOEXEC",
    "IN_NONBLOCK",
  ]),
  rwf: namesOf(uio, /^RWF_/),
  getrandomFlags: namesOf(random, /^GRND_/),
  ipcFlags: namesOf(ipc, /^IPC_(CREAT|EXCL|NOWAIT)$/),
  resolve: namesOf(fcntl, /^RESOLVE_/),
};

/** One value, one name. */
export const CONSTANTS: Readonly<Record<string, Names>> = {
  fcntlCmd: namesOf(
    fcntl,
    /^F_(?!SEAL_|OWNER_|(RD|WR|UN|EX|SH)LCK$|OK$)/,
  ),
  lockType: namesOf(fcntl, /^F_(RD|WR|UN)LCK$/),
  fadvice: namesOf(fcntl, /^POSIX_FADV_/),
  madvice: namesOf(mman, /^MADV_/),
  sigHow: namesOf(signal, /^SIG_(BLOCK|UNBLOCK|SETMASK)$/),
  sigHandler: namesOf(signal, /^SIG_(DFL|IGN)$/),
  epollOp: namesOf(poll, /^EPOLL_CTL_/),
  family: namesOf(socket, /^AF_/, ["AF_LOCAL"]),
  sockType: namesOf(socket, /^SOCK_(?!TYPE_MASK|NONBLOCK|CLOEXEC)/),
  shutdownHow: namesOf(socket, /^SHUT_/),
  sockLevel: namesOf(socket, /^SOL_/),
  sockOption: namesOf(socket, /^SO_/, [
    "SO_DETACH_BPF",
    "SO_GET_FILTER",
    "SO_RCVTIMEO_OLD",
    "SO_SNDTIMEO_OLD",
    "SO_TIMESTAMPING_OLD",
    "SO_TIMESTAMPNS_OLD",
    "SO_TIMESTAMP_OLD",
  ]),
  tcpOption: namesOf(net, /^TCP_(?=NODELAY|MAXSEG|CORK|KEEP|INFO)/),
  ipOption: namesOf(net, /^IP_/),
  protocol: namesOf(net, /^IPPROTO_/),
  rlimit: namesOf(resource, /^RLIMIT_/),
  rusageWho: namesOf(resource, /^RUSAGE_/),
  clock: namesOf(time, /^CLOCK_/),
  itimer: namesOf(time, /^ITIMER_/),
  idType: namesOf(wait, /^P_/),
  prctl: namesOf(prctl, /^PR_(?:GET|SET|CAP|MCE|TASK|SCHED|PAC|SVE|SME)/),
  capability: namesOf(capability, /^CAP_(?!LAST_CAP)/),
  policy: namesOf(sched, /^SCHED_(?!FLAG|ATTR|OTHER|RESET)/),
  kcmpType: namesOf(sched, /^KCMP_/),
  priorityWhich: namesOf(sched, /^PRIO_/),
  archPrctl: namesOf(arch, /^ARCH_/),
  futexOp: namesOf(
    futex,
    /^FUTEX_(WAIT|WAKE|REQUEUE|CMP_REQUEUE|WAKE_OP|LOCK_PI|UNLOCK_PI|TRYLOCK_PI|WAIT_BITSET|WAKE_BITSET|WAIT_REQUEUE_PI|CMP_REQUEUE_PI|LOCK_PI2|FD)$/,
  ),
  ioctl: namesOf(
    { ...ioctl, ...tty, ...net },
    /^(TC[GSFX]|TIOC[A-Z]|FI[OCDGBT]|SIOC)/,
    [
      "TCSANOW",
      "TIOCINQ",
      "FIOASYNC_",
      "TIOCM_LE",
    ],
  ),
  personality: namesOf(personality, /^PER_(?!MASK|QUERY)/),
  fileType: namesOf(stat, /^S_IF(?!MT)/),
};

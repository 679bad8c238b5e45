/** /proc/sys, sysctl(8): what programs ask for; few can be changed. */
import { EINVAL, EPERM } from "../../../../abi/linux/errno.ts";
import { CAP_SYS_ADMIN } from "../../../../abi/linux/capability.ts";
import { CAP_LAST_CAP } from "../../../../abi/linux/capability.ts";
import type { Kernel } from "../../../kernel/kernel.ts";
import { NR_OPEN } from "../../../kernel/rlimit.ts";
import type { Task } from "../../../kernel/task.ts";
import { MAX_MAP_COUNT } from "../../../mm/mmap.ts";
import { UTS_RELEASE, UTS_SYSNAME, UTS_VERSION } from "../../../uts.ts";
import { POOL_BITS } from "../../dev/random.ts";
import { devpts, PTY_MAX } from "../../devpts/devpts.ts";
import { parseNumber, type ProcEntry } from "../entry.ts";
import { bootId, newUuid } from "./uuid.ts";

/** Bytes of a host or domain name. */
const NAME_LENGTH = 64;

/** A value that stays. */
function fixed(path: string, value: string | number): ProcEntry {
  return { path, mode: 0o444, text: () => `${value}\n` };
}

/** A number that root may set within bounds. What it means is up to who reads `get`. */
export class Setting implements ProcEntry {
  readonly mode = 0o644;
  constructor(
    readonly path: string,
    public value: number,
    readonly least: number,
    readonly most: number,
  ) {}

  readonly text = (): string => `${this.value}\n`;

  readonly taken = (_k: Kernel, t: Task, text: string): number => {
    if (!t.creds.can(CAP_SYS_ADMIN)) return -EPERM;
    const n = parseNumber(text);
    if (!(n >= this.least && n <= this.most)) return -EINVAL;
    this.value = n;
    return text.length;
  };
}

/** A text that root may set. */
function name(
  path: string,
  get: (k: Kernel) => string,
  set: (k: Kernel, value: string) => void,
): ProcEntry {
  return {
    path,
    mode: 0o644,
    text: (k) => `${get(k)}\n`,
    taken(k, t, text) {
      if (!t.creds.can(CAP_SYS_ADMIN)) return -EPERM;
      set(k, text.split("\n")[0].slice(0, NAME_LENGTH));
      return text.length;
    },
  };
}

const KERNEL: readonly ProcEntry[] = [
  fixed("sys/kernel/ostype", UTS_SYSNAME),
  fixed("sys/kernel/osrelease", UTS_RELEASE),
  fixed("sys/kernel/version", UTS_VERSION),
  name("sys/kernel/hostname", (k) => k.hostname, (k, v) => {
    k.hostname = v;
  }),
  name("sys/kernel/domainname", (k) => k.domainname, (k, v) => {
    k.domainname = v;
  }),
  fixed("sys/kernel/pid_max", 4194304),
  fixed("sys/kernel/threads-max", 255085),
  fixed("sys/kernel/cap_last_cap", CAP_LAST_CAP),
  fixed("sys/kernel/ngroups_max", 65536),
  fixed("sys/kernel/overflowuid", 65534),
  fixed("sys/kernel/overflowgid", 65534),
  fixed("sys/kernel/core_pattern", "core"),
  fixed("sys/kernel/core_uses_pid", 0),
  fixed("sys/kernel/dmesg_restrict", 1),
  fixed("sys/kernel/kptr_restrict", 1),
  fixed("sys/kernel/perf_event_paranoid", 4),
  fixed("sys/kernel/randomize_va_space", 2),
  fixed("sys/kernel/sched_child_runs_first", 0),
  fixed("sys/kernel/tainted", 0),
  fixed("sys/kernel/unprivileged_bpf_disabled", 2),
  fixed("sys/kernel/yama/ptrace_scope", 1),
  fixed("sys/kernel/printk", "4\t4\t1\t7"),
  fixed("sys/kernel/pty/max", PTY_MAX),
  {
    path: "sys/kernel/pty/nr",
    mode: 0o444,
    text: (k) => `${devpts(k).nodes.filter((n) => n !== null).length}\n`,
  },
  fixed("sys/kernel/random/boot_id", bootId()),
  { path: "sys/kernel/random/uuid", mode: 0o444, text: () => `${newUuid()}\n` },
  fixed("sys/kernel/random/entropy_avail", POOL_BITS),
  fixed("sys/kernel/random/poolsize", POOL_BITS),
];

const IPC: readonly ProcEntry[] = [
  fixed("sys/kernel/sem", "32000\t1024000000\t500\t32000"),
  fixed("sys/kernel/shmall", "18446744073692774399"),
  fixed("sys/kernel/shmmax", "18446744073692774399"),
  fixed("sys/kernel/shmmni", 4096),
  fixed("sys/kernel/msgmax", 8192),
  fixed("sys/kernel/msgmnb", 16384),
  fixed("sys/kernel/msgmni", 32000),
  fixed("sys/fs/mqueue/msg_max", 10),
  fixed("sys/fs/mqueue/msgsize_max", 8192),
  fixed("sys/fs/mqueue/queues_max", 256),
];

const VM: readonly ProcEntry[] = [
  new Setting("sys/vm/overcommit_memory", 0, 0, 2),
  new Setting("sys/vm/overcommit_ratio", 50, 0, 100),
  new Setting("sys/vm/swappiness", 60, 0, 200),
  new Setting("sys/vm/drop_caches", 0, 1, 4),
  fixed("sys/vm/max_map_count", MAX_MAP_COUNT),
  fixed("sys/vm/mmap_min_addr", 65536),
  fixed("sys/vm/nr_hugepages", 0),
  fixed("sys/vm/panic_on_oom", 0),
  fixed("sys/vm/legacy_va_layout", 0),
  fixed("sys/vm/dirty_ratio", 20),
  fixed("sys/vm/dirty_background_ratio", 10),
];

const FILES: readonly ProcEntry[] = [
  fixed("sys/fs/file-max", "9223372036854775807"),
  fixed("sys/fs/file-nr", "0\t0\t9223372036854775807"),
  fixed("sys/fs/nr_open", NR_OPEN),
  fixed("sys/fs/aio-max-nr", 65536),
  fixed("sys/fs/aio-nr", 0),
  fixed("sys/fs/lease-break-time", 45),
  fixed("sys/fs/leases-enable", 0),
  fixed("sys/fs/suid_dumpable", 0),
  fixed("sys/fs/protected_symlinks", 0),
  fixed("sys/fs/protected_hardlinks", 0),
  fixed("sys/fs/protected_fifos", 0),
  fixed("sys/fs/protected_regular", 0),
  fixed("sys/fs/pipe-max-size", 1048576),
  fixed("sys/fs/pipe-user-pages-hard", 0),
  fixed("sys/fs/pipe-user-pages-soft", 16384),
  fixed("sys/fs/inotify/max_user_instances", 128),
  fixed("sys/fs/inotify/max_user_watches", 65536),
  fixed("sys/fs/inotify/max_queued_events", 16384),
  fixed("sys/fs/epoll/max_user_watches", 5000000),
];

const NET: readonly ProcEntry[] = [
  fixed("sys/net/core/somaxconn", 4096),
  fixed("sys/net/core/rmem_default", 212992),
  fixed("sys/net/core/rmem_max", 212992),
  fixed("sys/net/core/wmem_default", 212992),
  fixed("sys/net/core/wmem_max", 212992),
  fixed("sys/net/ipv4/ip_forward", 0),
  fixed("sys/net/ipv4/ip_local_port_range", "32768\t60999"),
  fixed("sys/net/ipv4/ip_unprivileged_port_start", 1024),
  fixed("sys/net/ipv4/tcp_rmem", "4096\t131072\t6291456"),
  fixed("sys/net/ipv4/tcp_wmem", "4096\t16384\t4194304"),
  fixed("sys/net/ipv4/tcp_sack", 1),
  fixed("sys/net/ipv4/tcp_syncookies", 1),
  fixed("sys/net/ipv4/tcp_fin_timeout", 60),
  fixed("sys/net/ipv4/tcp_keepalive_time", 7200),
  fixed("sys/net/ipv4/tcp_keepalive_intvl", 75),
  fixed("sys/net/ipv4/tcp_keepalive_probes", 9),
  fixed("sys/net/ipv6/conf/all/disable_ipv6", 1),
  fixed("sys/net/unix/max_dgram_qlen", 512),
];

const OTHERS: readonly ProcEntry[] = [
  fixed("sys/user/max_user_namespaces", 0),
  fixed("sys/user/max_pid_namespaces", 0),
  fixed("sys/user/max_mnt_namespaces", 0),
  fixed("sys/user/max_net_namespaces", 0),
];

export const sysctls: readonly ProcEntry[] = [
  ...KERNEL,
  ...IPC,
  ...VM,
  ...FILES,
  ...NET,
  ...OTHERS,
];

/**
 * The calls that a sandbox does not have, with the errno that a guest gets and
 * the reason. What merely is not written yet is not here: the table makes such
 * rows by itself.
 *
 * @module
 */
import {
  EINVAL,
  ENOSPC,
  ENOSYS,
  EOPNOTSUPP,
  EPERM,
} from "../../abi/linux/errno.ts";
import { missing, type Row } from "./row.ts";

const REMOVED = "removed from Linux";
const NEVER = "reserved, never there in Linux";
const MODULES = "a sandbox has no kernel modules";
const AIO = "no asynchronous I/O contexts; programs use threads instead";
const URING = "no io_uring; programs fall back to epoll";
const KEYS = "no key management, as in a Linux without CONFIG_KEYS";
const PORTS = "a sandbox has no I/O ports";
const QUOTA = "no disk quotas, as in a Linux without CONFIG_QUOTA";
const LANDLOCK = "no Landlock; programs go on without it";
const LSM = "no security modules, as in a Linux without CONFIG_SECURITY";
const NUMA = "one node of memory, as in a Linux without CONFIG_NUMA";
const PKEYS = "no protection keys, as on a CPU without them";
const FANOTIFY = "no fanotify, as in a Linux without CONFIG_FANOTIFY";

export const missingRows: Row[] = [
  missing(101, "ptrace", ENOSYS, "no debugger inside the sandbox"),
  missing(134, "uselib", ENOSYS, REMOVED),
  missing(153, "vhangup", EPERM, "the terminal is the host's"),
  missing(
    154,
    "modify_ldt",
    ENOSYS,
    "as in a Linux without CONFIG_MODIFY_LDT_SYSCALL",
  ),
  missing(156, "_sysctl", ENOSYS, REMOVED),
  missing(163, "acct", ENOSYS, "as in a Linux without CONFIG_BSD_PROCESS_ACCT"),
  missing(167, "swapon", EPERM, "memory is the host's"),
  missing(168, "swapoff", EPERM, "memory is the host's"),
  missing(169, "reboot", EPERM, "the sandbox ends with its first process"),
  missing(172, "iopl", EPERM, PORTS),
  missing(173, "ioperm", EPERM, PORTS),
  missing(174, "create_module", ENOSYS, REMOVED),
  missing(175, "init_module", EPERM, MODULES),
  missing(176, "delete_module", EPERM, MODULES),
  missing(177, "get_kernel_syms", ENOSYS, REMOVED),
  missing(178, "query_module", ENOSYS, REMOVED),
  missing(179, "quotactl", ENOSYS, QUOTA),
  missing(180, "nfsservctl", ENOSYS, REMOVED),
  missing(181, "getpmsg", ENOSYS, NEVER),
  missing(182, "putpmsg", ENOSYS, NEVER),
  missing(183, "afs_syscall", ENOSYS, NEVER),
  missing(184, "tuxcall", ENOSYS, NEVER),
  missing(185, "security", ENOSYS, NEVER),
  missing(205, "set_thread_area", ENOSYS, "not on x86-64: see arch_prctl"),
  missing(206, "io_setup", ENOSYS, AIO),
  missing(207, "io_destroy", ENOSYS, AIO),
  missing(208, "io_getevents", ENOSYS, AIO),
  missing(209, "io_submit", ENOSYS, AIO),
  missing(210, "io_cancel", ENOSYS, AIO),
  missing(211, "get_thread_area", ENOSYS, "not on x86-64: see arch_prctl"),
  missing(212, "lookup_dcookie", ENOSYS, REMOVED),
  missing(214, "epoll_ctl_old", ENOSYS, NEVER),
  missing(215, "epoll_wait_old", ENOSYS, NEVER),
  missing(236, "vserver", ENOSYS, NEVER),
  missing(237, "mbind", ENOSYS, NUMA),
  missing(238, "set_mempolicy", ENOSYS, NUMA),
  missing(239, "get_mempolicy", ENOSYS, NUMA),
  missing(246, "kexec_load", EPERM, "a sandbox has no kernel to replace"),
  missing(248, "add_key", ENOSYS, KEYS),
  missing(249, "request_key", ENOSYS, KEYS),
  missing(250, "keyctl", ENOSYS, KEYS),
  missing(256, "migrate_pages", ENOSYS, NUMA),
  missing(279, "move_pages", ENOSYS, NUMA),
  missing(298, "perf_event_open", ENOSYS, "no performance counters"),
  missing(300, "fanotify_init", ENOSYS, FANOTIFY),
  missing(301, "fanotify_mark", ENOSYS, FANOTIFY),
  missing(313, "finit_module", EPERM, MODULES),
  missing(317, "seccomp", ENOSYS, "a guest can't add filters of its own"),
  missing(320, "kexec_file_load", EPERM, "a sandbox has no kernel to replace"),
  missing(321, "bpf", EPERM, "as with kernel.unprivileged_bpf_disabled"),
  missing(323, "userfaultfd", ENOSYS, "no page faults in user space"),
  missing(330, "pkey_alloc", ENOSPC, PKEYS),
  missing(331, "pkey_free", EINVAL, PKEYS),
  missing(333, "io_pgetevents", ENOSYS, AIO),
  missing(334, "rseq", ENOSYS, "no restartable sequences; C libraries cope"),
  missing(335, "uretprobe", ENOSYS, "only for the kernel's own probes"),
  missing(336, "uprobe", ENOSYS, "only for the kernel's own probes"),
  missing(425, "io_uring_setup", ENOSYS, URING),
  missing(426, "io_uring_enter", ENOSYS, URING),
  missing(427, "io_uring_register", ENOSYS, URING),
  missing(443, "quotactl_fd", ENOSYS, QUOTA),
  missing(444, "landlock_create_ruleset", ENOSYS, LANDLOCK),
  missing(445, "landlock_add_rule", ENOSYS, LANDLOCK),
  missing(446, "landlock_restrict_self", ENOSYS, LANDLOCK),
  missing(447, "memfd_secret", ENOSYS, "as without secretmem.enable"),
  missing(450, "set_mempolicy_home_node", ENOSYS, NUMA),
  missing(453, "map_shadow_stack", EOPNOTSUPP, "no user shadow stacks"),
  missing(459, "lsm_get_self_attr", ENOSYS, LSM),
  missing(460, "lsm_set_self_attr", ENOSYS, LSM),
  missing(461, "lsm_list_modules", ENOSYS, LSM),
  missing(470, "listns", ENOSYS, "a sandbox has one namespace of each kind"),
];

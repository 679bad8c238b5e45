/**
 * Sockets: asm-generic/socket.h, linux/socket.h, linux/net.h, linux/un.h,
 * linux/in.h, linux/in6.h, linux/uio.h.
 *
 * @module
 */

import { struct } from "../struct.ts";

// Address families.
export const AF_UNSPEC = 0;
export const AF_UNIX = 1;
export const AF_LOCAL = 1;
export const AF_INET = 2;
export const AF_INET6 = 10;
export const AF_NETLINK = 16;
export const AF_PACKET = 17;
export const AF_VSOCK = 40;
export const AF_ALG = 38;
export const AF_KEY = 15;
export const AF_BLUETOOTH = 31;
export const AF_MAX = 46;
// Types, and the flags that socket(2) and accept4(2) take with them.
export const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;
export const SOCK_RAW = 3;
export const SOCK_RDM = 4;
export const SOCK_SEQPACKET = 5;
export const SOCK_DCCP = 6;
export const SOCK_PACKET = 10;
export const SOCK_TYPE_MASK = 0xf;
export const SOCK_NONBLOCK = 0o4000;
export const SOCK_CLOEXEC = 0o2000000;
// shutdown(2).
export const SHUT_RD = 0;
export const SHUT_WR = 1;
export const SHUT_RDWR = 2;
// The longest queue that listen(2) makes.
export const SOMAXCONN = 4096;

// Levels of options and control messages.
export const SOL_SOCKET = 1;
export const SOL_IP = 0;
export const SOL_TCP = 6;
export const SOL_UDP = 17;
export const SOL_IPV6 = 41;
export const SOL_RAW = 255;
export const SOL_PACKET = 263;
export const SOL_NETLINK = 270;
export const SOL_ALG = 279;
export const SOL_VSOCK = 287;

// Options at SOL_SOCKET.
export const SO_DEBUG = 1;
export const SO_REUSEADDR = 2;
export const SO_TYPE = 3;
export const SO_ERROR = 4;
export const SO_DONTROUTE = 5;
export const SO_BROADCAST = 6;
export const SO_SNDBUF = 7;
export const SO_RCVBUF = 8;
export const SO_SNDBUFFORCE = 32;
export const SO_RCVBUFFORCE = 33;
export const SO_KEEPALIVE = 9;
export const SO_OOBINLINE = 10;
export const SO_NO_CHECK = 11;
export const SO_PRIORITY = 12;
export const SO_LINGER = 13;
export const SO_BSDCOMPAT = 14;
export const SO_REUSEPORT = 15;
export const SO_PASSCRED = 16;
export const SO_PEERCRED = 17;
export const SO_RCVLOWAT = 18;
export const SO_SNDLOWAT = 19;
export const SO_RCVTIMEO_OLD = 20;
export const SO_SNDTIMEO_OLD = 21;
export const SO_SECURITY_AUTHENTICATION = 22;
export const SO_SECURITY_ENCRYPTION_TRANSPORT = 23;
export const SO_SECURITY_ENCRYPTION_NETWORK = 24;
export const SO_BINDTODEVICE = 25;
export const SO_ATTACH_FILTER = 26;
export const SO_DETACH_FILTER = 27;
export const SO_GET_FILTER = 26;
export const SO_PEERNAME = 28;
export const SO_ACCEPTCONN = 30;
export const SO_PEERSEC = 31;
export const SO_PASSSEC = 34;
export const SO_MARK = 36;
export const SO_PROTOCOL = 38;
export const SO_DOMAIN = 39;
export const SO_RXQ_OVFL = 40;
export const SO_WIFI_STATUS = 41;
export const SO_PEEK_OFF = 42;
export const SO_NOFCS = 43;
export const SO_LOCK_FILTER = 44;
export const SO_SELECT_ERR_QUEUE = 45;
export const SO_BUSY_POLL = 46;
export const SO_MAX_PACING_RATE = 47;
export const SO_BPF_EXTENSIONS = 48;
export const SO_INCOMING_CPU = 49;
export const SO_ATTACH_BPF = 50;
export const SO_DETACH_BPF = 27;
export const SO_ATTACH_REUSEPORT_CBPF = 51;
export const SO_ATTACH_REUSEPORT_EBPF = 52;
export const SO_CNX_ADVICE = 53;
export const SO_MEMINFO = 55;
export const SO_INCOMING_NAPI_ID = 56;
export const SO_COOKIE = 57;
export const SO_PEERGROUPS = 59;
export const SO_ZEROCOPY = 60;
export const SO_TXTIME = 61;
export const SO_BINDTOIFINDEX = 62;
export const SO_TIMESTAMP_OLD = 29;
export const SO_TIMESTAMPNS_OLD = 35;
export const SO_TIMESTAMPING_OLD = 37;
export const SO_TIMESTAMP_NEW = 63;
export const SO_TIMESTAMPNS_NEW = 64;
export const SO_TIMESTAMPING_NEW = 65;
export const SO_RCVTIMEO_NEW = 66;
export const SO_SNDTIMEO_NEW = 67;
export const SO_DETACH_REUSEPORT_BPF = 68;
export const SO_PREFER_BUSY_POLL = 69;
export const SO_BUSY_POLL_BUDGET = 70;
export const SO_NETNS_COOKIE = 71;
export const SO_BUF_LOCK = 72;
export const SO_RESERVE_MEM = 73;
export const SO_TXREHASH = 74;
export const SO_RCVMARK = 75;
export const SO_TIMESTAMP = 29;
export const SO_TIMESTAMPNS = 35;
export const SO_TIMESTAMPING = 37;
export const SO_RCVTIMEO = 20;
export const SO_SNDTIMEO = 21;
export const SO_PASSPIDFD = 76;
export const SO_PEERPIDFD = 77;

// Control messages at SOL_SOCKET.
export const SCM_RIGHTS = 1;
export const SCM_CREDENTIALS = 2;
export const SCM_SECURITY = 3;
export const SCM_PIDFD = 4;
/** The most descriptors in one SCM_RIGHTS message. */
export const SCM_MAX_FD = 253;

// Flags of send(2), recv(2) and msg_flags.
export const MSG_OOB = 0x1;
export const MSG_PEEK = 0x2;
export const MSG_DONTROUTE = 0x4;
export const MSG_TRYHARD = 0x4;
export const MSG_CTRUNC = 0x8;
export const MSG_PROXY = 0x10;
export const MSG_TRUNC = 0x20;
export const MSG_DONTWAIT = 0x40;
export const MSG_EOR = 0x80;
export const MSG_WAITALL = 0x100;
export const MSG_FIN = 0x200;
export const MSG_SYN = 0x400;
export const MSG_CONFIRM = 0x800;
export const MSG_RST = 0x1000;
export const MSG_ERRQUEUE = 0x2000;
export const MSG_NOSIGNAL = 0x4000;
export const MSG_MORE = 0x8000;
export const MSG_WAITFORONE = 0x10000;
export const MSG_BATCH = 0x40000;
export const MSG_ZEROCOPY = 0x4000000;
export const MSG_FASTOPEN = 0x20000000;
export const MSG_CMSG_CLOEXEC = 0x40000000;
export const MSG_SPLICE_PAGES = 0x8000000;
export const MSG_CMSG_COMPAT = 0x80000000;

// Unix socket ioctls and FIO names, asm-generic/sockios.h.
export const SIOCATMARK = 0x8905;
export const SIOCINQ = 0x541b;
export const SIOCOUTQ = 0x5411;
export const FIOSETOWN = 0x8901;
export const SIOCSPGRP = 0x8902;
export const FIOGETOWN = 0x8903;
export const SIOCGPGRP = 0x8904;

/** Bytes of sockaddr_un's path, and of sockaddr_storage. */
export const UNIX_PATH_MAX = 108;
export const SOCKADDR_STORAGE_SIZE = 128;

/** recvmmsg(2), sendmmsg(2), readv(2): the most records of one call. */
export const UIO_MAXIOV = 1024;

/** struct iovec, linux/uio.h. */
export const Iovec = struct({ iov_base: "ptr", iov_len: "u64" }, {
  c: "struct iovec",
  header: "sys/uio.h",
});

/** struct user_msghdr, linux/socket.h. */
export const Msghdr = struct({
  msg_name: "ptr",
  msg_namelen: "i32",
  msg_iov: "ptr",
  msg_iovlen: "u64",
  msg_control: "ptr",
  msg_controllen: "u64",
  msg_flags: "u32",
}, { c: "struct msghdr", header: "sys/socket.h" });

/** struct mmsghdr, linux/socket.h. */
export const Mmsghdr = struct({ msg_hdr: Msghdr, msg_len: "u32" }, {
  c: "struct mmsghdr",
  header: "sys/socket.h",
});

/** struct cmsghdr, linux/socket.h; data follows, padded to 8 bytes. */
export const Cmsghdr = struct({
  cmsg_len: "u64",
  cmsg_level: "i32",
  cmsg_type: "i32",
}, { c: "struct cmsghdr", header: "sys/socket.h" });

/** struct sockaddr: what all addresses begin with. */
export const Sockaddr = struct({ sa_family: "u16", sa_data: ["u8", 14] }, {
  c: "struct sockaddr",
  header: "sys/socket.h",
});

/** struct sockaddr_un, linux/un.h. */
export const SockaddrUn = struct({
  sun_family: "u16",
  sun_path: ["u8", UNIX_PATH_MAX],
}, { c: "struct sockaddr_un", header: "sys/un.h" });

/** struct sockaddr_in, linux/in.h; port and address are big-endian bytes. */
export const SockaddrIn = struct({
  sin_family: "u16",
  sin_port: ["u8", 2],
  sin_addr: ["u8", 4],
  sin_zero: ["u8", 8],
}, { align: 4, c: "struct sockaddr_in", header: "netinet/in.h" });

/** struct sockaddr_in6, linux/in6.h; all but the scope are big-endian bytes. */
export const SockaddrIn6 = struct({
  sin6_family: "u16",
  sin6_port: ["u8", 2],
  sin6_flowinfo: ["u8", 4],
  sin6_addr: ["u8", 16],
  sin6_scope_id: "u32",
}, { c: "struct sockaddr_in6", header: "netinet/in.h" });

/** struct sockaddr_nl, linux/netlink.h. */
export const SockaddrNl = struct({
  nl_family: "u16",
  nl_pad: "u16",
  nl_pid: "u32",
  nl_groups: "u32",
}, { c: "struct sockaddr_nl", header: "linux/netlink.h" });

/** struct ucred, linux/socket.h. */
export const Ucred = struct({ pid: "i32", uid: "u32", gid: "u32" }, {
  c: "struct ucred",
  header: "sys/socket.h",
});

/** struct linger, linux/socket.h; seconds. */
export const Linger = struct({ l_onoff: "i32", l_linger: "i32" }, {
  c: "struct linger",
  header: "sys/socket.h",
});

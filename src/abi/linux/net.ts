/**
 * Internet protocols and interfaces: linux/in.h, linux/in6.h, linux/tcp.h,
 * linux/udp.h, linux/sockios.h, linux/if.h.
 *
 * @module
 */

import { struct } from "../struct.ts";

// Protocols.
export const IPPROTO_IP = 0;
export const IPPROTO_ICMP = 1;
export const IPPROTO_IGMP = 2;
export const IPPROTO_TCP = 6;
export const IPPROTO_UDP = 17;
export const IPPROTO_IPV6 = 41;
export const IPPROTO_ICMPV6 = 58;
export const IPPROTO_UDPLITE = 136;
export const IPPROTO_SCTP = 132;
export const IPPROTO_RAW = 255;
export const IPPROTO_MPTCP = 262;

// Options at SOL_IP.
export const IP_TOS = 1;
export const IP_TTL = 2;
export const IP_HDRINCL = 3;
export const IP_OPTIONS = 4;
export const IP_RECVOPTS = 6;
export const IP_RETOPTS = 7;
export const IP_PKTINFO = 8;
export const IP_PKTOPTIONS = 9;
export const IP_MTU_DISCOVER = 10;
export const IP_RECVERR = 11;
export const IP_RECVTTL = 12;
export const IP_RECVTOS = 13;
export const IP_MTU = 14;
export const IP_FREEBIND = 15;
export const IP_TRANSPARENT = 19;
export const IP_MINTTL = 21;
export const IP_BIND_ADDRESS_NO_PORT = 24;
export const IP_MULTICAST_IF = 32;
export const IP_MULTICAST_TTL = 33;
export const IP_MULTICAST_LOOP = 34;
export const IP_ADD_MEMBERSHIP = 35;
export const IP_DROP_MEMBERSHIP = 36;
export const IP_MULTICAST_ALL = 49;
export const IP_LOCAL_PORT_RANGE = 51;
// Options at SOL_IPV6.
export const IPV6_ADDRFORM = 1;
export const IPV6_CHECKSUM = 7;
export const IPV6_UNICAST_HOPS = 16;
export const IPV6_MULTICAST_IF = 17;
export const IPV6_MULTICAST_HOPS = 18;
export const IPV6_MULTICAST_LOOP = 19;
export const IPV6_ADD_MEMBERSHIP = 20;
export const IPV6_DROP_MEMBERSHIP = 21;
export const IPV6_MTU_DISCOVER = 23;
export const IPV6_MTU = 24;
export const IPV6_RECVERR = 25;
export const IPV6_V6ONLY = 26;
export const IPV6_RECVPKTINFO = 49;
export const IPV6_PKTINFO = 50;
export const IPV6_RECVHOPLIMIT = 51;
export const IPV6_HOPLIMIT = 52;
export const IPV6_RECVTCLASS = 66;
export const IPV6_TCLASS = 67;
export const IPV6_FREEBIND = 78;
// Options at SOL_TCP.
export const TCP_NODELAY = 1;
export const TCP_MAXSEG = 2;
export const TCP_CORK = 3;
export const TCP_KEEPIDLE = 4;
export const TCP_KEEPINTVL = 5;
export const TCP_KEEPCNT = 6;
export const TCP_SYNCNT = 7;
export const TCP_LINGER2 = 8;
export const TCP_DEFER_ACCEPT = 9;
export const TCP_WINDOW_CLAMP = 10;
export const TCP_INFO = 11;
export const TCP_QUICKACK = 12;
export const TCP_CONGESTION = 13;
export const TCP_MD5SIG = 14;
export const TCP_USER_TIMEOUT = 18;
export const TCP_FASTOPEN = 23;
export const TCP_TIMESTAMP = 24;
export const TCP_NOTSENT_LOWAT = 25;
export const TCP_SAVED_SYN = 28;
export const TCP_FASTOPEN_CONNECT = 30;
export const TCP_ULP = 31;
export const TCP_INQ = 36;
// tcpi_state and /proc/net/tcp.
export const TCP_ESTABLISHED = 1;
export const TCP_SYN_SENT = 2;
export const TCP_SYN_RECV = 3;
export const TCP_FIN_WAIT1 = 4;
export const TCP_FIN_WAIT2 = 5;
export const TCP_TIME_WAIT = 6;
export const TCP_CLOSE = 7;
export const TCP_CLOSE_WAIT = 8;
export const TCP_LAST_ACK = 9;
export const TCP_LISTEN = 10;
export const TCP_CLOSING = 11;
// Options at SOL_UDP.
export const UDP_CORK = 1;
export const UDP_SEGMENT = 103;
export const UDP_GRO = 104;

// Interface ioctls.
export const SIOCGIFNAME = 0x8910;
export const SIOCSIFLINK = 0x8911;
export const SIOCGIFCONF = 0x8912;
export const SIOCGIFFLAGS = 0x8913;
export const SIOCSIFFLAGS = 0x8914;
export const SIOCGIFADDR = 0x8915;
export const SIOCSIFADDR = 0x8916;
export const SIOCGIFDSTADDR = 0x8917;
export const SIOCSIFDSTADDR = 0x8918;
export const SIOCGIFBRDADDR = 0x8919;
export const SIOCSIFBRDADDR = 0x891a;
export const SIOCGIFNETMASK = 0x891b;
export const SIOCSIFNETMASK = 0x891c;
export const SIOCGIFMETRIC = 0x891d;
export const SIOCSIFMETRIC = 0x891e;
export const SIOCGIFMEM = 0x891f;
export const SIOCSIFMEM = 0x8920;
export const SIOCGIFMTU = 0x8921;
export const SIOCSIFMTU = 0x8922;
export const SIOCSIFNAME = 0x8923;
export const SIOCSIFHWADDR = 0x8924;
export const SIOCGIFENCAP = 0x8925;
export const SIOCSIFENCAP = 0x8926;
export const SIOCGIFHWADDR = 0x8927;
export const SIOCGIFSLAVE = 0x8929;
export const SIOCSIFSLAVE = 0x8930;
export const SIOCGIFINDEX = 0x8933;
export const SIOCSIFPFLAGS = 0x8934;
export const SIOCGIFPFLAGS = 0x8935;
export const SIOCSIFHWBROADCAST = 0x8937;
export const SIOCGIFCOUNT = 0x8938;
export const SIOCGIFBR = 0x8940;
export const SIOCSIFBR = 0x8941;
export const SIOCGIFTXQLEN = 0x8942;
export const SIOCSIFTXQLEN = 0x8943;
export const SIOCGIFMAP = 0x8970;
export const SIOCSIFMAP = 0x8971;
export const SIOCGIFVLAN = 0x8982;
export const SIOCSIFVLAN = 0x8983;
export const SIOCADDRT = 0x890b;
export const SIOCDELRT = 0x890c;
export const SIOCETHTOOL = 0x8946;
// ifr_flags and ifi_flags.
export const IFF_UP = 0x1;
export const IFF_BROADCAST = 0x2;
export const IFF_DEBUG = 0x4;
export const IFF_LOOPBACK = 0x8;
export const IFF_POINTOPOINT = 0x10;
export const IFF_NOTRAILERS = 0x20;
export const IFF_RUNNING = 0x40;
export const IFF_NOARP = 0x80;
export const IFF_PROMISC = 0x100;
export const IFF_ALLMULTI = 0x200;
export const IFF_MASTER = 0x400;
export const IFF_SLAVE = 0x800;
export const IFF_MULTICAST = 0x1000;
export const IFF_PORTSEL = 0x2000;
export const IFF_AUTOMEDIA = 0x4000;
export const IFF_DYNAMIC = 0x8000;
export const IFF_LOWER_UP = 0x10000;
export const IFNAMSIZ = 16;
// Interface hardware types.
export const ARPHRD_ETHER = 1;
export const ARPHRD_LOOPBACK = 772;
export const ARPHRD_NONE = 65534;
// Ethernet protocols (packet sockets).
export const ETH_P_IP = 0x800;
export const ETH_P_IPV6 = 0x86dd;
export const ETH_P_ARP = 0x806;
export const ETH_P_ALL = 0x3;

/** struct ifreq: the name and one of the forms in C's union. */
export const Ifreq = struct({
  ifr_name: ["u8", IFNAMSIZ],
  ifr_addr: ["u8", 16],
  ifr_flags: "i16",
  ifr_ifindex: "i32",
  ifr_mtu: "i32",
  ifr_qlen: "i32",
  ifr_data: "ptr",
}, {
  size: 40,
  place: {
    ifr_flags: 16,
    ifr_ifindex: 16,
    ifr_mtu: 16,
    ifr_qlen: 16,
    ifr_data: 16,
  },
  c: "struct ifreq",
  header: "net/if.h",
});

/** struct ifconf; `ifc_buf` takes ifreqs. */
export const Ifconf = struct({ ifc_len: "i32", ifc_buf: "ptr" }, {
  c: "struct ifconf",
  header: "net/if.h",
});

/** struct in_pktinfo, linux/in.h. */
export const InPktinfo = struct({
  ipi_ifindex: "i32",
  ipi_spec_dst: ["u8", 4],
  ipi_addr: ["u8", 4],
}, { c: "struct in_pktinfo", header: "netinet/in.h" });

/** struct in6_pktinfo, linux/ipv6.h. */
export const In6Pktinfo = struct({
  ipi6_addr: ["u8", 16],
  ipi6_ifindex: "i32",
}, { c: "struct in6_pktinfo", header: "netinet/in.h" });

/** struct ip_mreqn, linux/in.h. */
export const IpMreqn = struct({
  imr_multiaddr: ["u8", 4],
  imr_address: ["u8", 4],
  imr_ifindex: "i32",
}, { c: "struct ip_mreqn", header: "netinet/in.h" });

/** struct tcp_info up to tcpi_total_retrans, linux/tcp.h. */
export const TcpInfo = struct({
  tcpi_state: "u8",
  tcpi_ca_state: "u8",
  tcpi_retransmits: "u8",
  tcpi_probes: "u8",
  tcpi_backoff: "u8",
  tcpi_options: "u8",
  _pad_wscale: "u8",
  _pad_limited: "u8",
  tcpi_rto: "u32",
  tcpi_ato: "u32",
  tcpi_snd_mss: "u32",
  tcpi_rcv_mss: "u32",
  tcpi_unacked: "u32",
  tcpi_sacked: "u32",
  tcpi_lost: "u32",
  tcpi_retrans: "u32",
  tcpi_fackets: "u32",
  tcpi_last_data_sent: "u32",
  tcpi_last_ack_sent: "u32",
  tcpi_last_data_recv: "u32",
  tcpi_last_ack_recv: "u32",
  tcpi_pmtu: "u32",
  tcpi_rcv_ssthresh: "u32",
  tcpi_rtt: "u32",
  tcpi_rttvar: "u32",
  tcpi_snd_ssthresh: "u32",
  tcpi_snd_cwnd: "u32",
  tcpi_advmss: "u32",
  tcpi_reordering: "u32",
  tcpi_rcv_rtt: "u32",
  tcpi_rcv_space: "u32",
  tcpi_total_retrans: "u32",
}, { c: "struct tcp_info", header: "netinet/tcp.h" });

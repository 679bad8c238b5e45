/** Tables of the network, as /proc/net shows them. There is the loopback interface. */
import { AF_INET, AF_INET6 } from "../../../../abi/linux/socket.ts";
import type { Kernel } from "../../../kernel/kernel.ts";
import {
  TCP_WIDTH,
  tcpLines,
  UDP_WIDTH,
  udpLines,
  unixLines,
} from "./sockets.ts";

const DEV =
  "Inter-|   Receive                                                |  Transmit\n" +
  " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n" +
  "    lo:       0       0    0    0    0     0          0         0        0       0    0    0    0     0       0          0\n";

const TCP =
  "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode";
const TCP6 =
  "  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
const UDP =
  "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops";

/** Contents by name. */
export const NET_ENTRIES: Readonly<Record<string, (k: Kernel) => string>> = {
  arp: () =>
    "IP address       HW type     Flags       HW address            Mask     Device\n",
  dev: () => DEV,
  if_inet6: () => "",
  packet: () =>
    "sk               RefCnt Type Proto  Iface R Rmem   User   Inode\n",
  protocols: () =>
    "protocol  size sockets  memory press maxhdr  slab module     cl co di ac io in de sh ss gs se re sp bi br ha uh gp em\n",
  route: () =>
    "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT                                                       \n",
  sockstat: () =>
    "sockets: used 0\nTCP: inuse 0 orphan 0 tw 0 alloc 0 mem 0\nUDP: inuse 0 mem 0\nUDPLITE: inuse 0\nRAW: inuse 0\nFRAG: inuse 0 memory 0\n",
  tcp: () => TCP.padEnd(TCP_WIDTH) + "\n" + tcpLines(AF_INET),
  tcp6: () => TCP6 + tcpLines(AF_INET6),
  udp: () => UDP.padEnd(UDP_WIDTH) + "\n" + udpLines(AF_INET),
  udp6: () => TCP6.trimEnd() + " ref pointer drops\n" + udpLines(AF_INET6),
  raw: () => UDP.padEnd(UDP_WIDTH) + "\n",
  unix: (kernel) =>
    "Num       RefCount Protocol Flags    Type St Inode Path\n" +
    unixLines(kernel),
  wireless: () =>
    "Inter-| sta-|   Quality        |   Discarded packets               | Missed | WE\n" +
    " face | tus | link level noise |  nwid  crypt   frag  retry   misc | beacon | 22\n",
};

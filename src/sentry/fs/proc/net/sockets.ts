/** /proc/net/tcp, udp and unix: the sockets that there are. */
import { AF_INET, AF_INET6 } from "../../../../abi/linux/socket.ts";
import type { Kernel } from "../../../kernel/kernel.ts";
import { isV6, LOOPBACK6 } from "../../../net/inet/endpoint.ts";
import type { InetSocket } from "../../../net/inet/inet_socket.ts";
import { tcpPorts } from "../../../net/inet/tcp_socket.ts";
import { udpPorts } from "../../../net/inet/udp_socket.ts";
import { UnixSocket } from "../../../net/unix/unix_socket.ts";
import { nameOf } from "../../../net/unix/names.ts";
import { hex } from "../entry.ts";

/** Widths of the IPv4 tables' lines, without the newline. */
export const TCP_WIDTH = 149;
export const UDP_WIDTH = 127;

/** UDP sockets show states of TCP: connected or not. */
const ESTABLISHED = 1;
const CLOSE = 7;

function upper(n: number, digits: number): string {
  return hex(n, digits).toUpperCase();
}

/** A 32-bit word in network order, as the host's order prints it. */
function word(n: number): string {
  const swapped = ((n & 0xff) << 24) | ((n & 0xff00) << 8) |
    ((n >>> 8) & 0xff00) | (n >>> 24);
  return upper(swapped >>> 0, 8);
}

/** "0100007F:0050", or the long form. */
function endpoint(family: number, ip: number, port: number): string {
  let text: string;
  if (family === AF_INET) text = word(isV6(ip) ? 0 : ip);
  else if (ip === LOOPBACK6) text = "0".repeat(24) + "01000000";
  else if (isV6(ip) || ip === 0) text = "0".repeat(32);
  else text = "0".repeat(16) + "FFFF0000" + word(ip);
  return `${text}:${upper(port, 4)}`;
}

/** Columns that TCP and UDP share, up to the inode's reference count. */
function columns(s: InetSocket, state: number): string {
  const local = endpoint(s.family, s.localIp, s.localPort);
  const remote = endpoint(s.family, s.remoteIp, s.remotePort);
  return `${local} ${remote} ${upper(state, 2)} 00000000:00000000 ` +
    `00:00000000 00000000 ${String(s.uid).padStart(5)}        0 ` +
    `${s.inode.ino} 1 0000000000000000`;
}

/** Lines of /proc/net/tcp (AF_INET) or tcp6 (AF_INET6). */
export function tcpLines(family: number): string {
  let lines = "";
  let n = 0;
  for (const s of tcpPorts.all()) {
    if (s.family !== family) continue;
    const number = String(n++).padStart(4);
    const line = `${number}: ${columns(s, s.tcpState)} 100 0 0 10 0`;
    lines += (family === AF_INET6 ? line : line.padEnd(TCP_WIDTH)) + "\n";
  }
  return lines;
}

/** Lines of /proc/net/udp (AF_INET) or udp6 (AF_INET6). */
export function udpLines(family: number): string {
  let lines = "";
  let n = 0;
  for (const s of udpPorts.all()) {
    if (s.family !== family) continue;
    const state = s.remotePort !== 0 ? ESTABLISHED : CLOSE;
    const line = `${String(n++).padStart(5)}: ${columns(s, state)} 0`;
    lines += (family === AF_INET6 ? line : line.padEnd(UDP_WIDTH)) + "\n";
  }
  return lines;
}

/** Lines of /proc/net/unix: sockets that a descriptor leads to. */
export function unixLines(kernel: Kernel): string {
  let lines = "";
  for (const s of unixSockets(kernel)) {
    const flags = s.listening ? "00010000" : "00000000";
    const state = s.peerSocket === null ? "01" : "03";
    const name = nameOf(s.address);
    const text = typeof name === "number" || name === ""
      ? ""
      : " " + name.replaceAll("\0", "@");
    const ino = String(s.inode.ino).padStart(5);
    lines += `0000000000000000: ${upper(s.refs, 8)} 00000000 ${flags} ` +
      `${upper(s.type, 4)} ${state} ${ino}${text}\n`;
  }
  return lines;
}

function unixSockets(kernel: Kernel): Set<UnixSocket> {
  const found: Set<UnixSocket> = new Set();
  for (const t of kernel.tasks.values()) {
    for (let fd = 0; fd < t.files.size; fd++) {
      const file = t.files.get(fd);
      if (file instanceof UnixSocket) found.add(file);
    }
  }
  return found;
}

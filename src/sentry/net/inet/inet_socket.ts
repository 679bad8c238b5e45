/** What TCP and UDP sockets share: names, ports, options at IP level. */
import {
  EACCES,
  EADDRINUSE,
  EAFNOSUPPORT,
  EINVAL,
  ENETUNREACH,
  ENODEV,
  ENOPROTOOPT,
  ENOTCONN,
} from "../../../abi/linux/errno.ts";
import { CAP_NET_BIND_SERVICE } from "../../../abi/linux/capability.ts";
import * as net from "../../../abi/linux/net.ts";
import {
  AF_INET,
  AF_INET6,
  AF_UNSPEC,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SOL_IP,
  SOL_IPV6,
} from "../../../abi/linux/socket.ts";
import type { Task } from "../../kernel/task.ts";
import type { SocketAddress } from "../address.ts";
import { type OptionValue, Socket } from "../socket.ts";
import {
  ANY4,
  ANY6,
  checkBind,
  destinationOf,
  type Ip,
  isAny,
  isLocal,
  isV6,
  parse,
  parsed,
  show,
  sourceFor,
} from "./endpoint.ts";
import type { PortTable, PortUser } from "./ports.ts";

/** Options that are a number: setsockopt stores, getsockopt shows. Defaults. */
const IP_NUMBERS = new Map([
  [net.IP_TOS, 0],
  [net.IP_TTL, 64],
  [net.IP_RECVTTL, 0],
  [net.IP_RECVTOS, 0],
  [net.IP_PKTINFO, 0],
  [net.IP_RECVERR, 0],
  [net.IP_MTU_DISCOVER, 1],
  [net.IP_FREEBIND, 0],
  [net.IP_MINTTL, 0],
  [net.IP_BIND_ADDRESS_NO_PORT, 0],
  [net.IP_MULTICAST_TTL, 1],
  [net.IP_MULTICAST_LOOP, 1],
  [net.IP_MULTICAST_ALL, 1],
]);
const IPV6_NUMBERS = new Map([
  [net.IPV6_UNICAST_HOPS, 64],
  [net.IPV6_MULTICAST_HOPS, 1],
  [net.IPV6_MULTICAST_LOOP, 1],
  [net.IPV6_MULTICAST_IF, 0],
  [net.IPV6_MTU_DISCOVER, 1],
  [net.IPV6_RECVERR, 0],
  [net.IPV6_V6ONLY, 0],
  [net.IPV6_RECVPKTINFO, 0],
  [net.IPV6_RECVHOPLIMIT, 0],
  [net.IPV6_RECVTCLASS, 0],
  [net.IPV6_TCLASS, 0],
  [net.IPV6_FREEBIND, 0],
]);
/** /proc/sys/net/ipv4/ip_unprivileged_port_start */
const FIRST_UNPRIVILEGED = 1024;

export abstract class InetSocket extends Socket implements PortUser {
  localIp: Ip;
  localPort = 0;
  remoteIp: Ip = ANY4;
  remotePort = 0;
  readonly uid: number;
  /** Address that bind(2) gave: disconnecting goes back to it. */
  protected boundIp: Ip;
  /** Whether bind(2) gave the port: it stays until the end. */
  protected portBound = false;
  readonly #ip: Map<number, number> = new Map();
  readonly #ipv6: Map<number, number> = new Map();

  constructor(t: Task, family: number, type: number, protocol: number) {
    super(t, family, type, protocol);
    this.uid = t.creds.fsuid;
    this.boundIp = this.localIp = family === AF_INET ? ANY4 : ANY6;
  }

  /** Its protocol's ports. */
  protected abstract get ports(): PortTable<InetSocket>;

  get reuseAddr(): boolean {
    return this.options.has(SO_REUSEADDR);
  }

  get reusePort(): boolean {
    return this.options.has(SO_REUSEPORT);
  }

  get v6only(): boolean {
    return this.ipv6Option(net.IPV6_V6ONLY) !== 0;
  }

  ipOption(name: number): number {
    return this.#ip.get(name) ?? IP_NUMBERS.get(name)!;
  }

  ipv6Option(name: number): number {
    return this.#ipv6.get(name) ?? IPV6_NUMBERS.get(name)!;
  }

  /** For sockets that accept(2) makes. */
  protected inheritIp(from: InetSocket): void {
    this.options.inherit(from.options);
    for (const [name, value] of from.#ip) this.#ip.set(name, value);
    for (const [name, value] of from.#ipv6) this.#ipv6.set(name, value);
  }

  override bind(t: Task, a: SocketAddress): number {
    const bad = parse(a, this.family);
    if (bad < 0) return bad;
    const { ip, port } = parsed;
    if (a.family === AF_UNSPEC && ip !== ANY4) return -EAFNOSUPPORT;
    if (this.localPort !== 0) return -EINVAL;
    const mismatch = this.family === AF_INET6 && a.family === AF_INET;
    if (mismatch) return -EINVAL;
    const r = checkBind(this.family, ip, this.v6only);
    if (r < 0) return r;
    if (port > 0 && port < FIRST_UNPRIVILEGED) {
      if (!t.creds.can(CAP_NET_BIND_SERVICE)) return -EACCES;
    }
    const taken = this.takePort(ip, port);
    if (taken < 0) return taken;
    this.boundIp = ip;
    this.portBound = port !== 0;
    return 0;
  }

  /** Takes `port` (0: a free one) at `ip`. 0 or -EADDRINUSE. */
  protected takePort(ip: Ip, port: number): number {
    if (port === 0) {
      port = this.ports.free();
      if (port === 0) return -EADDRINUSE;
    } else {
      const r = this.ports.check(this, ip, port);
      if (r < 0) return r;
    }
    this.localIp = ip;
    this.localPort = port;
    this.ports.add(port, this);
    return 0;
  }

  /** Undoes what connect(2) chose: the address, and the port unless bind(2) gave it. */
  protected unchoose(): void {
    this.localIp = this.boundIp;
    if (!this.portBound) this.dropPort();
  }

  protected dropPort(): void {
    if (this.localPort !== 0) this.ports.remove(this.localPort, this);
    this.localPort = 0;
  }

  /** Fixes the local address for packets to `to`, if bind(2) left it open. */
  protected chooseSource(to: Ip): void {
    if (isAny(this.localIp)) this.localIp = sourceFor(to);
  }

  /** Reads a destination into `parsed`. 0, or -errno if nothing is there. */
  protected parseDestination(a: SocketAddress): number {
    const bad = parse(a, this.family);
    if (bad < 0) return bad;
    parsed.ip = destinationOf(parsed.ip);
    if (isV6(parsed.ip) && this.family === AF_INET) return -EAFNOSUPPORT;
    if (!isV6(parsed.ip) && this.v6only) return -ENETUNREACH;
    return isLocal(parsed.ip) ? 0 : this.unreachable(parsed.ip);
  }

  /** What sending to a foreign address gives. */
  protected unreachable(_ip: Ip): number {
    return -ENETUNREACH;
  }

  override localName(a: SocketAddress): number {
    show(a, this.family, this.localIp, this.localPort);
    return 0;
  }

  override peerName(a: SocketAddress): number {
    if (this.remotePort === 0) return -ENOTCONN;
    show(a, this.family, this.remoteIp, this.remotePort);
    return 0;
  }

  override setOption(
    _t: Task,
    level: number,
    name: number,
    value: OptionValue,
  ): number {
    if (level === SOL_IP) return this.#setIp(name, value);
    if (level === SOL_IPV6 && this.family === AF_INET6) {
      return this.#setIpv6(name, value);
    }
    return -ENOPROTOOPT;
  }

  #setIp(name: number, value: OptionValue): number {
    if (name === net.IP_ADD_MEMBERSHIP || name === net.IP_MULTICAST_IF) {
      return -ENODEV;
    }
    if (!IP_NUMBERS.has(name)) return -ENOPROTOOPT;
    if (value.length < 1) return -EINVAL;
    const n = value.length >= 4 ? value.int : value.bytes[0];
    if (name === net.IP_TTL && n !== -1 && (n < 1 || n > 255)) return -EINVAL;
    this.#ip.set(name, name === net.IP_TTL && n === -1 ? 64 : n);
    return 0;
  }

  #setIpv6(name: number, value: OptionValue): number {
    if (name === net.IPV6_ADD_MEMBERSHIP) return -ENODEV;
    if (!IPV6_NUMBERS.has(name)) return -ENOPROTOOPT;
    if (value.length < 4) return -EINVAL;
    const n = value.int;
    if (name === net.IPV6_V6ONLY) {
      if (this.localPort !== 0) return -EINVAL;
      this.#ipv6.set(name, n !== 0 ? 1 : 0);
      return 0;
    }
    const hops = name === net.IPV6_UNICAST_HOPS;
    if (hops && (n < -1 || n > 255)) return -EINVAL;
    this.#ipv6.set(name, hops && n === -1 ? 64 : n);
    return 0;
  }

  override getOption(
    _t: Task,
    level: number,
    name: number,
    value: OptionValue,
  ): number {
    if (level === SOL_IP && IP_NUMBERS.has(name)) {
      return value.putInt(this.ipOption(name));
    }
    if (level === SOL_IP && name === net.IP_MTU) {
      return this.remotePort === 0 ? -ENOTCONN : value.putInt(65536);
    }
    const six = level === SOL_IPV6 && this.family === AF_INET6;
    if (six && IPV6_NUMBERS.has(name)) {
      return value.putInt(this.ipv6Option(name));
    }
    return -ENOPROTOOPT;
  }

  override getSocketOption(): number {
    return -ENOPROTOOPT;
  }
}

/**
 * Internet addresses as the Sentry needs them. There is one interface, lo, so
 * an address is a number: an IPv4 address (also one mapped into IPv6) as its
 * 32 bits, or one of the constants below for IPv6.
 *
 * @module
 */
import {
  EADDRNOTAVAIL,
  EAFNOSUPPORT,
  EINVAL,
} from "../../../abi/linux/errno.ts";
import {
  AF_INET,
  AF_INET6,
  AF_UNSPEC,
  SockaddrIn,
  SockaddrIn6,
} from "../../../abi/linux/socket.ts";
import type { SocketAddress } from "../address.ts";

export type Ip = number;

/** 0.0.0.0 */
export const ANY4: Ip = 0;
/** 127.0.0.1 */
export const LOOPBACK4: Ip = 0x7f000001;
/** :: */
export const ANY6: Ip = -1;
/** ::1 */
export const LOOPBACK6: Ip = -2;
/** Any other IPv6 address: nothing is there. */
export const NO_IP6: Ip = -3;

/** RFC 2133's sockaddr_in6, without the scope. */
const MIN_IN6 = 24;

const in4 = SockaddrIn.at(new Uint8Array(SockaddrIn.size));
const in6 = SockaddrIn6.at(new Uint8Array(SockaddrIn6.size));

/** What `parse` found. */
export const parsed = { ip: ANY4 as Ip, port: 0 };

export function isV6(ip: Ip): boolean {
  return ip < 0;
}

export function isAny(ip: Ip): boolean {
  return ip === ANY4 || ip === ANY6;
}

/** Whether packets to it come back here. */
export function isLocal(ip: Ip): boolean {
  return (ip >= 0 && (ip >>> 24) === 127) || ip === LOOPBACK6 || isAny(ip);
}

export function isMulticast(ip: Ip): boolean {
  return ip >= 0 && (ip >>> 28) === 14;
}

export function isBroadcast(ip: Ip): boolean {
  return ip === 0xffffffff;
}

/** The address that packets to `ip` really go to: any means this host. */
export function destinationOf(ip: Ip): Ip {
  return ip === ANY4 ? LOOPBACK4 : ip === ANY6 ? LOOPBACK6 : ip;
}

/** The address that packets to `to` come from. */
export function sourceFor(to: Ip): Ip {
  return isV6(to) ? LOOPBACK6 : LOOPBACK4;
}

/**
 * Reads an address for a socket of `family` into `parsed`. 0, -EINVAL,
 * -EAFNOSUPPORT.
 */
export function parse(a: SocketAddress, family: number): number {
  if (family === AF_INET) {
    if (a.length < SockaddrIn.size) return -EINVAL;
    if (a.family !== AF_INET && a.family !== AF_UNSPEC) return -EAFNOSUPPORT;
    parse4(a);
    return 0;
  }
  if (a.family === AF_INET && a.length >= SockaddrIn.size) {
    parse4(a);
    return 0;
  }
  if (a.length < MIN_IN6) return -EINVAL;
  if (a.family !== AF_INET6) return -EAFNOSUPPORT;
  in6.at(a.bytes);
  parsed.port = in6.sin6_port[0] * 256 + in6.sin6_port[1];
  parsed.ip = fromSix(in6.sin6_addr);
  return 0;
}

function parse4(a: SocketAddress): void {
  in4.at(a.bytes);
  parsed.port = in4.sin_port[0] * 256 + in4.sin_port[1];
  parsed.ip = fromFour(in4.sin_addr, 0);
}

/** The address in four bytes, most significant first. */
export function fromFour(b: Uint8Array, at: number): Ip {
  return (b[at] * 16777216 + b[at + 1] * 65536 + b[at + 2] * 256 +
    b[at + 3]) >>>
    0;
}

/** The address in the 16 bytes of an in6_addr. */
export function fromSix(b: Uint8Array): Ip {
  for (let i = 0; i < 10; i++) if (b[i] !== 0) return NO_IP6;
  if (b[10] === 0xff && b[11] === 0xff) return fromFour(b, 12);
  for (let i = 10; i < 15; i++) if (b[i] !== 0) return NO_IP6;
  return b[15] === 0 ? ANY6 : b[15] === 1 ? LOOPBACK6 : NO_IP6;
}

export function putFour(ip: Ip, b: Uint8Array, at: number): void {
  b[at] = ip >>> 24;
  b[at + 1] = (ip >>> 16) & 255;
  b[at + 2] = (ip >>> 8) & 255;
  b[at + 3] = ip & 255;
}

/** Writes 16 bytes; IPv4 addresses are mapped, 0.0.0.0 becomes ::. */
export function putSix(ip: Ip, b: Uint8Array): void {
  b.fill(0);
  if (ip === LOOPBACK6) b[15] = 1;
  else if (ip > 0) {
    b[10] = b[11] = 0xff;
    putFour(ip, b, 12);
  }
}

/** Fills `a` as a socket of `family` shows an address. */
export function show(
  a: SocketAddress,
  family: number,
  ip: Ip,
  port: number,
): void {
  a.bytes.fill(0, 0, SockaddrIn6.size);
  if (family === AF_INET) {
    in4.at(a.bytes);
    in4.sin_family = AF_INET;
    in4.sin_port[0] = port >>> 8;
    in4.sin_port[1] = port & 255;
    putFour(isV6(ip) ? 0 : ip, in4.sin_addr, 0);
    a.length = SockaddrIn.size;
    return;
  }
  in6.at(a.bytes);
  in6.sin6_family = AF_INET6;
  in6.sin6_port[0] = port >>> 8;
  in6.sin6_port[1] = port & 255;
  putSix(ip, in6.sin6_addr);
  a.length = SockaddrIn6.size;
}

/** Whether a socket of `family` may be bound to `ip`. 0, -EADDRNOTAVAIL, -EINVAL. */
export function checkBind(family: number, ip: Ip, v6only: boolean): number {
  if (family === AF_INET6 && v6only && !isV6(ip)) return -EINVAL;
  return isLocal(ip) || isMulticast(ip) || isBroadcast(ip) ? 0 : -EADDRNOTAVAIL;
}

/** Options at SOL_SOCKET that every socket has, socket(7), and their state. */
import { EDOM, EINVAL, ENOPROTOOPT, EPERM } from "../../abi/linux/errno.ts";
import { CAP_NET_ADMIN, CAP_NET_RAW } from "../../abi/linux/capability.ts";
import {
  Linger,
  SO_ACCEPTCONN,
  SO_BINDTODEVICE,
  SO_BROADCAST,
  SO_BUSY_POLL,
  SO_COOKIE,
  SO_DEBUG,
  SO_DETACH_FILTER,
  SO_DOMAIN,
  SO_DONTROUTE,
  SO_ERROR,
  SO_INCOMING_CPU,
  SO_KEEPALIVE,
  SO_LINGER,
  SO_MARK,
  SO_OOBINLINE,
  SO_PASSCRED,
  SO_PASSSEC,
  SO_PEEK_OFF,
  SO_PRIORITY,
  SO_PROTOCOL,
  SO_RCVBUF,
  SO_RCVBUFFORCE,
  SO_RCVLOWAT,
  SO_RCVTIMEO_NEW,
  SO_RCVTIMEO_OLD,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SO_RXQ_OVFL,
  SO_SELECT_ERR_QUEUE,
  SO_SNDBUF,
  SO_SNDBUFFORCE,
  SO_SNDLOWAT,
  SO_SNDTIMEO_NEW,
  SO_SNDTIMEO_OLD,
  SO_TIMESTAMP_NEW,
  SO_TIMESTAMP_OLD,
  SO_TIMESTAMPING_NEW,
  SO_TIMESTAMPING_OLD,
  SO_TIMESTAMPNS_NEW,
  SO_TIMESTAMPNS_OLD,
  SO_TYPE,
} from "../../abi/linux/socket.ts";
import { NSEC_PER_SEC, NSEC_PER_USEC, Timeval } from "../../abi/linux/time.ts";
import type { Task } from "../kernel/task.ts";
import type { OptionValue, Socket } from "./socket.ts";

/** /proc/sys/net/core/{w,r}mem_max and the defaults. */
const MEM_MAX = 212992;
const MIN_SNDBUF = 4608;
const MIN_RCVBUF = 2304;

/** Options that are a bit: what setsockopt gave, getsockopt shows. */
const FLAGS = [
  SO_DEBUG,
  SO_REUSEADDR,
  SO_DONTROUTE,
  SO_BROADCAST,
  SO_KEEPALIVE,
  SO_OOBINLINE,
  SO_REUSEPORT,
  SO_PASSCRED,
  SO_PASSSEC,
  SO_RXQ_OVFL,
  SO_SELECT_ERR_QUEUE,
  SO_TIMESTAMP_OLD,
  SO_TIMESTAMPNS_OLD,
  SO_TIMESTAMP_NEW,
  SO_TIMESTAMPNS_NEW,
];
/** Options that are a number without a use here, and their default. */
const NUMBERS = new Map([
  [SO_PRIORITY, 0],
  [SO_MARK, 0],
  [SO_PEEK_OFF, -1],
  [SO_BUSY_POLL, 0],
  [SO_INCOMING_CPU, -1],
  [SO_TIMESTAMPING_OLD, 0],
  [SO_TIMESTAMPING_NEW, 0],
]);

export class SocketOptions {
  /** As getsockopt shows them: twice what was asked for. */
  sndbuf = MEM_MAX;
  rcvbuf = MEM_MAX;
  rcvlowat = 1;
  /** SO_LINGER: seconds, -1 for off. */
  linger = -1;
  /** SO_RCVTIMEO and SO_SNDTIMEO in ns; Infinity: none. */
  rcvtimeo = Infinity;
  sndtimeo = Infinity;
  readonly #flags: Set<number> = new Set();
  readonly #numbers: Map<number, number> = new Map();

  /** Whether one of the on-off options is on. */
  has(name: number): boolean {
    return this.#flags.has(name);
  }

  set(name: number, on: boolean): void {
    if (on) this.#flags.add(name);
    else this.#flags.delete(name);
  }

  /** For a socket that accept(2) makes. */
  inherit(from: SocketOptions): void {
    this.sndbuf = from.sndbuf;
    this.rcvbuf = from.rcvbuf;
    this.rcvlowat = from.rcvlowat;
    this.linger = from.linger;
    this.rcvtimeo = from.rcvtimeo;
    this.sndtimeo = from.sndtimeo;
    for (const name of from.#flags) this.#flags.add(name);
    for (const [name, value] of from.#numbers) this.#numbers.set(name, value);
  }

  number(name: number): number {
    return this.#numbers.get(name) ?? NUMBERS.get(name)!;
  }

  setNumber(name: number, value: number): void {
    this.#numbers.set(name, value);
  }
}

const linger = Linger.alloc();
const tv = Timeval.alloc();
let lastCookie = 0;
const cookies: WeakMap<Socket, number> = new WeakMap();

/** setsockopt(2) at SOL_SOCKET. 0, -EINVAL, -EDOM, -EPERM, -ENOPROTOOPT. */
export function setSocketOption(
  t: Task,
  s: Socket,
  name: number,
  value: OptionValue,
): number {
  const { options } = s;
  switch (name) {
    case SO_LINGER:
      if (value.length < Linger.size) return -EINVAL;
      linger.bytes.set(value.bytes.subarray(0, Linger.size));
      options.linger = linger.l_onoff === 0 ? -1 : linger.l_linger;
      return 0;
    case SO_RCVTIMEO_OLD:
    case SO_RCVTIMEO_NEW:
      return setTimeout(value, s, false);
    case SO_SNDTIMEO_OLD:
    case SO_SNDTIMEO_NEW:
      return setTimeout(value, s, true);
    case SO_BINDTODEVICE:
      return t.creds.can(CAP_NET_RAW) ? 0 : -EPERM;
    case SO_DETACH_FILTER:
      return 0;
  }
  if (value.length < 4) return -EINVAL;
  const n = value.int;
  if (FLAGS.includes(name)) {
    options.set(name, n !== 0);
    return 0;
  }
  switch (name) {
    case SO_SNDBUF:
      options.sndbuf = doubled(n, MEM_MAX, MIN_SNDBUF);
      return 0;
    case SO_RCVBUF:
      options.rcvbuf = doubled(n, MEM_MAX, MIN_RCVBUF);
      return 0;
    case SO_SNDBUFFORCE:
      if (!t.creds.can(CAP_NET_ADMIN)) return -EPERM;
      options.sndbuf = doubled(n, 0x3fffffff, MIN_SNDBUF);
      return 0;
    case SO_RCVBUFFORCE:
      if (!t.creds.can(CAP_NET_ADMIN)) return -EPERM;
      options.rcvbuf = doubled(n, 0x3fffffff, MIN_RCVBUF);
      return 0;
    case SO_RCVLOWAT:
      options.rcvlowat = n < 0 ? 0x7fffffff : Math.max(1, n);
      return 0;
    case SO_PRIORITY:
      if ((n < 0 || n > 6) && !t.creds.can(CAP_NET_ADMIN)) return -EPERM;
      break;
    case SO_MARK:
      if (!t.creds.can(CAP_NET_ADMIN)) return -EPERM;
      break;
  }
  if (!NUMBERS.has(name)) return -ENOPROTOOPT;
  options.setNumber(name, n);
  return 0;
}

/** A negative size counts as huge, as in Linux's unsigned comparison. */
function doubled(n: number, max: number, min: number): number {
  return Math.max(Math.min(n >>> 0, max) * 2, min);
}

function setTimeout(value: OptionValue, s: Socket, send: boolean): number {
  if (value.length < Timeval.size) return -EINVAL;
  tv.bytes.set(value.bytes.subarray(0, Timeval.size));
  const { tv_sec, tv_usec } = tv;
  if (tv_usec < 0 || tv_usec >= 1000000) return -EDOM;
  let ns = tv_sec * NSEC_PER_SEC + tv_usec * NSEC_PER_USEC;
  if (tv_sec < 0) ns = 0;
  else if (ns === 0) ns = Infinity;
  if (send) s.options.sndtimeo = s.writeLimit = ns;
  else s.options.rcvtimeo = s.readLimit = ns;
  return 0;
}

/** getsockopt(2) at SOL_SOCKET: length of the answer, or -ENOPROTOOPT. */
export function getSocketOption(
  t: Task,
  s: Socket,
  name: number,
  value: OptionValue,
): number {
  const { options } = s;
  if (FLAGS.includes(name)) return value.putInt(options.has(name) ? 1 : 0);
  if (NUMBERS.has(name)) return value.putInt(options.number(name));
  switch (name) {
    case SO_TYPE:
      return value.putInt(s.type);
    case SO_DOMAIN:
      return value.putInt(s.family);
    case SO_PROTOCOL:
      return value.putInt(s.protocol);
    case SO_ERROR:
      return value.putInt(s.takeError());
    case SO_ACCEPTCONN:
      return value.putInt(s.listening ? 1 : 0);
    case SO_SNDBUF:
      return value.putInt(options.sndbuf);
    case SO_RCVBUF:
      return value.putInt(options.rcvbuf);
    case SO_RCVLOWAT:
      return value.putInt(options.rcvlowat);
    case SO_SNDLOWAT:
      return value.putInt(1);
    case SO_LINGER:
      linger.l_onoff = options.linger < 0 ? 0 : 1;
      linger.l_linger = Math.max(0, options.linger);
      return value.put(linger);
    case SO_RCVTIMEO_OLD:
    case SO_RCVTIMEO_NEW:
      return putTimeout(value, options.rcvtimeo);
    case SO_SNDTIMEO_OLD:
    case SO_SNDTIMEO_NEW:
      return putTimeout(value, options.sndtimeo);
    case SO_BINDTODEVICE:
      return 0;
    case SO_COOKIE:
      return putCookie(s, value);
  }
  return s.getSocketOption(t, name, value);
}

function putTimeout(value: OptionValue, ns: number): number {
  const us = ns === Infinity ? 0 : Math.floor(ns / NSEC_PER_USEC);
  tv.tv_sec = Math.floor(us / 1000000);
  tv.tv_usec = us % 1000000;
  return value.put(tv);
}

function putCookie(s: Socket, value: OptionValue): number {
  let cookie = cookies.get(s);
  if (cookie === undefined) cookies.set(s, cookie = ++lastCookie);
  value.view.setUint32(0, cookie, true);
  value.view.setUint32(4, 0, true);
  return 8;
}

/** Which ports of a protocol are taken, and by whom. */
import { EADDRINUSE } from "../../../abi/linux/errno.ts";
import { ANY6, type Ip, isAny, isV6 } from "./endpoint.ts";

/** A socket with a port, as conflicts need it. */
export interface PortUser {
  readonly localIp: Ip;
  readonly v6only: boolean;
  readonly reuseAddr: boolean;
  readonly reusePort: boolean;
  /** TCP_LISTEN: SO_REUSEADDR does not help then. */
  readonly listening: boolean;
  readonly uid: number;
}

/** /proc/sys/net/ipv4/ip_local_port_range */
const FIRST = 32768;
const LAST = 60999;

export class PortTable<S extends PortUser> {
  readonly #users: Map<number, Set<S>> = new Map();
  #next = FIRST + Math.floor(Math.random() * (LAST - FIRST));

  /** All sockets with `port`. */
  at(port: number): ReadonlySet<S> | undefined {
    return this.#users.get(port);
  }

  add(port: number, s: S): void {
    const users = this.#users.get(port);
    if (users === undefined) this.#users.set(port, new Set([s]));
    else users.add(s);
  }

  remove(port: number, s: S): void {
    const users = this.#users.get(port);
    if (users === undefined) return;
    users.delete(s);
    if (users.size === 0) this.#users.delete(port);
  }

  /** Whether `s` may have `port` at `ip`, whatever it has now. 0 or -EADDRINUSE. */
  check(s: S, ip: Ip, port: number): number {
    const users = this.#users.get(port);
    if (users === undefined) return 0;
    for (const other of users) {
      if (other !== s && conflicts(s, ip, other)) return -EADDRINUSE;
    }
    return 0;
  }

  /** A port of the ephemeral range that nobody has; 0 if there is none. */
  free(): number {
    for (let i = FIRST; i <= LAST; i++) {
      this.#next = this.#next >= LAST ? FIRST : this.#next + 1;
      if (!this.#users.has(this.#next)) return this.#next;
    }
    return 0;
  }

  /** All sockets that have a port, once each. */
  *all(): Generator<S> {
    for (const users of this.#users.values()) yield* users;
  }
}

function conflicts(s: PortUser, ip: Ip, other: PortUser): boolean {
  if (!overlap(ip, s.v6only, other.localIp, other.v6only)) return false;
  if (s.reusePort && other.reusePort && s.uid === other.uid) return false;
  return !(s.reuseAddr && other.reuseAddr && !other.listening);
}

function overlap(a: Ip, aOnly: boolean, b: Ip, bOnly: boolean): boolean {
  if (a === b) return true;
  if (isV6(a) === isV6(b)) return isAny(a) || isAny(b);
  // :: takes IPv4 too, unless IPV6_V6ONLY.
  return (a === ANY6 && !aOnly) || (b === ANY6 && !bOnly);
}

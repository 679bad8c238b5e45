/**
 * Names of unix sockets, unix(7): a pathname, an abstract name (binary string
 * that begins with "\0"), or none (""). Names are binary strings.
 *
 * @module
 */
import { EINVAL } from "../../../abi/linux/errno.ts";
import { AF_UNIX, SockaddrUn } from "../../../abi/linux/socket.ts";
import { decodeBinary, encodeBinaryInto } from "../../strings.ts";
import { SocketAddress } from "../address.ts";
import type { UnixSocket } from "./unix_socket.ts";

const PATH = SockaddrUn.offsets.sun_path;
const header = SockaddrUn.at(new Uint8Array(SockaddrUn.size));

/** Sockets with an abstract name. Each type of socket has its own names. */
class AbstractNames {
  readonly #sockets: Map<string, UnixSocket> = new Map();

  get(type: number, name: string): UnixSocket | undefined {
    return this.#sockets.get(type + name);
  }

  has(type: number, name: string): boolean {
    return this.#sockets.has(type + name);
  }

  set(type: number, name: string, s: UnixSocket): void {
    this.#sockets.set(type + name, s);
  }

  delete(type: number, name: string): void {
    this.#sockets.delete(type + name);
  }

  /** All of them, for /proc/net/unix. */
  values(): IterableIterator<UnixSocket> {
    return this.#sockets.values();
  }
}

export const abstractNames: AbstractNames = new AbstractNames();

/** The name in an address; "" if there is none. -EINVAL for a bad length or family. */
export function nameOf(a: SocketAddress): string | number {
  if (a.length < PATH || a.length > SockaddrUn.size) return -EINVAL;
  if (a.family !== AF_UNIX) return -EINVAL;
  if (a.length === PATH) return "";
  if (a.bytes[PATH] === 0) return decodeBinary(a.bytes, PATH, a.length);
  const end = a.bytes.indexOf(0, PATH);
  const stop = end < 0 || end > a.length ? a.length : end;
  return decodeBinary(a.bytes, PATH, stop);
}

/** The address that shows `name`; paths end with a 0. */
export function addressOf(name: string): SocketAddress {
  const a = new SocketAddress();
  header.at(a.bytes).sun_family = AF_UNIX;
  let end = encodeBinaryInto(name, a.bytes, PATH);
  if (name !== "" && name.charCodeAt(0) !== 0) end++;
  a.length = end;
  return a;
}

let lastAuto = 0;

/** An abstract name of five hex digits that is free for `type`; "" if all are taken. */
export function autoName(type: number): string {
  for (let i = 0; i < 0x100000; i++) {
    lastAuto = (lastAuto + 1) % 0x100000;
    const name = "\0" + lastAuto.toString(16).padStart(5, "0");
    if (!abstractNames.has(type, name)) return name;
  }
  return "";
}

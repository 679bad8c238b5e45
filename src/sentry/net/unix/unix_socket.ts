/** What unix sockets of all types share: names, credentials of the peer. */
import {
  EADDRINUSE,
  ECONNREFUSED,
  EINVAL,
  ENODATA,
  ENOPROTOOPT,
  ENOSPC,
  ENOTCONN,
  EPROTOTYPE,
  ERANGE,
} from "../../../abi/linux/errno.ts";
import { AT_FDCWD } from "../../../abi/linux/fcntl.ts";
import {
  AF_UNIX,
  SO_PEERCRED,
  SO_PEERGROUPS,
  SO_PEERSEC,
  Ucred,
} from "../../../abi/linux/socket.ts";
import { S_IFSOCK } from "../../../abi/linux/stat.ts";
import type { Task } from "../../kernel/task.ts";
import type { Inode } from "../../vfs/inode.ts";
import { MAY_WRITE } from "../../vfs/permission.ts";
import { FOLLOW, resolve } from "../../vfs/resolve.ts";
import type { SocketAddress } from "../address.ts";
import { type OptionValue, Socket } from "../socket.ts";
import { makeSocketNode } from "./node.ts";
import { abstractNames, addressOf, autoName, nameOf } from "./names.ts";

/** Who is at the other end: SO_PEERCRED. */
export interface PeerCredentials {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
}

const UNNAMED = addressOf("");
const NOBODY: PeerCredentials = { pid: 0, uid: -1, gid: -1, groups: [] };
const ucred = Ucred.alloc();

/** The credentials that a peer of `t` will see. */
export function credentialsOf(t: Task): PeerCredentials {
  const { euid, egid, groups } = t.creds;
  return { pid: t.group.pid, uid: euid, gid: egid, groups };
}

export abstract class UnixSocket extends Socket {
  /** Its address for others; UNNAMED until bound. Never changed in place. */
  address: SocketAddress = UNNAMED;
  peerCredentials: PeerCredentials = NOBODY;
  /** The address of a peer that has closed; null: none has. */
  gonePeer: SocketAddress | null = null;
  /** What it is bound to: a file, or an abstract name. */
  #inode: Inode | null = null;
  #abstract = "";

  constructor(t: Task, type: number) {
    super(t, AF_UNIX, type, 0);
  }

  get isBound(): boolean {
    return this.#inode !== null || this.#abstract !== "";
  }

  /** The other end, or null. */
  abstract get peerSocket(): UnixSocket | null;

  override bind(t: Task, a: SocketAddress): number {
    const name = nameOf(a);
    if (typeof name === "number") return name;
    if (name === "") return this.isBound ? 0 : this.autobind();
    if (this.isBound || this.address !== UNNAMED) return -EINVAL;
    if (name.charCodeAt(0) === 0) return this.#bindAbstract(name);
    const inode = makeSocketNode(t, name, this.inode.mode & 0o777);
    if (typeof inode === "number") return inode;
    inode.attachment = this;
    this.#inode = inode;
    this.address = addressOf(name);
    return 0;
  }

  #bindAbstract(name: string): number {
    if (abstractNames.has(this.type, name)) return -EADDRINUSE;
    abstractNames.set(this.type, name, this);
    this.#abstract = name;
    this.address = addressOf(name);
    return 0;
  }

  /** Binds to a free abstract name. 0 or -ENOSPC. */
  autobind(): number {
    const name = autoName(this.type);
    return name === "" ? -ENOSPC : this.#bindAbstract(name);
  }

  /** Gives up its name, at the end. */
  protected unbind(): void {
    if (this.#inode?.attachment === this) this.#inode.attachment = null;
    this.#inode = null;
    if (this.#abstract !== "") abstractNames.delete(this.type, this.#abstract);
    this.#abstract = "";
  }

  /** The bound socket of this type that `a` names, or -errno. */
  protected find(t: Task, a: SocketAddress): UnixSocket | number {
    const name = nameOf(a);
    if (typeof name === "number") return name;
    if (name === "") return -EINVAL;
    const found = name.charCodeAt(0) === 0
      ? abstractNames.get(this.type, name) ?? -ECONNREFUSED
      : findAtPath(t, name);
    if (typeof found === "number") return found;
    return found.type === this.type ? found : -EPROTOTYPE;
  }

  override localName(a: SocketAddress): number {
    a.assign(this.address);
    return 0;
  }

  override peerName(a: SocketAddress): number {
    const address = this.peerSocket?.address ?? this.gonePeer;
    if (address === null) return -ENOTCONN;
    a.assign(address);
    return 0;
  }

  override getSocketOption(
    _t: Task,
    name: number,
    value: OptionValue,
  ): number {
    switch (name) {
      case SO_PEERCRED:
        ucred.pid = this.peerCredentials.pid;
        ucred.uid = this.peerCredentials.uid;
        ucred.gid = this.peerCredentials.gid;
        return value.put(ucred);
      case SO_PEERGROUPS:
        return this.#peerGroups(value);
      case SO_PEERSEC:
        return -ENOPROTOOPT;
    }
    return -ENOPROTOOPT;
  }

  #peerGroups(value: OptionValue): number {
    if (this.peerCredentials === NOBODY) return -ENODATA;
    const { groups } = this.peerCredentials;
    if (value.length < groups.length * 4) return -ERANGE;
    for (let i = 0; i < groups.length; i++) {
      value.view.setUint32(i * 4, groups[i], true);
    }
    return groups.length * 4;
  }
}

function findAtPath(t: Task, path: string): UnixSocket | number {
  const place = resolve(t, AT_FDCWD, path, FOLLOW);
  if (typeof place === "number") return place;
  const inode = place.inode;
  const denied = inode.permission(t.creds, MAY_WRITE);
  if (denied < 0) return denied;
  if (inode.type !== S_IFSOCK) return -ECONNREFUSED;
  const s = inode.attachment;
  return s instanceof UnixSocket ? s : -ECONNREFUSED;
}

/** Extended attributes kept in memory, xattr(7). */
import {
  EEXIST,
  ENODATA,
  ENOSPC,
  EOPNOTSUPP,
} from "../../../abi/linux/errno.ts";
import { XATTR_CREATE, XATTR_REPLACE } from "../../../abi/linux/xattr.ts";

/** Bytes of all names and values of one file. */
const MAX_TOTAL = 65536;

export class Xattrs {
  readonly #values: Map<string, Uint8Array> = new Map();
  #total = 0;

  get(name: string): Uint8Array | number {
    return this.#values.get(name) ?? -ENODATA;
  }

  set(name: string, value: Uint8Array, flags: number): number {
    const old = this.#values.get(name);
    if (old !== undefined && (flags & XATTR_CREATE) !== 0) return -EEXIST;
    if (old === undefined && (flags & XATTR_REPLACE) !== 0) return -ENODATA;
    const total = this.#total + value.length - (old?.length ?? -name.length);
    if (total > MAX_TOTAL) return -ENOSPC;
    this.#total = total;
    this.#values.set(name, value.slice());
    return 0;
  }

  remove(name: string): number {
    const old = this.#values.get(name);
    if (old === undefined) return -ENODATA;
    this.#total -= old.length + name.length;
    this.#values.delete(name);
    return 0;
  }

  names(): string[] {
    return [...this.#values.keys()];
  }
}

/** Whether a file in memory can have an attribute of this name. 0 or -EOPNOTSUPP. */
export function checkNamespace(name: string): number {
  const dot = name.indexOf(".");
  const space = name.slice(0, dot + 1);
  const known = space === "user." || space === "trusted." ||
    space === "security.";
  return known && name.length > space.length ? 0 : -EOPNOTSUPP;
}

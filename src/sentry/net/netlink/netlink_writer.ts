/** Builds netlink messages, netlink(7): headers, structs and attributes. */
import { Nlmsghdr, Rtattr } from "../../../abi/linux/netlink.ts";

const SIZE = 8192;

export class NetlinkWriter {
  readonly #bytes: Uint8Array = new Uint8Array(SIZE);
  readonly #header = Nlmsghdr.at(this.#bytes);
  readonly #attr = Rtattr.at(this.#bytes);
  /** Start of the message that is being built, and the end of all. */
  #start = 0;
  #end = 0;

  reset(): void {
    this.#start = 0;
    this.#end = 0;
  }

  /** What has been built, as a copy. */
  take(): Uint8Array {
    const bytes = this.#bytes.slice(0, this.#end);
    this.reset();
    return bytes;
  }

  get length(): number {
    return this.#end;
  }

  /** Begins a message. */
  begin(type: number, flags: number, seq: number, pid: number): void {
    this.#start = this.#end;
    this.#bytes.fill(0, this.#end, this.#end + Nlmsghdr.size);
    this.#header.at(this.#bytes, this.#start);
    this.#header.nlmsg_type = type;
    this.#header.nlmsg_flags = flags;
    this.#header.nlmsg_seq = seq;
    this.#header.nlmsg_pid = pid;
    this.#grow(Nlmsghdr.size);
  }

  /** Appends a struct. */
  struct(from: { readonly bytes: Uint8Array }): void {
    this.bytes(from.bytes);
  }

  /** Appends bytes, padded to 4. */
  bytes(from: Uint8Array): void {
    this.#bytes.set(from, this.#end);
    const padded = from.length + (4 - from.length % 4) % 4;
    this.#bytes.fill(0, this.#end + from.length, this.#end + padded);
    this.#grow(padded);
  }

  #grow(n: number): void {
    this.#end += n;
    this.#header.at(this.#bytes, this.#start);
    this.#header.nlmsg_len = this.#end - this.#start;
  }

  /** Appends an attribute. */
  attribute(type: number, value: Uint8Array): void {
    this.#attr.at(this.#bytes, this.#end);
    this.#attr.rta_len = Rtattr.size + value.length;
    this.#attr.rta_type = type;
    this.#grow(Rtattr.size);
    this.bytes(value);
  }

  attributeU32(type: number, value: number): void {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setUint32(0, value, true);
    this.attribute(type, bytes);
  }

  attributeU8(type: number, value: number): void {
    this.attribute(type, Uint8Array.of(value));
  }

  /** An attribute that is a string with its 0. */
  attributeText(type: number, text: string): void {
    this.attribute(type, new TextEncoder().encode(text + "\0"));
  }
}

/**
 * Data on its way through a socket: a message is one datagram, or a run of
 * bytes of a stream. Messages and their pages are reused.
 *
 * @module
 */
import {
  BIG_PAGE,
  freePage,
  PAGE,
  takeBigPage,
  takePage,
} from "../fs/anon/page_pool.ts";
import type { UserBuffer } from "../mm/user_buffer.ts";
import type { FileDescription } from "../vfs/file_description.ts";
import type { SocketAddress } from "./address.ts";

const EMPTY = new Uint8Array(0);

export class Message {
  next: Message | null = null;
  bytes: Uint8Array = EMPTY;
  /** Where the data begins and ends in `bytes`. */
  from = 0;
  to = 0;
  /** SCM_RIGHTS: each holds a reference. Null: none. */
  files: FileDescription[] | null = null;
  /** The sender, for SCM_CREDENTIALS. */
  pid = 0;
  uid = 0;
  gid = 0;
  /** The sender's address; null: it has none. Never changed. */
  source: SocketAddress | null = null;
  /** Where it was sent, for IP_PKTINFO; null for families without. */
  destination: SocketAddress | null = null;

  get length(): number {
    return this.to - this.from;
  }

  /** Takes up to `n` bytes into a page of fitting size. Count, or -EFAULT. */
  fill(src: UserBuffer, n: number): number {
    this.bytes = n <= PAGE
      ? takePage()
      : n <= BIG_PAGE
      ? takeBigPage()
      : new Uint8Array(n);
    this.from = 0;
    this.to = 0;
    const copied = src.copy(this.bytes, 0, n);
    if (copied > 0) this.to = copied;
    return copied;
  }

  /** Drops the descriptors that nobody received. */
  dropFiles(): void {
    const { files } = this;
    if (files === null) return;
    this.files = null;
    for (const file of files) file.decRef();
  }
}

let free: Message | null = null;
let freeCount = 0;
const MAX_FREE = 256;

/** An empty message; `freeMessage` takes it back. */
export function newMessage(): Message {
  const m = free;
  if (m === null) return new Message();
  free = m.next;
  freeCount--;
  m.next = null;
  return m;
}

/** Gives back a message that is in no queue, its page and its descriptors. */
export function freeMessage(m: Message): void {
  m.dropFiles();
  if (m.bytes !== EMPTY) freePage(m.bytes);
  m.bytes = EMPTY;
  m.from = 0;
  m.to = 0;
  m.source = null;
  m.destination = null;
  m.pid = 0;
  m.uid = 0;
  m.gid = 0;
  if (freeCount >= MAX_FREE) return;
  m.next = free;
  free = m;
  freeCount++;
}

/** Messages in order of arrival. */
export class MessageQueue {
  first: Message | null = null;
  last: Message | null = null;
  /** Messages and bytes in it. */
  count = 0;
  bytes = 0;

  /** Appends `m`, whose length may no longer change but by `take` and `grow`. */
  push(m: Message): void {
    if (this.last === null) this.first = m;
    else this.last.next = m;
    this.last = m;
    this.count++;
    this.bytes += m.length;
  }

  /** Appends bytes to the page of the last message: count, -EFAULT. */
  grow(src: UserBuffer, n: number): number {
    const m = this.last!;
    const copied = src.copy(m.bytes, m.to, n);
    if (copied > 0) {
      m.to += copied;
      this.bytes += copied;
    }
    return copied;
  }

  /** Takes `n` bytes off the front of the first message. */
  take(n: number): void {
    this.first!.from += n;
    this.bytes -= n;
  }

  /** Removes the first message and gives it back. */
  drop(): void {
    const m = this.first!;
    this.first = m.next;
    if (this.first === null) this.last = null;
    m.next = null;
    this.count--;
    this.bytes -= m.length;
    freeMessage(m);
  }

  clear(): void {
    while (this.first !== null) this.drop();
  }
}

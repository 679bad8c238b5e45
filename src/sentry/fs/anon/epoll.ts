/**
 * An epoll instance, epoll(7). Each watched file has an item with a waiter in
 * the file's queue; a wake puts the item on the ready list, so that waiting
 * costs what is ready, not what is watched.
 *
 * @module
 */
import {
  EEXIST,
  EFAULT,
  EINVAL,
  ELOOP,
  ENOENT,
  EPERM,
} from "../../../abi/linux/errno.ts";
import {
  EPOLLERR,
  EPOLLET,
  EpollEvent,
  EPOLLEXCLUSIVE,
  EPOLLHUP,
  EPOLLIN,
  EPOLLONESHOT,
  EPOLLOUT,
  EPOLLWAKEUP,
  POLLIN,
  POLLRDNORM,
} from "../../../abi/linux/poll.ts";
import type { Task } from "../../kernel/task.ts";
import { Waiter, type WaitTarget } from "../../kernel/wait_queue.ts";
import type {
  FileDescription,
  ReleaseHook,
} from "../../vfs/file_description.ts";
import { normalEvents, wakeEvents } from "./events.ts";
import { AnonFile } from "./anon_file.ts";

/** Bits of `events` that are settings, not events: as unsigned, 0xf0000000. */
const SETTINGS = 0xf0000000 | 0;
/** What may go with EPOLLEXCLUSIVE. */
const EXCLUSIVE_OK = EPOLLIN | EPOLLOUT | EPOLLERR | EPOLLHUP | EPOLLWAKEUP |
  EPOLLET | EPOLLEXCLUSIVE;
/** How deep epoll instances may watch each other. */
const MAX_NESTS = 4;
/** Events that one copy to the guest holds. */
const BATCH = 128;

class EpollItem implements WaitTarget {
  readonly waiter: Waiter = new Waiter(this);
  /** Place in the ready list; `ready` tells whether it is there. */
  next: EpollItem | null = null;
  prev: EpollItem | null = null;
  ready = false;
  /** Other descriptors of the same file in the same instance. */
  sameFile: EpollItem | null = null;
  /** What epoll_ctl gave; 0 events and only settings once EPOLLONESHOT fired. */
  events = 0;
  data_lo = 0;
  data_hi = 0;

  constructor(
    readonly epoll: Epoll,
    readonly file: FileDescription,
    readonly fd: number,
  ) {}

  /** Events the file has and somebody wants. */
  poll(): number {
    const wanted = this.events & ~SETTINGS;
    return wanted === 0 ? 0 : normalEvents(this.file.poll()) & wanted;
  }

  /** Starts to watch, with the events as they are now. */
  arm(): void {
    const events = this.events & ~SETTINGS;
    this.waiter.exclusive = (this.events & EPOLLEXCLUSIVE) !== 0;
    if (events === 0) this.waiter.unlink();
    else this.file.queue.add(this.waiter, wakeEvents(events));
    if (this.poll() !== 0) this.epoll.itemReady(this);
  }

  woken(waiter: Waiter, events: number): void {
    const both = events & (EPOLLIN | EPOLLOUT);
    if (both === 0 || (both & this.events) === both) {
      waiter.took = !this.epoll.queue.isEmpty;
    }
    this.epoll.itemReady(this);
  }
}

const out = new Uint8Array(BATCH * EpollEvent.size);
const outView = new DataView(out.buffer);
const { events: EVENTS, data_lo: DATA_LO, data_hi: DATA_HI } =
  EpollEvent.offsets;
/** Items behind the events in `out`, in case the copy faults. */
const sent: EpollItem[] = [];

export class Epoll extends AnonFile implements ReleaseHook {
  readonly #items: Map<FileDescription, EpollItem> = new Map();
  #first: EpollItem | null = null;
  #last: EpollItem | null = null;
  #readyCount = 0;

  constructor() {
    super();
  }

  /**
   * EPOLL_CTL_ADD. -EEXIST, -EPERM (not pollable), -ELOOP, -EINVAL (itself,
   * bad use of EPOLLEXCLUSIVE).
   */
  add(
    fd: number,
    file: FileDescription,
    events: number,
    data_lo: number,
    data_hi: number,
  ): number {
    if (!file.pollable) return -EPERM;
    if (file === this) return -EINVAL;
    if ((events & EPOLLEXCLUSIVE) !== 0) {
      if ((events & ~EXCLUSIVE_OK) !== 0) return -EINVAL;
      if (file instanceof Epoll) return -EINVAL;
    }
    const first = this.#items.get(file) ?? null;
    if (find(first, fd) !== null) return -EEXIST;
    if (file instanceof Epoll) {
      const below = file.#depth(this, 0);
      if (below > MAX_NESTS || below + this.#height(0) > MAX_NESTS) {
        return -ELOOP;
      }
    }
    const item = new EpollItem(this, file, fd);
    item.sameFile = first;
    this.#items.set(file, item);
    if (first === null) (file.releaseHooks ??= new Set()).add(this);
    setEvents(item, events, data_lo, data_hi);
    return 0;
  }

  /** EPOLL_CTL_MOD. -ENOENT, -EINVAL (EPOLLEXCLUSIVE can't be changed). */
  modify(
    fd: number,
    file: FileDescription,
    events: number,
    data_lo: number,
    data_hi: number,
  ): number {
    if (!file.pollable) return -EPERM;
    if (file === this || (events & EPOLLEXCLUSIVE) !== 0) return -EINVAL;
    const item = find(this.#items.get(file) ?? null, fd);
    if (item === null) return -ENOENT;
    if ((item.events & EPOLLEXCLUSIVE) !== 0) return -EINVAL;
    setEvents(item, events, data_lo, data_hi);
    return 0;
  }

  /** EPOLL_CTL_DEL. -ENOENT. */
  delete(fd: number, file: FileDescription): number {
    if (!file.pollable) return -EPERM;
    if (file === this) return -EINVAL;
    const first = this.#items.get(file) ?? null;
    const item = find(first, fd);
    if (item === null) return -ENOENT;
    this.#forget(item);
    if (item === first) {
      if (item.sameFile !== null) this.#items.set(file, item.sameFile);
      else this.#drop(file);
    } else {
      let at = first!;
      while (at.sameFile !== item) at = at.sameFile!;
      at.sameFile = item.sameFile;
    }
    return 0;
  }

  /** For items: there may be something to report. */
  itemReady(item: EpollItem): void {
    if (!item.ready) this.#append(item);
    this.queue.wake(POLLIN | POLLRDNORM);
  }

  /**
   * Reports up to `max` events to the array at `addr`. Their number, or
   * -EFAULT if the first copy fails (the events then stay).
   */
  collect(t: Task, addr: number, max: number): number {
    let done = 0;
    let left = this.#readyCount;
    while (left > 0 && done < max) {
      let n = 0;
      while (left > 0 && n < BATCH && done + n < max) {
        left--;
        const item = this.#first!;
        this.#remove(item);
        const events = item.poll();
        if (events === 0) continue;
        const at = n * EpollEvent.size;
        outView.setUint32(at + EVENTS, events, true);
        outView.setUint32(at + DATA_LO, item.data_lo, true);
        outView.setUint32(at + DATA_HI, item.data_hi, true);
        sent[n++] = item;
      }
      const to = addr + done * EpollEvent.size;
      if (n > 0 && !t.mm.copyOut(to, out, 0, n * EpollEvent.size)) {
        for (let i = 0; i < n; i++) this.#append(sent[i]);
        return done > 0 ? done : -EFAULT;
      }
      for (let i = 0; i < n; i++) this.#reported(sent[i]);
      done += n;
    }
    sent.length = 0;
    return done;
  }

  /** Level-triggered items stay ready; one-shot ones sleep. */
  #reported(item: EpollItem): void {
    if ((item.events & EPOLLONESHOT) !== 0) item.events &= SETTINGS;
    else if ((item.events & EPOLLET) === 0) this.#append(item);
  }

  override poll(): number {
    let item = this.#first;
    while (item !== null) {
      if (item.poll() !== 0) return POLLIN | POLLRDNORM;
      const next: EpollItem | null = item.next;
      this.#remove(item);
      item = next;
    }
    return 0;
  }

  fileReleased(file: FileDescription): void {
    let item = this.#items.get(file) ?? null;
    while (item !== null) {
      this.#forget(item);
      item = item.sameFile;
    }
    this.#items.delete(file);
  }

  override release(): void {
    for (const [file, first] of this.#items) {
      let item: EpollItem | null = first;
      while (item !== null) {
        this.#forget(item);
        item = item.sameFile;
      }
      file.releaseHooks?.delete(this);
    }
    this.#items.clear();
  }

  override linkText(): string {
    return "anon_inode:[eventpoll]";
  }

  override fdInfo(): string {
    let text = "";
    for (const first of this.#items.values()) {
      let item: EpollItem | null = first;
      while (item !== null) {
        text += describe(item);
        item = item.sameFile;
      }
    }
    return text;
  }

  /** Levels of instances below and with this one; MAX_NESTS + 1 for a loop to `top`. */
  #depth(top: Epoll, level: number): number {
    if (this === top || level > MAX_NESTS) return MAX_NESTS + 1;
    let most = 0;
    for (const file of this.#items.keys()) {
      if (file instanceof Epoll) {
        most = Math.max(most, file.#depth(top, level + 1));
      }
    }
    return most + 1;
  }

  /** Levels of instances that watch this one. */
  #height(level: number): number {
    if (this.releaseHooks === null || level > MAX_NESTS) return 0;
    let most = 0;
    for (const hook of this.releaseHooks) {
      if (hook instanceof Epoll) {
        most = Math.max(most, 1 + hook.#height(level + 1));
      }
    }
    return most;
  }

  #forget(item: EpollItem): void {
    item.waiter.unlink();
    if (item.ready) this.#remove(item);
  }

  #drop(file: FileDescription): void {
    this.#items.delete(file);
    file.releaseHooks?.delete(this);
  }

  #append(item: EpollItem): void {
    item.ready = true;
    item.prev = this.#last;
    if (this.#last === null) this.#first = item;
    else this.#last.next = item;
    this.#last = item;
    this.#readyCount++;
  }

  #remove(item: EpollItem): void {
    if (item.prev === null) this.#first = item.next;
    else item.prev.next = item.next;
    if (item.next === null) this.#last = item.prev;
    else item.next.prev = item.prev;
    item.next = null;
    item.prev = null;
    item.ready = false;
    this.#readyCount--;
  }
}

function setEvents(
  item: EpollItem,
  events: number,
  data_lo: number,
  data_hi: number,
): void {
  item.events = events | EPOLLERR | EPOLLHUP;
  item.data_lo = data_lo;
  item.data_hi = data_hi;
  item.arm();
}

function find(first: EpollItem | null, fd: number): EpollItem | null {
  let item = first;
  while (item !== null && item.fd !== fd) item = item.sameFile;
  return item;
}

/** A line of /proc/pid/fdinfo, proc(5). */
function describe(item: EpollItem): string {
  const tfd = String(item.fd).padStart(8);
  const events = (item.events >>> 0).toString(16).padStart(8);
  const data = item.data_hi.toString(16) +
    item.data_lo.toString(16).padStart(8, "0");
  const hex = data.replace(/^0+(?=.)/, "").padStart(16);
  const ino = item.file.inode.ino.toString(16);
  return `tfd: ${tfd} events: ${events} data: ${hex}  pos:${item.file.offset}` +
    ` ino:${ino} sdev:0\n`;
}

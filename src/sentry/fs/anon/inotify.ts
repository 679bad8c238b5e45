/**
 * inotify(7). Watches hang on inodes; file operations tell of what they do by
 * vfs/notify.ts, which ends up in `inotifyNotifier`.
 *
 * @module
 */
import { EAGAIN, EEXIST, EFAULT, EINVAL } from "../../../abi/linux/errno.ts";
import { O_RDONLY } from "../../../abi/linux/fcntl.ts";
import {
  IN_ALL_EVENTS,
  IN_DELETE_SELF,
  IN_IGNORED,
  IN_ISDIR,
  IN_MASK_ADD,
  IN_MASK_CREATE,
  IN_MOVE_SELF,
  IN_ONESHOT,
  IN_Q_OVERFLOW,
  InotifyEvent,
} from "../../../abi/linux/inotify.ts";
import { FIONREAD } from "../../../abi/linux/ioctl.ts";
import { POLLIN, POLLRDNORM } from "../../../abi/linux/poll.ts";
import { I32 } from "../../../abi/linux/scalars.ts";
import type { Task } from "../../kernel/task.ts";
import type { UserBuffer } from "../../mm/user_buffer.ts";
import { encodeBinaryInto } from "../../strings.ts";
import type { Inode } from "../../vfs/inode.ts";
import type { Notifier } from "../../vfs/notify.ts";
import { AnonFile } from "./anon_file.ts";

/** /proc/sys/fs/inotify/max_queued_events */
const MAX_QUEUED = 16384;
/** Names are padded to a multiple of the header. */
const PAD = InotifyEvent.size;

/** What an instance wants to know of one inode. */
class Watch {
  constructor(
    readonly owner: Inotify,
    readonly inode: Inode,
    readonly wd: number,
    public mask: number,
  ) {}
}

/** The watches on an inode. */
class WatchList {
  readonly watches: Set<Watch> = new Set();
}

interface Event {
  readonly wd: number;
  readonly mask: number;
  readonly cookie: number;
  readonly name: string | null;
}

const record = new Uint8Array(InotifyEvent.size + 256);
const header = InotifyEvent.at(record);
const number = I32.alloc();

export class Inotify extends AnonFile {
  readonly #watches: Map<number, Watch> = new Map();
  readonly #byInode: Map<Inode, Watch> = new Map();
  readonly #events: Event[] = [];
  #lastWd = 0;

  constructor() {
    super(O_RDONLY);
  }

  /** inotify_add_watch(2): the watch descriptor. -EEXIST with IN_MASK_CREATE. */
  watch(inode: Inode, mask: number): number {
    const known = this.#byInode.get(inode);
    if (known !== undefined) {
      if ((mask & IN_MASK_CREATE) !== 0) return -EEXIST;
      if ((mask & IN_MASK_ADD) !== 0) known.mask |= mask;
      else known.mask = mask;
      return known.wd;
    }
    const watch = new Watch(this, inode, ++this.#lastWd, mask);
    this.#watches.set(watch.wd, watch);
    this.#byInode.set(inode, watch);
    const list = inode.watches instanceof WatchList
      ? inode.watches
      : new WatchList();
    inode.watches = list;
    list.watches.add(watch);
    return watch.wd;
  }

  /** inotify_rm_watch(2). 0 or -EINVAL. */
  unwatch(wd: number): number {
    const watch = this.#watches.get(wd);
    if (watch === undefined) return -EINVAL;
    this.#remove(watch);
    return 0;
  }

  #remove(watch: Watch): void {
    this.#forget(watch);
    this.#push({ wd: watch.wd, mask: IN_IGNORED, cookie: 0, name: null });
  }

  #forget(watch: Watch): void {
    const { inode } = watch;
    this.#watches.delete(watch.wd);
    this.#byInode.delete(inode);
    const list = inode.watches as WatchList;
    list.watches.delete(watch);
    if (list.watches.size === 0) inode.watches = null;
  }

  /** Something that `watch` may ask for happened to its inode. */
  happened(
    watch: Watch,
    mask: number,
    name: string | null,
    cookie: number,
  ): void {
    const events = mask & watch.mask & IN_ALL_EVENTS;
    if (events !== 0) {
      // IN_ISDIR does not go with events of the watched directory's own end or move.
      const self = (events & (IN_DELETE_SELF | IN_MOVE_SELF)) !== 0;
      const shown = self ? events : events | (mask & IN_ISDIR);
      this.#push({ wd: watch.wd, mask: shown, cookie, name });
    }
    const last = (mask & IN_DELETE_SELF) !== 0 ||
      (events !== 0 && (watch.mask & IN_ONESHOT) !== 0);
    if (last) this.#remove(watch);
  }

  #push(event: Event): void {
    const events = this.#events;
    if (events.length >= MAX_QUEUED) {
      if (events[events.length - 1].mask === IN_Q_OVERFLOW) return;
      event = { wd: -1, mask: IN_Q_OVERFLOW, cookie: 0, name: null };
    } else if (events.length > 0) {
      const last = events[events.length - 1];
      const same = last.wd === event.wd && last.mask === event.mask &&
        last.cookie === event.cookie && last.name === event.name;
      if (same && event.mask !== IN_IGNORED) return;
    }
    events.push(event);
    this.queue.wake(POLLIN | POLLRDNORM);
  }

  /** As many whole events as fit; -EAGAIN, -EINVAL if the first does not fit, -EFAULT. */
  override read(_t: Task, dst: UserBuffer): number {
    let done = 0;
    let n = 0;
    while (n < this.#events.length) {
      const size = encode(this.#events[n]);
      if (size > dst.remaining) {
        if (done === 0) return -EINVAL;
        break;
      }
      if (dst.copy(record, 0, size) !== size) {
        if (done === 0) return -EFAULT;
        break;
      }
      done += size;
      n++;
    }
    this.#events.splice(0, n);
    return done > 0 ? done : -EAGAIN;
  }

  override poll(): number {
    return this.#events.length > 0 ? POLLIN | POLLRDNORM : 0;
  }

  override ioctl(t: Task, request: number, arg: number): number {
    if (request !== FIONREAD) return super.ioctl(t, request, arg);
    number.value = 0;
    for (const event of this.#events) number.value += sizeOf(event);
    return t.copyOut(arg, number) ? 0 : -EFAULT;
  }

  override release(): void {
    for (const watch of this.#watches.values()) this.#forget(watch);
    this.#events.length = 0;
  }

  override linkText(): string {
    return "anon_inode:inotify";
  }

  override fdInfo(): string {
    let text = "";
    for (const { wd, inode, mask } of this.#watches.values()) {
      text += `inotify wd:${wd.toString(16)} ino:${inode.ino.toString(16)} ` +
        `sdev:${inode.dev.toString(16)} mask:${(mask >>> 0).toString(16)} ` +
        "ignored_mask:0\n";
    }
    return text;
  }
}

function sizeOf(event: Event): number {
  if (event.name === null) return InotifyEvent.size;
  return InotifyEvent.size + Math.ceil((event.name.length + 1) / PAD) * PAD;
}

/** Puts the event into `record`; its size. */
function encode(event: Event): number {
  const size = sizeOf(event);
  record.fill(0, 0, size);
  header.wd = event.wd;
  header.mask = event.mask;
  header.cookie = event.cookie;
  header.len = size - InotifyEvent.size;
  if (event.name !== null) {
    encodeBinaryInto(event.name, record, InotifyEvent.size);
  }
  return size;
}

/** Passes what happens on to the watches. */
export const inotifyNotifier: Notifier = {
  notify(inode, mask, name, cookie): void {
    if (!(inode.watches instanceof WatchList)) return;
    for (const watch of inode.watches.watches) {
      watch.owner.happened(watch, mask, name, cookie);
    }
  },
};

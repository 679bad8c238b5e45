/**
 * A standard descriptor of the sandbox that is a pipe or a socket. The host is
 * asked without waiting; when it has nothing, the kernel's poller tells later.
 */
import { EAGAIN, EINTR, EPIPE } from "../../../abi/linux/errno.ts";
import { S_IFIFO } from "../../../abi/linux/stat.ts";
import {
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLOUT,
  POLLPRI,
  POLLRDHUP,
  POLLRDNORM,
  POLLWRNORM,
} from "../../../abi/linux/poll.ts";
import * as ffi from "../../../../ffi/mod.ts";
import type { HostReady } from "../../../platform/platform.ts";
import type { Task } from "../../kernel/task.ts";
import type { UserBuffer } from "../../mm/user_buffer.ts";
import { FileDescription } from "../../vfs/file_description.ts";
import { sendSigpipe } from "../anon/sigpipe.ts";
import type { HostFdInode } from "./host_fd_inode.ts";
import type { VfsPath } from "../../vfs/path.ts";

const EVERYTHING = POLLIN | POLLOUT | POLLPRI | POLLRDHUP;

/** Descriptions by host descriptor: the poller knows one target each. */
const watched: Map<number, Set<HostStream>> = new Map();

class StreamWatch implements HostReady {
  constructor(readonly streams: Set<HostStream>) {}

  hostReady(events: number): void {
    for (const stream of this.streams) stream.queue.wake(normal(events));
  }
}

export class HostStream extends FileDescription {
  constructor(
    readonly host: HostFdInode,
    path: VfsPath | null,
    flags: number,
  ) {
    super(host, path, flags);
  }

  override read(_t: Task, dst: UserBuffer): number {
    return this.#move(dst, true);
  }

  override write(t: Task, src: UserBuffer): number {
    const n = this.#move(src, false);
    if (n === -EPIPE) sendSigpipe(t);
    return n;
  }

  #move(buffer: UserBuffer, reading: boolean): number {
    const { fd } = this.host;
    let done = 0;
    while (buffer.remaining > 0) {
      const r = buffer.host();
      if (r < 0) return done > 0 ? done : r;
      const length = Math.min(buffer.hostLength, 0x7ffff000);
      const n = reading
        ? ffi.stdioReadNow(fd, buffer.hostAddress, length)
        : ffi.stdioWriteNow(fd, buffer.hostAddress, length);
      if (n === -EINTR) continue;
      if (n === -EAGAIN) this.#watch();
      if (n < 0) return done > 0 ? done : n;
      buffer.advance(n);
      done += n;
      if (reading ? n < length : n === 0) break;
    }
    return done;
  }

  override poll(): number {
    this.#watch();
    const events = ffi.stdioPoll(this.host.fd, EVERYTHING);
    return events < 0 ? POLLERR : normal(events);
  }

  /** Begins to watch the host's descriptor, on behalf of all descriptions of it. */
  #watch(): void {
    const { fd, kernel } = this.host;
    let streams = watched.get(fd);
    if (streams === undefined) {
      streams = new Set();
      watched.set(fd, streams);
      kernel.watchHost(fd, EVERYTHING, new StreamWatch(streams));
    }
    streams.add(this);
  }

  override release(): void {
    watched.get(this.host.fd)?.delete(this);
  }

  override linkText(): string {
    const kind = this.inode.type === S_IFIFO ? "pipe" : "socket";
    return `${kind}:[${this.inode.ino}]`;
  }
}

/** Adds poll(2)'s synonyms. */
function normal(events: number): number {
  let all = events & (EVERYTHING | POLLERR | POLLHUP);
  if ((all & POLLIN) !== 0) all |= POLLRDNORM;
  if ((all & POLLOUT) !== 0) all |= POLLWRNORM;
  return all;
}

/**
 * Readiness: asm-generic/poll.h, linux/eventpoll.h, linux/posix_types.h.
 *
 * @module
 */

import { struct } from "../struct.ts";

// poll(2)'s events, also the mask that files report.
export const POLLIN = 0x1;
export const POLLPRI = 0x2;
export const POLLOUT = 0x4;
export const POLLERR = 0x8;
export const POLLHUP = 0x10;
export const POLLNVAL = 0x20;
export const POLLRDNORM = 0x40;
export const POLLRDBAND = 0x80;
export const POLLWRNORM = 0x100;
export const POLLWRBAND = 0x200;
export const POLLMSG = 0x400;
export const POLLREMOVE = 0x1000;
export const POLLRDHUP = 0x2000;

/** epoll_create1(2). */
export const EPOLL_CLOEXEC = 0o2000000;
// epoll_ctl(2).
export const EPOLL_CTL_ADD = 1;
export const EPOLL_CTL_DEL = 2;
export const EPOLL_CTL_MOD = 3;
// epoll events; the first ones equal poll's.
export const EPOLLIN = 0x1;
export const EPOLLPRI = 0x2;
export const EPOLLOUT = 0x4;
export const EPOLLERR = 0x8;
export const EPOLLHUP = 0x10;
export const EPOLLNVAL = 0x20;
export const EPOLLRDNORM = 0x40;
export const EPOLLRDBAND = 0x80;
export const EPOLLWRNORM = 0x100;
export const EPOLLWRBAND = 0x200;
export const EPOLLMSG = 0x400;
export const EPOLLRDHUP = 0x2000;
export const EPOLLEXCLUSIVE = 0x10000000;
export const EPOLLWAKEUP = 0x20000000;
export const EPOLLONESHOT = 0x40000000;
export const EPOLLET = 0x80000000;

/** select(2): bits in an fd_set. */
export const FD_SETSIZE = 1024;

/** struct pollfd, asm-generic/poll.h. */
export const PollFd = struct({ fd: "i32", events: "u16", revents: "u16" }, {
  c: "struct pollfd",
  header: "asm/poll.h",
});

/** struct epoll_event, linux/eventpoll.h; packed on x86-64. */
export const EpollEvent = struct({ events: "u32", data: "bits64" }, {
  packed: true,
  c: "struct epoll_event",
  header: "linux/fcntl.h linux/types.h linux/eventpoll.h",
});

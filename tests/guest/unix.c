/* Unix sockets: unix(7), socket(7), sendmsg(2), recvmsg(2). */
#include "unix_sockets.h"

static void errors(void) {
  struct sockaddr_un a;
  socklen_t n = sizeof a;
  SECTION("errors");
  ERR(socket(999, SOCK_STREAM, 0), EAFNOSUPPORT);
  ERR(socket(AF_UNIX, 77, 0), EINVAL);
  ERR(socket(AF_UNIX, SOCK_STREAM, 5), EPROTONOSUPPORT);
  ERR(socket(AF_UNIX, SOCK_RDM, 0), ESOCKTNOSUPPORT);
  ERR(socketpair(AF_UNIX, SOCK_STREAM, 0, BAD), EFAULT);
  ERR(socketpair(AF_INET, SOCK_STREAM, 0, s), EOPNOTSUPP);
  ERR(bind(1, (void *)&a, n), ENOTSOCK);
  ERR(listen(99, 1), EBADF);
  int fd = OK(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
  EQ(fcntl(fd, F_GETFL), O_RDWR | O_NONBLOCK);
  ERR(listen(fd, 1), EINVAL);
  ERR(accept(fd, NULL, NULL), EINVAL);
  ERR(accept4(fd, NULL, NULL, 1), EINVAL);
  ERR(getpeername(fd, (void *)&a, &n), ENOTCONN);
  ERR(send(fd, "x", 1, 0), ENOTCONN);
  ERR(recv(fd, big, 1, 0), EINVAL);
  ERR(connect_to(fd, "none"), ENOENT);
  ERR(connect_to(fd, "@none"), ECONNREFUSED);
  ERR(connect(fd, (void *)&a, 1), EINVAL);
  ERR(bind(fd, BAD, 10), EFAULT);
  ERR(bind(fd, (void *)&a, 500), EINVAL);
  ERR(lseek(fd, 0, SEEK_SET), ESPIPE);
  OK(getsockname(fd, (void *)&a, &n));
  EQ(n, 2);
  EQ(a.sun_family, AF_UNIX);
  EQ(ready(fd), POLLOUT | POLLHUP);
  ERR(shutdown(fd, 3), EINVAL);
  close(fd);
  put_file("plain", "x", 1, 0600);
  fd = MUST(socket(AF_UNIX, SOCK_STREAM, 0));
  ERR(connect_to(fd, "plain"), ECONNREFUSED);
  ERR(bind_to(fd, "plain"), EADDRINUSE);
  ERR(bind_to(fd, "no/where"), ENOENT);
  close(fd);
}

static void streams(void) {
  int n;
  SECTION("stream pair");
  pair(SOCK_STREAM);
  struct stat st;
  OK(fstat(s[0], &st));
  EQ(st.st_mode, S_IFSOCK | 0777);
  EQ(ready(s[0]), POLLOUT);
  EQ(write(s[0], "hello", 5), 5);
  EQ(send(s[0], "world", 5, 0), 5);
  EQ(ready(s[1]), POLLIN | POLLOUT);
  OK(ioctl(s[1], SIOCINQ, &n));
  EQ(n, 10);
  EQ(recv(s[1], big, 3, MSG_PEEK), 3);
  EQ(read(s[1], big, 7), 7);
  EQ(memcmp(big, "hellowo", 7), 0);
  EQ(recv(s[1], big, 100, 0), 3);
  ERR(recv(s[1], big, 1, MSG_DONTWAIT), EAGAIN);
  unpair();
  pair(SOCK_STREAM);
  OK(shutdown(s[0], SHUT_WR));
  EQ(ready(s[1]), POLLIN | POLLOUT | POLLRDHUP);
  EQ(read(s[1], big, 1), 0);
  ERR(send(s[0], "x", 1, MSG_NOSIGNAL), EPIPE);
  EQ(write(s[1], "back", 4), 4);
  EQ(read(s[0], big, 10), 4);
  OK(shutdown(s[1], SHUT_RDWR));
  EQ(ready(s[0]), POLLIN | POLLOUT | POLLRDHUP | POLLHUP);
  unpair();
  pair(SOCK_STREAM);
  EQ(write(s[1], "unread", 6), 6);
  close(s[0]);
  EQ(ready(s[1]), POLLIN | POLLOUT | POLLRDHUP | POLLHUP | POLLERR);
  EQ(intopt(s[1], SO_ERROR), ECONNRESET);
  EQ(read(s[1], big, 1), 0);
  ERR(send(s[1], "x", 1, MSG_NOSIGNAL), EPIPE);
  close(s[1]);
}

static void full(void) {
  SECTION("a full stream");
  pair(SOCK_STREAM);
  fcntl(s[0], F_SETFL, O_NONBLOCK);
  long total = 0;
  int n;
  while ((n = write(s[0], big, 65536)) > 0) total += n;
  TRUE(errno == EAGAIN);
  TRUE(total >= 100000 && total < 1000000);
  EQ(ready(s[0]), 0);
  while (total > 0) {
    n = read(s[1], big, sizeof big);
    if (n <= 0) break;
    total -= n;
  }
  EQ(total, 0);
  EQ(ready(s[0]), POLLOUT);
  fcntl(s[0], F_SETFL, 0);
  if (MUST(fork()) == 0) {
    close(s[1]);
    for (int i = 0; i < 10; i++) write(s[0], big, sizeof big);
    _exit(0);
  }
  close(s[0]);
  while ((n = read(s[1], big, sizeof big)) > 0) total += n;
  EQ(total, 10 * sizeof big);
  wait(NULL);
  close(s[1]);
}

static void waitall(void) {
  SECTION("MSG_WAITALL");
  pair(SOCK_STREAM);
  if (MUST(fork()) == 0) {
    write(s[0], "abc", 3);
    await_blocked(getppid(), getppid());
    write(s[0], "defgh", 5);
    _exit(0);
  }
  EQ(recv(s[1], big, 8, MSG_WAITALL), 8);
  EQ(memcmp(big, "abcdefgh", 8), 0);
  wait(NULL);
  unpair();
}

static void timeouts(void) {
  struct timeval tv = {0, 20000};
  socklen_t n = sizeof tv;
  SECTION("time-outs");
  pair(SOCK_STREAM);
  ERR(setsockopt(s[0], SOL_SOCKET, SO_RCVTIMEO, &tv, 4), EINVAL);
  OK(setsockopt(s[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv));
  ERR(read(s[0], big, 1), EAGAIN);
  ERR(recv(s[0], big, 1, 0), EAGAIN);
  tv = (struct timeval){};
  OK(getsockopt(s[0], SOL_SOCKET, SO_RCVTIMEO, &tv, &n));
  EQ(tv.tv_sec, 0);
  EQ(tv.tv_usec, 20000);
  tv = (struct timeval){0, 1000000};
  ERR(setsockopt(s[0], SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof tv), EDOM);
  unpair();
}

static void records(void) {
  struct iovec v = {big, 3};
  struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1};
  SECTION("seqpacket");
  pair(SOCK_SEQPACKET);
  EQ(write(s[0], "hello", 5), 5);
  EQ(write(s[0], "", 0), 0);
  EQ(write(s[0], "again", 5), 5);
  EQ(recvmsg(s[1], &m, 0), 3);
  EQ(m.msg_flags & MSG_TRUNC, MSG_TRUNC);
  EQ(read(s[1], big, 100), 0);
  EQ(recv(s[1], big, 2, MSG_PEEK | MSG_TRUNC), 5);
  EQ(recv(s[1], big, 100, 0), 5);
  ERR(send(s[0], big, sizeof big, 0), EMSGSIZE);
  close(s[0]);
  EQ(read(s[1], big, 10), 0);
  close(s[1]);
}

static void datagrams(void) {
  struct sockaddr_un a;
  socklen_t n = sizeof a;
  SECTION("datagrams");
  int r = MUST(socket(AF_UNIX, SOCK_DGRAM, 0));
  int w = MUST(socket(AF_UNIX, SOCK_DGRAM, 0));
  ERR(send(w, "x", 1, 0), ENOTCONN);
  OK(bind_to(r, "dgram"));
  ERR(bind_to(r, "other"), EINVAL);
  ERR(listen(r, 1), EOPNOTSUPP);
  ERR(connect_to(w, "none"), ENOENT);
  socklen_t length = name(&a, "dgram");
  EQ(sendto(w, "one", 3, 0, (void *)&a, length), 3);
  n = sizeof a;
  memset(&a, 1, sizeof a);
  EQ(recvfrom(r, big, 10, 0, (void *)&a, &n), 3);
  EQ(n, 0);
  OK(bind_to(w, "@sender"));
  OK(connect_to(w, "dgram"));
  EQ(write(w, "two", 3), 3);
  n = sizeof a;
  EQ(recvfrom(r, big, 2, MSG_TRUNC, (void *)&a, &n), 3);
  EQ(n, 2 + 7);
  EQ(memcmp(a.sun_path, "\0sender", 7), 0);
  EQ(sendto(r, "back", 4, 0, (void *)&a, n), 4);
  EQ(read(w, big, 10), 4);
  n = sizeof a;
  OK(getpeername(w, (void *)&a, &n));
  STREQ(a.sun_path, "dgram");
  EQ(n, 2 + 6);
  int third = MUST(socket(AF_UNIX, SOCK_DGRAM, 0));
  length = name(&a, "@sender");
  ERR(sendto(third, "x", 1, 0, (void *)&a, length), EPERM);
  close(third);
  int count = 0;
  while (send(w, "x", 1, MSG_DONTWAIT) == 1) count++;
  TRUE(errno == EAGAIN);
  TRUE(count >= 10);
  EQ(ready(w), 0);
  EQ(read(r, big, 5), 1);
  EQ(ready(w), POLLOUT);
  close(r);
  ERR(send(w, "x", 1, 0), ECONNREFUSED);
  ERR(send(w, "x", 1, 0), ENOTCONN);
  close(w);
  ERR(unlink("none"), ENOENT);
  OK(unlink("dgram"));
  int stream = MUST(socket(AF_UNIX, SOCK_STREAM, 0));
  r = MUST(socket(AF_UNIX, SOCK_DGRAM, 0));
  OK(bind_to(r, "@d"));
  ERR(connect_to(stream, "@d"), ECONNREFUSED);
  OK(bind_to(stream, "@d"));
  OK(bind_to(MUST(socket(AF_UNIX, SOCK_DGRAM, 0)), "d"));
  close(stream);
  stream = MUST(socket(AF_UNIX, SOCK_STREAM, 0));
  ERR(connect_to(stream, "d"), EPROTOTYPE);
  OK(unlink("d"));
  close(stream);
  close(r);
}

static void listening(void) {
  struct sockaddr_un a;
  socklen_t n = sizeof a;
  struct ucred cred;
  SECTION("listen, connect, accept");
  int l = MUST(socket(AF_UNIX, SOCK_STREAM, 0));
  OK(bind_to(l, "stream"));
  struct stat st;
  OK(stat("stream", &st));
  EQ(st.st_mode & S_IFMT, S_IFSOCK);
  ERR(open("stream", O_RDWR), ENXIO);
  int c = MUST(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0));
  ERR(connect_to(c, "stream"), ECONNREFUSED);
  OK(listen(l, 1));
  EQ(intopt(l, SO_ACCEPTCONN), 1);
  EQ(intopt(c, SO_ACCEPTCONN), 0);
  EQ(ready(l), 0);
  OK(connect_to(c, "stream"));
  EQ(ready(l), POLLIN);
  ERR(connect_to(c, "stream"), EISCONN);
  EQ(write(c, "early", 5), 5);
  int c2 = MUST(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0));
  OK(connect_to(c2, "stream"));
  int c3 = MUST(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0));
  ERR(connect_to(c3, "stream"), EAGAIN);
  int d = OK(accept4(l, (void *)&a, &n, SOCK_CLOEXEC | SOCK_NONBLOCK));
  EQ(n, 2);
  EQ(fcntl(d, F_GETFL), O_RDWR | O_NONBLOCK);
  EQ(read(d, big, 10), 5);
  n = sizeof a;
  OK(getsockname(d, (void *)&a, &n));
  STREQ(a.sun_path, "stream");
  n = sizeof a;
  OK(getpeername(c, (void *)&a, &n));
  STREQ(a.sun_path, "stream");
  n = sizeof cred;
  OK(getsockopt(c, SOL_SOCKET, SO_PEERCRED, &cred, &n));
  TRUE(cred.pid == getpid() && cred.uid == geteuid());
  EQ(intopt(d, SO_TYPE), SOCK_STREAM);
  EQ(intopt(d, SO_DOMAIN), AF_UNIX);
  EQ(intopt(d, SO_PROTOCOL), 0);
  ERR(sendto(d, "x", 1, 0, (void *)&a, sizeof a), EISCONN);
  close(l);
  ERR(connect_to(c3, "stream"), ECONNREFUSED);
  ERR(read(c2, big, 1), ECONNRESET);
  EQ(read(c2, big, 1), 0);
  close(c);
  close(c2);
  close(c3);
  close(d);
  l = MUST(socket(AF_UNIX, SOCK_STREAM, 0));
  ERR(bind_to(l, "stream"), EADDRINUSE);
  OK(unlink("stream"));
  OK(bind_to(l, "@abstract"));
  OK(listen(l, 5));
  if (MUST(fork()) == 0) {
    await_blocked(getppid(), getppid());
    c = MUST(socket(AF_UNIX, SOCK_STREAM, 0));
    MUST(connect_to(c, "@abstract"));
    write(c, "child", 5);
    _exit(0);
  }
  d = OK(accept(l, NULL, NULL));
  EQ(read(d, big, 10), 5);
  EQ(read(d, big, 10), 0);
  wait(NULL);
  close(d);
  c = MUST(socket(AF_UNIX, SOCK_STREAM, 0));
  ERR(bind_to(c, "@abstract"), EADDRINUSE);
  a.sun_family = AF_UNIX;
  OK(bind(c, (void *)&a, 2));
  n = sizeof a;
  OK(getsockname(c, (void *)&a, &n));
  EQ(n, 2 + 6);
  EQ(a.sun_path[0], 0);
  close(c);
  close(l);
}

static void options(void) {
  SECTION("options");
  pair(SOCK_STREAM);
  int v = 10000;
  EQ(intopt(s[0], SO_SNDBUF), 212992);
  OK(setsockopt(s[0], SOL_SOCKET, SO_SNDBUF, &v, sizeof v));
  EQ(intopt(s[0], SO_SNDBUF), 20000);
  v = 1;
  OK(setsockopt(s[0], SOL_SOCKET, SO_SNDBUF, &v, sizeof v));
  EQ(intopt(s[0], SO_SNDBUF), 4608);
  OK(setsockopt(s[0], SOL_SOCKET, SO_RCVBUF, &v, sizeof v));
  EQ(intopt(s[0], SO_RCVBUF), 2304);
  OK(setsockopt(s[0], SOL_SOCKET, SO_KEEPALIVE, &v, sizeof v));
  EQ(intopt(s[0], SO_KEEPALIVE), 1);
  ERR(setsockopt(s[0], SOL_SOCKET, 9999, &v, sizeof v), ENOPROTOOPT);
  ERR(setsockopt(s[0], SOL_SOCKET, SO_SNDBUF, &v, 3), EINVAL);
  ERR(setsockopt(s[0], SOL_SOCKET, SO_SNDBUF, BAD, 4), EFAULT);
  ERR(setsockopt(s[0], 999, 1, &v, 4), EOPNOTSUPP);
  socklen_t n = 4;
  ERR(getsockopt(s[0], SOL_SOCKET, 9999, &v, &n), ENOPROTOOPT);
  ERR(getsockopt(s[0], SOL_SOCKET, SO_TYPE, BAD, &n), EFAULT);
  n = 2;
  OK(getsockopt(s[0], SOL_SOCKET, SO_TYPE, &v, &n));
  EQ(n, 2);
  unpair();
}

static void many_messages(void) {
  struct mmsghdr m[4] = {};
  struct iovec v[4];
  SECTION("sendmmsg, recvmmsg");
  pair(SOCK_DGRAM);
  for (int i = 0; i < 4; i++) {
    v[i] = (struct iovec){big + i * 100, i + 1};
    m[i].msg_hdr.msg_iov = v + i;
    m[i].msg_hdr.msg_iovlen = 1;
  }
  EQ(sendmmsg(s[0], m, 4, 0), 4);
  EQ(m[3].msg_len, 4);
  for (int i = 0; i < 4; i++) v[i].iov_len = 100;
  EQ(recvmmsg(s[1], m, 2, 0, NULL), 2);
  EQ(m[1].msg_len, 2);
  EQ(recvmmsg(s[1], m, 4, MSG_WAITFORONE, NULL), 2);
  EQ(m[1].msg_len, 4);
  ERR(recvmmsg(s[1], m, 4, MSG_DONTWAIT, NULL), EAGAIN);
  unpair();
}

static void dies_of_sigpipe(void) {
  pair(SOCK_STREAM);
  close(s[0]);
  write(s[1], "x", 1);
}

static void edges(void) {
  SECTION("epoll");
  struct epoll_event ev = {EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET}, got[2];
  pair(SOCK_STREAM);
  int ep = MUST(epoll_create1(0));
  MUST(epoll_ctl(ep, EPOLL_CTL_ADD, s[0], &ev));
  EQ(epoll_wait(ep, got, 2, 0), 1);
  EQ(got[0].events, EPOLLOUT);
  EQ(epoll_wait(ep, got, 2, 0), 0);
  EQ(write(s[1], "x", 1), 1);
  EQ(epoll_wait(ep, got, 2, 0), 1);
  EQ(got[0].events, EPOLLIN | EPOLLOUT);
  close(s[1]);
  EQ(epoll_wait(ep, got, 2, 0), 1);
  EQ(got[0].events, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLHUP);
  close(s[0]);
  close(ep);
}

int main(void) {
  errors();
  streams();
  full();
  waitall();
  timeouts();
  records();
  datagrams();
  listening();
  options();
  many_messages();
  EQ(in_child(dies_of_sigpipe), SIGPIPE);
  edges();
  return done();
}

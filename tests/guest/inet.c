/* TCP and UDP over lo, ip(7), tcp(7), udp(7); interfaces, netlink. */
#include "test.h"
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>

static char big[8000000];

static int ready(int fd) {
  struct pollfd f = {fd, POLLIN | POLLOUT | POLLRDHUP, 0};
  poll(&f, 1, 0);
  return f.revents;
}

/* As ready, but waits for one of `events` to come through the network. */
static int await(int fd, int events) {
  struct pollfd f = {fd, events, 0};
  poll(&f, 1, 2000);
  return ready(fd);
}

static struct sockaddr_in v4(const char *ip, int port) {
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
  inet_pton(AF_INET, ip, &a.sin_addr);
  return a;
}

static struct sockaddr_in6 v6(const char *ip, int port) {
  struct sockaddr_in6 a = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
  inet_pton(AF_INET6, ip, &a.sin6_addr);
  return a;
}

static int bind4(int fd, const char *ip, int port) {
  struct sockaddr_in a = v4(ip, port);
  return bind(fd, (void *)&a, sizeof a);
}

static int connect4(int fd, const char *ip, int port) {
  struct sockaddr_in a = v4(ip, port);
  return connect(fd, (void *)&a, sizeof a);
}

static int connect6(int fd, const char *ip, int port) {
  struct sockaddr_in6 a = v6(ip, port);
  return connect(fd, (void *)&a, sizeof a);
}

static int port_of(int fd) {
  struct sockaddr_in6 a;
  socklen_t n = sizeof a;
  MUST(getsockname(fd, (void *)&a, &n));
  return ntohs(a.sin6_port);
}

static const char *local(int fd) {
  static char text[100];
  struct sockaddr_in a;
  socklen_t n = sizeof a;
  MUST(getsockname(fd, (void *)&a, &n));
  return inet_ntop(AF_INET, &a.sin_addr, text, sizeof text);
}

static const char *remote6(int fd) {
  static char text[100];
  struct sockaddr_in6 a;
  socklen_t n = sizeof a;
  if (getpeername(fd, (void *)&a, &n) < 0) return strerrorname_(errno);
  return inet_ntop(AF_INET6, &a.sin6_addr, text, sizeof text);
}

static int opt(int fd, int level, int name) {
  int value = -1;
  socklen_t n = sizeof value;
  if (getsockopt(fd, level, name, &value, &n) < 0) return -errno;
  return value;
}

static int set(int fd, int level, int name, int value) {
  return setsockopt(fd, level, name, &value, sizeof value);
}

static int tcp(void) { return MUST(socket(AF_INET, SOCK_STREAM, 0)); }
static int udp(void) { return MUST(socket(AF_INET, SOCK_DGRAM, 0)); }

/* A listener on a free port. */
static int listener(int backlog) {
  int l = tcp();
  MUST(bind4(l, "127.0.0.1", 0));
  MUST(listen(l, backlog));
  return l;
}

static int c, d;
static void connected(void) {
  int l = listener(5);
  c = tcp();
  MUST(connect4(c, "127.0.0.1", port_of(l)));
  d = MUST(accept(l, NULL, NULL));
  close(l);
}

static void errors(void) {
  struct sockaddr_in a = v4("127.0.0.1", 0);
  SECTION("errors");
  ERR(socket(AF_INET, SOCK_STREAM, IPPROTO_UDP), EPROTONOSUPPORT);
  ERR(socket(AF_INET, SOCK_SEQPACKET, 0), ESOCKTNOSUPPORT);
  int s = tcp();
  ERR(bind(s, (void *)&a, 8), EINVAL);
  a.sin_family = AF_INET6;
  ERR(bind(s, (void *)&a, sizeof a), EAFNOSUPPORT);
  ERR(bind4(s, "9.9.9.9", 0), EADDRNOTAVAIL);
  ERR(accept(s, NULL, NULL), EINVAL);
  ERR(recv(s, big, 1, 0), ENOTCONN);
  ERR(send(s, big, 1, MSG_NOSIGNAL), EPIPE);
  ERR(shutdown(s, SHUT_WR), ENOTCONN);
  STREQ(remote6(s), "ENOTCONN");
  EQ(ready(s), POLLOUT | POLLHUP);
  ERR(connect4(s, "127.0.0.1", 1), ECONNREFUSED);
  STREQ(local(s), "0.0.0.0");
  OK(bind4(s, "127.0.0.1", 0));
  ERR(bind4(s, "127.0.0.1", 0), EINVAL);
  TRUE(port_of(s) >= 32768 && port_of(s) < 61000);
  int other = tcp();
  ERR(bind4(other, "127.0.0.1", port_of(s)), EADDRINUSE);
  ERR(bind4(other, "0.0.0.0", port_of(s)), EADDRINUSE);
  OK(bind4(other, "127.0.0.2", port_of(s)));
  close(other);
  OK(listen(s, 1));
  ERR(connect4(s, "127.0.0.1", 1), EISCONN);
  EQ(opt(s, SOL_SOCKET, SO_ACCEPTCONN), 1);
  EQ(opt(s, SOL_SOCKET, SO_PROTOCOL), IPPROTO_TCP);
  EQ(opt(s, SOL_SOCKET, SO_DOMAIN), AF_INET);
  ERR(recv(s, big, 1, 0), ENOTCONN);
  close(s);
}

static void connections(void) {
  int n;
  SECTION("connections");
  connected();
  STREQ(local(c), "127.0.0.1");
  STREQ(local(d), "127.0.0.1");
  EQ(ready(c), POLLOUT);
  EQ(write(c, "hello", 5), 5);
  EQ(await(d, POLLIN), POLLIN | POLLOUT);
  OK(ioctl(d, FIONREAD, &n));
  EQ(n, 5);
  EQ(recv(d, big, 2, MSG_PEEK), 2);
  EQ(recv(d, big, 100, 0), 5);
  EQ(memcmp(big, "hello", 5), 0);
  ERR(recv(d, big, 1, MSG_DONTWAIT), EAGAIN);
  ERR(connect4(c, "127.0.0.1", 1), EISCONN);
  OK(shutdown(c, SHUT_WR));
  ERR(send(c, "x", 1, MSG_NOSIGNAL), EPIPE);
  EQ(await(d, POLLIN), POLLIN | POLLOUT | POLLRDHUP);
  EQ(read(d, big, 1), 0);
  EQ(write(d, "back", 4), 4);
  EQ(await(c, POLLIN) & POLLIN, POLLIN);
  EQ(read(c, big, 10), 4);
  close(d);
  EQ(await(c, POLLHUP), POLLIN | POLLOUT | POLLRDHUP | POLLHUP);
  EQ(read(c, big, 10), 0);
  close(c);

  SECTION("reset");
  connected();
  EQ(write(c, "unread", 6), 6);
  await(d, POLLIN);
  close(d);
  await(c, POLLHUP);
  ERR(read(c, big, 1), ECONNRESET);
  EQ(read(c, big, 1), 0);
  ERR(send(c, "x", 1, MSG_NOSIGNAL), EPIPE);
  close(c);
  connected();
  struct linger hard = {1, 0};
  OK(setsockopt(d, SOL_SOCKET, SO_LINGER, &hard, sizeof hard));
  close(d);
  EQ(await(c, POLLHUP), POLLIN | POLLOUT | POLLRDHUP | POLLHUP | POLLERR);
  EQ(opt(c, SOL_SOCKET, SO_ERROR), ECONNRESET);
  EQ(opt(c, SOL_SOCKET, SO_ERROR), 0);
  close(c);
  connected();
  close(d);
  await(c, POLLIN);
  EQ(send(c, "x", 1, MSG_NOSIGNAL), 1);
  await(c, POLLHUP);
  ERR(send(c, "x", 1, MSG_NOSIGNAL), EPIPE);
  close(c);
}

static void nonblocking(void) {
  SECTION("connect without waiting");
  int l = listener(5), port = port_of(l);
  int s = MUST(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
  ERR(connect4(s, "127.0.0.1", port), EINPROGRESS);
  EQ(await(s, POLLOUT), POLLOUT);
  EQ(opt(s, SOL_SOCKET, SO_ERROR), 0);
  OK(connect4(s, "127.0.0.1", port));
  ERR(connect4(s, "127.0.0.1", port), EISCONN);
  close(s);
  close(l);
  s = MUST(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
  ERR(connect4(s, "127.0.0.1", port), EINPROGRESS);
  EQ(await(s, POLLOUT), POLLIN | POLLOUT | POLLERR | POLLHUP | POLLRDHUP);
  EQ(opt(s, SOL_SOCKET, SO_ERROR), ECONNREFUSED);
  close(s);
}

static void bulk(void) {
  int n;
  long total = 0;
  SECTION("bulk");
  connected();
  fcntl(c, F_SETFL, O_NONBLOCK);
  while ((n = write(c, big, 1000000)) > 0) total += n;
  TRUE(errno == EAGAIN);
  TRUE(total > 100000);
  EQ(ready(c), 0);
  while (total > 0 && (n = read(d, big, sizeof big)) > 0) total -= n;
  EQ(total, 0);
  EQ(await(c, POLLOUT), POLLOUT);
  fcntl(c, F_SETFL, 0);
  if (MUST(fork()) == 0) {
    close(d);
    write(c, big, sizeof big);
    _exit(0);
  }
  close(c);
  EQ(recv(d, big, 5000000, MSG_WAITALL), 5000000);
  total = 5000000;
  while ((n = read(d, big, sizeof big)) > 0) total += n;
  EQ(total, sizeof big);
  wait(NULL);
  close(d);
}

static void reuse(void) {
  SECTION("reuse");
  int l = listener(5), port = port_of(l);
  int s = tcp();
  OK(set(s, SOL_SOCKET, SO_REUSEADDR, 1));
  ERR(bind4(s, "127.0.0.1", port), EADDRINUSE);
  close(l);
  OK(bind4(s, "127.0.0.1", port));
  OK(listen(s, 1));
  close(s);
  int a = tcp(), b = tcp();
  OK(set(a, SOL_SOCKET, SO_REUSEPORT, 1));
  OK(set(b, SOL_SOCKET, SO_REUSEPORT, 1));
  OK(bind4(a, "127.0.0.1", 0));
  OK(bind4(b, "127.0.0.1", port_of(a)));
  OK(listen(a, 1));
  OK(listen(b, 1));
  close(a);
  close(b);
}

static void six(void) {
  SECTION("IPv6");
  int l = MUST(socket(AF_INET6, SOCK_STREAM, 0));
  struct sockaddr_in6 a = v6("::", 0);
  EQ(opt(l, IPPROTO_IPV6, IPV6_V6ONLY), 0);
  OK(bind(l, (void *)&a, sizeof a));
  OK(listen(l, 5));
  ERR(set(l, IPPROTO_IPV6, IPV6_V6ONLY, 1), EINVAL);
  int port = port_of(l);
  int s4 = tcp(), s6 = MUST(socket(AF_INET6, SOCK_STREAM, 0));
  OK(connect4(s4, "127.0.0.1", port));
  int d4 = OK(accept(l, NULL, NULL));
  STREQ(remote6(d4), "::ffff:127.0.0.1");
  OK(connect6(s6, "::1", port));
  int d6 = OK(accept(l, NULL, NULL));
  STREQ(remote6(d6), "::1");
  STREQ(remote6(s6), "::1");
  close(s6);
  s6 = MUST(socket(AF_INET6, SOCK_STREAM, 0));
  OK(connect6(s6, "::ffff:127.0.0.1", port));
  STREQ(remote6(s6), "::ffff:127.0.0.1");
  int other = tcp();
  ERR(bind4(other, "127.0.0.1", port), EADDRINUSE);
  close(other);
  close(s4);
  close(s6);
  close(d4);
  close(d6);
  close(l);
  l = MUST(socket(AF_INET6, SOCK_STREAM, 0));
  OK(set(l, IPPROTO_IPV6, IPV6_V6ONLY, 1));
  OK(bind(l, (void *)&a, sizeof a));
  OK(listen(l, 5));
  s4 = tcp();
  ERR(connect4(s4, "127.0.0.1", port_of(l)), ECONNREFUSED);
  OK(bind4(s4, "127.0.0.1", port_of(l)));
  close(s4);
  close(l);
}

static void options(void) {
  char name[20] = "";
  socklen_t n = sizeof name;
  struct tcp_info info;
  SECTION("options");
  connected();
  EQ(opt(c, IPPROTO_TCP, TCP_NODELAY), 0);
  OK(set(c, IPPROTO_TCP, TCP_NODELAY, 5));
  EQ(opt(c, IPPROTO_TCP, TCP_NODELAY), 1);
  EQ(opt(c, IPPROTO_TCP, TCP_KEEPIDLE), 7200);
  OK(set(c, IPPROTO_TCP, TCP_KEEPIDLE, 60));
  ERR(set(c, IPPROTO_TCP, TCP_KEEPIDLE, 0), EINVAL);
  EQ(opt(c, IPPROTO_TCP, TCP_KEEPIDLE), 60);
  ERR(set(c, IPPROTO_TCP, 999, 1), ENOPROTOOPT);
  EQ(opt(c, IPPROTO_TCP, 999), -ENOPROTOOPT);
  EQ(opt(c, IPPROTO_IP, IP_TTL), 64);
  OK(set(c, IPPROTO_IP, IP_TTL, 9));
  EQ(opt(c, IPPROTO_IP, IP_TTL), 9);
  ERR(set(c, IPPROTO_IP, IP_TTL, 256), EINVAL);
  OK(getsockopt(c, IPPROTO_TCP, TCP_CONGESTION, name, &n));
  TRUE(strlen(name) > 2);
  n = sizeof info;
  OK(getsockopt(c, IPPROTO_TCP, TCP_INFO, &info, &n));
  EQ(info.tcpi_state, TCP_ESTABLISHED);
  close(c);
  close(d);
}

static void datagrams(void) {
  struct sockaddr_in a;
  socklen_t n = sizeof a;
  int v;
  SECTION("UDP");
  int r = udp(), w = udp();
  OK(bind4(r, "127.0.0.1", 0));
  int port = port_of(r);
  ERR(send(w, "x", 1, 0), EDESTADDRREQ);
  ERR(listen(w, 1), EOPNOTSUPP);
  ERR(recv(w, big, 1, MSG_DONTWAIT), EAGAIN);
  EQ(ready(w), POLLOUT);
  ERR(sendto(w, big, 66000, 0, (void *)&a, sizeof a), EMSGSIZE);
  a = v4("127.0.0.1", port);
  EQ(sendto(w, "one", 3, 0, (void *)&a, sizeof a), 3);
  EQ(await(r, POLLIN), POLLIN | POLLOUT);
  OK(ioctl(r, FIONREAD, &v));
  EQ(v, 3);
  EQ(recvfrom(r, big, 2, MSG_TRUNC, (void *)&a, &n), 3);
  EQ(n, sizeof a);
  EQ(ntohs(a.sin_port), port_of(w));
  EQ(ntohl(a.sin_addr.s_addr), INADDR_LOOPBACK);
  EQ(sendto(r, "", 0, 0, (void *)&a, n), 0);
  EQ(recv(w, big, 10, 0), 0);
  OK(connect4(w, "127.0.0.1", port));
  STREQ(local(w), "127.0.0.1");
  EQ(write(w, "two", 3), 3);
  EQ(read(r, big, 10), 3);
  int stranger = udp();
  a = v4("127.0.0.1", port_of(w));
  EQ(sendto(stranger, "no", 2, 0, (void *)&a, sizeof a), 2);
  ERR(recv(w, big, 10, MSG_DONTWAIT), EAGAIN);
  close(r);
  EQ(write(w, "gone", 4), 4);
  await(w, POLLERR);
  ERR(write(w, "gone", 4), ECONNREFUSED);
  EQ(write(w, "gone", 4), 4);
  a.sin_family = AF_UNSPEC;
  OK(connect(w, (void *)&a, sizeof a));
  STREQ(remote6(w), "ENOTCONN");
  ERR(shutdown(w, SHUT_RD), ENOTCONN);
  close(w);
  close(stranger);
  r = udp();
  w = udp();
  OK(bind4(r, "127.0.0.1", 0));
  ERR(bind4(w, "0.0.0.0", port_of(r)), EADDRINUSE);
  OK(set(r, SOL_SOCKET, SO_REUSEADDR, 1));
  OK(set(w, SOL_SOCKET, SO_REUSEADDR, 1));
  OK(bind4(w, "0.0.0.0", port_of(r)));
  close(r);
  close(w);
  r = udp();
  OK(bind4(r, "0.0.0.0", 0));
  OK(set(r, IPPROTO_IP, IP_PKTINFO, 1));
  w = udp();
  a = v4("127.0.0.5", port_of(r));
  EQ(sendto(w, "to 5", 4, 0, (void *)&a, sizeof a), 4);
  char control[100];
  struct iovec vec = {big, 100};
  struct msghdr m = {.msg_iov = &vec, .msg_iovlen = 1, .msg_control = control,
                     .msg_controllen = sizeof control};
  EQ(recvmsg(r, &m, 0), 4);
  struct cmsghdr *h = CMSG_FIRSTHDR(&m);
  TRUE(h != NULL && h->cmsg_type == IP_PKTINFO);
  if (h != NULL) {
    struct in_pktinfo *info = (struct in_pktinfo *)CMSG_DATA(h);
    EQ(info->ipi_ifindex, 1);
    STREQ(inet_ntoa(info->ipi_addr), "127.0.0.5");
  }
  close(r);
  close(w);
}

static void servers(void) {
  SECTION("a server and its clients");
  int l = listener(2), port = port_of(l), total = 0;
  for (int i = 0; i < 8; i++) {
    if (MUST(fork()) == 0) {
      close(l);
      for (int j = 0; j < 20; j++) {
        int s = tcp();
        MUST(connect4(s, "127.0.0.1", port));
        MUST(write(s, "ping", 4));
        char answer[4];
        if (recv(s, answer, 4, MSG_WAITALL) != 4) _exit(1);
        close(s);
      }
      _exit(0);
    }
  }
  for (int i = 0; i < 160; i++) {
    char request[4];
    int s = MUST(accept(l, NULL, NULL));
    total += recv(s, request, 4, MSG_WAITALL);
    MUST(write(s, "pong", 4));
    close(s);
  }
  EQ(total, 640);
  int status, bad = 0;
  while (wait(&status) > 0) bad |= status;
  EQ(bad, 0);
  close(l);
}

static void interfaces(void) {
  struct ifreq r = {};
  SECTION("interfaces");
  int s = udp();
  strcpy(r.ifr_name, "lo");
  OK(ioctl(s, SIOCGIFINDEX, &r));
  EQ(r.ifr_ifindex, 1);
  OK(ioctl(s, SIOCGIFNAME, &r));
  STREQ(r.ifr_name, "lo");
  OK(ioctl(s, SIOCGIFADDR, &r));
  STREQ(inet_ntoa(((struct sockaddr_in *)&r.ifr_addr)->sin_addr), "127.0.0.1");
  OK(ioctl(s, SIOCGIFNETMASK, &r));
  STREQ(inet_ntoa(((struct sockaddr_in *)&r.ifr_addr)->sin_addr), "255.0.0.0");
  OK(ioctl(s, SIOCGIFFLAGS, &r));
  EQ(r.ifr_flags & (IFF_UP | IFF_LOOPBACK | IFF_RUNNING),
     IFF_UP | IFF_LOOPBACK | IFF_RUNNING);
  OK(ioctl(s, SIOCGIFMTU, &r));
  EQ(r.ifr_mtu, 65536);
  strcpy(r.ifr_name, "none9");
  ERR(ioctl(s, SIOCGIFINDEX, &r), ENODEV);
  close(s);
  EQ(if_nametoindex("lo"), 1);
  struct ifaddrs *all, *at;
  OK(getifaddrs(&all));
  int four = 0, sixes = 0;
  for (at = all; at != NULL; at = at->ifa_next) {
    if (strcmp(at->ifa_name, "lo") != 0 || at->ifa_addr == NULL) continue;
    four += at->ifa_addr->sa_family == AF_INET;
    sixes += at->ifa_addr->sa_family == AF_INET6;
  }
  EQ(four, 1);
  EQ(sixes, 1);
  freeifaddrs(all);
}

int main(void) {
  errors();
  connections();
  nonblocking();
  bulk();
  reuse();
  six();
  options();
  datagrams();
  servers();
  interfaces();
  return done();
}

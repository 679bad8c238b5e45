/* What the tests of unix sockets share. */
#include "test.h"
#include <poll.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <linux/sockios.h>

static char big[300000];
static int s[2];

static inline void pair(int type) { MUST(socketpair(AF_UNIX, type, 0, s)); }

static inline void unpair(void) {
  close(s[0]);
  close(s[1]);
}

static inline int ready(int fd) {
  struct pollfd f = {fd, POLLIN | POLLOUT | POLLRDHUP, 0};
  poll(&f, 1, 0);
  return f.revents;
}

/* A path, or an abstract name if it begins with '@'. */
static inline socklen_t name(struct sockaddr_un *a, const char *text) {
  memset(a, 0, sizeof *a);
  a->sun_family = AF_UNIX;
  strcpy(a->sun_path, text);
  socklen_t n = offsetof(struct sockaddr_un, sun_path) + strlen(text);
  if (text[0] == '@') {
    a->sun_path[0] = 0;
    return n;
  }
  return n + 1;
}

static inline int bind_to(int fd, const char *text) {
  struct sockaddr_un a;
  socklen_t n = name(&a, text);
  return bind(fd, (struct sockaddr *)&a, n);
}

static inline int connect_to(int fd, const char *text) {
  struct sockaddr_un a;
  socklen_t n = name(&a, text);
  return connect(fd, (struct sockaddr *)&a, n);
}

static inline int intopt(int fd, int option) {
  int value = -1;
  socklen_t n = sizeof value;
  getsockopt(fd, SOL_SOCKET, option, &value, &n);
  return value;
}

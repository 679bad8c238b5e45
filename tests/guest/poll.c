/* Readiness: poll(2), ppoll(2), select(2), pselect(2), epoll(7). */
#include "test.h"
#include <poll.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <time.h>

static int p[2];

static void make(void) { MUST(pipe2(p, O_NONBLOCK)); }

static void unmake(void) {
  close(p[0]);
  close(p[1]);
}

static long ms_since(struct timespec *from) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (now.tv_sec - from->tv_sec) * 1000 +
         (now.tv_nsec - from->tv_nsec) / 1000000;
}

static void start(struct timespec *t) { clock_gettime(CLOCK_MONOTONIC, t); }

static void *write_later(void *arg) {
  await_blocked(getpid(), (long)arg);
  write(p[1], "x", 1);
  return NULL;
}

static void *interrupt_later(void *arg) {
  await_blocked(getpid(), (long)arg);
  syscall(SYS_tgkill, getpid(), (long)arg, SIGUSR1);
  return NULL;
}

#define WITH(body, call)                                            \
  ({                                                                \
    pthread_t thread_;                                              \
    MUST(pthread_create(&thread_, NULL, body, (void *)(long)gettid())); \
    call;                                                           \
    pthread_join(thread_, NULL);                                    \
  })

static int calls;
static void caught(int signo) { calls++; }

static void polls(void) {
  struct pollfd f[4];
  struct timespec t, limit;
  sigset_t set;
  SECTION("poll");
  make();
  ERR(poll(BAD, 1, 0), EFAULT);
  EQ(poll(NULL, 0, 0), 0);
  f[0] = (struct pollfd){p[0], POLLIN, 77};
  f[1] = (struct pollfd){-1, POLLIN, 77};
  f[2] = (struct pollfd){99, POLLIN, 0};
  f[3] = (struct pollfd){p[1], POLLOUT | POLLWRNORM, 0};
  EQ(poll(f, 4, 0), 2);
  EQ(f[0].revents, 0);
  EQ(f[1].revents, 0);
  EQ(f[2].revents, POLLNVAL);
  EQ(f[3].revents, POLLOUT | POLLWRNORM);
  start(&t);
  EQ(poll(f, 1, 30), 0);
  TRUE(ms_since(&t) >= 29);
  WITH(write_later, EQ(poll(f, 1, -1), 1));
  EQ(f[0].revents, POLLIN);
  f[0].events = POLLRDNORM;
  EQ(poll(f, 1, -1), 1);
  EQ(f[0].revents, POLLRDNORM);
  f[0].events = 0;
  EQ(poll(f, 1, 0), 0);
  struct pollfd twice[2] = {{p[0], POLLIN, 0}, {p[0], POLLIN, 0}};
  EQ(poll(twice, 2, -1), 2);
  char c;
  EQ(read(p[0], &c, 1), 1);
  WITH(write_later, EQ(poll(twice, 2, -1), 2));
  EQ(read(p[0], &c, 1), 1);

  SECTION("ppoll");
  f[0] = (struct pollfd){p[0], POLLIN, 0};
  limit = (struct timespec){0, -1};
  ERR(ppoll(f, 1, &limit, NULL), EINVAL);
  limit = (struct timespec){0, 20000000};
  EQ(syscall(SYS_ppoll, f, 1, &limit, NULL, 0), 0);
  EQ(limit.tv_sec, 0);
  EQ(limit.tv_nsec, 0);
  ERR(syscall(SYS_ppoll, f, 1, NULL, &set, 3), EINVAL);
  struct sigaction action = {.sa_handler = caught, .sa_flags = SA_RESTART};
  MUST(sigaction(SIGUSR1, &action, NULL));
  WITH(interrupt_later, ERR(poll(f, 1, -1), EINTR));
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  MUST(sigprocmask(SIG_BLOCK, &set, NULL));
  calls = 0;
  raise(SIGUSR1);
  EQ(calls, 0);
  EQ(poll(f, 1, 0), 0);
  sigemptyset(&set);
  ERR(ppoll(f, 1, NULL, &set), EINTR);
  EQ(calls, 1);
  MUST(sigprocmask(SIG_BLOCK, NULL, &set));
  TRUE(sigismember(&set, SIGUSR1));
  sigemptyset(&set);
  MUST(sigprocmask(SIG_SETMASK, &set, NULL));
  struct rlimit limits, few = {16, 0};
  MUST(getrlimit(RLIMIT_NOFILE, &limits));
  few.rlim_max = limits.rlim_max;
  MUST(setrlimit(RLIMIT_NOFILE, &few));
  struct pollfd many[17];
  for (int i = 0; i < 17; i++) many[i].fd = -1;
  ERR(poll(many, 17, 0), EINVAL);
  EQ(poll(many, 16, 0), 0);
  MUST(setrlimit(RLIMIT_NOFILE, &limits));
  unmake();
}

static void selects(void) {
  fd_set in, out, except;
  struct timeval tv;
  struct timespec t;
  SECTION("select");
  make();
  ERR(select(-1, NULL, NULL, NULL, NULL), EINVAL);
  ERR(select(1, BAD, NULL, NULL, NULL), EFAULT);
  tv = (struct timeval){-1, 0};
  ERR(select(0, NULL, NULL, NULL, &tv), EINVAL);
  FD_ZERO(&in);
  FD_ZERO(&out);
  FD_ZERO(&except);
  FD_SET(p[0], &in);
  FD_SET(p[1], &out);
  FD_SET(p[1], &in);
  tv = (struct timeval){5, 0};
  EQ(select(p[1] + 1, &in, &out, &except, &tv), 1);
  TRUE(!FD_ISSET(p[0], &in));
  TRUE(!FD_ISSET(p[1], &in));
  TRUE(FD_ISSET(p[1], &out));
  TRUE(tv.tv_sec == 4 || (tv.tv_sec == 5 && tv.tv_usec == 0));
  FD_ZERO(&in);
  FD_SET(50, &in);
  ERR(select(51, &in, NULL, NULL, NULL), EBADF);
  FD_ZERO(&in);
  FD_SET(p[0], &in);
  tv = (struct timeval){0, 30000};
  start(&t);
  EQ(select(p[0] + 1, &in, NULL, NULL, &tv), 0);
  TRUE(ms_since(&t) >= 29);
  TRUE(!FD_ISSET(p[0], &in));
  EQ(tv.tv_sec, 0);
  EQ(tv.tv_usec, 0);
  FD_SET(p[0], &in);
  WITH(write_later, EQ(select(p[0] + 1, &in, NULL, NULL, NULL), 1));
  TRUE(FD_ISSET(p[0], &in));
  close(p[1]);
  FD_ZERO(&out);
  EQ(select(p[0] + 1, &in, &out, NULL, NULL), 1);
  close(p[0]);

  SECTION("pselect");
  make();
  sigset_t set;
  struct timespec limit = {0, 20000000};
  sigemptyset(&set);
  FD_ZERO(&in);
  FD_SET(p[0], &in);
  EQ(pselect(p[0] + 1, &in, NULL, NULL, &limit, &set), 0);
  FD_SET(p[0], &in);
  limit.tv_nsec = 2000000000;
  ERR(pselect(p[0] + 1, &in, NULL, NULL, &limit, &set), EINVAL);
  sigset_t block;
  sigemptyset(&block);
  sigaddset(&block, SIGUSR1);
  MUST(sigprocmask(SIG_BLOCK, &block, NULL));
  raise(SIGUSR1);
  calls = 0;
  FD_SET(p[0], &in);
  ERR(pselect(p[0] + 1, &in, NULL, NULL, NULL, &set), EINTR);
  EQ(calls, 1);
  MUST(sigprocmask(SIG_UNBLOCK, &block, NULL));
  unmake();
}

static struct epoll_event ev, got[8];

static int add(int ep, int fd, unsigned events) {
  ev = (struct epoll_event){events, {.u64 = 0x123456789abcdef0 + fd}};
  return epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev);
}

static void epoll_errors(void) {
  SECTION("epoll errors");
  make();
  ERR(epoll_create(0), EINVAL);
  ERR(epoll_create1(1), EINVAL);
  int ep = OK(epoll_create1(EPOLL_CLOEXEC));
  EQ(fcntl(ep, F_GETFD), FD_CLOEXEC);
  ERR(epoll_ctl(ep, EPOLL_CTL_ADD, p[0], BAD), EFAULT);
  ERR(add(99, p[0], EPOLLIN), EBADF);
  ERR(add(ep, 99, EPOLLIN), EBADF);
  ERR(add(ep, ep, EPOLLIN), EINVAL);
  ERR(add(p[0], p[1], EPOLLIN), EINVAL);
  ERR(epoll_ctl(ep, 7, p[0], &ev), EINVAL);
  int file = MUST(open("file", O_RDWR | O_CREAT, 0600));
  ERR(add(ep, file, EPOLLIN), EPERM);
  close(file);
  int dir = MUST(open(".", O_RDONLY));
  ERR(add(ep, dir, EPOLLIN), EPERM);
  close(dir);
  ERR(epoll_ctl(ep, EPOLL_CTL_MOD, p[0], &ev), ENOENT);
  ERR(epoll_ctl(ep, EPOLL_CTL_DEL, p[0], NULL), ENOENT);
  OK(add(ep, p[0], EPOLLIN));
  ERR(add(ep, p[0], EPOLLIN), EEXIST);
  OK(epoll_ctl(ep, EPOLL_CTL_DEL, p[0], NULL));
  ERR(epoll_wait(ep, got, 0, 0), EINVAL);
  ERR(epoll_wait(ep, got, -1, 0), EINVAL);
  ERR(epoll_wait(99, got, 1, 0), EBADF);
  ERR(epoll_wait(p[0], got, 1, 0), EINVAL);
  OK(add(ep, p[1], EPOLLOUT));
  ERR(epoll_wait(ep, BAD, 1, 0), EFAULT);
  EQ(epoll_wait(ep, got, 1, 0), 1);
  ERR(read(ep, got, 8), EINVAL);
  ERR(write(ep, got, 8), EINVAL);
  ERR(add(ep, p[0], EPOLLIN | EPOLLEXCLUSIVE | EPOLLONESHOT), EINVAL);
  OK(add(ep, p[0], EPOLLIN | EPOLLEXCLUSIVE));
  ev.events = EPOLLIN;
  ERR(epoll_ctl(ep, EPOLL_CTL_MOD, p[0], &ev), EINVAL);
  close(ep);
  unmake();
}

static void epoll_modes(void) {
  char c;
  SECTION("level, edge, one shot");
  make();
  int ep = MUST(epoll_create1(0));
  OK(add(ep, p[0], EPOLLIN));
  EQ(epoll_wait(ep, got, 8, 0), 0);
  EQ(write(p[1], "ab", 2), 2);
  EQ(epoll_wait(ep, got, 8, -1), 1);
  EQ(got[0].events, EPOLLIN);
  TRUE(got[0].data.u64 == 0x123456789abcdef0 + p[0]);
  EQ(epoll_wait(ep, got, 8, -1), 1);
  ev.events = EPOLLIN | EPOLLET;
  OK(epoll_ctl(ep, EPOLL_CTL_MOD, p[0], &ev));
  EQ(epoll_wait(ep, got, 8, 0), 1);
  EQ(epoll_wait(ep, got, 8, 0), 0);
  EQ(write(p[1], "c", 1), 1);
  EQ(epoll_wait(ep, got, 8, 0), 1);
  EQ(epoll_wait(ep, got, 8, 0), 0);
  EQ(read(p[0], &c, 1), 1);
  EQ(epoll_wait(ep, got, 8, 0), 0);
  ev.events = EPOLLIN | EPOLLONESHOT;
  OK(epoll_ctl(ep, EPOLL_CTL_MOD, p[0], &ev));
  EQ(epoll_wait(ep, got, 8, 0), 1);
  EQ(write(p[1], "d", 1), 1);
  EQ(epoll_wait(ep, got, 8, 0), 0);
  OK(epoll_ctl(ep, EPOLL_CTL_MOD, p[0], &ev));
  EQ(epoll_wait(ep, got, 8, 0), 1);
  close(p[1]);
  EQ(epoll_wait(ep, got, 8, 0), 0);
  ev.events = 0;
  OK(epoll_ctl(ep, EPOLL_CTL_MOD, p[0], &ev));
  EQ(epoll_wait(ep, got, 8, 0), 1);
  EQ(got[0].events, EPOLLHUP);
  int copy = OK(dup(p[0]));
  close(p[0]);
  EQ(epoll_wait(ep, got, 8, 0), 1);
  close(copy);
  EQ(epoll_wait(ep, got, 8, 0), 0);
  close(ep);
}

static void epoll_waits(void) {
  struct timespec t, limit = {0, 20000000};
  SECTION("epoll waits");
  make();
  int ep = MUST(epoll_create1(0));
  OK(add(ep, p[0], EPOLLIN));
  start(&t);
  EQ(epoll_wait(ep, got, 8, 30), 0);
  TRUE(ms_since(&t) >= 29);
  WITH(write_later, EQ(epoll_wait(ep, got, 8, -1), 1));
  char c;
  EQ(read(p[0], &c, 1), 1);
  WITH(interrupt_later, ERR(epoll_wait(ep, got, 8, -1), EINTR));
  EQ(epoll_pwait2(ep, got, 8, &limit, NULL), 0);
  limit.tv_nsec = -1;
  ERR(epoll_pwait2(ep, got, 8, &limit, NULL), EINVAL);
  struct pollfd f = {ep, POLLIN, 0};
  EQ(poll(&f, 1, 0), 0);
  EQ(write(p[1], "x", 1), 1);
  EQ(poll(&f, 1, 0), 1);
  EQ(f.revents, POLLIN);
  close(ep);
  unmake();
}

static void epoll_nested(void) {
  SECTION("nested epoll");
  int ep[6];
  for (int i = 0; i < 6; i++) ep[i] = MUST(epoll_create1(0));
  OK(add(ep[0], ep[1], EPOLLIN));
  ERR(add(ep[1], ep[0], EPOLLIN), ELOOP);
  OK(add(ep[1], ep[2], EPOLLIN));
  OK(add(ep[2], ep[3], EPOLLIN));
  OK(add(ep[3], ep[4], EPOLLIN));
  ERR(add(ep[4], ep[5], EPOLLIN), ELOOP);
  make();
  OK(add(ep[4], p[0], EPOLLIN));
  EQ(epoll_wait(ep[0], got, 8, 0), 0);
  EQ(write(p[1], "x", 1), 1);
  EQ(epoll_wait(ep[0], got, 8, 0), 1);
  EQ(epoll_wait(ep[4], got, 8, 0), 1);
  ERR(add(ep[5], ep[0], EPOLLIN | EPOLLEXCLUSIVE), EINVAL);
  for (int i = 0; i < 6; i++) close(ep[i]);
  unmake();
}

static void epoll_order(void) {
  SECTION("several ready files take turns");
  int ep = MUST(epoll_create1(0)), fd[5];
  for (int i = 0; i < 5; i++) {
    fd[i] = MUST(eventfd(1, 0));
    MUST(add(ep, fd[i], EPOLLIN));
  }
  EQ(epoll_wait(ep, got, 2, 0), 2);
  EQ(got[0].data.u64 - 0x123456789abcdef0, fd[0]);
  EQ(epoll_wait(ep, got, 2, 0), 2);
  EQ(got[0].data.u64 - 0x123456789abcdef0, fd[2]);
  EQ(epoll_wait(ep, got, 8, 0), 5);
  EQ(got[0].data.u64 - 0x123456789abcdef0, fd[4]);
  EQ(got[1].data.u64 - 0x123456789abcdef0, fd[0]);
  for (int i = 0; i < 5; i++) close(fd[i]);
  EQ(epoll_wait(ep, got, 8, 0), 0);
  close(ep);
}

int main(void) {
  struct sigaction action = {.sa_handler = caught};
  MUST(sigaction(SIGUSR1, &action, NULL));
  polls();
  selects();
  epoll_errors();
  epoll_modes();
  epoll_waits();
  epoll_nested();
  epoll_order();
  return done();
}

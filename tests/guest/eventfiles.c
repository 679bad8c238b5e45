/* eventfd(2), signalfd(2), timerfd_create(2), pidfd_open(2), inotify(7). */
#include "test.h"
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <stdint.h>
#include <time.h>

static int ready(int fd) {
  struct pollfd f = {fd, POLLIN | POLLOUT, 0};
  poll(&f, 1, 0);
  return f.revents;
}

static void eventfds(void) {
  uint64_t v;
  SECTION("eventfd");
  ERR(eventfd(0, 0x10), EINVAL);
  int fd = OK(eventfd(3, EFD_NONBLOCK | EFD_CLOEXEC));
  EQ(ready(fd), POLLIN | POLLOUT);
  ERR(read(fd, &v, 4), EINVAL);
  EQ(read(fd, &v, 20), 8);
  EQ(v, 3);
  EQ(ready(fd), POLLOUT);
  ERR(read(fd, &v, 8), EAGAIN);
  ERR(write(fd, &v, 4), EINVAL);
  v = -1;
  ERR(write(fd, &v, 8), EINVAL);
  v = -2;
  EQ(write(fd, &v, 8), 8);
  EQ(ready(fd), POLLIN);
  v = 1;
  ERR(write(fd, &v, 8), EAGAIN);
  v = 0;
  EQ(write(fd, &v, 8), 8);
  EQ(read(fd, &v, 8), 8);
  TRUE(v == (uint64_t)-2);
  v = 0x100000001;
  EQ(write(fd, &v, 8), 8);
  v = 0xffffffff;
  EQ(write(fd, &v, 8), 8);
  EQ(read(fd, &v, 8), 8);
  EQ(v, 0x200000000);
  ERR(write(fd, BAD, 8), EFAULT);
  EQ(lseek(fd, 5, SEEK_SET), 0);
  close(fd);
  fd = OK(eventfd(2, EFD_SEMAPHORE | EFD_NONBLOCK));
  EQ(read(fd, &v, 8), 8);
  EQ(v, 1);
  EQ(read(fd, &v, 8), 8);
  ERR(read(fd, &v, 8), EAGAIN);
  close(fd);
  fd = MUST(eventfd(0, 0));
  if (MUST(fork()) == 0) {
    v = 9;
    write(fd, &v, 8);
    _exit(0);
  }
  EQ(read(fd, &v, 8), 8);
  EQ(v, 9);
  wait(NULL);
  close(fd);
}

static void signalfds(void) {
  struct signalfd_siginfo si[3];
  sigset_t set;
  SECTION("signalfd");
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  sigaddset(&set, SIGRTMIN);
  sigaddset(&set, SIGCHLD);
  sigaddset(&set, SIGKILL);
  MUST(sigprocmask(SIG_BLOCK, &set, NULL));
  ERR(signalfd(-1, &set, 1), EINVAL);
  ERR(syscall(SYS_signalfd4, -1, &set, 4, 0), EINVAL);
  ERR(syscall(SYS_signalfd4, -1, BAD, 8, 0), EFAULT);
  ERR(syscall(SYS_signalfd4, 99, &set, 8, 0), EBADF);
  ERR(syscall(SYS_signalfd4, 1, &set, 8, 0), EINVAL);
  int fd = OK(signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
  ERR(read(fd, si, sizeof si[0] - 1), EINVAL);
  ERR(read(fd, si, sizeof si), EAGAIN);
  EQ(ready(fd), 0);
  MUST(kill(getpid(), SIGUSR1));
  MUST(kill(getpid(), SIGUSR1));
  union sigval value = {.sival_int = 42};
  MUST(sigqueue(getpid(), SIGRTMIN, value));
  value.sival_int = 43;
  MUST(sigqueue(getpid(), SIGRTMIN, value));
  EQ(ready(fd), POLLIN);
  EQ(read(fd, si, sizeof si), 3 * sizeof si[0]);
  EQ(si[0].ssi_signo, SIGUSR1);
  EQ(si[0].ssi_code, SI_USER);
  TRUE(si[0].ssi_pid == getpid());
  TRUE(si[0].ssi_uid == getuid());
  EQ(si[1].ssi_signo, SIGRTMIN);
  EQ(si[1].ssi_code, SI_QUEUE);
  EQ(si[1].ssi_int, 42);
  EQ(si[2].ssi_int, 43);
  EQ(ready(fd), 0);
  sigset_t pending;
  MUST(sigpending(&pending));
  TRUE(!sigismember(&pending, SIGUSR1));
  pid_t pid = MUST(fork());
  if (pid == 0) _exit(7);
  fcntl(fd, F_SETFL, 0);
  EQ(read(fd, si, sizeof si), sizeof si[0]);
  EQ(si[0].ssi_signo, SIGCHLD);
  EQ(si[0].ssi_code, CLD_EXITED);
  EQ(si[0].ssi_status, 7);
  TRUE(si[0].ssi_pid == pid);
  wait(NULL);
  sigemptyset(&set);
  EQ(signalfd(fd, &set, 0), fd);
  MUST(kill(getpid(), SIGUSR1));
  EQ(ready(fd), 0);
  sigaddset(&set, SIGUSR1);
  EQ(signalfd(fd, &set, 0), fd);
  EQ(ready(fd), POLLIN);
  EQ(read(fd, si, sizeof si), sizeof si[0]);
  close(fd);
}

static void timerfds(void) {
  struct itimerspec it = {}, old;
  uint64_t v;
  SECTION("timerfd");
  ERR(timerfd_create(CLOCK_PROCESS_CPUTIME_ID, 0), EINVAL);
  ERR(timerfd_create(CLOCK_MONOTONIC, 1), EINVAL);
  int fd = OK(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC));
  ERR(timerfd_settime(fd, 8, &it, NULL), EINVAL);
  ERR(timerfd_settime(fd, 0, BAD, NULL), EFAULT);
  ERR(timerfd_settime(1, 0, &it, NULL), EINVAL);
  ERR(timerfd_settime(99, 0, &it, NULL), EBADF);
  it.it_value.tv_nsec = 1000000000;
  ERR(timerfd_settime(fd, 0, &it, NULL), EINVAL);
  it.it_value = (struct timespec){0, 10000000};
  OK(timerfd_settime(fd, 0, &it, &old));
  EQ(old.it_value.tv_sec + old.it_value.tv_nsec, 0);
  OK(timerfd_gettime(fd, &old));
  TRUE(old.it_value.tv_sec == 0 && old.it_value.tv_nsec > 0);
  ERR(read(fd, &v, 4), EINVAL);
  ERR(read(fd, &v, 8), EAGAIN);
  struct pollfd f = {fd, POLLIN, 0};
  EQ(poll(&f, 1, -1), 1);
  EQ(read(fd, &v, 8), 8);
  EQ(v, 1);
  ERR(read(fd, &v, 8), EAGAIN);
  OK(timerfd_gettime(fd, &old));
  EQ(old.it_value.tv_sec + old.it_value.tv_nsec, 0);
  fcntl(fd, F_SETFL, 0);
  it.it_interval = it.it_value = (struct timespec){0, 5000000};
  OK(timerfd_settime(fd, 0, &it, NULL));
  struct timespec pause = {0, 22000000};
  nanosleep(&pause, NULL);
  EQ(read(fd, &v, 8), 8);
  TRUE(v >= 4);
  EQ(read(fd, &v, 8), 8);
  TRUE(v >= 1);
  OK(timerfd_gettime(fd, &old));
  EQ(old.it_interval.tv_nsec, 5000000);
  memset(&it, 0, sizeof it);
  OK(timerfd_settime(fd, 0, &it, NULL));
  close(fd);
  fd = OK(timerfd_create(CLOCK_REALTIME, 0));
  clock_gettime(CLOCK_REALTIME, &it.it_value);
  it.it_value.tv_sec -= 5;
  OK(timerfd_settime(fd, TFD_TIMER_ABSTIME, &it, NULL));
  EQ(read(fd, &v, 8), 8);
  EQ(v, 1);
  clock_gettime(CLOCK_REALTIME, &it.it_value);
  it.it_value.tv_sec += 100;
  OK(timerfd_settime(fd, TFD_TIMER_ABSTIME, &it, NULL));
  OK(timerfd_gettime(fd, &old));
  TRUE(old.it_value.tv_sec >= 98 && old.it_value.tv_sec <= 100);
  close(fd);
}

static int go[2];
static void waits_then_ends(void) {
  char c;
  close(go[1]);
  read(go[0], &c, 1);
  _exit(5);
}

static void pidfds(void) {
  siginfo_t si;
  SECTION("pidfd");
  ERR(syscall(SYS_pidfd_open, 0, 0), EINVAL);
  ERR(syscall(SYS_pidfd_open, -1, 0), EINVAL);
  ERR(syscall(SYS_pidfd_open, 4000000, 0), ESRCH);
  ERR(syscall(SYS_pidfd_open, getpid(), 1), EINVAL);
  MUST(pipe(go));
  pid_t pid = MUST(fork());
  if (pid == 0) waits_then_ends();
  int fd = OK(syscall(SYS_pidfd_open, pid, 0));
  EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
  ERR(read(fd, &si, 8), EINVAL);
  EQ(ready(fd), 0);
  OK(syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0));
  int copy = OK(syscall(SYS_pidfd_getfd, fd, go[0], 0));
  ERR(syscall(SYS_pidfd_getfd, fd, 99, 0), EBADF);
  ERR(syscall(SYS_pidfd_getfd, fd, go[0], 1), EINVAL);
  ERR(syscall(SYS_pidfd_getfd, go[0], 0, 0), EBADF);
  close(copy);
  close(go[1]);
  struct pollfd f = {fd, POLLIN, 0};
  EQ(poll(&f, 1, -1), 1);
  EQ(f.revents, POLLIN);
  OK(waitid(P_PIDFD, fd, &si, WEXITED));
  EQ(si.si_status, 5);
  ERR(syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0), ESRCH);
  close(fd);
  close(go[0]);
}

static char buffer[4096] __attribute__((aligned(8)));
static int at, end;

/* The next event, or NULL. */
static struct inotify_event *next(int fd) {
  if (at == end) {
    at = 0;
    end = read(fd, buffer, sizeof buffer);
    if (end <= 0) {
      end = 0;
      return NULL;
    }
  }
  struct inotify_event *e = (struct inotify_event *)(buffer + at);
  at += sizeof *e + e->len;
  return e;
}

#define EVENT(wd_, mask_, name_)                         \
  ({                                                     \
    struct inotify_event *e = next(fd);                  \
    if (e == NULL) {                                     \
      FAIL_("no event for %s", __LINE__, name_);         \
    } else {                                             \
      EQ(e->wd, wd_);                                    \
      EQ(e->mask, mask_);                                \
      STREQ(e->len > 0 ? e->name : "", name_);           \
    }                                                    \
    e == NULL ? 0 : (int)e->cookie;                      \
  })

static void inotifies(void) {
  int n;
  SECTION("inotify errors");
  ERR(inotify_init1(1), EINVAL);
  int fd = OK(inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  ERR(inotify_add_watch(fd, ".", 0), EINVAL);
  ERR(inotify_add_watch(99, ".", IN_CREATE), EBADF);
  ERR(inotify_add_watch(1, ".", IN_CREATE), EINVAL);
  ERR(inotify_add_watch(fd, "none", IN_CREATE), ENOENT);
  ERR(inotify_add_watch(fd, BAD, IN_CREATE), EFAULT);
  ERR(inotify_rm_watch(fd, 1), EINVAL);
  ERR(read(fd, buffer, sizeof buffer), EAGAIN);
  SECTION("inotify events");
  MUST(mkdir("watched", 0700));
  int wd = OK(inotify_add_watch(fd, "watched", IN_ALL_EVENTS));
  EQ(wd, 1);
  EQ(inotify_add_watch(fd, "watched", IN_ALL_EVENTS), 1);
  ERR(inotify_add_watch(fd, "watched", IN_CREATE | IN_MASK_CREATE), EEXIST);
  int f = MUST(open("watched/one", O_CREAT | O_RDWR, 0600));
  EQ(ready(fd), POLLIN);
  MUST(ioctl(fd, FIONREAD, &n));
  EQ(n, 64);
  ERR(read(fd, buffer, 20), EINVAL);
  EVENT(wd, IN_CREATE, "one");
  EVENT(wd, IN_OPEN, "one");
  MUST(write(f, "x", 1));
  MUST(write(f, "y", 1));
  EVENT(wd, IN_MODIFY, "one");
  MUST(pread(f, buffer + 4000, 1, 0));
  EVENT(wd, IN_ACCESS, "one");
  close(f);
  EVENT(wd, IN_CLOSE_WRITE, "one");
  MUST(chmod("watched/one", 0644));
  EVENT(wd, IN_ATTRIB, "one");
  MUST(rename("watched/one", "watched/two"));
  int cookie = EVENT(wd, IN_MOVED_FROM, "one");
  TRUE(cookie != 0);
  TRUE(EVENT(wd, IN_MOVED_TO, "two") == cookie);
  MUST(mkdir("watched/dir", 0700));
  EVENT(wd, IN_CREATE | IN_ISDIR, "dir");
  MUST(rmdir("watched/dir"));
  EVENT(wd, IN_DELETE | IN_ISDIR, "dir");
  MUST(unlink("watched/two"));
  EVENT(wd, IN_DELETE, "two");
  MUST(symlink("x", "watched/link"));
  EVENT(wd, IN_CREATE, "link");
  MUST(unlink("watched/link"));
  EVENT(wd, IN_DELETE, "link");
  OK(inotify_rm_watch(fd, wd));
  EVENT(wd, IN_IGNORED, "");
  wd = OK(inotify_add_watch(fd, "watched", IN_DELETE_SELF));
  EQ(wd, 2);
  MUST(rmdir("watched"));
  EVENT(wd, IN_DELETE_SELF, "");
  EVENT(wd, IN_IGNORED, "");
  put_file("plain", "text", 4, 0600);
  wd = OK(inotify_add_watch(fd, "plain", IN_OPEN | IN_ONESHOT));
  close(MUST(open("plain", O_RDONLY)));
  close(MUST(open("plain", O_RDONLY)));
  EVENT(wd, IN_OPEN, "");
  EVENT(wd, IN_IGNORED, "");
  TRUE(next(fd) == NULL);
  ERR(inotify_add_watch(fd, "plain", IN_OPEN | IN_ONLYDIR), ENOTDIR);
  close(fd);
}

int main(void) {
  eventfds();
  signalfds();
  timerfds();
  pidfds();
  inotifies();
  return done();
}

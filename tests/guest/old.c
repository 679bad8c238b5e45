/* Calls that C libraries reach by other names, or no longer use: by number. */
#include "test.h"
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/xattr.h>

static void names(void) {
  SECTION("names");
  int dir = MUST(open(".", O_RDONLY | O_DIRECTORY));
  put_file("file", "abc", 3, 0644);
  ERR(syscall(SYS_symlinkat, "file", -1, "link"), EBADF);
  ERR(syscall(SYS_symlinkat, "", dir, "link"), ENOENT);
  OK(syscall(SYS_symlinkat, "file", dir, "link"));
  ERR(syscall(SYS_symlinkat, "file", dir, "link"), EEXIST);
  ERR(syscall(SYS_renameat, dir, "missing", dir, "x"), ENOENT);
  OK(syscall(SYS_renameat, dir, "link", dir, "link2"));
  ERR(syscall(SYS_mknodat, dir, "fifo", S_IFDIR | 0600, 0), EPERM);
  ERR(syscall(SYS_mknodat, dir, "fifo", 0170000, 0), EINVAL);
  OK(syscall(SYS_mknodat, dir, "fifo", S_IFIFO | 0600, 0));
  ERR(syscall(SYS_mknodat, dir, "fifo", S_IFIFO | 0600, 0), EEXIST);
  ERR(syscall(SYS_fchmodat, dir, "missing", 0600), ENOENT);
  OK(syscall(SYS_fchmodat, dir, "file", 0600));
  struct stat st;
  ERR(syscall(SYS_newfstatat, dir, "missing", &st, 0), ENOENT);
  ERR(syscall(SYS_newfstatat, dir, "file", &st, 1), EINVAL);
  OK(syscall(SYS_newfstatat, dir, "file", &st, 0));
  EQ(st.st_mode, S_IFREG | 0600);
  OK(syscall(SYS_newfstatat, dir, "link2", &st, AT_SYMLINK_NOFOLLOW));
  TRUE(S_ISLNK(st.st_mode));
  struct timeval times[2] = {{.tv_sec = 1}, {.tv_sec = 2, .tv_usec = 3}};
  struct timeval bad[2] = {{.tv_usec = 1000000}};
  ERR(syscall(SYS_futimesat, dir, "missing", times), ENOENT);
  ERR(syscall(SYS_futimesat, dir, "file", bad), EINVAL);
  OK(syscall(SYS_futimesat, dir, "file", times));
  MUST(stat("file", &st));
  EQ(st.st_atime, 1);
  EQ(st.st_mtim.tv_nsec, 3000);
}

static void offsets(void) {
  SECTION("offsets");
  char text[8] = "";
  int fd = MUST(open("file", O_RDWR));
  ERR(syscall(SYS_pread64, fd, text, 3, -1L), EINVAL);
  EQ(syscall(SYS_pread64, fd, text, 8, 1), 2);
  STREQ(text, "bc");
  EQ(syscall(SYS_pwrite64, fd, "X", 1, 1), 1);
  EQ(lseek(fd, 0, SEEK_CUR), 0);
  ERR(syscall(SYS_fadvise64, -1, 0, 0, 0), EBADF);
  ERR(syscall(SYS_fadvise64, fd, 0, 0, 99), EINVAL);
  ERR(syscall(SYS_fadvise64, fd, 0, -1L, 0), EINVAL);
  OK(syscall(SYS_fadvise64, fd, 0, 0, POSIX_FADV_DONTNEED));
  int fds[2];
  MUST(pipe(fds));
  ERR(syscall(SYS_fadvise64, fds[0], 0, 0, 0), ESPIPE);
  ERR(syscall(SYS_pread64, fds[0], text, 1, 0), ESPIPE);
}

static void waits(void) {
  SECTION("waits");
  struct epoll_event event;
  struct timespec now = {0}, wrong = {.tv_nsec = -1};
  fd_set set;
  int ep = MUST(epoll_create1(0));
  ERR(syscall(SYS_epoll_pwait, -1, &event, 1, 0, NULL, 8), EBADF);
  ERR(syscall(SYS_epoll_pwait, ep, &event, 0, 0, NULL, 8), EINVAL);
  sigset_t mask;
  sigemptyset(&mask);
  ERR(syscall(SYS_epoll_pwait, ep, &event, 1, 0, &mask, 4), EINVAL);
  EQ(syscall(SYS_epoll_pwait, ep, &event, 1, 0, &mask, 8), 0);
  FD_ZERO(&set);
  ERR(syscall(SYS_pselect6, -1, NULL, NULL, NULL, &now, NULL), EINVAL);
  ERR(syscall(SYS_pselect6, 0, NULL, NULL, NULL, &wrong, NULL), EINVAL);
  EQ(syscall(SYS_pselect6, 0, &set, &set, &set, &now, NULL), 0);
  ERR(syscall(SYS_eventfd2, 0, 0x10000), EINVAL);
  int fd = OK(syscall(SYS_eventfd2, 5, EFD_CLOEXEC)) >= 0 ? 0 : -1;
  EQ(fd, 0);
  OK(close(MUST(syscall(SYS_inotify_init))));
  ERR(syscall(SYS_restart_syscall), EINTR);
}

static volatile int handled, value;

static void handler(int signo, siginfo_t *info, void *context) {
  handled = signo;
  value = info->si_value.sival_int;
  (void)context;
}

static void signals(void) {
  SECTION("signals");
  siginfo_t info = {.si_code = SI_QUEUE, .si_value.sival_int = 42};
  pid_t pid = getpid();
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
  MUST(sigaction(SIGUSR1, &action, NULL));
  ERR(syscall(SYS_rt_tgsigqueueinfo, 0, pid, SIGUSR1, &info), EINVAL);
  ERR(syscall(SYS_rt_tgsigqueueinfo, pid, 0x3ffffff, SIGUSR1, &info), ESRCH);
  ERR(syscall(SYS_rt_tgsigqueueinfo, pid, pid, 65, &info), EINVAL);
  ERR(syscall(SYS_rt_tgsigqueueinfo, pid, pid, SIGUSR1, BAD), EFAULT);
  OK(syscall(SYS_rt_tgsigqueueinfo, pid, pid, SIGUSR1, &info));
  /* The handler has run, and rt_sigreturn brought us back. */
  EQ(handled, SIGUSR1);
  EQ(value, 42);
}

static void rights(void) {
  SECTION("rights");
  OK(syscall(SYS_setregid, -1, -1));
  OK(syscall(SYS_setregid, getgid(), getegid()));
  if (geteuid() != 0) ERR(syscall(SYS_setregid, 12345, -1), EPERM);
  ERR(syscall(SYS_sched_getattr, 0, NULL, 48, 0), EINVAL);
  /* struct sched_attr, which headers of different age have or not. */
  struct {
    unsigned size, sched_policy;
    unsigned long rest[6];
  } attr;
  ERR(syscall(SYS_sched_getattr, 0, &attr, 47, 0), EINVAL);
  ERR(syscall(SYS_sched_getattr, 0, &attr, sizeof attr, 1), EINVAL);
  ERR(syscall(SYS_sched_getattr, 0x3ffffff, &attr, sizeof attr, 0), ESRCH);
  OK(syscall(SYS_sched_getattr, 0, &attr, sizeof attr, 0));
  EQ(attr.sched_policy, SCHED_OTHER);
}

static void attributes(void) {
  SECTION("extended attributes");
  char list[64];
  ERR(syscall(SYS_llistxattr, "missing", list, sizeof list), ENOENT);
  ERR(syscall(SYS_flistxattr, -1, list, sizeof list), EBADF);
  ERR(syscall(SYS_lremovexattr, "missing", "user.x"), ENOENT);
}

static void end_child(void) { syscall(SYS_exit_group, 42); }

int main(void) {
  names();
  offsets();
  waits();
  signals();
  rights();
  attributes();
  SECTION("end");
  EQ(WEXITSTATUS(in_child(end_child)), 42);
  return done();
}

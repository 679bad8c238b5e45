/* dup(2), fcntl(2), flock(2), record locks, seals, ioctl(2) of every file. */
#include "test.h"
#include <pthread.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/resource.h>

static int f;

static void dups(void) {
  SECTION("dup");
  ERR(dup(99), EBADF);
  ERR(dup2(99, 3), EBADF);
  ERR(dup2(f, -1), EBADF);
  ERR(dup2(f, 1 << 30), EBADF);
  EQ(dup2(f, f), f);
  ERR(dup2(99, 99), EBADF);
  ERR(dup3(f, f, 0), EINVAL);
  ERR(dup3(f, 50, O_APPEND), EINVAL);
  EQ(dup3(f, 50, O_CLOEXEC), 50);
  EQ(fcntl(50, F_GETFD), FD_CLOEXEC);
  EQ(dup2(50, 51), 51);
  EQ(fcntl(51, F_GETFD), 0);
  close(50);
  close(51);
  EQ(fcntl(f, F_DUPFD, 40), 40);
  EQ(fcntl(f, F_DUPFD_CLOEXEC, 40), 41);
  EQ(fcntl(41, F_GETFD), FD_CLOEXEC);
  ERR(fcntl(f, F_DUPFD, -1), EINVAL);
  ERR(fcntl(f, F_DUPFD, 1 << 30), EINVAL);
  OK(fcntl(40, F_SETFD, FD_CLOEXEC));
  EQ(fcntl(40, F_GETFD), FD_CLOEXEC);
  OK(fcntl(40, F_SETFD, 0));
  EQ(fcntl(40, F_GETFD), 0);
  OK(ioctl(40, FIOCLEX));
  EQ(fcntl(40, F_GETFD), FD_CLOEXEC);
  OK(ioctl(40, FIONCLEX));
  EQ(fcntl(40, F_GETFD), 0);
  close(40);
  close(41);
}

static void flags(void) {
  SECTION("F_SETFL");
  EQ(fcntl(f, F_GETFL), O_RDWR | 0100000);
  OK(fcntl(f, F_SETFL, O_APPEND | O_NONBLOCK | O_WRONLY | O_CREAT));
  EQ(fcntl(f, F_GETFL), O_RDWR | O_APPEND | O_NONBLOCK | 0100000);
  OK(fcntl(f, F_SETFL, 0));
  EQ(fcntl(f, F_GETFL), O_RDWR | 0100000);
  int on = 1;
  OK(ioctl(f, FIONBIO, &on));
  EQ(fcntl(f, F_GETFL), O_RDWR | O_NONBLOCK | 0100000);
  on = 0;
  OK(ioctl(f, FIONBIO, &on));
  EQ(fcntl(f, F_GETFL), O_RDWR | 0100000);
  ERR(ioctl(f, FIONBIO, BAD), EFAULT);
  ERR(ioctl(f, 0x5401, &on), ENOTTY);
  ERR(ioctl(99, FIOCLEX), EBADF);
  ERR(fcntl(99, F_GETFL), EBADF);
  ERR(fcntl(f, 9999), EINVAL);
  ERR(fcntl(f, F_GETPIPE_SZ), EBADF);
  SECTION("owner");
  EQ(fcntl(f, F_GETOWN), 0);
  OK(fcntl(f, F_SETOWN, getpid()));
  EQ(fcntl(f, F_GETOWN) == getpid(), 1);
  ERR(fcntl(f, F_SETOWN, 4000000), ESRCH);
  OK(fcntl(f, F_SETOWN, 0));
  EQ(fcntl(f, F_GETSIG), 0);
  OK(fcntl(f, F_SETSIG, SIGUSR1));
  EQ(fcntl(f, F_GETSIG), SIGUSR1);
  ERR(fcntl(f, F_SETSIG, 99), EINVAL);
  OK(fcntl(f, F_SETSIG, 0));
}

static int lock(int fd, int cmd, int type, long start, long len) {
  struct flock l = {.l_type = type, .l_whence = SEEK_SET, .l_start = start,
                    .l_len = len};
  return fcntl(fd, cmd, &l);
}

/* Type of the lock that stands in the way, with its range. */
static void show(int fd, int cmd, int type, long start, long len) {
  struct flock l = {.l_type = type, .l_whence = SEEK_SET, .l_start = start,
                    .l_len = len};
  MUST(fcntl(fd, cmd, &l));
  if (l.l_type == F_UNLCK)
    say("free");
  else
    say("type %d from %ld length %ld pid %s", l.l_type, (long)l.l_start,
        (long)l.l_len, l.l_pid == getppid() ? "parent" : l.l_pid < 0 ? "-1" : "?");
}

/* What another process may lock: a character a try. */
static void other_process(void) {
  int g = MUST(open("f", O_RDWR));
  show(g, F_GETLK, F_WRLCK, 0, 0);
  show(g, F_GETLK, F_RDLCK, 0, 0);
  show(g, F_GETLK, F_WRLCK, 15, 5);
  show(g, F_GETLK, F_WRLCK, 30, 10);
  show(g, F_GETLK, F_RDLCK, 40, 1);
  char tries[64];
  int n = 0;
  for (int at = 0; at < 50; at += 2) {
    tries[n++] = lock(g, F_SETLK, F_RDLCK, at, 2) == 0
                     ? (lock(g, F_SETLK, F_WRLCK, at, 2) == 0 ? 'w' : 'r')
                     : '-';
  }
  tries[n] = 0;
  say("%s", tries);
  close(g);
}

static void records(void) {
  SECTION("record locks");
  OK(lock(f, F_SETLK, F_RDLCK, 0, 20));
  OK(lock(f, F_SETLK, F_WRLCK, 40, 0));
  CHILD(other_process);
  OK(lock(f, F_SETLK, F_WRLCK, 5, 5));
  OK(lock(f, F_SETLK, F_UNLCK, 12, 3));
  CHILD(other_process);
  SECTION("closing any descriptor");
  close(MUST(open("f", O_RDONLY)));
  CHILD(other_process);
  SECTION("errors");
  ERR(lock(f, F_SETLK, 9, 0, 1), EINVAL);
  ERR(lock(f, F_SETLK, F_RDLCK, -1, 1), EINVAL);
  ERR(lock(f, F_SETLK, F_RDLCK, 5, -6), EINVAL);
  OK(lock(f, F_SETLK, F_RDLCK, 5, -5));
  ERR(lock(f, F_GETLK, F_UNLCK, 0, 1), EINVAL);
  ERR(fcntl(f, F_SETLK, BAD), EFAULT);
  int r = MUST(open("f", O_RDONLY)), w = MUST(open("f", O_WRONLY));
  ERR(lock(r, F_SETLK, F_WRLCK, 0, 1), EBADF);
  ERR(lock(w, F_SETLK, F_RDLCK, 0, 1), EBADF);
  close(r);
  close(w);
}

static void waiter(void) {
  OK(lock(f, F_SETLKW, F_WRLCK, 0, 10));
  say("got it");
}

static void waiting(void) {
  SECTION("waiting");
  OK(lock(f, F_SETLK, F_WRLCK, 0, 10));
  pid_t pid = MUST(fork());
  if (pid == 0) {
    waiter();
    _exit(done());
  }
  await_blocked(pid, pid);
  say("unlocking");
  MUST(lock(f, F_SETLK, F_UNLCK, 0, 10));
  int status;
  waitpid(pid, &status, 0);
  EQ(status, 0);
}

static void nothing(int signo) { (void)signo; }

static void interrupted(void) {
  SECTION("interrupted");
  OK(lock(f, F_SETLK, F_WRLCK, 0, 10));
  pid_t pid = MUST(fork());
  if (pid == 0) {
    struct sigaction sa = {.sa_handler = nothing};
    sigaction(SIGUSR1, &sa, NULL);
    ERR(lock(f, F_SETLKW, F_WRLCK, 0, 10), EINTR);
    _exit(done());
  }
  await_blocked(pid, pid);
  kill(pid, SIGUSR1);
  int status;
  waitpid(pid, &status, 0);
  EQ(status, 0);
  OK(lock(f, F_SETLK, F_UNLCK, 0, 0));
}

static void deadlock(void) {
  SECTION("deadlock");
  OK(lock(f, F_SETLK, F_WRLCK, 0, 1));
  int p[2];
  MUST(pipe(p));
  pid_t pid = MUST(fork());
  if (pid == 0) {
    MUST(lock(f, F_SETLK, F_WRLCK, 1, 1));
    MUST(write(p[1], "x", 1));
    MUST(lock(f, F_SETLKW, F_WRLCK, 0, 1));
    _exit(0);
  }
  char c;
  MUST(read(p[0], &c, 1));
  await_blocked(pid, pid);
  ERR(lock(f, F_SETLKW, F_WRLCK, 1, 1), EDEADLK);
  OK(lock(f, F_SETLK, F_UNLCK, 0, 1));
  int status;
  waitpid(pid, &status, 0);
  EQ(status, 0);
  close(p[0]);
  close(p[1]);
}

static void open_files(void) {
  SECTION("OFD locks");
  int g = MUST(open("f", O_RDWR)), h = MUST(open("f", O_RDWR));
  OK(lock(g, F_OFD_SETLK, F_WRLCK, 0, 10));
  ERR(lock(h, F_OFD_SETLK, F_WRLCK, 5, 1), EAGAIN);
  ERR(lock(f, F_SETLK, F_RDLCK, 5, 1), EAGAIN);
  show(h, F_OFD_GETLK, F_WRLCK, 0, 0);
  show(f, F_GETLK, F_WRLCK, 0, 0);
  struct flock l = {.l_type = F_RDLCK, .l_pid = 1};
  ERR(fcntl(g, F_OFD_SETLK, &l), EINVAL);
  int d = MUST(dup(g));
  close(g);
  ERR(lock(h, F_OFD_SETLK, F_WRLCK, 5, 1), EAGAIN);
  close(d);
  OK(lock(h, F_OFD_SETLK, F_WRLCK, 5, 1));
  close(h);
}

static void whole(void) {
  SECTION("flock");
  int g = MUST(open("f", O_RDONLY)), h = MUST(open("f", O_RDONLY));
  ERR(flock(99, LOCK_SH), EBADF);
  ERR(flock(g, 0), EINVAL);
  ERR(flock(g, LOCK_NB), EINVAL);
  OK(flock(g, LOCK_SH));
  OK(flock(h, LOCK_SH));
  ERR(flock(h, LOCK_EX | LOCK_NB), EAGAIN);
  OK(flock(g, LOCK_UN));
  OK(flock(h, LOCK_EX | LOCK_NB));
  ERR(flock(g, LOCK_SH | LOCK_NB), EAGAIN);
  int d = MUST(dup(h));
  close(h);
  ERR(flock(g, LOCK_SH | LOCK_NB), EAGAIN);
  pid_t pid = MUST(fork());
  if (pid == 0) {
    close(d);
    OK(flock(g, LOCK_SH));
    say("got it");
    _exit(done());
  }
  await_blocked(pid, pid);
  say("closing");
  close(d);
  int status;
  waitpid(pid, &status, 0);
  EQ(status, 0);
  close(g);
}

static void seals(void) {
  SECTION("memfd and seals");
  char buf[100];
  ERR(memfd_create(BAD, 0), EFAULT);
  ERR(memfd_create("x", 0x8000), EINVAL);
  memset(buf, 'n', sizeof buf);
  int m = MUST(memfd_create("name", MFD_ALLOW_SEALING | MFD_CLOEXEC));
  EQ(fcntl(m, F_GETFD), FD_CLOEXEC);
  EQ(fcntl(m, F_GETFL), O_RDWR | 0100000);
  char path[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", m);
  memset(buf, 0, sizeof buf);
  EQ(readlink(path, buf, sizeof buf) > 0, 1);
  STREQ(buf, "/memfd:name (deleted)");
  EQ(fcntl(m, F_GET_SEALS), 0);
  EQ(write(m, "0123456789", 10), 10);
  ERR(fcntl(m, F_ADD_SEALS, 0x1000), EINVAL);
  OK(fcntl(m, F_ADD_SEALS, F_SEAL_GROW));
  ERR(ftruncate(m, 11), EPERM);
  ERR(pwrite(m, "x", 1, 10), EPERM);
  OK(ftruncate(m, 9));
  OK(fcntl(m, F_ADD_SEALS, F_SEAL_SHRINK));
  ERR(ftruncate(m, 5), EPERM);
  EQ(pwrite(m, "x", 1, 0), 1);
  char *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, m, 0);
  TRUE(p != MAP_FAILED);
  p[1] = 'y';
  EQ(pread(m, buf, 2, 0), 2);
  EQ(buf[1], 'y');
  ERR(fcntl(m, F_ADD_SEALS, F_SEAL_WRITE), EBUSY);
  munmap(p, 4096);
  OK(fcntl(m, F_ADD_SEALS, F_SEAL_WRITE));
  ERR(pwrite(m, "x", 1, 0), EPERM);
  EQ(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, m, 0) == MAP_FAILED,
     1);
  OK(fcntl(m, F_ADD_SEALS, F_SEAL_SEAL));
  ERR(fcntl(m, F_ADD_SEALS, F_SEAL_WRITE), EPERM);
  EQ(fcntl(m, F_GET_SEALS), 15);
  close(m);
  m = MUST(memfd_create("plain", 0));
  EQ(fcntl(m, F_GET_SEALS), F_SEAL_SEAL);
  ERR(fcntl(m, F_ADD_SEALS, F_SEAL_WRITE), EPERM);
  int n = MUST(open(path, O_RDWR));
  EQ(write(n, "again", 5), 5);
  EQ(pread(m, buf, 10, 0), 5);
  close(n);
  close(m);
}

static volatile int sig_count, sig_code, sig_fd;
static void on_io(int signo, siginfo_t *info, void *context) {
  (void)signo, (void)context;
  sig_count++;
  sig_code = info->si_code;
  sig_fd = info->si_fd;
}

static void asynchronous(void) {
  SECTION("O_ASYNC");
  struct sigaction sa = {.sa_sigaction = on_io, .sa_flags = SA_SIGINFO};
  sigaction(SIGIO, &sa, NULL);
  sigaction(SIGRTMIN, &sa, NULL);
  int p[2];
  MUST(pipe(p));
  OK(fcntl(p[0], F_SETOWN, getpid()));
  OK(fcntl(p[0], F_SETFL, O_ASYNC));
  EQ(fcntl(p[0], F_GETFL), O_ASYNC);
  MUST(write(p[1], "x", 1));
  EQ(sig_count, 1);
  OK(fcntl(p[0], F_SETSIG, SIGRTMIN));
  MUST(write(p[1], "x", 1));
  EQ(sig_count, 2);
  EQ(sig_code, POLL_IN);
  EQ(sig_fd, p[0]);
  int off = 0;
  OK(ioctl(p[0], FIOASYNC, &off));
  MUST(write(p[1], "x", 1));
  EQ(sig_count, 2);
  close(p[0]);
  close(p[1]);
  SECTION("F_NOTIFY");
  MUST(mkdir("noted", 0755));
  int d = MUST(open("noted", O_RDONLY));
  ERR(fcntl(f, F_NOTIFY, DN_CREATE), ENOTDIR);
  OK(fcntl(d, F_NOTIFY, DN_CREATE));
  put_file("noted/a", "", 0, 0644);
  EQ(sig_count, 3);
  put_file("noted/b", "", 0, 0644);
  EQ(sig_count, 3);
  OK(fcntl(d, F_SETSIG, SIGRTMIN));
  OK(fcntl(d, F_NOTIFY, DN_DELETE | DN_MULTISHOT));
  MUST(unlink("noted/a"));
  MUST(unlink("noted/b"));
  EQ(sig_count, 5);
  EQ(sig_fd, d);
  OK(fcntl(d, F_NOTIFY, 0));
  close(d);
  rmdir("noted");
}

int main(void) {
  put_file("f", "0123456789", 10, 0644);
  f = MUST(open("f", O_RDWR));
  dups();
  flags();
  records();
  waiting();
  interrupted();
  deadlock();
  open_files();
  whole();
  seals();
  asynchronous();
  return done();
}

/* Pipes and fifos: pipe(2), pipe(7), fifo(7). */
#include "test.h"
#include <poll.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/uio.h>

static char big[200000];
static int p[2];

static void make(int flags) { MUST(pipe2(p, flags)); }

static void unmake(void) {
  close(p[0]);
  close(p[1]);
}

static void errors(void) {
  SECTION("errors");
  ERR(pipe(BAD), EFAULT);
  ERR(pipe2(p, 0x40), EINVAL);
  OK(pipe2(p, O_CLOEXEC | O_NONBLOCK));
  EQ(fcntl(p[0], F_GETFD), FD_CLOEXEC);
  EQ(fcntl(p[0], F_GETFL), O_RDONLY | O_NONBLOCK);
  EQ(fcntl(p[1], F_GETFL), O_WRONLY | O_NONBLOCK);
  ERR(read(p[1], big, 1), EBADF);
  ERR(write(p[0], big, 1), EBADF);
  ERR(read(p[0], big, 1), EAGAIN);
  EQ(read(p[0], big, 0), 0);
  ERR(lseek(p[0], 0, SEEK_CUR), ESPIPE);
  ERR(pread(p[0], big, 1, 0), ESPIPE);
  ERR(pwrite(p[1], big, 1, 0), ESPIPE);
  ERR(ftruncate(p[1], 0), EINVAL);
  ERR(fsync(p[1]), EINVAL);
  ERR(write(p[1], BAD, 1), EFAULT);
  EQ(write(p[1], "abc", 3), 3);
  ERR(read(p[0], BAD, 1), EFAULT);
  EQ(read(p[0], big, 10), 3);
  unmake();
}

static void status(void) {
  struct stat st;
  SECTION("stat");
  make(0);
  OK(fstat(p[0], &st));
  EQ(st.st_mode, S_IFIFO | 0600);
  EQ(st.st_nlink, 1);
  EQ(st.st_size, 0);
  unmake();
}

static void capacity(void) {
  int n;
  SECTION("capacity");
  make(O_NONBLOCK);
  EQ(fcntl(p[0], F_GETPIPE_SZ), 65536);
  EQ(write(p[1], big, sizeof big), 65536);
  ERR(write(p[1], big, 1), EAGAIN);
  OK(ioctl(p[0], FIONREAD, &n));
  EQ(n, 65536);
  EQ(read(p[0], big, 1), 1);
  ERR(write(p[1], big, 1), EAGAIN);
  EQ(read(p[0], big, 4095), 4095);
  EQ(write(p[1], big, 8192), 4096);
  ERR(fcntl(p[0], F_SETPIPE_SZ, 4096), EBUSY);
  EQ(fcntl(p[0], F_SETPIPE_SZ, 70000), 131072);
  EQ(write(p[1], big, 100000), 65536);
  EQ(read(p[0], big, sizeof big), 131072);
  EQ(fcntl(p[0], F_SETPIPE_SZ, 1), 4096);
  EQ(write(p[1], big, 5000), 4096);
  unmake();
  ERR(fcntl(0, F_GETPIPE_SZ), EBADF);
}

static void atomicity(void) {
  SECTION("atomic writes");
  make(O_NONBLOCK);
  EQ(write(p[1], big, 65536 - 4096), 65536 - 4096);
  EQ(write(p[1], big, 1), 1);
  ERR(write(p[1], big, 4096), EAGAIN);
  EQ(write(p[1], big, 4095), 4095);
  unmake();
}

static void ends(void) {
  SECTION("ends");
  make(0);
  EQ(write(p[1], "xyz", 3), 3);
  close(p[1]);
  EQ(read(p[0], big, 2), 2);
  EQ(read(p[0], big, 2), 1);
  EQ(read(p[0], big, 2), 0);
  close(p[0]);
  make(0);
  close(p[0]);
  signal(SIGPIPE, SIG_IGN);
  ERR(write(p[1], big, 1), EPIPE);
  close(p[1]);
  signal(SIGPIPE, SIG_DFL);
}

static void dies_of_sigpipe(void) {
  make(0);
  close(p[0]);
  write(p[1], big, 1);
}

static void readiness(void) {
  struct pollfd f[2];
  SECTION("poll");
  make(O_NONBLOCK);
  f[0] = (struct pollfd){p[0], POLLIN | POLLOUT, 0};
  f[1] = (struct pollfd){p[1], POLLIN | POLLOUT, 0};
  EQ(poll(f, 2, 0), 1);
  EQ(f[0].revents, 0);
  EQ(f[1].revents, POLLOUT);
  EQ(write(p[1], big, 65536), 65536);
  EQ(poll(f, 2, 0), 1);
  EQ(f[0].revents, POLLIN);
  EQ(f[1].revents, 0);
  close(p[1]);
  EQ(poll(f, 1, 0), 1);
  EQ(f[0].revents, POLLIN | POLLHUP);
  EQ(read(p[0], big, sizeof big), 65536);
  EQ(poll(f, 1, 0), 1);
  EQ(f[0].revents, POLLHUP);
  close(p[0]);
  make(0);
  close(p[0]);
  f[1].fd = p[1];
  EQ(poll(f + 1, 1, 0), 1);
  EQ(f[1].revents, POLLOUT | POLLERR);
  close(p[1]);
}

static void packets(void) {
  SECTION("O_DIRECT");
  make(O_DIRECT);
  EQ(write(p[1], "hello", 5), 5);
  EQ(write(p[1], "world!", 6), 6);
  EQ(read(p[0], big, 3), 3);
  EQ(read(p[0], big, 100), 6);
  EQ(write(p[1], big, 5000), 5000);
  EQ(read(p[0], big, sizeof big), 4096);
  EQ(read(p[0], big, sizeof big), 904);
  unmake();
}

static void vectors(void) {
  SECTION("vectors");
  char a[3], b[10];
  struct iovec out[2] = {{"foo", 3}, {"barbaz", 6}}, in[2] = {{a, 3}, {b, 10}};
  make(0);
  EQ(writev(p[1], out, 2), 9);
  EQ(readv(p[0], in, 2), 9);
  EQ(memcmp(a, "foo", 3), 0);
  EQ(memcmp(b, "barbaz", 6), 0);
  unmake();
}

static void *drain(void *arg) {
  long total = 0;
  static char buffer[7777];
  await_blocked(getpid(), (long)arg);
  for (;;) {
    int n = read(p[0], buffer, sizeof buffer);
    if (n <= 0) break;
    total += n;
  }
  return (void *)total;
}

static void blocking_write(void) {
  pthread_t thread;
  void *total;
  SECTION("a write that waits writes everything");
  make(0);
  MUST(pthread_create(&thread, NULL, drain, (void *)(long)gettid()));
  EQ(write(p[1], big, sizeof big), sizeof big);
  close(p[1]);
  pthread_join(thread, &total);
  EQ(total, sizeof big);
  close(p[0]);
}

static void caught(int signo) {}

static void *interrupt_main(void *arg) {
  await_blocked(getpid(), (long)arg);
  syscall(SYS_tgkill, getpid(), (long)arg, SIGUSR1);
  return NULL;
}

static void *write_later(void *arg) {
  await_blocked(getpid(), (long)arg);
  syscall(SYS_tgkill, getpid(), (long)arg, SIGUSR1);
  await_blocked(getpid(), (long)arg);
  write(p[1], "ok", 2);
  return NULL;
}

static void interruption(void) {
  pthread_t thread;
  struct sigaction action = {.sa_handler = caught};
  SECTION("signals");
  make(0);
  MUST(sigaction(SIGUSR1, &action, NULL));
  MUST(pthread_create(&thread, NULL, interrupt_main, (void *)(long)gettid()));
  ERR(read(p[0], big, 1), EINTR);
  pthread_join(thread, NULL);
  MUST(pthread_create(&thread, NULL, interrupt_main, (void *)(long)gettid()));
  EQ(write(p[1], big, 70000), 65536);
  pthread_join(thread, NULL);
  EQ(read(p[0], big, sizeof big), 65536);
  action.sa_flags = SA_RESTART;
  MUST(sigaction(SIGUSR1, &action, NULL));
  MUST(pthread_create(&thread, NULL, write_later, (void *)(long)gettid()));
  EQ(read(p[0], big, 10), 2);
  pthread_join(thread, NULL);
  unmake();
}

static void opens_for_writing(void) {
  int fd = MUST(open("fifo", O_WRONLY));
  MUST(write(fd, "through", 7));
}

static void fifos(void) {
  struct pollfd f;
  struct stat st;
  SECTION("fifos");
  OK(mkfifo("fifo", 0640));
  ERR(mkfifo("fifo", 0600), EEXIST);
  OK(stat("fifo", &st));
  EQ(st.st_mode, S_IFIFO | 0640);
  ERR(open("fifo", O_WRONLY | O_NONBLOCK), ENXIO);
  int reader = OK(open("fifo", O_RDONLY | O_NONBLOCK));
  EQ(read(reader, big, 1), 0);
  f = (struct pollfd){reader, POLLIN, 0};
  EQ(poll(&f, 1, 0), 0);
  int writer = OK(open("fifo", O_WRONLY | O_NONBLOCK));
  ERR(read(reader, big, 1), EAGAIN);
  EQ(write(writer, "q", 1), 1);
  close(writer);
  EQ(poll(&f, 1, 0), 1);
  EQ(f.revents, POLLIN | POLLHUP);
  EQ(read(reader, big, 5), 1);
  EQ(read(reader, big, 5), 0);
  ERR(lseek(reader, 0, SEEK_SET), ESPIPE);
  close(reader);
  int both = OK(open("fifo", O_RDWR));
  EQ(write(both, "rw", 2), 2);
  EQ(read(both, big, 5), 2);
  close(both);
  pid_t pid = MUST(fork());
  if (pid == 0) {
    opens_for_writing();
    _exit(0);
  }
  reader = OK(open("fifo", O_RDONLY));
  EQ(read(reader, big, 100), 7);
  EQ(read(reader, big, 100), 0);
  MUST(waitpid(pid, NULL, 0));
  close(reader);
  OK(unlink("fifo"));
}

static void many_processes(void) {
  int status;
  SECTION("between processes");
  make(0);
  for (int i = 0; i < 4; i++) {
    if (MUST(fork()) == 0) {
      for (int j = 0; j < 100; j++) write(p[1], big, 1000);
      _exit(0);
    }
  }
  close(p[1]);
  long total = 0;
  int n;
  while ((n = read(p[0], big, sizeof big)) > 0) total += n;
  EQ(total, 400000);
  while (wait(&status) > 0) {
  }
  close(p[0]);
}

int main(void) {
  errors();
  status();
  capacity();
  atomicity();
  ends();
  EQ(in_child(dies_of_sigpipe), SIGPIPE);
  readiness();
  packets();
  vectors();
  blocking_write();
  interruption();
  fifos();
  many_processes();
  return done();
}

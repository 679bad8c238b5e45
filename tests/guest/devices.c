/* Devices of /dev: null(4), full(4), random(4), tty(4), mknod(2). */
#include "test.h"
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>

static char buf[100000];

static int all_zero(size_t n) {
  for (size_t i = 0; i < n; i++)
    if (buf[i] != 0) return 0;
  return 1;
}

static void null_device(void) {
  struct stat st;
  SECTION("/dev/null");
  int fd = MUST(open("/dev/null", O_RDWR));
  OK(fstat(fd, &st));
  EQ(st.st_mode, S_IFCHR | 0666);
  TRUE(st.st_rdev == makedev(1, 3));
  EQ(read(fd, buf, 10), 0);
  EQ(write(fd, buf, sizeof buf), sizeof buf);
  EQ(write(fd, BAD, 10), 10);
  EQ(pread(fd, buf, 10, 5), 0);
  EQ(pwrite(fd, buf, 10, 5), 10);
  EQ(lseek(fd, 100, SEEK_SET), 0);
  EQ(lseek(fd, 100, SEEK_CUR), 0);
  ERR(ftruncate(fd, 0), EINVAL);
  ERR(fsync(fd), EINVAL);
  ERR(ioctl(fd, TIOCGWINSZ, buf), ENOTTY);
  ERR(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0), ENODEV);
  struct pollfd p = {fd, POLLIN | POLLOUT, 0};
  EQ(poll(&p, 1, -1), 1);
  EQ(p.revents, POLLIN | POLLOUT);
  EQ(isatty(fd), 0);
  close(fd);
  fd = MUST(open("/dev/null", O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0600));
  EQ(write(fd, "x", 1), 1);
  ERR(read(fd, buf, 1), EBADF);
  close(fd);
  ERR(mkdir("/dev/null/x", 0700), ENOTDIR);
  ERR(open("/dev/null", O_RDONLY | O_DIRECTORY), ENOTDIR);
}

static void zero_device(void) {
  SECTION("/dev/zero");
  int fd = MUST(open("/dev/zero", O_RDWR));
  memset(buf, 1, sizeof buf);
  EQ(read(fd, buf, sizeof buf), sizeof buf);
  TRUE(all_zero(sizeof buf));
  ERR(read(fd, BAD, 1), EFAULT);
  EQ(write(fd, buf, 5000), 5000);
  EQ(lseek(fd, 7, SEEK_SET), 0);
  char *p = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
  TRUE(p != MAP_FAILED);
  EQ(p[5000], 0);
  p[5000] = 7;
  EQ(p[5000], 7);
  OK(munmap(p, 8192));
  p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  TRUE(p != MAP_FAILED);
  if (fork() == 0) {
    p[0] = 42;
    _exit(0);
  }
  wait(NULL);
  EQ(p[0], 42);
  close(fd);
}

static void full_device(void) {
  SECTION("/dev/full");
  int fd = MUST(open("/dev/full", O_RDWR));
  memset(buf, 1, 100);
  EQ(read(fd, buf, 100), 100);
  TRUE(all_zero(100));
  ERR(write(fd, "x", 1), ENOSPC);
  ERR(pwrite(fd, "x", 1, 0), ENOSPC);
  EQ(lseek(fd, 7, SEEK_SET), 0);
  close(fd);
}

static void random_devices(void) {
  char other[64];
  int n;
  SECTION("/dev/urandom, /dev/random");
  int fd = MUST(open("/dev/urandom", O_RDWR));
  EQ(read(fd, buf, 64), 64);
  EQ(read(fd, other, 64), 64);
  TRUE(memcmp(buf, other, 64) != 0);
  EQ(read(fd, buf, sizeof buf), sizeof buf);
  TRUE(!all_zero(sizeof buf));
  ERR(read(fd, BAD, 8), EFAULT);
  EQ(write(fd, buf, 10000), 10000);
  ERR(write(fd, BAD, 8), EFAULT);
  OK(ioctl(fd, 0x80045200 /* RNDGETENTCNT */, &n));
  EQ(n, 256);
  close(fd);
  fd = MUST(open("/dev/random", O_RDONLY | O_NONBLOCK));
  EQ(read(fd, buf, 512), 512);
  ERR(write(fd, "x", 1), EBADF);
  close(fd);
}

static void links(void) {
  char target[100];
  SECTION("links");
  const char *names[] = {"fd", "stdin", "stdout", "stderr"};
  for (int i = 0; i < 4; i++) {
    char path[40];
    snprintf(path, sizeof path, "/dev/%s", names[i]);
    int n = readlink(path, target, sizeof target - 1);
    target[n < 0 ? 0 : n] = 0;
    say("%s -> %s", path, target);
  }
  int p[2];
  MUST(pipe(p));
  char path[40];
  snprintf(path, sizeof path, "/dev/fd/%d", p[1]);
  int w = OK(open(path, O_WRONLY));
  EQ(write(w, "through", 7), 7);
  EQ(read(p[0], buf, 100), 7);
  ERR(open("/dev/fd/77", O_RDONLY), ENOENT);
}

static void nodes(void) {
  SECTION("mknod");
  if (geteuid() != 0) {
    ERR(mknod("n", S_IFCHR | 0600, makedev(1, 3)), EPERM);
    return;
  }
  struct stat st;
  OK(mknod("n", S_IFCHR | 0600, makedev(1, 3)));
  OK(stat("n", &st));
  TRUE(st.st_rdev == makedev(1, 3));
  OK(mknod("b", S_IFBLK | 0600, makedev(77, 3)));
  OK(mknod("c", S_IFCHR | 0600, makedev(240, 3)));
  OK(unlink("n"));
  OK(unlink("b"));
  OK(unlink("c"));
}

static void no_terminal(void) { setsid(); ERR(open("/dev/tty", O_RDWR), ENXIO); }

int main(void) {
  null_device();
  zero_device();
  full_device();
  random_devices();
  nodes();
  SECTION("/dev/tty without a terminal");
  CHILD(no_terminal);
  links();
  return done();
}

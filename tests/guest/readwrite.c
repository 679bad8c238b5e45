/* read(2), write(2), pread(2), readv(2), preadv2(2), lseek(2) and the like on files. */
#include "test.h"
#include <sys/resource.h>
#include <sys/uio.h>

static char buf[300000];

static void plain(void) {
  SECTION("read and write");
  int f = MUST(open("f", O_RDWR | O_CREAT | O_TRUNC, 0644));
  EQ(read(f, buf, 10), 0);
  EQ(write(f, "0123456789", 10), 10);
  EQ(lseek(f, 0, SEEK_CUR), 10);
  EQ(read(f, buf, 10), 0);
  EQ(lseek(f, 4, SEEK_SET), 4);
  EQ(read(f, buf, 3), 3);
  EQ(memcmp(buf, "456", 3), 0);
  EQ(read(f, buf, 100), 3);
  EQ(pread(f, buf, 2, 1), 2);
  EQ(memcmp(buf, "12", 2), 0);
  EQ(lseek(f, 0, SEEK_CUR), 10);
  EQ(pwrite(f, "ab", 2, 0), 2);
  EQ(lseek(f, 0, SEEK_CUR), 10);
  EQ(pread(f, buf, 10, 10), 0);
  EQ(pread(f, buf, 10, 1000000), 0);
  ERR(pread(f, buf, 10, -1), EINVAL);
  ERR(pwrite(f, buf, 10, -1), EINVAL);
  ERR(pread(f, BAD, 10, 0), EFAULT);
  ERR(pread(f, BEYOND, 10, 0), EFAULT);
  EQ(read(f, BAD, 0), 0);
  ERR(write(f, BAD, 10), EFAULT);
  ERR(read(-1, buf, 1), EBADF);
  ERR(write(99, buf, 1), EBADF);
  ERR(write(99, buf, 0), EBADF);
  EQ(write(f, buf, 0), 0);
  close(f);
  STREQ(contents("f"), "ab23456789");
}

/* Behind the last page that is there. */
static void partly_bad(void) {
  SECTION("buffers that end");
  char *two = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  munmap(two + 4096, 4096);
  int f = MUST(open("f", O_RDWR));
  MUST(ftruncate(f, 0));
  memset(two, 'x', 4096);
  EQ(pwrite(f, two + 4090, 100, 0), 6);
  EQ(pwrite(f, two, 4096, 0), 4096);
  EQ(pread(f, two + 4086, 100, 0), 10);
  struct iovec v[2] = {{two, 10}, {BAD, 10}};
  EQ(preadv(f, v, 2, 0), 10);
  EQ(pwritev(f, v, 2, 0), 10);
  v[0].iov_base = BAD;
  ERR(preadv(f, v, 2, 0), EFAULT);
  close(f);
  munmap(two, 4096);
}

static void vectors(void) {
  SECTION("vectors");
  int f = MUST(open("f", O_RDWR | O_TRUNC));
  char a[4], b[4];
  struct iovec v[3] = {{"abcd", 4}, {"", 0}, {"efgh", 4}};
  EQ(writev(f, v, 3), 8);
  EQ(writev(f, v, 0), 0);
  ERR(writev(f, v, -1), EINVAL);
  ERR(writev(f, v, 1025), EINVAL);
  ERR(writev(f, BAD, 1), EFAULT);
  v[0].iov_len = -1;
  ERR(writev(f, v, 1), EINVAL);
  lseek(f, 1, SEEK_SET);
  struct iovec r[2] = {{a, 4}, {b, 4}};
  EQ(readv(f, r, 2), 7);
  EQ(memcmp(a, "bcde", 4), 0);
  EQ(memcmp(b, "fgh", 3), 0);
  EQ(preadv(f, r, 2, 6), 2);
  ERR(preadv(f, r, 2, -2), EINVAL);
  lseek(f, 2, SEEK_SET);
  EQ(preadv2(f, r, 1, -1, 0), 4);
  EQ(lseek(f, 0, SEEK_CUR), 6);
  ERR(preadv2(f, r, 1, 0, 0x10000), EOPNOTSUPP);
  v[0].iov_len = 4;
  EQ(pwritev2(f, v, 1, 0, RWF_APPEND), 4);
  EQ(lseek(f, 0, SEEK_END), 12);
  EQ(lseek(f, 0, SEEK_SET), 0);
  EQ(pwritev2(f, v, 1, -1, RWF_APPEND), 4);
  EQ(lseek(f, 0, SEEK_CUR), 16);
  close(f);
}

static void appending(void) {
  SECTION("O_APPEND");
  put_file("f", "one", 3, 0644);
  int f = MUST(open("f", O_RDWR | O_APPEND));
  EQ(lseek(f, 0, SEEK_CUR), 0);
  EQ(write(f, "two", 3), 3);
  EQ(lseek(f, 0, SEEK_CUR), 6);
  EQ(pwrite(f, "six", 3, 0), 3);
  EQ(lseek(f, 0, SEEK_CUR), 6);
  STREQ(contents("f"), "onetwosix");
  OK(fcntl(f, F_SETFL, 0));
  EQ(pwrite(f, "ONE", 3, 0), 3);
  STREQ(contents("f"), "ONEtwosix");
  close(f);
}

static void seeking(void) {
  SECTION("lseek");
  int f = MUST(open("f", O_RDWR | O_TRUNC));
  EQ(write(f, "12345", 5), 5);
  EQ(lseek(f, -2, SEEK_CUR), 3);
  EQ(lseek(f, -2, SEEK_END), 3);
  EQ(lseek(f, 10, SEEK_END), 15);
  ERR(lseek(f, -1, SEEK_SET), EINVAL);
  ERR(lseek(f, -20, SEEK_END), EINVAL);
  ERR(lseek(f, 0, 99), EINVAL);
  EQ(lseek(f, 0, SEEK_CUR), 15);
  EQ(write(f, "x", 1), 1);
  EQ(pread(f, buf, 20, 0), 16);
  EQ(buf[5], 0);
  EQ(buf[14], 0);
  EQ(buf[15], 'x');
  EQ(lseek(f, 2, SEEK_DATA), 2);
  EQ(lseek(f, 2, SEEK_HOLE), 16);
  ERR(lseek(f, 16, SEEK_DATA), ENXIO);
  ERR(lseek(f, 17, SEEK_HOLE), ENXIO);
  ERR(lseek(f, -1, SEEK_DATA), ENXIO);
  OK(ftruncate(f, 0));
  OK(ftruncate(f, 1 << 20));
  EQ(pwrite(f, "data", 4, 524288), 4);
  EQ(lseek(f, 0, SEEK_DATA), 524288);
  EQ(lseek(f, 0, SEEK_HOLE), 0);
  EQ(lseek(f, 524288, SEEK_HOLE), 528384);
  ERR(lseek(f, 528384, SEEK_DATA), ENXIO);
  EQ(lseek(f, 1L << 40, SEEK_SET), 1L << 40);
  EQ(read(f, buf, 1), 0);
  close(f);
}

static void big(void) {
  SECTION("big");
  int f = MUST(open("big", O_RDWR | O_CREAT, 0644));
  for (unsigned i = 0; i < sizeof buf; i++) buf[i] = i * 7 + i / 256;
  EQ(write(f, buf, sizeof buf), sizeof buf);
  EQ(write(f, buf, sizeof buf), sizeof buf);
  char *copy = malloc(sizeof buf);
  EQ(pread(f, copy, sizeof buf, 0), sizeof buf);
  EQ(memcmp(buf, copy, sizeof buf), 0);
  EQ(pread(f, copy, sizeof buf, 100000), sizeof buf);
  EQ(memcmp(buf + 100000, copy, sizeof buf - 100000), 0);
  EQ(memcmp(buf, copy + sizeof buf - 100000, 100000), 0);
  struct stat st;
  OK(fstat(f, &st));
  EQ(st.st_size, 2 * sizeof buf);
  EQ(st.st_blocks * 512 >= 2 * (long)sizeof buf, 1);
  OK(ftruncate(f, 70001));
  OK(ftruncate(f, 80000));
  EQ(pread(f, copy, 20000, 70000), 10000);
  EQ(copy[0], buf[70000]);
  EQ(copy[1], 0);
  EQ(copy[9999], 0);
  free(copy);
  close(f);
  OK(unlink("big"));
}

static int got_signal;
static void count_signal(int signo) { got_signal = signo; }

static void limits(void) {
  SECTION("RLIMIT_FSIZE");
  signal(SIGXFSZ, count_signal);
  int f = MUST(open("f", O_RDWR | O_TRUNC));
  struct rlimit limit = {10, RLIM_INFINITY};
  OK(setrlimit(RLIMIT_FSIZE, &limit));
  EQ(write(f, buf, 6), 6);
  EQ(write(f, buf, 6), 4);
  EQ(got_signal, 0);
  ERR(write(f, buf, 1), EFBIG);
  EQ(got_signal, SIGXFSZ);
  got_signal = 0;
  ERR(ftruncate(f, 11), EFBIG);
  EQ(got_signal, SIGXFSZ);
  OK(ftruncate(f, 10));
  EQ(pwrite(f, buf, 20, 5), 5);
  limit.rlim_cur = RLIM_INFINITY;
  OK(setrlimit(RLIMIT_FSIZE, &limit));
  close(f);
}

static void shared_offset(void) {
  SECTION("one offset");
  put_file("f", "0123456789", 10, 0644);
  int f = MUST(open("f", O_RDONLY));
  int g = MUST(dup(f)), h = MUST(open("f", O_RDONLY));
  EQ(read(f, buf, 3), 3);
  EQ(lseek(g, 0, SEEK_CUR), 3);
  EQ(lseek(h, 0, SEEK_CUR), 0);
  if (fork() == 0) {
    lseek(g, 7, SEEK_SET);
    _exit(0);
  }
  wait(NULL);
  EQ(lseek(f, 0, SEEK_CUR), 7);
  close(f);
  close(g);
  close(h);
}

static void times(void) {
  SECTION("times");
  struct stat a, b;
  struct timespec old[2] = {{1000, 5}, {2000, 6}};
  put_file("f", "x", 1, 0644);
  OK(utimensat(AT_FDCWD, "f", old, 0));
  OK(stat("f", &a));
  EQ(a.st_atim.tv_sec, 1000);
  EQ(a.st_atim.tv_nsec, 5);
  EQ(a.st_mtim.tv_sec, 2000);
  EQ(a.st_mtim.tv_nsec, 6);
  int f = MUST(open("f", O_RDWR));
  EQ(write(f, "y", 1), 1);
  OK(fstat(f, &b));
  EQ(b.st_mtim.tv_sec > 2000, 1);
  EQ(b.st_ctim.tv_sec == b.st_mtim.tv_sec, 1);
  EQ(b.st_atim.tv_sec, 1000);
  OK(futimens(f, old));
  OK(ftruncate(f, 1));
  OK(fstat(f, &b));
  EQ(b.st_mtim.tv_sec > 2000, 1);
  close(f);
}

static void unlinked(void) {
  SECTION("unlinked");
  struct stat st;
  int f = MUST(open("gone", O_RDWR | O_CREAT, 0644));
  OK(unlink("gone"));
  EQ(write(f, "abc", 3), 3);
  EQ(pread(f, buf, 10, 0), 3);
  OK(fstat(f, &st));
  EQ(st.st_nlink, 0);
  EQ(st.st_size, 3);
  OK(fchmod(f, 0600));
  OK(ftruncate(f, 100000));
  EQ(pread(f, buf, 10, 99995), 5);
  close(f);
}

int main(void) {
  put_file("f", "", 0, 0644);
  plain();
  partly_bad();
  vectors();
  appending();
  seeking();
  big();
  limits();
  shared_offset();
  times();
  unlinked();
  return done();
}

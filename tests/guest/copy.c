/* sendfile(2), splice(2), tee(2), vmsplice(2), copy_file_range(2). */
#include "test.h"
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>

static char buf[300000];
static int f, g, p[2], q[2];

static void setup(void) {
  for (unsigned i = 0; i < sizeof buf; i++) buf[i] = 'a' + i % 23;
  put_file("f", buf, sizeof buf, 0644);
  f = MUST(open("f", O_RDONLY));
  g = MUST(open("g", O_RDWR | O_CREAT, 0644));
  MUST(pipe(p));
  MUST(pipe(q));
}

static void sending(void) {
  SECTION("sendfile");
  off_t at = 5;
  EQ(sendfile(g, f, &at, 10), 10);
  EQ(at, 15);
  EQ(lseek(f, 0, SEEK_CUR), 0);
  EQ(lseek(g, 0, SEEK_CUR), 10);
  EQ(sendfile(g, f, NULL, 200000), 200000);
  EQ(lseek(f, 0, SEEK_CUR), 200000);
  EQ(sendfile(g, f, NULL, 200000), 100000);
  EQ(sendfile(g, f, NULL, 200000), 0);
  EQ(sendfile(g, f, NULL, 0), 0);
  char *copy = malloc(sizeof buf);
  EQ(pread(g, copy, sizeof buf, 10), sizeof buf);
  EQ(memcmp(copy, buf, sizeof buf), 0);
  free(copy);
  at = -1;
  ERR(sendfile(g, f, &at, 10), EINVAL);
  ERR(sendfile(g, f, BAD, 10), EFAULT);
  ERR(sendfile(99, f, NULL, 10), EBADF);
  ERR(sendfile(g, 99, NULL, 10), EBADF);
  ERR(sendfile(f, g, NULL, 10), EBADF);
  int a = MUST(open("g", O_WRONLY | O_APPEND));
  ERR(sendfile(a, f, NULL, 10), EINVAL);
  close(a);
  at = 0;
  MUST(fcntl(p[1], F_SETFL, O_NONBLOCK));
  EQ(sendfile(p[1], f, &at, sizeof buf), 65536);
  ERR(sendfile(p[1], f, &at, sizeof buf), EAGAIN);
  MUST(fcntl(p[1], F_SETFL, 0));
  pid_t pid = MUST(fork());
  if (pid == 0) {
    close(p[1]);
    long n, all = 0;
    while ((n = read(p[0], buf, 50000)) > 0) all += n;
    _exit(all == (long)sizeof buf + 65536 ? 0 : 1);
  }
  at = 0;
  long sent = 0, n;
  do sent += n = sendfile(p[1], f, &at, sizeof buf);
  while (n > 0);
  EQ(sent, sizeof buf);
  EQ(at, sizeof buf);
  close(p[1]);
  close(p[0]);
  int status;
  waitpid(pid, &status, 0);
  EQ(status, 0);
  MUST(pipe(p));
}

static void splicing(void) {
  SECTION("splice");
  loff_t at = 3;
  lseek(f, 0, SEEK_SET);
  EQ(splice(f, &at, p[1], NULL, 10, 0), 10);
  EQ(at, 13);
  EQ(splice(f, NULL, p[1], NULL, 5, 0), 5);
  EQ(lseek(f, 0, SEEK_CUR), 5);
  EQ(read(p[0], buf, 100), 15);
  EQ(memcmp(buf, "defghijklmabcde", 15), 0);
  EQ(write(p[1], "hello world", 11), 11);
  at = 100;
  EQ(splice(p[0], NULL, g, &at, 5, 0), 5);
  EQ(at, 105);
  EQ(pread(g, buf, 5, 100), 5);
  EQ(memcmp(buf, "hello", 5), 0);
  EQ(splice(p[0], NULL, q[1], NULL, 100, 0), 6);
  EQ(read(q[0], buf, 100), 6);
  ERR(splice(p[0], NULL, q[1], NULL, 100, SPLICE_F_NONBLOCK), EAGAIN);
  EQ(splice(p[0], NULL, q[1], NULL, 0, 0), 0);
  ERR(splice(f, NULL, g, NULL, 10, 0), EINVAL);
  ERR(splice(p[0], NULL, p[1], NULL, 10, 0), EINVAL);
  ERR(splice(p[0], &at, g, NULL, 10, 0), ESPIPE);
  ERR(splice(f, NULL, p[1], &at, 10, 0), ESPIPE);
  ERR(splice(f, NULL, p[1], NULL, 10, 0x100), EINVAL);
  ERR(splice(99, NULL, p[1], NULL, 10, 0), EBADF);
  ERR(splice(f, NULL, p[0], NULL, 10, 0), EBADF);
  int s[2];
  MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
  EQ(write(p[1], "to socket", 9), 9);
  EQ(splice(p[0], NULL, s[0], NULL, 100, 0), 9);
  EQ(splice(s[1], NULL, p[1], NULL, 100, 0), 9);
  EQ(read(p[0], buf, 100), 9);
  EQ(memcmp(buf, "to socket", 9), 0);
  close(s[0]);
  close(s[1]);
  SECTION("tee");
  EQ(write(p[1], "twice", 5), 5);
  EQ(tee(p[0], q[1], 3, 0), 3);
  EQ(read(p[0], buf, 100), 5);
  EQ(read(q[0], buf, 100), 3);
  EQ(memcmp(buf, "twi", 3), 0);
  ERR(tee(p[0], q[1], 10, SPLICE_F_NONBLOCK), EAGAIN);
  ERR(tee(f, q[1], 10, 0), EINVAL);
  ERR(tee(p[0], p[1], 10, 0), EINVAL);
  SECTION("vmsplice");
  struct iovec v[2] = {{"ab", 2}, {"cde", 3}};
  EQ(vmsplice(p[1], v, 2, 0), 5);
  struct iovec r = {buf, 100};
  EQ(vmsplice(p[0], &r, 1, 0), 5);
  EQ(memcmp(buf, "abcde", 5), 0);
  ERR(vmsplice(f, v, 1, 0), EBADF);
  ERR(vmsplice(p[1], v, 1, 0x100), EINVAL);
}

static void ranges(void) {
  SECTION("copy_file_range");
  off_t a = 10, b = 1000;
  struct stat st;
  EQ(copy_file_range(f, &a, g, &b, 50, 0), 50);
  EQ(a, 60);
  EQ(b, 1050);
  EQ(pread(g, buf, 3, 1000), 3);
  EQ(memcmp(buf, "klm", 3), 0);
  a = 299990;
  EQ(copy_file_range(f, &a, g, &b, 50, 0), 10);
  EQ(copy_file_range(f, &a, g, &b, 50, 0), 0);
  MUST(ftruncate(g, 0));
  lseek(f, 0, SEEK_SET);
  lseek(g, 0, SEEK_SET);
  EQ(copy_file_range(f, NULL, g, NULL, 1 << 20, 0), 300000);
  EQ(fstat(g, &st), 0);
  EQ(st.st_size, 300000);
  a = 0, b = 10;
  ERR(copy_file_range(g, &a, g, &b, 20, 0), EINVAL);
  EQ(copy_file_range(g, &a, g, &b, 10, 0), 10);
  ERR(copy_file_range(f, &a, g, &b, 20, 1), EINVAL);
  ERR(copy_file_range(f, &a, f, &b, 20, 0), EBADF);
  ERR(copy_file_range(99, &a, g, &b, 20, 0), EBADF);
  ERR(copy_file_range(p[0], NULL, g, &b, 20, 0), EINVAL);
  int d = MUST(open(".", O_RDONLY));
  ERR(copy_file_range(d, NULL, g, &b, 20, 0), EISDIR);
  close(d);
  int w = MUST(open("g", O_WRONLY | O_APPEND));
  ERR(copy_file_range(f, NULL, w, NULL, 20, 0), EBADF);
  close(w);
}

int main(void) {
  signal(SIGPIPE, SIG_IGN);
  setup();
  sending();
  splicing();
  ranges();
  return done();
}

/* madvise, mlock and friends, process_vm_readv and process_vm_writev. */
#include "test.h"
#include <sys/resource.h>
#include <sys/uio.h>

#define PAGE 4096L
#define RW (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

static char *map(long pages, int prot) {
  return (char *)MUST(mmap(NULL, pages * PAGE, prot, ANON, -1, 0));
}

static char *p;

static void child_forgets(void) {
  p[0] = 2;
  OK(madvise(p, 4 * PAGE, MADV_DONTNEED));
  EQ(p[0], 0);
  EQ(p[PAGE], 0);
}

static void child_wiped(void) {
  EQ(p[0], 0);
  EQ(p[2 * PAGE], 5);
}

static void child_without(void) {
  unsigned char vec[4];
  ERR(mincore(p, PAGE, vec), ENOMEM);
  EQ(p[2 * PAGE], 5);
}

static void advice(void) {
  SECTION("madvise errors");
  p = map(8, RW);
  ERR(madvise(p + 1, PAGE, MADV_DONTNEED), EINVAL);
  ERR(madvise(p, PAGE, 77), EINVAL);
  ERR(madvise(p, PAGE, 6), EINVAL);
  ERR(madvise(p, -PAGE, MADV_DONTNEED), EINVAL);
  ERR(madvise(p, PAGE, MADV_REMOVE), EINVAL);
  OK(madvise(p, 0, MADV_DONTNEED));
  MUST(munmap(p + 3 * PAGE, PAGE));
  memset(p, 1, 3 * PAGE);
  memset(p + 4 * PAGE, 1, PAGE);
  ERR(madvise(p, 5 * PAGE, MADV_DONTNEED), ENOMEM);
  EQ(p[0], 0);
  EQ(p[4 * PAGE], 0);
  SECTION("MADV_DONTNEED");
  p = map(100, RW);
  memset(p, 1, 100 * PAGE);
  OK(madvise(p + PAGE, 98 * PAGE, MADV_DONTNEED));
  EQ(p[0], 1);
  EQ(p[PAGE], 0);
  EQ(p[98 * PAGE], 0);
  EQ(p[99 * PAGE], 1);
  CHILD(child_forgets);
  EQ(p[0], 1);
  int fd = MUST(open("data", O_RDWR | O_CREAT, 0644));
  MUST(pwrite(fd, "file", 4, 0));
  char *f = (char *)MUST(mmap(NULL, PAGE, RW, MAP_PRIVATE, fd, 0));
  f[0] = 'X';
  OK(madvise(f, PAGE, MADV_DONTNEED));
  EQ(f[0], 'f');
  char *s = (char *)MUST(mmap(NULL, PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  s[0] = 4;
  OK(madvise(s, PAGE, MADV_DONTNEED));
  EQ(s[0], 4);
  ERR(madvise(s, PAGE, MADV_FREE), EINVAL);
  OK(madvise(s, PAGE, MADV_REMOVE));
  EQ(s[0], 0);
  SECTION("MADV_WIPEONFORK, MADV_DONTFORK");
  p = map(4, RW);
  p[0] = p[2 * PAGE] = 5;
  OK(madvise(p, 2 * PAGE, MADV_WIPEONFORK));
  CHILD(child_wiped);
  EQ(p[0], 5);
  ERR(madvise(f, PAGE, MADV_WIPEONFORK), EINVAL);
  OK(madvise(p, 2 * PAGE, MADV_KEEPONFORK));
  OK(madvise(p, 2 * PAGE, MADV_DONTFORK));
  CHILD(child_without);
  SECTION("MADV_POPULATE");
  char *q = map(4, PROT_READ);
  OK(madvise(q, 4 * PAGE, MADV_POPULATE_READ));
  ERR(madvise(q, 4 * PAGE, MADV_POPULATE_WRITE), EINVAL);
  OK(madvise(p, 4 * PAGE, MADV_POPULATE_WRITE));
  EQ(p[0], 5);
}

static void locks(void) {
  SECTION("mlock");
  struct rlimit limit = {16 * PAGE, 16 * PAGE};
  MUST(setrlimit(RLIMIT_MEMLOCK, &limit));
  if (getuid() == 0) MUST(setuid(65534));
  char *l = map(32, RW);
  OK(mlock(l + 100, PAGE));
  ERR(mlock(l, 20 * PAGE), ENOMEM);
  OK(mlock(l, 8 * PAGE));
  OK(mlock(l, 16 * PAGE));
  ERR(mlock(l + 16 * PAGE, PAGE), ENOMEM);
  ERR(mmap(NULL, PAGE, RW, ANON | MAP_LOCKED, -1, 0), EAGAIN);
  ERR(madvise(l, PAGE, MADV_DONTNEED), EINVAL);
  OK(munlock(l, 16 * PAGE));
  OK(mlock(l + 16 * PAGE, 16 * PAGE));
  ERR(mlock2(l, PAGE, 8), EINVAL);
  OK(munlockall());
  MUST(munmap(l + PAGE, PAGE));
  ERR(mlock(l, 3 * PAGE), ENOMEM);
  ERR(munlock(l, 3 * PAGE), ENOMEM);
  ERR(mlockall(0), EINVAL);
  ERR(mlockall(64), EINVAL);
  ERR(mlockall(MCL_ONFAULT), EINVAL);
  ERR(mlockall(MCL_CURRENT), ENOMEM);
  limit.rlim_cur = 0;
  MUST(setrlimit(RLIMIT_MEMLOCK, &limit));
  ERR(mlock(l, PAGE), EPERM);
  ERR(mlockall(MCL_FUTURE), EPERM);
}

static void other_process(void) {
  SECTION("process_vm_readv, process_vm_writev");
  char *q = map(4, RW);
  strcpy(q, "hello");
  char *to = map(2, RW);
  int ends[2], ready[2];
  char c;
  MUST(pipe(ends));
  MUST(pipe(ready));
  pid_t pid = MUST(fork());
  if (pid == 0) {
    strcpy(q, "child");
    close(ends[1]);
    if (write(ready[1], "r", 1) != 1) _exit(2);
    _exit(read(ends[0], &c, 1) == 0 && strcmp(q + PAGE, "there") == 0 ? 0 : 1);
  }
  struct iovec local = {to, 6}, remote = {q, 6};
  close(ends[0]);
  EQ(read(ready[0], &c, 1), 1);
  EQ(process_vm_readv(pid, &local, 1, &remote, 1, 0), 6);
  STREQ(to, "child");
  struct iovec two[2] = {{q, 2}, {q + 2, 4}};
  EQ(process_vm_readv(pid, &local, 1, two, 2, 0), 6);
  struct iovec source = {"there", 6}, target = {q + PAGE, 6};
  EQ(process_vm_writev(pid, &source, 1, &target, 1, 0), 6);
  struct iovec partly[2] = {{q, 3}, {BAD, 3}};
  EQ(process_vm_readv(pid, &local, 1, partly, 2, 0), 3);
  struct iovec bad = {BAD, 3};
  ERR(process_vm_readv(pid, &local, 1, &bad, 1, 0), EFAULT);
  ERR(process_vm_readv(pid, &local, 1, &remote, 1, 1), EINVAL);
  ERR(process_vm_readv(pid, &local, 2000, &remote, 1, 0), EINVAL);
  ERR(process_vm_readv(0x7ffffffe, &local, 1, &remote, 1, 0), ESRCH);
  EQ(process_vm_readv(pid, &local, 0, &remote, 1, 0), 0);
  close(ends[1]);
  int status;
  MUST(waitpid(pid, &status, 0));
  EQ(status, 0);
}

int main(void) {
  advice();
  other_process();
  locks();
  return done();
}

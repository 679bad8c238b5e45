/* Mappings: mmap, munmap, mprotect, brk, mremap, msync, mincore and faults. */
#include "test.h"
#include <setjmp.h>
#include <sys/resource.h>

#define PAGE 4096L
#define RW (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

static sigjmp_buf back;
static volatile int signal_, code_;
static void *volatile address_;

static void on_fault(int signo, siginfo_t *info, void *context) {
  (void)context;
  signal_ = signo;
  code_ = info->si_code;
  address_ = info->si_addr;
  siglongjmp(back, 1);
}

static void catch_faults(void) {
  struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
  MUST(sigaction(SIGSEGV, &action, NULL));
  MUST(sigaction(SIGBUS, &action, NULL));
}

/* Signal of a read (or write) of a byte, 0 if it works. */
static int touch(void *p, int write) {
  signal_ = code_ = 0;
  if (sigsetjmp(back, 1) == 0) {
    if (write)
      *(volatile char *)p = 1;
    else
      (void)*(volatile char *)p;
  } else if (address_ != p) {
    say("FAULT at another address");
  }
  return signal_;
}

static char *map(long pages, int prot) {
  return (char *)MUST(mmap(NULL, pages * PAGE, prot, ANON, -1, 0));
}

static void errors(void) {
  SECTION("mmap errors");
  char *p = map(4, RW);
  ERR(mmap(NULL, 0, RW, ANON, -1, 0), EINVAL);
  ERR(mmap(NULL, PAGE, RW, MAP_ANONYMOUS, -1, 0), EINVAL);
  ERR(mmap(NULL, PAGE, RW, ANON, -1, 1), EINVAL);
  ERR(mmap(NULL, PAGE, RW, MAP_PRIVATE, -1, 0), EBADF);
  ERR(mmap(NULL, PAGE, RW, MAP_PRIVATE, 99, 0), EBADF);
  ERR(mmap(p + 1, PAGE, RW, ANON | MAP_FIXED, -1, 0), EINVAL);
  ERR(mmap(p, PAGE, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0), EEXIST);
  ERR(mmap(BEYOND, PAGE, RW, ANON | MAP_FIXED, -1, 0), ENOMEM);
  ERR(mmap(NULL, 1L << 48, RW, ANON, -1, 0), ENOMEM);
  ERR(mmap(NULL, -PAGE, RW, ANON, -1, 0), ENOMEM);
  ERR(mmap(NULL, -1L, RW, ANON, -1, 0), ENOMEM);
  int dir = MUST(open(".", O_RDONLY));
  ERR(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, dir, 0), ENODEV);
  int ends[2];
  MUST(pipe(ends));
  ERR(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, ends[0], 0), ENODEV);
  SECTION("munmap errors");
  ERR(munmap(p, 0), EINVAL);
  ERR(munmap(p + 1, PAGE), EINVAL);
  ERR(munmap(BEYOND, PAGE), EINVAL);
  OK(munmap(p, 1));
  OK(munmap(p, PAGE));
  EQ(touch(p, 0), SIGSEGV);
  EQ(code_, SEGV_MAPERR);
  EQ(touch(p + PAGE, 1), 0);
  SECTION("mprotect errors");
  ERR(mprotect(p + 1, PAGE, RW), EINVAL);
  ERR(mprotect(p, PAGE, RW), ENOMEM);
  ERR(mprotect(p + PAGE, 4 * PAGE, PROT_READ | 0x40), EINVAL);
  ERR(mprotect(p + PAGE, PAGE, RW | PROT_GROWSDOWN), EINVAL);
  ERR(mprotect(p + PAGE, PAGE, RW | PROT_GROWSUP | PROT_GROWSDOWN), EINVAL);
  OK(mprotect(BAD - 16, 0, RW));
}

static void rights(void) {
  SECTION("rights");
  char *p = map(8, PROT_NONE);
  EQ(touch(p, 0), SIGSEGV);
  EQ(code_, SEGV_ACCERR);
  OK(mprotect(p + PAGE, 2 * PAGE, RW));
  EQ(touch(p + PAGE, 1), 0);
  EQ(touch(p + 3 * PAGE, 0), SIGSEGV);
  p[2 * PAGE] = 42;
  OK(mprotect(p + PAGE, 2 * PAGE, PROT_READ));
  EQ(p[2 * PAGE], 42);
  EQ(touch(p + 2 * PAGE, 1), SIGSEGV);
  EQ(code_, SEGV_ACCERR);
  OK(mprotect(p + PAGE, 2 * PAGE, PROT_NONE));
  EQ(touch(p + 2 * PAGE, 0), SIGSEGV);
  OK(mprotect(p, 8 * PAGE, RW));
  EQ(p[2 * PAGE], 42);
  EQ(touch(p + 7 * PAGE, 1), 0);
  SECTION("calls see rights");
  OK(mprotect(p, PAGE, PROT_READ));
  OK(mprotect(p + PAGE, PAGE, PROT_NONE));
  int ends[2];
  MUST(pipe(ends));
  ERR(write(ends[1], p + PAGE, 1), EFAULT);
  EQ(write(ends[1], p, 1), 1);
  ERR(read(ends[0], p, 1), EFAULT);
  ERR(syscall(SYS_getcwd, p + PAGE, PAGE), EFAULT);
  ERR(open(p + PAGE, O_RDONLY), EFAULT);
  memset(p + 2 * PAGE, 'a', PAGE);
  OK(munmap(p + 3 * PAGE, PAGE));
  ERR(open(p + 2 * PAGE + 4000, O_RDONLY), EFAULT);
}

static void execution(void) {
  SECTION("execution");
  unsigned char *p = (unsigned char *)map(1, RW);
  memcpy(p, "\xb8\x2a\x00\x00\x00\xc3", 6); /* mov $42, %eax; ret */
  int (*function)(void) = (int (*)(void))p;
  signal_ = 0;
  if (sigsetjmp(back, 1) == 0) function();
  EQ(signal_, SIGSEGV);
  EQ(code_, SEGV_ACCERR);
  OK(mprotect(p, PAGE, PROT_READ | PROT_EXEC));
  EQ(function(), 42);
  OK(mprotect(p, PAGE, RW | PROT_EXEC));
  p[1] = 43;
  EQ(function(), 43);
}

static void null_pages(void) {
  SECTION("low addresses");
  EQ(touch((void *)0, 0), SIGSEGV);
  EQ(code_, SEGV_MAPERR);
  EQ(touch((void *)4096, 1), SIGSEGV);
  EQ(touch((void *)0x7ffffffff000, 0), SIGSEGV);
}

static void files(void) {
  SECTION("private file map");
  char bytes[3 * PAGE + 100];
  for (unsigned i = 0; i < sizeof bytes; i++) bytes[i] = 'a' + i / PAGE;
  put_file("data", bytes, sizeof bytes, 0644);
  int fd = MUST(open("data", O_RDWR));
  char *p = (char *)MUST(mmap(NULL, 6 * PAGE, RW, MAP_PRIVATE, fd, 0));
  EQ(p[0], 'a');
  EQ(p[3 * PAGE + 99], 'd');
  EQ(p[3 * PAGE + 100], 0);
  EQ(touch(p + 4 * PAGE, 0), SIGBUS);
  EQ(code_, BUS_ADRERR);
  EQ(touch(p + 4 * PAGE, 1), SIGBUS);
  int null = MUST(open("sink", O_RDWR | O_CREAT, 0644));
  ERR(write(null, p + 4 * PAGE, 1), EFAULT);
  EQ(write(null, p + 3 * PAGE, 2 * PAGE), PAGE);
  p[0] = 'X';
  char c;
  EQ(pread(fd, &c, 1, 0), 1);
  EQ(c, 'a');
  SECTION("shared file map");
  char *s = (char *)MUST(mmap(NULL, 4 * PAGE, RW, MAP_SHARED, fd, PAGE));
  EQ(s[0], 'b');
  s[0] = 'Y';
  EQ(pread(fd, &c, 1, PAGE), 1);
  EQ(c, 'Y');
  EQ(pwrite(fd, "Z", 1, PAGE + 1), 1);
  EQ(s[1], 'Z');
  OK(msync(s, 4 * PAGE, MS_SYNC));
  OK(ftruncate(fd, PAGE));
  EQ(touch(s, 0), SIGBUS);
  OK(ftruncate(fd, 2 * PAGE));
  EQ(s[0], 0);
  SECTION("rights of the descriptor");
  int reader = MUST(open("data", O_RDONLY));
  int writer = MUST(open("data", O_WRONLY));
  ERR(mmap(NULL, PAGE, RW, MAP_SHARED, reader, 0), EACCES);
  ERR(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, writer, 0), EACCES);
  ERR(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, writer, 0), EACCES);
  OK(munmap(p, 6 * PAGE));
  p = (char *)MUST(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, reader, 0));
  ERR(mprotect(p, PAGE, RW), EACCES);
  p = (char *)MUST(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, reader, 0));
  OK(mprotect(p, PAGE, RW));
  EQ(touch(p, 1), 0);
  ERR(mmap(NULL, PAGE, RW, MAP_SHARED_VALIDATE | MAP_SYNC, fd, 0), EOPNOTSUPP);
  ERR(mmap(NULL, PAGE, RW, MAP_SHARED, fd, -PAGE), EOVERFLOW);
}

static void big_file(void) {
  SECTION("a big private file map");
  int fd = MUST(open("big", O_RDWR | O_CREAT | O_TRUNC, 0644));
  long pages = 512;
  MUST(ftruncate(fd, pages * PAGE));
  for (long i = 0; i < pages; i++) {
    char c = i % 100;
    MUST(pwrite(fd, &c, 1, i * PAGE));
  }
  char *p = (char *)MUST(mmap(NULL, pages * PAGE, RW, MAP_PRIVATE, fd, 0));
  for (long i = 0; i < pages; i += 7) p[i * PAGE]++;
  long wrong = 0;
  for (long i = 0; i < pages; i++)
    if (p[i * PAGE] != i % 100 + (i % 7 == 0)) wrong++;
  EQ(wrong, 0);
  char c;
  EQ(pread(fd, &c, 1, 14 * PAGE), 1);
  EQ(c, 14);
}

static char *shared;
static char *private;

static void child_writes(void) {
  private[0] = 2;
  shared[0] = 2;
  for (int i = 0; i < 300; i++) private[i * PAGE] = 3;
  EQ(private[299 * PAGE], 3);
}

static void forks(void) {
  SECTION("fork");
  private = map(300, RW);
  shared = (char *)MUST(mmap(NULL, PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  private[0] = 1;
  shared[0] = 1;
  for (int round = 0; round < 5; round++) {
    private[PAGE] = round;
    CHILD(child_writes);
    EQ(private[0], 1);
    EQ(private[PAGE], round);
    EQ(shared[0], 2);
  }
  SECTION("a pipe between parent and child");
  int ends[2];
  MUST(pipe(ends));
  private[5 * PAGE] = 9;
  pid_t pid = MUST(fork());
  if (pid == 0) {
    /* The kernel writes to a page that both have. */
    if (read(ends[0], private + 5 * PAGE, 1) != 1) _exit(1);
    _exit(private[5 * PAGE] == 'k' ? 0 : 2);
  }
  EQ(write(ends[1], "k", 1), 1);
  int status;
  MUST(waitpid(pid, &status, 0));
  EQ(status, 0);
  EQ(private[5 * PAGE], 9);
}

static void heap(void) {
  SECTION("brk");
  char *end = sbrk(0);
  EQ(brk(end + 10 * PAGE), 0);
  EQ(touch(end + 10 * PAGE - 1, 1), 0);
  EQ(brk(end), 0);
  EQ(brk(end + 10 * PAGE), 0);
  EQ(end[10 * PAGE - 1], 0);
  EQ(brk(end), 0);
  struct rlimit old, limit;
  MUST(getrlimit(RLIMIT_DATA, &old));
  limit = old;
  limit.rlim_cur = 1 << 20;
  MUST(setrlimit(RLIMIT_DATA, &limit));
  ERR(brk(end + (4 << 20)), ENOMEM);
  ERR(mmap(NULL, 64 << 20, RW, ANON, -1, 0), ENOMEM);
  OK(mmap(NULL, 64 << 20, PROT_READ, ANON, -1, 0));
  MUST(setrlimit(RLIMIT_DATA, &old));
  MUST(getrlimit(RLIMIT_AS, &old));
  limit = old;
  limit.rlim_cur = 256 << 20;
  MUST(setrlimit(RLIMIT_AS, &limit));
  ERR(mmap(NULL, 256 << 20, PROT_NONE, ANON, -1, 0), ENOMEM);
  MUST(setrlimit(RLIMIT_AS, &old));
}

static void moves(void) {
  SECTION("mremap errors");
  char *p = map(8, RW);
  char *free_ = map(32, PROT_NONE);
  p[0] = 7;
  ERR(mremap(p + 1, PAGE, PAGE, 0), EINVAL);
  ERR(mremap(p, PAGE, 0, 0), EINVAL);
  ERR(mremap(p, PAGE, PAGE, 8), EINVAL);
  ERR(mremap(p, PAGE, PAGE, MREMAP_FIXED, free_), EINVAL);
  ERR(mremap(p, 2 * PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP), EINVAL);
  ERR(mremap(p, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, p + PAGE),
      EINVAL);
  ERR(mremap(p, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, free_ + 1),
      EINVAL);
  ERR(mremap((void *)(16 * PAGE), PAGE, PAGE, 0), EFAULT);
  ERR(mremap(p, 0, PAGE, MREMAP_MAYMOVE), EINVAL);
  MUST(munmap(p + 7 * PAGE, PAGE));
  MUST((long)mmap(p + 7 * PAGE, PAGE, PROT_READ, ANON | MAP_FIXED, -1, 0));
  ERR(mremap(p, 7 * PAGE, 9 * PAGE, 0), ENOMEM);
  SECTION("mremap");
  TRUE(mremap(p, 7 * PAGE, 6 * PAGE, 0) == p);
  EQ(touch(p + 6 * PAGE, 0), SIGSEGV);
  TRUE(mremap(p, 6 * PAGE, 7 * PAGE, 0) == p);
  EQ(p[6 * PAGE], 0);
  char *q = mremap(p, 7 * PAGE, 20 * PAGE, MREMAP_MAYMOVE);
  TRUE(q != MAP_FAILED && q != p);
  EQ(q[0], 7);
  EQ(touch(q + 20 * PAGE - 1, 1), 0);
  EQ(touch(p, 0), SIGSEGV);
  TRUE(mremap(q, 20 * PAGE, 20 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, free_) ==
       free_);
  EQ(free_[0], 7);
  q = mremap(free_, 20 * PAGE, 20 * PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP);
  EQ(q[0], 7);
  EQ(free_[0], 0);
  SECTION("mremap duplicates shared memory");
  char *s = (char *)MUST(mmap(NULL, 2 * PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  char *t = mremap(s, 0, 2 * PAGE, MREMAP_MAYMOVE);
  TRUE(t != MAP_FAILED && t != s);
  t[5] = 5;
  EQ(s[5], 5);
}

static void answers(void) {
  SECTION("msync");
  char *p = map(4, RW);
  MUST(munmap(p + 2 * PAGE, PAGE));
  ERR(msync(p + 1, PAGE, MS_SYNC), EINVAL);
  ERR(msync(p, PAGE, MS_SYNC | MS_ASYNC), EINVAL);
  ERR(msync(p, PAGE, 64), EINVAL);
  ERR(msync(p, 4 * PAGE, MS_SYNC), ENOMEM);
  OK(msync(p, 2 * PAGE, MS_ASYNC));
  SECTION("mincore");
  unsigned char vec[4] = {9, 9, 9, 9};
  p[0] = 1;
  ERR(mincore(p + 1, PAGE, vec), EINVAL);
  ERR(mincore(p, 4 * PAGE, vec), ENOMEM);
  ERR(mincore(p, PAGE, BAD), EFAULT);
  OK(mincore(p, PAGE, vec));
  EQ(vec[0] & 1, 1);
}

static void stack(void) {
  SECTION("the stack grows");
  volatile char small;
  volatile char *p = &small - (2 << 20);
  *p = 3;
  EQ(*p, 3);
}

static void overflow(void) {
  struct rlimit limit = {1 << 20, 1 << 20};
  MUST(setrlimit(RLIMIT_STACK, &limit));
  stack_t alternative = {.ss_sp = map(16, RW), .ss_size = 16 * PAGE};
  MUST(sigaltstack(&alternative, NULL));
  struct sigaction action = {.sa_sigaction = on_fault,
                             .sa_flags = SA_SIGINFO | SA_ONSTACK};
  MUST(sigaction(SIGSEGV, &action, NULL));
  volatile char small;
  signal_ = 0;
  if (sigsetjmp(back, 1) == 0) *(&small - (2 << 20)) = 1;
  EQ(signal_, SIGSEGV);
}

static void many(void) {
  SECTION("many mappings");
  enum { N = 2000 };
  static char *p[N];
  for (int i = 0; i < N; i++) {
    p[i] = mmap(NULL, 2 * PAGE, i % 2 ? RW : PROT_READ, ANON, -1, 0);
    if (p[i] == MAP_FAILED) break;
    if (i % 2) p[i][0] = i;
  }
  long wrong = 0;
  for (int i = 1; i < N; i += 2) wrong += p[i][0] != (char)i;
  EQ(wrong, 0);
  for (int i = 0; i < N; i += 3) munmap(p[i], 2 * PAGE);
  EQ(touch(p[300], 0), SIGSEGV);
  EQ(touch(p[301], 0), 0);
}

int main(void) {
  catch_faults();
  errors();
  rights();
  execution();
  null_pages();
  files();
  big_file();
  forks();
  heap();
  moves();
  answers();
  SECTION("stack overflow");
  CHILD(overflow);
  stack();
  many();
  return done();
}

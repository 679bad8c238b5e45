/*
 * System call sites that are rewritten once they are hot: whatever the program
 * does with them, it behaves as if they were as it wrote them.
 */
#include "test.h"
#include <pthread.h>
#include <stdint.h>
#include <ucontext.h>

/* More often than any threshold. */
#define HOT 200

/* mov $nr,%eax; syscall. The label is where the call returns to. */
#define MOV_SITE(name, nr)                                    \
  long name(long, long, long);                                \
  extern char name##_behind[], name##_call[];                 \
  asm(".text\n.p2align 4\n.globl " #name "\n" #name ":\n"     \
      "  push %rbx\n  push %rbp\n  mov %rsp,%rbp\n"           \
      "  mov %rdi,%rbx\n  mov %rbx,%rdi\n  nop\n  nop\n"      \
      "  mov $" #nr ",%eax\n" #name "_call:\n  syscall\n"     \
      #name "_behind:\n"                                      \
      "  mov %rbp,%rsp\n  pop %rbp\n  pop %rbx\n  ret\n")

/* xor %eax,%eax; syscall; cmp $-4095,%rax. */
#define CMP_SITE(name)                                          \
  long name(long, void *, long);                                \
  extern char name##_behind[], name##_call[];                   \
  asm(".text\n.p2align 4\n.globl " #name "\n" #name ":\n"       \
      "  push %rbx\n  push %rbp\n  mov %rsp,%rbp\n"             \
      "  mov %rdi,%rbx\n  mov %rbx,%rdi\n  nop\n  nop\n"        \
      "  xor %eax,%eax\n" #name "_call:\n  syscall\n"           \
      #name "_behind:\n  cmp $-4095,%rax\n  jae 1f\n"           \
      "  mov %rbp,%rsp\n  pop %rbp\n  pop %rbx\n  ret\n"        \
      "1:  neg %rax\n  add $1000,%rax\n"                        \
      "  mov %rbp,%rsp\n  pop %rbp\n  pop %rbx\n  ret\n")

MOV_SITE(site_getpid, 39);
MOV_SITE(site_race, 39);
MOV_SITE(site_nanosleep, 35);
MOV_SITE(site_fork, 57);
MOV_SITE(site_middle, 39);
MOV_SITE(site_mapped, 39);
CMP_SITE(site_read);
CMP_SITE(site_read_slow);

/* Enters site_middle at its syscall instruction, with %eax of its own. */
long enter_middle(long nr);
asm(".text\n.p2align 4\nenter_middle:\n  push %rbx\n  push %rbp\n"
    "  mov %rsp,%rbp\n  mov %rdi,%rax\n  jmp site_middle_call\n");

static void plain(void) {
  SECTION("a mov before, a comparison behind");
  long pid = getpid();
  int wrong = 0;
  for (int i = 0; i < HOT; i++) wrong += site_getpid(0, 0, 0) != pid;
  EQ(wrong, 0);
  int zero = MUST(open("/dev/zero", O_RDONLY));
  char byte = 1;
  for (int i = 0; i < HOT; i++) {
    byte = 1;
    wrong += site_read(zero, &byte, 1) != 1 || byte != 0;
  }
  EQ(wrong, 0);
  for (int i = 0; i < HOT; i++) wrong += site_read(-1, &byte, 1) != 1000 + EBADF;
  EQ(wrong, 0);
  close(zero);
}

/* What a call must keep: every register but rax, rcx, r11. */
static void registers(void) {
  SECTION("registers");
  long wrong = 0;
  for (int i = 0; i < HOT; i++) {
    register long r8 asm("r8") = 8, r9 asm("r9") = 9, r10 asm("r10") = 10;
    register long r12 asm("r12") = 12, r13 asm("r13") = 13;
    register long r14 asm("r14") = 14, r15 asm("r15") = 15;
    long rax, rdi = 1, rsi = 2, rdx = 3;
    double x = 1.5 + i;
    asm volatile("movq %[x],%%xmm7\n  mov $39,%%eax\n  syscall\n  movq %%xmm7,%[x]"
                 : "=&a"(rax), "+D"(rdi), "+S"(rsi), "+d"(rdx), "+r"(r8),
                   "+r"(r9), "+r"(r10), "+r"(r12), "+r"(r13), "+r"(r14),
                   "+r"(r15), [x] "+r"(x)
                 :
                 : "rcx", "r11", "xmm7", "memory");
    wrong += rdi != 1 || rsi != 2 || rdx != 3 || r8 != 8 || r9 != 9 ||
             r10 != 10 || r12 != 12 || r13 != 13 || r14 != 14 || r15 != 15 ||
             x != 1.5 + i || rax <= 0;
  }
  EQ(wrong, 0);
}

static void *racer(void *arg) {
  long pid = *(long *)arg, wrong = 0;
  for (int i = 0; i < 50 * HOT; i++) wrong += site_race(0, 0, 0) != pid;
  return (void *)wrong;
}

static void race(void) {
  SECTION("two threads meet a site while it is rewritten");
  long pid = getpid();
  pthread_t threads[2];
  for (int i = 0; i < 2; i++) {
    errno = pthread_create(&threads[i], NULL, racer, &pid);
    MUST(errno == 0 ? 0 : -1);
  }
  for (int i = 0; i < 2; i++) {
    void *wrong;
    pthread_join(threads[i], &wrong);
    EQ((long)wrong, 0);
  }
}

static void middle(void) {
  SECTION("a branch into the middle of a site");
  long pid = getpid(), ppid = getppid();
  int wrong = 0;
  for (int i = 0; i < HOT; i++) {
    wrong += site_middle(0, 0, 0) != pid;
    wrong += enter_middle(SYS_getppid) != ppid;
  }
  EQ(wrong, 0);
}

static volatile uintptr_t seen;
static void on_alarm(int signo, siginfo_t *info, void *context) {
  (void)signo, (void)info;
  seen = ((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP];
}

static void interrupted(void) {
  SECTION("a signal interrupts a rewritten call");
  struct sigaction action = {.sa_sigaction = on_alarm, .sa_flags = SA_SIGINFO};
  MUST(sigaction(SIGALRM, &action, NULL));
  struct timespec none = {0, 1}, much = {5, 0};
  for (int i = 0; i < HOT; i++) site_nanosleep((long)&none, 0, 0);
  ualarm(20000, 0);
  EQ(site_nanosleep((long)&much, 0, 0), -EINTR);
  TRUE(seen == (uintptr_t)site_nanosleep_behind);

  int p[2];
  char byte;
  MUST(pipe(p));
  for (int i = 0; i < HOT; i++) {
    MUST(write(p[1], "x", 1));
    site_read_slow(p[0], &byte, 1);
  }
  seen = 0;
  ualarm(20000, 0);
  EQ(site_read_slow(p[0], &byte, 1), 1000 + EINTR);
  TRUE(seen == (uintptr_t)site_read_slow_behind);

  /* With SA_RESTART the call runs again: a child writes after the signal. */
  action.sa_flags |= SA_RESTART;
  MUST(sigaction(SIGALRM, &action, NULL));
  pid_t parent = getpid(), child = MUST(fork());
  if (child == 0) {
    await_blocked(parent, parent);
    kill(parent, SIGALRM);
    usleep(1000);
    await_blocked(parent, parent);
    _exit(write(p[1], "y", 1) != 1);
  }
  seen = 0;
  EQ(site_read_slow(p[0], &byte, 1), 1);
  EQ(byte, 'y');
  TRUE(seen == (uintptr_t)site_read_slow_call);
  OK(waitpid(child, NULL, 0));
}

static void births(void) {
  SECTION("fork from a rewritten site");
  int wrong = 0;
  for (int i = 0; i < 40; i++) {
    int status = -1;
    long pid = site_fork(0, 0, 0);
    if (pid == 0) _exit(i);
    waitpid(pid, &status, 0);
    wrong += status != i << 8;
  }
  EQ(wrong, 0);
  SECTION("vfork");
  for (int i = 0; i < 40; i++) {
    int status = -1;
    pid_t pid = vfork();
    if (pid == 0) _exit(i);
    waitpid(pid, &status, 0);
    wrong += status != i << 8;
  }
  EQ(wrong, 0);
}

static const unsigned char GETPID[] = {
    0xb8, 39, 0, 0, 0, 0x0f, 0x05, 0xc3, /* mov $39,%eax; syscall; ret */
};
static const unsigned char GETPPID[] = {0xb8, 110, 0, 0, 0, 0x0f, 0x05, 0xc3};
/* mov %rdi,%rbx: something to read before the site. */
static const unsigned char LEAD_IN[] = {0x89, 0xf8};

static int run_hot(const void *code, long expected) {
  int wrong = 0;
  for (int i = 0; i < HOT; i++) wrong += ((long (*)(void))code)() != expected;
  return wrong;
}

static void jit(void) {
  SECTION("code made at run time holds calls");
  unsigned char *code =
      mmap(NULL, 8192, PROT_READ | PROT_WRITE | PROT_EXEC,
           MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  MUST(code == MAP_FAILED ? -1 : 0);
  for (int i = 0; i < 200; i += 2) memcpy(code + i, LEAD_IN, 2);
  memcpy(code + 200, GETPID, sizeof GETPID);
  EQ(run_hot(code, getpid()), 0);
  TRUE(memcmp(code + 200, GETPID, sizeof GETPID) == 0);
  memcpy(code + 200, GETPPID, sizeof GETPPID);
  EQ(run_hot(code, getppid()), 0);
  OK(mprotect(code, 8192, PROT_READ | PROT_EXEC));
  EQ(run_hot(code, getppid()), 0);
  OK(mprotect(code, 8192, PROT_READ | PROT_WRITE));
  TRUE(memcmp(code + 200, GETPPID, sizeof GETPPID) == 0);
  memcpy(code + 200, GETPID, sizeof GETPID);
  OK(mprotect(code, 8192, PROT_READ | PROT_EXEC));
  EQ(run_hot(code, getpid()), 0);
  munmap(code, 8192);
}

/* A file of code: `at` bytes of lead-in, then GETPID. */
static int code_file(const char *name, int at) {
  static unsigned char code[3 * 4096];
  for (int i = 0; i < at; i += 2) memcpy(code + i, LEAD_IN, 2);
  memcpy(code + at, GETPID, sizeof GETPID);
  put_file(name, code, sizeof code, 0755);
  return MUST(open(name, O_RDONLY));
}

static unsigned char *map_code(int fd, void *where) {
  void *p = mmap(where, 3 * 4096, PROT_READ | PROT_EXEC,
                 MAP_PRIVATE | (where != NULL ? MAP_FIXED : 0), fd, 0);
  MUST(p == MAP_FAILED ? -1 : 0);
  return p;
}

static void mappings(void) {
  SECTION("text mapped twice");
  int fd = code_file("twice", 400);
  unsigned char *a = map_code(fd, NULL), *b = map_code(fd, NULL);
  EQ(run_hot(a, getpid()), 0);
  TRUE(memcmp(b + 400, GETPID, sizeof GETPID) == 0);
  EQ(run_hot(b, getpid()), 0);
  unsigned char read_back[sizeof GETPID];
  EQ(pread(fd, read_back, sizeof read_back, 400), sizeof read_back);
  TRUE(memcmp(read_back, GETPID, sizeof GETPID) == 0);

  SECTION("other text in place of rewritten text");
  memcpy(read_back, GETPPID, sizeof GETPPID);
  int other = MUST(open("other", O_RDWR | O_CREAT, 0755));
  static unsigned char code[3 * 4096];
  for (int i = 0; i < 400; i += 2) memcpy(code + i, LEAD_IN, 2);
  memcpy(code + 400, GETPPID, sizeof GETPPID);
  EQ(write(other, code, sizeof code), sizeof code);
  map_code(other, a);
  EQ(run_hot(a, getppid()), 0);
  munmap(a, 3 * 4096);
  munmap(b, 3 * 4096);

  SECTION("rewritten text becomes writable");
  a = map_code(fd, NULL);
  EQ(run_hot(a, getpid()), 0);
  OK(mprotect(a, 3 * 4096, PROT_READ | PROT_WRITE));
  TRUE(memcmp(a + 400, GETPID, sizeof GETPID) == 0);
  memcpy(a + 400, GETPPID, sizeof GETPPID);
  OK(mprotect(a, 3 * 4096, PROT_READ | PROT_EXEC));
  EQ(run_hot(a, getppid()), 0);
  munmap(a, 3 * 4096);

  SECTION("a page boundary inside a site");
  for (int at = 4096 - 8; at < 4096; at += 2) {
    int f = code_file("boundary", at);
    unsigned char *p = map_code(f, NULL);
    EQ(run_hot(p, getpid()), 0);
    munmap(p, 3 * 4096);
    close(f);
  }
}

extern char __executable_start[], etext[];

static uint64_t checksum(void) {
  uint64_t sum = 0;
  for (char *p = __executable_start; p < etext; p++) sum = sum * 31 + *p;
  return sum;
}

static void own_text(void) {
  SECTION("a program that checksums its own text");
  uint64_t before = checksum();
  long pid = getpid();
  for (int i = 0; i < HOT; i++) site_mapped(0, 0, 0);
  EQ(site_mapped(0, 0, 0), pid);
  TRUE(checksum() == before);
}

int main(void) {
  plain();
  registers();
  race();
  middle();
  interrupted();
  births();
  jit();
  mappings();
  own_text();
  return done();
}

/*
 * A guest that knows the platform: it finds the stub in its address space and
 * jumps to its syscall instructions with registers of its own. `hostile CASE`
 * prints what came of it. Whatever happens, only this process may suffer.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

/* As rust_helpers/stub/src/layout.rs has them. */
#define STUB ((unsigned char *)0x7fff40000000)
#define SLOTS ((char *)0x7fff80000000)
#define GROUP 0x80000
#define ARENA 3
#define SOCKET 1

static sigjmp_buf back;
static volatile long result;

/* The ud2 behind the instruction brings us back, with the result in rax. */
static void on_ill(int signo, siginfo_t *info, void *context) {
  (void)signo, (void)info;
  result = ((ucontext_t *)context)->uc_mcontext.gregs[REG_RAX];
  siglongjmp(back, 1);
}

static unsigned char *gadget(void) {
  /* The last one: the first is where the stub itself traps on purpose. */
  for (unsigned char *p = STUB + 0x3000; p > STUB; p--)
    if (p[0] == 0x0f && p[1] == 0x05 && p[2] == 0x0f && p[3] == 0x0b) return p;
  puts("no gadget");
  exit(2);
}

/* A system call by the stub's own instruction. */
static long stub_call(long nr, long a, long b, long c, long d, long e, long f) {
  unsigned char *at = gadget();
  result = 0;
  if (sigsetjmp(back, 1) == 0) {
    register long r10 asm("r10") = d, r8 asm("r8") = e, r9 asm("r9") = f;
    asm volatile("jmp *%[at]"
                 :
                 : [at] "r"(at), "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10),
                   "r"(r8), "r"(r9)
                 : "rcx", "r11", "memory");
  }
  return result;
}

static long at_stub(long nr, long a, long b, long c) {
  return stub_call(nr, a, b, c, 0, 0, 0);
}

static void survive(const char *what) {
  printf("%s\n", what);
  fflush(stdout);
}

/* Calls that the filter does not let through reach the Sentry like any other. */
static void refused(void) {
  long fd = at_stub(SYS_open, (long)"/secret", O_RDONLY, 0);
  printf("open: %s\n", fd == -ENOENT ? "the guest's ENOENT" : "?");
  long pid = at_stub(SYS_getpid, 0, 0, 0);
  printf("getpid: %s\n", pid == getpid() ? "the guest's" : "?");
  printf("socket: %ld\n", at_stub(SYS_socket, 99, 1, 0) == -EAFNOSUPPORT);
  printf("kill: %ld\n", at_stub(SYS_kill, 999999, 9, 0) == -ESRCH);
  printf("ptrace: %ld\n", at_stub(SYS_ptrace, 16, 1, 0) < 0);
  printf("execve: %ld\n", at_stub(SYS_execve, (long)"/nothing", 0, 0) < 0);
  printf("prctl: %ld\n", at_stub(SYS_prctl, 22, 2, 0) < 0);
  printf("process_vm_readv: %ld\n",
         stub_call(SYS_process_vm_readv, 1, 0, 9999, 0, 9999, 0) < 0);
  printf("ftruncate: %ld\n", at_stub(SYS_ftruncate, ARENA, 0, 0) < 0);
  printf("mremap: %ld\n", stub_call(SYS_mremap, (long)STUB, 4096, 8192, 1, 0, 0) < 0);
  long p = stub_call(SYS_mmap, 0, 4096, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  *(char *)p = 1;
  printf("mmap: %s\n", p > 0 ? "the guest's" : "?");
  printf("mmap over the stub: %ld\n",
         stub_call(SYS_mmap, (long)STUB, 4096, 7, MAP_SHARED | MAP_FIXED, ARENA, 0) < 0);
  printf("munmap of the stub: %ld\n", at_stub(SYS_munmap, (long)STUB, 4096, 0) < 0);
  printf("munmap of all: %ld\n", at_stub(SYS_munmap, 0, 0x7ffffffff000, 0) < 0);
  printf("mprotect of the stub: %ld\n", at_stub(SYS_mprotect, (long)STUB, 4096, 7) < 0);
  printf("clone of a namespace: %ld\n", at_stub(SYS_clone, 0x10000000 | 17, 0, 0) < 0);
}

/* A page that a child still shares cannot be made writable in the child. */
static void shared_page(void) {
  char *p = mmap(NULL, 4096, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  strcpy(p, "parent's");
  pid_t pid = fork();
  if (pid == 0) {
    long r = at_stub(SYS_mprotect, (long)p, 4096, PROT_READ | PROT_WRITE);
    strcpy(p, "child's");
    _exit(r == 0 ? 0 : 1);
  }
  int status;
  waitpid(pid, &status, 0);
  printf("the page is still the %s\n", p);
}

static const char SECRET[] = "the-secret-of-another-process";

/* All that the process can map is its own arena: another's pages are not in it. */
static void arena(void) {
  int ready[2], end[2];
  char byte;
  if (pipe(ready) || pipe(end)) exit(2);
  pid_t pid = fork();
  if (pid == 0) {
    close(end[1]);
    char *mine = mmap(NULL, 65536, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < 65536 - 64; i += 64) {
      strcpy(mine + i, "x");
      memcpy(mine + i, SECRET, 10);
      memcpy(mine + i + 10, SECRET + 10, sizeof SECRET - 10);
    }
    if (write(ready[1], "r", 1) != 1) _exit(1);
    _exit(read(end[0], &byte, 1) < 0);
  }
  close(end[0]);
  if (read(ready[0], &byte, 1) != 1) exit(2);
  char *at = (char *)0x100000000000;
  long found = 0, mapped = 0;
  const long size = 64 << 20;
  for (int fd = 0; fd < 64; fd++) {
    long r = stub_call(SYS_mmap, (long)at, size, PROT_READ,
                       MAP_SHARED | MAP_FIXED, fd, 0);
    if (r != (long)at) continue;
    mapped++;
    /* One descriptor is that of a single page, the Sentry's: no secret there. */
    for (long i = 0; i < (fd == ARENA ? size : 4096); i += 64)
      found += memcmp(at + i, SECRET, 10) == 0 &&
               memcmp(at + i + 10, SECRET + 10, 10) == 0;
  }
  printf("files mapped: %ld, secrets of others: %ld\n", mapped, found);
  close(end[1]);
  waitpid(pid, NULL, 0);
}

static void close_all(void) {
  for (int fd = 0; fd < 64; fd++) at_stub(SYS_close, fd, 0, 0);
  survive("closed");
  for (;;) getpid();
}

static void unmap_slots(void) {
  at_stub(SYS_munmap, (long)SLOTS, GROUP, 0);
  survive("unmapped");
}

static void leave(void) { at_stub(SYS_exit_group, 7, 0, 0); }

static void garbage(void) {
  for (int seed = 1; seed < 4; seed++) {
    pid_t pid = fork();
    if (pid == 0) {
      srandom(seed);
      for (long i = 0; i < 0x1000; i += 4) *(int *)(SLOTS + i) = random();
      for (long i = 0; i < 100; i++) getppid();
      _exit(0);
    }
    waitpid(pid, NULL, 0);
  }
  survive("garbage survived");
}

/* Forged reasons and states, posted by hand. */
static void forged(void) {
  for (int reason = 0; reason < 12; reason++) {
    pid_t pid = fork();
    if (pid == 0) {
      volatile int *slot = (int *)SLOTS;
      slot[1] = reason;
      slot[0] = 1;
      for (int i = 0; i < 1000; i++) getppid();
      _exit(0);
    }
    usleep(1000);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
  }
  survive("forgeries survived");
}

/* A process that the Sentry does not know of. */
static void stowaway(void) {
  long r = at_stub(SYS_clone, 0x8000 | 17, 0, 0);
  if (r == 0)
    for (;;) {
    }
  survive("a stowaway computes");
}

/* Blocks the platform's signals by a forged frame, then computes. */
static void deaf(void) {
  pid_t pid = fork();
  if (pid == 0) {
    struct {
      ucontext_t context;
      siginfo_t info;
    } frame;
    memset(&frame, 0, sizeof frame);
    getcontext(&frame.context);
    static char stack[65536];
    memset(&frame.context.uc_sigmask, 0xff, 8);
    extern char forever[];
    frame.context.uc_mcontext.gregs[REG_RIP] = (long)forever;
    frame.context.uc_mcontext.gregs[REG_RSP] = (long)stack + 60000;
    frame.context.uc_mcontext.gregs[REG_CSGSFS] = 0x002b000000000033;
    frame.context.uc_mcontext.gregs[REG_EFL] = 0x202;
    frame.context.uc_mcontext.fpregs = NULL;
    asm volatile("mov %0,%%rsp\n mov $15,%%eax\n jmp *%1" ::"c"(&frame),
                 "d"(gadget()));
  }
  usleep(100000);
  printf("it %s\n", waitpid(pid, NULL, WNOHANG) == 0 ? "computes" : "is gone");
  kill(pid, SIGKILL);
  waitpid(pid, NULL, 0);
  survive("the deaf process ended");
}
asm(".text\nforever: jmp forever\n");

int main(int argc, char **argv) {
  struct sigaction action = {.sa_sigaction = on_ill,
                             .sa_flags = SA_SIGINFO | SA_NODEFER};
  sigaction(SIGILL, &action, NULL);
  static const struct {
    const char *name;
    void (*run)(void);
  } cases[] = {{"refused", refused},       {"shared_page", shared_page},
               {"arena", arena},           {"close_all", close_all},
               {"unmap_slots", unmap_slots}, {"leave", leave},
               {"garbage", garbage},       {"forged", forged},
               {"stowaway", stowaway},     {"deaf", deaf}};
  for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++)
    if (argc > 1 && strcmp(argv[1], cases[i].name) == 0) {
      cases[i].run();
      return 0;
    }
  return 2;
}

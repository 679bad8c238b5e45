/* Signal frames: faults, registers, contexts that handlers change, stacks. */
#include "signals.h"

static sigjmp_buf back;
static void on_fault(int n, siginfo_t *info, void *context) {
  on_info(n, info, context);
  siglongjmp(back, 1);
}

static void faults(void) {
  SECTION("faults");
  struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
  MUST(sigaction(SIGSEGV, &action, NULL));
  MUST(sigaction(SIGBUS, &action, NULL));
  MUST(sigaction(SIGFPE, &action, NULL));
  MUST(sigaction(SIGILL, &action, NULL));
  MUST(sigaction(SIGTRAP, &action, NULL));
  char *page =
      mmap(NULL, 8192, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  MUST(munmap(page + 4096, 4096));
  if (sigsetjmp(back, 1) == 0) *(volatile char *)(page + 100) = 1;
  EQ(last, SIGSEGV);
  EQ(seen.si_code, SEGV_ACCERR);
  EQ((char *)seen.si_addr == page + 100, 1);
  EQ(seen_context.uc_mcontext.gregs[REG_TRAPNO], 14);
  EQ(seen_context.uc_mcontext.gregs[REG_ERR] & 6, 6);
  EQ((char *)seen_context.uc_mcontext.gregs[REG_CR2] == page + 100, 1);
  if (sigsetjmp(back, 1) == 0) *(volatile char *)(page + 4096);
  EQ(seen.si_code, SEGV_MAPERR);
  EQ((char *)seen.si_addr == page + 4096, 1);
  int fd = MUST(open("file", O_RDWR | O_CREAT | O_TRUNC, 0600));
  char *map = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
  if (sigsetjmp(back, 1) == 0) *(volatile char *)(map + 5);
  EQ(last, SIGBUS);
  EQ(seen.si_code, BUS_ADRERR);
  EQ((char *)seen.si_addr == map + 5, 1);
  volatile int zero = 0, one = 1;
  if (sigsetjmp(back, 1) == 0) one = one / zero;
  EQ(last, SIGFPE);
  EQ(seen.si_code, FPE_INTDIV);
  if (sigsetjmp(back, 1) == 0) __asm__ volatile("ud2");
  EQ(last, SIGILL);
  EQ(seen.si_code, ILL_ILLOPN);
  if (sigsetjmp(back, 1) == 0) __asm__ volatile("int3");
  EQ(last, SIGTRAP);
  EQ(seen.si_code, SI_KERNEL);
  if (sigsetjmp(back, 1) == 0) __asm__ volatile("hlt");
  EQ(last, SIGSEGV);
  EQ(seen.si_code, SI_KERNEL);
  EQ(seen.si_addr == NULL, 1);
  close(fd);
  unlink("file");
  for (int n = 1; n < 32; n++)
    if (n != SIGKILL && n != SIGSTOP) signal(n, SIG_DFL);
}

static void registers(void) {
  SECTION("registers and FP state survive a handler");
  handle(SIGUSR1, on_signal, 0);
  unsigned long values[6];
  double sum = 0.1, factor = 1.5;
  long pid = getpid();
  __asm__ volatile(
      "mov $0x1111111111111111, %%rbx\n\t"
      "mov $0x2222222222222222, %%r12\n\t"
      "mov $0x3333333333333333, %%r13\n\t"
      "movsd %[factor], %%xmm7\n\t"
      "mov %[pid], %%rdi\n\t"
      "mov $10, %%esi\n\t"
      "mov $62, %%eax\n\t"
      "syscall\n\t"
      "mov %%rbx, 0(%[out])\n\t"
      "mov %%r12, 8(%[out])\n\t"
      "mov %%r13, 16(%[out])\n\t"
      "mov %%rax, 24(%[out])\n\t"
      "movsd %%xmm7, %[sum]\n\t"
      : [sum] "+m"(sum)
      : [factor] "m"(factor), [pid] "r"(pid), [out] "r"(values)
      : "rax", "rbx", "rcx", "r11", "r12", "r13", "rdi", "rsi", "xmm7",
        "memory");
  EQ(hits, 1);
  EQ(values[0], 0x1111111111111111);
  EQ(values[1], 0x2222222222222222);
  EQ(values[2], 0x3333333333333333);
  EQ(values[3], 0);
  TRUE(sum == 1.5);
}

static void on_change(int n, siginfo_t *info, void *context) {
  ucontext_t *uc = context;
  on_info(n, info, context);
  uc->uc_mcontext.gregs[REG_RAX] = 4711;
  sigaddset(&uc->uc_sigmask, SIGUSR2);
}

static void changed_context(void) {
  SECTION("a handler changes what it returns to");
  struct sigaction action = {.sa_sigaction = on_change,
                             .sa_flags = SA_SIGINFO};
  MUST(sigaction(SIGUSR1, &action, NULL));
  EQ(syscall(SYS_kill, getpid(), SIGUSR1), 4711);
  sigset_t now;
  sigprocmask(SIG_BLOCK, NULL, &now);
  EQ(sigismember(&now, SIGUSR2), 1);
  unblock(SIGUSR2, 0);
}

static char stack[65536] __attribute__((aligned(64)));
static volatile sig_atomic_t on_stack;
static stack_t stack_inside;
static int disable_inside;
static void on_alternate(int n) {
  char here;
  on_signal(n);
  on_stack = &here >= stack && &here < stack + sizeof stack;
  sigaltstack(NULL, &stack_inside);
  stack_t none = {.ss_flags = SS_DISABLE};
  disable_inside = sigaltstack(&none, NULL) < 0 ? errno : 0;
}

static void alternate_stack(void) {
  SECTION("sigaltstack");
  stack_t new = {.ss_sp = stack, .ss_size = 1}, old;
  ERR(sigaltstack(&new, NULL), ENOMEM);
  new.ss_size = sizeof stack;
  new.ss_flags = 77;
  ERR(sigaltstack(&new, NULL), EINVAL);
  ERR(sigaltstack(BAD, NULL), EFAULT);
  ERR(sigaltstack(NULL, BAD), EFAULT);
  OK(sigaltstack(NULL, &old));
  EQ(old.ss_flags, SS_DISABLE);
  new.ss_flags = 0;
  OK(sigaltstack(&new, &old));
  OK(sigaltstack(NULL, &old));
  EQ(old.ss_sp == stack, 1);
  EQ(old.ss_flags, 0);
  EQ(old.ss_size, sizeof stack);
  handle(SIGUSR1, on_alternate, SA_ONSTACK);
  raise(SIGUSR1);
  EQ(on_stack, 1);
  EQ(stack_inside.ss_flags, SS_ONSTACK);
  EQ(disable_inside, EPERM);
  handle(SIGUSR1, on_alternate, 0);
  raise(SIGUSR1);
  EQ(on_stack, 0);
  OK(sigaltstack(&new, NULL));
  new.ss_flags = 1u << 31; /* SS_AUTODISARM */
  OK(sigaltstack(&new, NULL));
  handle(SIGUSR1, on_alternate, SA_ONSTACK);
  raise(SIGUSR1);
  EQ(on_stack, 1);
  EQ(stack_inside.ss_flags, SS_DISABLE);
  EQ(disable_inside, 0);
  OK(sigaltstack(NULL, &old));
  EQ(old.ss_sp == stack, 1);
  new.ss_flags = SS_DISABLE;
  OK(sigaltstack(&new, NULL));
}

static void overflow_child(void) {
  volatile char big[4096];
  big[0] = 1;
  if (hits < 1000000) overflow_child();
  hits += big[0];
}
static void on_overflow(int n) {
  (void)n;
  _exit(42);
}
static void overflow(void) {
  stack_t new = {.ss_sp = stack, .ss_size = sizeof stack};
  MUST(sigaltstack(&new, NULL));
  handle(SIGSEGV, on_overflow, SA_ONSTACK);
  overflow_child();
}
static void overflow_bare(void) {
  handle(SIGSEGV, on_overflow, 0);
  overflow_child();
}

static void stack_overflow(void) {
  SECTION("stack overflow");
  int status = in_child(overflow);
  EQ(WIFEXITED(status) && WEXITSTATUS(status) == 42, 1);
  status = in_child(overflow_bare);
  EQ(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV, 1);
}

int main(void) {
  faults();
  registers();
  changed_context();
  alternate_stack();
  stack_overflow();
  return done();
}

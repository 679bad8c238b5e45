/* Signals: dispositions, masks, queues, frames, restarts, job control. */
#include "test.h"

#include <pthread.h>
#include <setjmp.h>
#include <sys/time.h>
#include <time.h>
#include <ucontext.h>

static volatile sig_atomic_t hits, last, order[8];
static siginfo_t seen;
static ucontext_t seen_context;

static void on_signal(int n) {
  if (hits < 8) order[hits] = n;
  hits++;
  last = n;
}

static void on_info(int n, siginfo_t *info, void *context) {
  on_signal(n);
  seen = *info;
  memcpy(&seen_context, context, sizeof seen_context);
}

static void handle(int n, void (*handler)(int), int flags) {
  struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
  MUST(sigaction(n, &action, NULL));
  hits = 0;
}

static void handle_info(int n, int flags) {
  struct sigaction action = {.sa_sigaction = on_info,
                             .sa_flags = flags | SA_SIGINFO};
  MUST(sigaction(n, &action, NULL));
  hits = 0;
}

static sigset_t set_of(int a, int b) {
  sigset_t set;
  sigemptyset(&set);
  if (a) sigaddset(&set, a);
  if (b) sigaddset(&set, b);
  return set;
}

static void block(int a, int b) {
  sigset_t set = set_of(a, b);
  MUST(sigprocmask(SIG_BLOCK, &set, NULL));
}

static void unblock(int a, int b) {
  sigset_t set = set_of(a, b);
  MUST(sigprocmask(SIG_UNBLOCK, &set, NULL));
}

static void errors(void) {
  SECTION("errors");
  struct sigaction action = {.sa_handler = on_signal};
  struct {
    void *handler;
    unsigned long flags;
    void *restorer;
    unsigned long mask;
  } kernel = {0};
  ERR(syscall(SYS_rt_sigaction, 0, NULL, NULL, 8), EINVAL);
  ERR(syscall(SYS_rt_sigaction, 65, NULL, NULL, 8), EINVAL);
  ERR(syscall(SYS_rt_sigaction, SIGUSR1, NULL, NULL, 4), EINVAL);
  ERR(syscall(SYS_rt_sigaction, SIGKILL, &kernel, NULL, 8), EINVAL);
  OK(syscall(SYS_rt_sigaction, SIGKILL, NULL, &kernel, 8));
  ERR(syscall(SYS_rt_sigaction, SIGUSR1, BAD, NULL, 8), EFAULT);
  ERR(syscall(SYS_rt_sigaction, SIGUSR1, NULL, BAD, 8), EFAULT);
  ERR(sigaction(SIGSTOP, &action, NULL), EINVAL);
  unsigned long mask = 0;
  ERR(syscall(SYS_rt_sigprocmask, 77, &mask, NULL, 8), EINVAL);
  OK(syscall(SYS_rt_sigprocmask, 77, NULL, NULL, 8));
  ERR(syscall(SYS_rt_sigprocmask, SIG_BLOCK, BAD, NULL, 8), EFAULT);
  ERR(syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, BAD, 8), EFAULT);
  ERR(syscall(SYS_rt_sigprocmask, SIG_BLOCK, &mask, NULL, 16), EINVAL);
  ERR(syscall(SYS_rt_sigpending, BAD, 8), EFAULT);
  ERR(syscall(SYS_rt_sigpending, &mask, 9), EINVAL);
  ERR(syscall(SYS_rt_sigsuspend, &mask, 7), EINVAL);
  ERR(syscall(SYS_rt_sigsuspend, BAD, 8), EFAULT);
  ERR(syscall(SYS_rt_sigtimedwait, BAD, NULL, NULL, 8), EFAULT);
  struct timespec bad_time = {.tv_nsec = 1000000000};
  ERR(syscall(SYS_rt_sigtimedwait, &mask, NULL, &bad_time, 8), EINVAL);
  ERR(kill(getpid(), 65), EINVAL);
  ERR(kill(getpid(), -1), EINVAL);
  ERR(kill(4194304, 0), ESRCH);
  ERR(kill(-4194304, 0), ESRCH);
  OK(kill(getpid(), 0));
  OK(kill(0, 0));
  ERR(syscall(SYS_tgkill, getpid(), 0, 0), EINVAL);
  ERR(syscall(SYS_tgkill, getpid(), 4194304, 0), ESRCH);
  ERR(syscall(SYS_tkill, -1, 0), EINVAL);
  ERR(syscall(SYS_tkill, getpid(), 70), EINVAL);
  OK(syscall(SYS_tkill, getpid(), 0));
  siginfo_t info = {.si_code = SI_USER};
  ERR(syscall(SYS_rt_sigqueueinfo, 1 << 22, SIGUSR1, &info), EPERM);
  ERR(syscall(SYS_rt_sigqueueinfo, getpid(), SIGUSR1, BAD), EFAULT);
  info.si_code = SI_QUEUE;
  ERR(syscall(SYS_rt_sigqueueinfo, 1 << 22, SIGUSR1, &info), ESRCH);
  ERR(syscall(SYS_rt_sigqueueinfo, getpid(), 99, &info), EINVAL);
}

static void dispositions(void) {
  SECTION("dispositions");
  struct sigaction old;
  handle(SIGUSR1, on_signal, SA_RESTART | SA_NODEFER);
  OK(sigaction(SIGUSR1, NULL, &old));
  EQ(old.sa_handler == on_signal, 1);
  EQ(old.sa_flags & (SA_RESTART | SA_NODEFER | SA_SIGINFO),
     SA_RESTART | SA_NODEFER);
  raise(SIGUSR1);
  EQ(hits, 1);
  handle(SIGUSR1, on_signal, SA_RESETHAND);
  raise(SIGUSR1);
  OK(sigaction(SIGUSR1, NULL, &old));
  EQ(old.sa_handler == SIG_DFL, 1);
  handle(SIGUSR1, SIG_IGN, 0);
  raise(SIGUSR1);
  EQ(hits, 0);
  block(SIGUSR2, 0);
  handle(SIGUSR2, on_signal, 0);
  raise(SIGUSR2);
  handle(SIGUSR2, SIG_IGN, 0);
  handle(SIGUSR2, on_signal, 0);
  unblock(SIGUSR2, 0);
  EQ(hits, 0);
}

static void masks(void) {
  SECTION("masks");
  sigset_t old, pending;
  sigset_t all;
  sigfillset(&all);
  OK(sigprocmask(SIG_SETMASK, &all, NULL));
  OK(sigprocmask(SIG_SETMASK, NULL, &old));
  EQ(sigismember(&old, SIGKILL), 0);
  EQ(sigismember(&old, SIGSTOP), 0);
  EQ(sigismember(&old, SIGTERM), 1);
  EQ(sigismember(&old, SIGRTMAX), 1);
  handle(SIGUSR1, on_signal, 0);
  handle(SIGUSR2, on_signal, 0);
  raise(SIGUSR2);
  raise(SIGUSR1);
  raise(SIGUSR1);
  OK(sigpending(&pending));
  EQ(sigismember(&pending, SIGUSR1), 1);
  EQ(sigismember(&pending, SIGUSR2), 1);
  EQ(sigismember(&pending, SIGHUP), 0);
  sigemptyset(&all);
  OK(sigprocmask(SIG_SETMASK, &all, NULL));
  EQ(hits, 2);
  /* The last frame built is the first that runs. */
  EQ(order[0], SIGUSR2);
  EQ(order[1], SIGUSR1);
  OK(sigpending(&pending));
  EQ(sigismember(&pending, SIGUSR1), 0);
}

static sigset_t mask_inside;
static void on_mask(int n) {
  on_signal(n);
  sigprocmask(SIG_BLOCK, NULL, &mask_inside);
}

static void masks_in_handlers(void) {
  SECTION("masks in handlers");
  struct sigaction action = {.sa_handler = on_mask};
  sigaddset(&action.sa_mask, SIGTERM);
  MUST(sigaction(SIGUSR1, &action, NULL));
  raise(SIGUSR1);
  EQ(sigismember(&mask_inside, SIGUSR1), 1);
  EQ(sigismember(&mask_inside, SIGTERM), 1);
  EQ(sigismember(&mask_inside, SIGHUP), 0);
  sigset_t after;
  sigprocmask(SIG_BLOCK, NULL, &after);
  EQ(sigismember(&after, SIGUSR1), 0);
  action.sa_flags = SA_NODEFER;
  MUST(sigaction(SIGUSR1, &action, NULL));
  raise(SIGUSR1);
  EQ(sigismember(&mask_inside, SIGUSR1), 0);
}

static void queues(void) {
  SECTION("real-time queues");
  int n = SIGRTMIN + 3;
  handle_info(n, 0);
  block(n, SIGUSR1);
  handle_info(SIGUSR1, 0);
  for (int i = 0; i < 5; i++) {
    union sigval value = {.sival_int = 10 + i};
    MUST(sigqueue(getpid(), n, value));
    MUST(sigqueue(getpid(), SIGUSR1, value));
  }
  sigset_t set = set_of(n, SIGUSR1);
  siginfo_t info;
  struct timespec none = {0};
  EQ(sigtimedwait(&set, &info, &none), SIGUSR1);
  EQ(info.si_value.sival_int, 10);
  EQ(info.si_code, SI_QUEUE);
  EQ(info.si_pid == getpid(), 1);
  EQ(info.si_uid == getuid(), 1);
  for (int i = 0; i < 5; i++) {
    EQ(sigwaitinfo(&set, &info) == n, 1);
    EQ(info.si_value.sival_int, 10 + i);
  }
  ERR(sigtimedwait(&set, &info, &none), EAGAIN);
  unblock(n, SIGUSR1);
  EQ(hits, 0);
}

static void infos(void) {
  SECTION("siginfo");
  handle_info(SIGUSR1, 0);
  kill(getpid(), SIGUSR1);
  EQ(seen.si_code, SI_USER);
  EQ(seen.si_pid == getpid(), 1);
  EQ(seen.si_signo, SIGUSR1);
  syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), SIGUSR1);
  EQ(seen.si_code, SI_TKILL);
  siginfo_t mine;
  memset(&mine, 0x5a, sizeof mine);
  mine.si_code = -77;
  ERR(syscall(SYS_rt_sigqueueinfo, getpid(), SIGUSR1, &mine), E2BIG);
  memset((char *)&mine + 48, 0, sizeof mine - 48);
  MUST(syscall(SYS_rt_sigqueueinfo, getpid(), SIGUSR1, &mine));
  EQ(seen.si_code, -77);
  EQ(seen.si_errno, 0x5a5a5a5a);
  EQ(seen.si_value.sival_int, 0x5a5a5a5a);
  handle_info(SIGCHLD, 0);
  pid_t child = MUST(fork());
  if (child == 0) _exit(7);
  while (hits == 0) sched_yield();
  EQ(seen.si_code, CLD_EXITED);
  EQ(seen.si_status, 7);
  EQ(seen.si_pid == child, 1);
  MUST(waitpid(child, NULL, 0));
  handle(SIGCHLD, SIG_DFL, 0);
}


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

/* Interrupted calls: a helper signals this thread once it is blocked. */
struct poke {
  pid_t pid, tid;
  int signal;
  int then_fd;
};
static void *poke(void *argument) {
  struct poke *p = argument;
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, NULL);
  await_blocked(p->pid, p->tid);
  syscall(SYS_tgkill, p->pid, p->tid, p->signal);
  if (p->then_fd >= 0) {
    await_blocked(p->pid, p->tid);
    if (write(p->then_fd, "x", 1) != 1) _exit(4);
  }
  return NULL;
}
static pthread_t start_poke(int n, int then_fd) {
  static struct poke p;
  p = (struct poke){getpid(), syscall(SYS_gettid), n, then_fd};
  pthread_t thread;
  if (pthread_create(&thread, NULL, poke, &p) != 0) _exit(5);
  return thread;
}

static void restarts(void) {
  SECTION("interrupted calls");
  int pipes[2];
  char c;
  MUST(pipe(pipes));
  handle(SIGUSR1, on_signal, 0);
  pthread_t thread = start_poke(SIGUSR1, -1);
  ERR(read(pipes[0], &c, 1), EINTR);
  pthread_join(thread, NULL);
  EQ(hits, 1);
  handle(SIGUSR1, on_signal, SA_RESTART);
  thread = start_poke(SIGUSR1, pipes[1]);
  EQ(read(pipes[0], &c, 1), 1);
  pthread_join(thread, NULL);
  EQ(hits, 1);
  thread = start_poke(SIGUSR1, -1);
  ERR(pause(), EINTR);
  pthread_join(thread, NULL);
  thread = start_poke(SIGUSR1, -1);
  struct timespec hour = {.tv_sec = 3600}, rest = {0};
  ERR(nanosleep(&hour, &rest), EINTR);
  EQ(rest.tv_sec >= 3500 && rest.tv_sec <= 3600, 1);
  pthread_join(thread, NULL);
  thread = start_poke(SIGUSR1, -1);
  EQ(clock_nanosleep(CLOCK_MONOTONIC, 0, &hour, &rest), EINTR);
  pthread_join(thread, NULL);
  block(SIGUSR1, 0);
  thread = start_poke(SIGUSR1, -1);
  sigset_t none;
  sigemptyset(&none);
  hits = 0;
  ERR(sigsuspend(&none), EINTR);
  EQ(hits, 1);
  pthread_join(thread, NULL);
  sigset_t now;
  sigprocmask(SIG_BLOCK, NULL, &now);
  EQ(sigismember(&now, SIGUSR1), 1);
  unblock(SIGUSR1, 0);
  /* Signals without a handler disturb nobody. */
  handle(SIGWINCH, SIG_DFL, 0);
  thread = start_poke(SIGWINCH, pipes[1]);
  EQ(read(pipes[0], &c, 1), 1);
  pthread_join(thread, NULL);
  close(pipes[0]);
  close(pipes[1]);
}

static void waits(void) {
  SECTION("sigwait");
  block(SIGUSR1, SIGUSR2);
  sigset_t set = set_of(SIGUSR1, 0);
  siginfo_t info;
  pthread_t thread = start_poke(SIGUSR1, -1);
  EQ(sigwaitinfo(&set, &info), SIGUSR1);
  pthread_join(thread, NULL);
  struct timespec little = {.tv_nsec = 1000000};
  ERR(sigtimedwait(&set, &info, &little), EAGAIN);
  handle(SIGTERM, on_signal, SA_RESTART);
  thread = start_poke(SIGTERM, -1);
  ERR(sigwaitinfo(&set, &info), EINTR);
  pthread_join(thread, NULL);
  handle(SIGTERM, SIG_DFL, 0);
  unblock(SIGUSR1, SIGUSR2);
}

static void *spin_thread(void *argument) {
  (void)argument;
  while (hits == 0) {
  }
  return NULL;
}

static void computing(void) {
  SECTION("a signal reaches a thread that computes");
  handle(SIGUSR1, on_signal, 0);
  pthread_t thread;
  if (pthread_create(&thread, NULL, spin_thread, NULL) != 0) _exit(5);
  EQ(pthread_kill(thread, SIGUSR1), 0);
  pthread_join(thread, NULL);
  EQ(hits, 1);
}

static void kill_self(void) { kill(getpid(), SIGTERM); }
static void abort_self(void) { abort(); }
static void quit_self(void) { raise(SIGQUIT); }
static void rt_self(void) { raise(SIGRTMIN + 5); }
static void kill_hard(void) {
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, NULL);
  kill(getpid(), SIGKILL);
}
static void blocked_fault(void) {
  handle(SIGSEGV, on_signal, 0);
  block(SIGSEGV, 0);
  *(volatile int *)BAD = 1;
}
static void ignored_fault(void) {
  handle(SIGSEGV, SIG_IGN, 0);
  *(volatile int *)BAD = 1;
}

static void deaths(void) {
  SECTION("deaths");
  EQ(in_child(kill_self), SIGTERM);
  EQ(in_child(abort_self) & 0x7f, SIGABRT);
  EQ(in_child(quit_self) & 0x7f, SIGQUIT);
  EQ(in_child(rt_self) == SIGRTMIN + 5, 1);
  EQ(in_child(kill_hard), SIGKILL);
  EQ(in_child(blocked_fault) & 0x7f, SIGSEGV);
  EQ(in_child(ignored_fault) & 0x7f, SIGSEGV);
}

static void on_leave(int n) {
  (void)n;
  _exit(8 + hits);
}

static void job_control(void) {
  SECTION("stop and continue");
  handle_info(SIGCHLD, SA_RESTART);
  pid_t child = MUST(fork());
  if (child == 0) {
    handle(SIGUSR1, on_leave, 0);
    struct sigaction action = {.sa_handler = on_signal};
    sigaddset(&action.sa_mask, SIGUSR1);
    MUST(sigaction(SIGCONT, &action, NULL));
    for (;;) pause();
  }
  await_blocked(child, child);
  int status;
  MUST(kill(child, SIGSTOP));
  EQ(waitpid(child, &status, WUNTRACED) == child, 1);
  EQ(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP, 1);
  EQ(seen.si_code, CLD_STOPPED);
  EQ(seen.si_status, SIGSTOP);
  EQ(waitpid(child, &status, WUNTRACED | WNOHANG), 0);
  MUST(kill(child, SIGCONT));
  EQ(waitpid(child, &status, WCONTINUED) == child, 1);
  EQ(WIFCONTINUED(status), 1);
  MUST(kill(child, SIGUSR1));
  EQ(waitpid(child, &status, 0) == child, 1);
  EQ(WEXITSTATUS(status), 9);
  handle_info(SIGCHLD, SA_NOCLDSTOP | SA_RESTART);
  child = MUST(fork());
  if (child == 0)
    for (;;) pause();
  MUST(kill(child, SIGSTOP));
  EQ(waitpid(child, &status, WUNTRACED) == child, 1);
  EQ(hits, 0);
  MUST(kill(child, SIGTERM));
  EQ(waitpid(child, &status, WNOHANG), 0);
  MUST(kill(child, SIGCONT));
  EQ(waitpid(child, &status, 0) == child, 1);
  EQ(WTERMSIG(status), SIGTERM);
  child = MUST(fork());
  if (child == 0)
    for (;;) pause();
  MUST(kill(child, SIGSTOP));
  EQ(waitpid(child, &status, WUNTRACED) == child, 1);
  MUST(kill(child, SIGKILL));
  EQ(waitpid(child, &status, 0) == child, 1);
  EQ(WTERMSIG(status), SIGKILL);
  handle(SIGCHLD, SIG_DFL, 0);
}

static void *idle_thread(void *argument) {
  (void)argument;
  for (;;) pause();
  return NULL;
}

static void stopped_threads_child(void) {
  pthread_t threads[3];
  for (int i = 0; i < 3; i++) pthread_create(&threads[i], NULL, idle_thread, 0);
  for (;;) pause();
}

static void stopped_threads(void) {
  SECTION("a process of several threads stops as a whole");
  pid_t child = MUST(fork());
  if (child == 0) stopped_threads_child();
  await_blocked(child, child);
  int status;
  MUST(kill(child, SIGSTOP));
  EQ(waitpid(child, &status, WUNTRACED) == child, 1);
  EQ(WSTOPSIG(status), SIGSTOP);
  MUST(kill(child, SIGCONT));
  EQ(waitpid(child, &status, WCONTINUED) == child, 1);
  MUST(kill(child, SIGTERM));
  EQ(waitpid(child, &status, 0) == child, 1);
  EQ(WTERMSIG(status), SIGTERM);
}

static volatile int taken_by;
static void on_taken(int n) {
  on_signal(n);
  taken_by = syscall(SYS_gettid);
}
static void *taker(void *argument) {
  *(volatile int *)argument = syscall(SYS_gettid);
  while (hits == 0) pause();
  return NULL;
}

static void directed(void) {
  SECTION("a process's signal goes to a thread that does not block it");
  handle(SIGUSR1, on_taken, 0);
  volatile int tid = 0;
  pthread_t thread;
  if (pthread_create(&thread, NULL, taker, (void *)&tid) != 0) _exit(5);
  block(SIGUSR1, 0);
  while (tid == 0) sched_yield();
  MUST(kill(getpid(), SIGUSR1));
  pthread_join(thread, NULL);
  EQ(taken_by == tid, 1);
  unblock(SIGUSR1, 0);
}

int main(void) {
  errors();
  dispositions();
  masks();
  masks_in_handlers();
  queues();
  infos();
  faults();
  registers();
  changed_context();
  alternate_stack();
  stack_overflow();
  restarts();
  waits();
  computing();
  deaths();
  job_control();
  stopped_threads();
  directed();
  return done();
}

/* Signals: dispositions, masks, queues, restarts. */
#include "signals.h"

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

int main(void) {
  errors();
  dispositions();
  masks();
  masks_in_handlers();
  queues();
  infos();
  restarts();
  waits();
  return done();
}

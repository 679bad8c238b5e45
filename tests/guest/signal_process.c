/* Signals and processes: deaths, job control, threads. */
#include "signals.h"

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
  computing();
  deaths();
  job_control();
  stopped_threads();
  directed();
  return done();
}

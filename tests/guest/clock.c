/* Clocks, sleeping, interval timers, POSIX timers, CPU time. */
#include "test.h"

#include <pthread.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <sys/times.h>
#include <time.h>

static volatile sig_atomic_t hits;
static siginfo_t seen;
static void on_signal(int n, siginfo_t *info, void *context) {
  (void)n;
  (void)context;
  seen = *info;
  hits++;
}

static void handle(int n) {
  struct sigaction action = {.sa_sigaction = on_signal,
                             .sa_flags = SA_SIGINFO | SA_RESTART};
  MUST(sigaction(n, &action, NULL));
  hits = 0;
}

static long long now(clockid_t clock) {
  struct timespec ts;
  MUST(clock_gettime(clock, &ts));
  return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

static void errors(void) {
  SECTION("errors");
  struct timespec ts = {0}, bad = {.tv_nsec = 1000000000};
  ERR(syscall(SYS_clock_gettime, 99, &ts), EINVAL);
  ERR(syscall(SYS_clock_gettime, CLOCK_REALTIME, BAD), EFAULT);
  ERR(syscall(SYS_clock_getres, 99, &ts), EINVAL);
  ERR(syscall(SYS_clock_getres, CLOCK_REALTIME, BAD), EFAULT);
  OK(syscall(SYS_clock_getres, CLOCK_REALTIME, NULL));
  ERR(syscall(SYS_clock_settime, CLOCK_MONOTONIC, &ts), EINVAL);
  ERR(syscall(SYS_clock_settime, CLOCK_REALTIME, &bad), EINVAL);
  ERR(syscall(SYS_nanosleep, &bad, NULL), EINVAL);
  ERR(syscall(SYS_nanosleep, BAD, NULL), EFAULT);
  ERR(syscall(SYS_clock_nanosleep, 99, 0, &ts, NULL), EINVAL);
  ERR(syscall(SYS_clock_nanosleep, CLOCK_THREAD_CPUTIME_ID, 0, &ts, NULL),
      EOPNOTSUPP);
  ERR(syscall(SYS_clock_nanosleep, -2, 0, &ts, NULL), EINVAL);
  ERR(syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC_RAW, 0, &ts, NULL),
      EOPNOTSUPP);
  ERR(syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME, &bad, NULL),
      EINVAL);
  OK(syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL));
  ERR(syscall(SYS_gettimeofday, BAD, NULL), EFAULT);
  ERR(syscall(SYS_time, BAD), EFAULT);
  ERR(syscall(SYS_times, BAD), EFAULT);
  ERR(syscall(SYS_adjtimex, BAD), EFAULT);
  struct itimerval value = {.it_value = {.tv_usec = 1000000}};
  ERR(getitimer(9, &value), EINVAL);
  ERR(setitimer(9, &value, NULL), EINVAL);
  ERR(setitimer(ITIMER_REAL, &value, NULL), EINVAL);
  ERR(setitimer(ITIMER_REAL, BAD, NULL), EFAULT);
  ERR(getitimer(ITIMER_REAL, BAD), EFAULT);
  int id;
  struct sigevent event = {.sigev_notify = 99};
  struct itimerspec spec = {.it_value = bad};
  ERR(syscall(SYS_timer_create, 99, NULL, &id), EINVAL);
  ERR(syscall(SYS_timer_create, CLOCK_REALTIME, &event, &id), EINVAL);
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = 99;
  ERR(syscall(SYS_timer_create, CLOCK_REALTIME, &event, &id), EINVAL);
  ERR(syscall(SYS_timer_create, CLOCK_REALTIME, BAD, &id), EFAULT);
  ERR(syscall(SYS_timer_create, CLOCK_REALTIME, NULL, BAD), EFAULT);
  ERR(syscall(SYS_timer_create, CLOCK_MONOTONIC_COARSE, NULL, &id),
      EOPNOTSUPP);
  ERR(syscall(SYS_timer_settime, 77, 0, &spec, NULL), EINVAL);
  ERR(syscall(SYS_timer_gettime, 77, &spec), EINVAL);
  ERR(syscall(SYS_timer_getoverrun, 77), EINVAL);
  ERR(syscall(SYS_timer_delete, 77), EINVAL);
}

static void clocks(void) {
  SECTION("clocks");
  int ids[] = {CLOCK_REALTIME,      CLOCK_MONOTONIC,        CLOCK_MONOTONIC_RAW,
               CLOCK_BOOTTIME,      CLOCK_REALTIME_COARSE,  CLOCK_TAI,
               CLOCK_MONOTONIC_COARSE, CLOCK_PROCESS_CPUTIME_ID,
               CLOCK_THREAD_CPUTIME_ID};
  for (unsigned i = 0; i < sizeof ids / sizeof *ids; i++) {
    struct timespec a = {0}, b = {0};
    OK(syscall(SYS_clock_gettime, ids[i], &a));
    OK(clock_gettime(ids[i], &b));
    long long gap = (b.tv_sec - a.tv_sec) * 1000000000LL + b.tv_nsec - a.tv_nsec;
    TRUE(gap >= 0 && gap < 1000000000);
  }
  struct timespec ts;
  OK(clock_getres(CLOCK_MONOTONIC, &ts));
  EQ(ts.tv_nsec, 1);
  OK(clock_getres(CLOCK_PROCESS_CPUTIME_ID, &ts));
  EQ(ts.tv_nsec, 1);
  struct timeval tv;
  OK(syscall(SYS_gettimeofday, &tv, NULL));
  time_t t = syscall(SYS_time, NULL);
  TRUE(t - tv.tv_sec <= 1 && t - tv.tv_sec >= 0);
  clockid_t mine;
  EQ(clock_getcpuclockid(0, &mine), 0);
  OK(clock_gettime(mine, &ts));
  EQ(clock_getcpuclockid(getpid(), &mine), 0);
  OK(clock_gettime(mine, &ts));
  EQ(pthread_getcpuclockid(pthread_self(), &mine), 0);
  OK(clock_gettime(mine, &ts));
}

static void sleeping(void) {
  SECTION("sleeping");
  struct timespec little = {.tv_nsec = 3000000};
  long long start = now(CLOCK_MONOTONIC);
  OK(nanosleep(&little, NULL));
  TRUE(now(CLOCK_MONOTONIC) - start >= 3000000);
  start = now(CLOCK_REALTIME);
  long long until = start + 4000000;
  struct timespec at = {until / 1000000000, until % 1000000000};
  OK(clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &at, NULL));
  TRUE(now(CLOCK_REALTIME) >= until);
  until = now(CLOCK_BOOTTIME) + 2000000;
  at = (struct timespec){until / 1000000000, until % 1000000000};
  OK(clock_nanosleep(CLOCK_BOOTTIME, TIMER_ABSTIME, &at, NULL));
  TRUE(now(CLOCK_BOOTTIME) >= until);
}

static void interval_timers(void) {
  SECTION("interval timers");
  handle(SIGALRM);
  struct itimerval value = {{0, 2000}, {0, 2000}}, old;
  OK(setitimer(ITIMER_REAL, &value, NULL));
  while (hits < 3) pause();
  OK(getitimer(ITIMER_REAL, &old));
  EQ(old.it_interval.tv_usec, 2000);
  value = (struct itimerval){0};
  OK(setitimer(ITIMER_REAL, &value, &old));
  OK(getitimer(ITIMER_REAL, &old));
  EQ(old.it_value.tv_usec, 0);
  EQ(seen.si_code, SI_KERNEL);
  EQ(alarm(100), 0);
  EQ(alarm(0), 100);
  handle(SIGVTALRM);
  value.it_value.tv_usec = 3000;
  OK(setitimer(ITIMER_VIRTUAL, &value, NULL));
  while (hits == 0) {
  }
  handle(SIGPROF);
  OK(setitimer(ITIMER_PROF, &value, NULL));
  while (hits == 0) {
  }
}

static void posix_timers(void) {
  SECTION("POSIX timers");
  timer_t timer, other;
  int n = SIGRTMIN + 1;
  handle(n);
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL,
                           .sigev_signo = n,
                           .sigev_value.sival_int = 4711};
  OK(timer_create(CLOCK_MONOTONIC, &event, &timer));
  struct itimerspec spec = {.it_value = {.tv_nsec = 1000000}}, old;
  OK(timer_settime(timer, 0, &spec, NULL));
  while (hits == 0) pause();
  EQ(seen.si_code, SI_TIMER);
  EQ(seen.si_value.sival_int, 4711);
  EQ(seen.si_overrun, 0);
  OK(timer_gettime(timer, &old));
  EQ(old.it_value.tv_nsec, 0);
  EQ(old.it_value.tv_sec, 0);
  /* Overruns are counted while the signal waits. */
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, n);
  MUST(sigprocmask(SIG_BLOCK, &set, NULL));
  spec.it_interval.tv_nsec = 1000000;
  OK(timer_settime(timer, 0, &spec, NULL));
  struct timespec while_ = {.tv_nsec = 20000000};
  nanosleep(&while_, NULL);
  hits = 0;
  MUST(sigprocmask(SIG_UNBLOCK, &set, NULL));
  while (hits == 0) pause();
  OK(timer_settime(timer, 0, &(struct itimerspec){0}, &old));
  EQ(old.it_interval.tv_nsec, 1000000);
  TRUE(seen.si_overrun >= 0);
  OK(timer_getoverrun(timer));
  /* Absolute, on real time. */
  OK(timer_create(CLOCK_REALTIME, NULL, &other));
  handle(SIGALRM);
  long long at = now(CLOCK_REALTIME) + 2000000;
  spec = (struct itimerspec){
      .it_value = {at / 1000000000, at % 1000000000}};
  OK(timer_settime(other, TIMER_ABSTIME, &spec, NULL));
  while (hits == 0) pause();
  TRUE(now(CLOCK_REALTIME) >= at);
  OK(timer_delete(other));
  spec.it_value = (struct timespec){.tv_sec = 100};
  OK(timer_settime(timer, 0, &spec, NULL));
  OK(timer_gettime(timer, &old));
  TRUE(old.it_value.tv_sec == 99 || old.it_value.tv_sec == 100);
  OK(timer_delete(timer));
  ERR(timer_delete(timer), EINVAL);
  event.sigev_notify = SIGEV_NONE;
  OK(timer_create(CLOCK_MONOTONIC, &event, &timer));
  OK(timer_settime(timer, 0, &spec, NULL));
  OK(timer_gettime(timer, &old));
  TRUE(old.it_value.tv_sec == 99 || old.it_value.tv_sec == 100);
  OK(timer_delete(timer));
  event.sigev_notify = SIGEV_SIGNAL;
  OK(timer_create(CLOCK_PROCESS_CPUTIME_ID, &event, &timer));
  spec.it_value = (struct timespec){.tv_nsec = 3000000};
  handle(n);
  OK(timer_settime(timer, 0, &spec, NULL));
  while (hits == 0) {
  }
  EQ(seen.si_code, SI_TIMER);
  OK(timer_delete(timer));
}

static volatile int by_thread;
static void on_expiry(union sigval value) { by_thread = value.sival_int; }

static void threads_of_timers(void) {
  SECTION("SIGEV_THREAD");
  timer_t timer;
  struct sigevent event = {.sigev_notify = SIGEV_THREAD,
                           .sigev_notify_function = on_expiry,
                           .sigev_value.sival_int = 31};
  OK(timer_create(CLOCK_MONOTONIC, &event, &timer));
  struct itimerspec spec = {.it_value = {.tv_nsec = 1000000}};
  OK(timer_settime(timer, 0, &spec, NULL));
  while (by_thread == 0) sched_yield();
  EQ(by_thread, 31);
  OK(timer_delete(timer));
}

static void burn(long long ns) {
  long long start = now(CLOCK_THREAD_CPUTIME_ID);
  while (now(CLOCK_THREAD_CPUTIME_ID) - start < ns) {
  }
}

static void cpu_time(void) {
  SECTION("CPU time");
  struct rusage a, b;
  OK(getrusage(RUSAGE_SELF, &a));
  burn(30000000);
  OK(getrusage(RUSAGE_SELF, &b));
  long long used =
      (b.ru_utime.tv_sec - a.ru_utime.tv_sec) * 1000000LL +
      b.ru_utime.tv_usec - a.ru_utime.tv_usec +
      (b.ru_stime.tv_sec - a.ru_stime.tv_sec) * 1000000LL +
      b.ru_stime.tv_usec - a.ru_stime.tv_usec;
  TRUE(used >= 20000);
  ERR(getrusage(77, &a), EINVAL);
  ERR(getrusage(RUSAGE_SELF, BAD), EFAULT);
  OK(getrusage(RUSAGE_THREAD, &a));
  pid_t pid = MUST(fork());
  if (pid == 0) {
    burn(30000000);
    _exit(0);
  }
  OK(waitpid(pid, NULL, 0) == pid ? 0 : -1);
  OK(getrusage(RUSAGE_CHILDREN, &a));
  TRUE(a.ru_utime.tv_usec + a.ru_stime.tv_usec + a.ru_utime.tv_sec > 20000);
  struct tms buffer;
  TRUE(times(&buffer) > 0);
  TRUE(buffer.tms_cutime + buffer.tms_cstime >= 1);
}

static void limit(void) {
  struct rlimit one = {1, 2};
  MUST(setrlimit(RLIMIT_CPU, &one));
  handle(SIGXCPU);
  while (hits == 0) {
  }
  for (;;) {
  }
}

int main(void) {
  errors();
  clocks();
  sleeping();
  interval_timers();
  posix_timers();
  threads_of_timers();
  cpu_time();
  SECTION("RLIMIT_CPU");
  EQ(in_child(limit), SIGKILL);
  return done();
}

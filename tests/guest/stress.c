/*
 * Threads, forks, execs, stops and ends at once: what the host's half of a
 * process does for one of its threads meets what the others want meanwhile.
 * Each round is short and there are many, for these races are rare.
 */
#include "test.h"
#include <pthread.h>
#include <sys/time.h>

static char self[256];
static int quiet[2];

/* What siblings do while one of them ends the process. */
static void *computes(void *arg) {
  static volatile int count;
  for (;;) count++;
  return arg;
}

static void *reads(void *arg) {
  char byte;
  while (read(quiet[0], &byte, 1) < 0) continue;
  return arg;
}

static void *calls(void *arg) {
  for (;;) syscall(SYS_getppid);
  return arg;
}

static void *maps(void *arg) {
  for (;;) {
    char *p = mmap(NULL, 65536, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    *p = 1;
    munmap(p, 65536);
  }
  return arg;
}

static void *forks(void *arg) {
  for (;;) {
    pid_t child = fork();
    if (child == 0) _exit(0);
    if (child > 0) waitpid(child, NULL, 0);
  }
  return arg;
}

static void *nothing(void *arg) { return arg; }

static void *makes_threads(void *arg) {
  pthread_t thread;
  for (;;) {
    if (pthread_create(&thread, NULL, nothing, NULL) == 0)
      pthread_join(thread, NULL);
  }
  return arg;
}

static void *(*const busy[])(void *) = {computes, reads, calls,
                                        maps,     forks, makes_threads};
#define BUSY ((int)(sizeof busy / sizeof *busy))

static void start(void *(*function)(void *), void *arg) {
  pthread_t thread;
  if (pthread_create(&thread, NULL, function, arg) != 0) _exit(77);
}

/* Siblings for round `i`: other ones, and as many, each time. */
static void start_busy(int i) {
  MUST(pipe(quiet));
  for (int k = 0; k <= i % 5; k++) start(busy[(i + k * 5 + i / 5) % BUSY], NULL);
}

static void exit_group_of_busy_threads(void) {
  int bad = 0;
  for (int i = 0; i < 40; i++) {
    pid_t child = MUST(fork());
    if (child == 0) {
      start_busy(i);
      if (i % 3 != 0) usleep(i % 5 * 200);
      if (i % 10 == 9) kill(getpid(), SIGKILL);
      _exit(i);
    }
    int status;
    MUST(waitpid(child, &status, 0));
    if (status != (i % 10 == 9 ? SIGKILL : i << 8)) bad++;
  }
  EQ(bad, 0);
}

static void *execs(void *code) {
  char *argv[] = {self, "exit", code, NULL};
  execv(self, argv);
  _exit(78);
}

/* Two threads at once, the leader may have ended. */
static void exec_beside_busy_threads(void) {
  int bad = 0;
  for (int i = 0; i < 30; i++) {
    char code[16];
    snprintf(code, sizeof code, "%d", i);
    pid_t child = MUST(fork());
    if (child == 0) {
      start_busy(i);
      if (i % 3 == 0) usleep(i % 7 * 100);
      start(execs, code);
      if (i % 6 == 0) start(execs, code);
      if (i % 4 == 0) computes(NULL);
      if (i % 4 == 1) pthread_exit(NULL);
      for (;;) pause();
    }
    int status;
    MUST(waitpid(child, &status, 0));
    if (status != i << 8) bad++;
  }
  EQ(bad, 0);
}

static void stops_and_continues(void) {
  int bad = 0;
  for (int i = 0; i < 4; i++) {
    pid_t child = MUST(fork());
    if (child == 0) {
      start_busy(i);
      calls(NULL);
    }
    for (int k = 0; k < 40; k++) {
      int status;
      kill(child, SIGSTOP);
      if (k % 4 == 3) {
        kill(child, SIGCONT);
        continue;
      }
      if (waitpid(child, &status, WUNTRACED) != child || !WIFSTOPPED(status))
        bad++;
      kill(child, SIGCONT);
      if (k % 2 == 0) continue;
      if (waitpid(child, &status, WCONTINUED) != child ||
          !WIFCONTINUED(status))
        bad++;
    }
    int status;
    kill(child, SIGKILL);
    do MUST(waitpid(child, &status, WUNTRACED));
    while (WIFSTOPPED(status));
    if (status != SIGKILL) bad++;
  }
  EQ(bad, 0);
}

static int wrong;
#define CHECK(condition) \
  if (!(condition)) __atomic_add_fetch(&wrong, 1, __ATOMIC_RELAXED)

static void anonymous_memory(unsigned seed) {
  size_t length = 4096 * (1 + seed % 40);
  unsigned char *p = mmap(NULL, length, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  memset(p, seed & 255, length);
  for (size_t k = 0; k < length; k += 997) CHECK(p[k] == (seed & 255));
  mprotect(p, 4096, PROT_READ);
  mprotect(p, 4096, PROT_READ | PROT_WRITE);
  p[0]++;
  CHECK(p[0] == ((seed + 1) & 255));
  madvise(p, 4096, MADV_DONTNEED);
  CHECK(p[0] == 0);
  munmap(p, length);
}

static int is_elf(int fd) {
  char *p = mmap(NULL, 8192, PROT_READ, MAP_PRIVATE, fd, 0);
  int is = p != MAP_FAILED && memcmp(p, "\177ELF", 4) == 0;
  if (p != MAP_FAILED) munmap(p, 8192);
  return is;
}

static void forked_memory(unsigned seed, int fd) {
  int status;
  char *p = malloc(5000);
  memset(p, seed & 127, 5000);
  pid_t child = fork();
  if (child == 0) {
    for (int k = 0; k < 5000; k++)
      if (p[k] != (char)(seed & 127)) _exit(3);
    p[7] = 0;
    _exit(is_elf(fd) ? 7 : 4);
  }
  CHECK(waitpid(child, &status, 0) == child && status == 7 << 8);
  CHECK(p[7] == (char)(seed & 127));
  free(p);
}

static void vforked(int code) {
  int status;
  char *argv[] = {self, "exit", "11", NULL};
  pid_t child = vfork();
  if (child == 0) {
    if (code % 2 == 0) execv(self, argv);
    _exit(11);
  }
  CHECK(waitpid(child, &status, 0) == child && status == 11 << 8);
}

static void *does_all(void *arg) {
  unsigned seed = *(unsigned *)arg;
  int fd = open(self, O_RDONLY);
  for (int i = 0; i < 50; i++) {
    seed = seed * 1103515245 + 12345;
    pthread_t thread;
    switch ((seed >> 16) % 5) {
      case 0:
        anonymous_memory(seed >> 20);
        break;
      case 1:
        CHECK(is_elf(fd));
        break;
      case 2:
        forked_memory(seed >> 20, fd);
        break;
      case 3:
        vforked(i);
        break;
      default:
        CHECK(pthread_create(&thread, NULL, nothing, NULL) == 0 &&
              pthread_join(thread, NULL) == 0);
    }
  }
  close(fd);
  return NULL;
}

static void all_in_threads(void) {
  enum { THREADS = 8 };
  pthread_t threads[THREADS];
  unsigned seeds[THREADS];
  for (int i = 0; i < THREADS; i++) {
    seeds[i] = i * 7919 + 1;
    EQ(pthread_create(&threads[i], NULL, does_all, &seeds[i]), 0);
  }
  for (int i = 0; i < THREADS; i++) EQ(pthread_join(threads[i], NULL), 0);
  EQ(wrong, 0);
}

static volatile int done_computing;
static int signals, alarms;

static void count_signal(int signo) {
  __atomic_add_fetch(signo == SIGALRM ? &alarms : &signals, 1,
                     __ATOMIC_RELAXED);
}

static void *gets_signals(void *arg) {
  *(pid_t *)arg = gettid();
  while (!done_computing) continue;
  return NULL;
}

static void signals_and_forks(void) {
  enum { THREADS = 3 };
  pthread_t threads[THREADS];
  volatile pid_t tids[THREADS] = {0};
  struct sigaction action = {.sa_handler = count_signal,
                             .sa_flags = SA_RESTART};
  MUST(sigaction(SIGALRM, &action, NULL));
  MUST(sigaction(SIGUSR1, &action, NULL));
  MUST(sigaction(SIGCHLD, &action, NULL));
  for (int i = 0; i < THREADS; i++) {
    EQ(pthread_create(&threads[i], NULL, gets_signals, (void *)&tids[i]), 0);
    while (tids[i] == 0) sched_yield();
  }
  struct itimerval often = {{0, 2000}, {0, 2000}}, never = {{0, 0}, {0, 0}};
  MUST(setitimer(ITIMER_REAL, &often, NULL));
  int bad = 0;
  for (int i = 0; i < 60; i++) {
    pid_t child = MUST(fork());
    if (child == 0) _exit(i);
    for (int k = 0; k < THREADS; k++) tgkill(getpid(), tids[k], SIGUSR1);
    kill(getpid(), SIGUSR1);
    int status;
    if (waitpid(child, &status, 0) != child || status != i << 8) bad++;
  }
  while (alarms == 0) usleep(1000);
  MUST(setitimer(ITIMER_REAL, &never, NULL));
  done_computing = 1;
  for (int i = 0; i < THREADS; i++) EQ(pthread_join(threads[i], NULL), 0);
  EQ(bad, 0);
  EQ(signals > 60, 1);
}

static void many_threads(void) {
  enum { THREADS = 150 };
  static pthread_t threads[THREADS];
  pthread_attr_t small;
  pthread_attr_init(&small);
  pthread_attr_setstacksize(&small, 65536);
  int bad = 0;
  for (int round = 0; round < 6; round++) {
    for (int i = 0; i < THREADS; i++)
      if (pthread_create(&threads[i], &small, nothing, &threads[i])) bad++;
    for (int i = 0; i < THREADS; i++) {
      void *result;
      if (pthread_join(threads[i], &result) || result != &threads[i]) bad++;
    }
  }
  EQ(bad, 0);
}

int main(int argc, char **argv) {
  if (argc == 3 && strcmp(argv[1], "exit") == 0) return atoi(argv[2]);
  MUST(readlink("/proc/self/exe", self, sizeof self - 1));
  exit_group_of_busy_threads();
  exec_beside_busy_threads();
  stops_and_continues();
  all_in_threads();
  signals_and_forks();
  many_threads();
  return done();
}

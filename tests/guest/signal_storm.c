/*
 * Signals that hit threads at every point of a call's way in and out: results,
 * registers and FP state stay what they are, and no signal that interrupts a
 * computation gets lost for good.
 */
#include "test.h"
#include <pthread.h>
#include <sys/time.h>
#include <time.h>

static volatile long alarms, users;
static volatile int stop;

static void on_signal(int signo) {
  volatile double spoil = 3.7;
  spoil *= spoil;
  if (signo == SIGALRM) alarms++;
  else users++;
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec * 1e-9;
}

/* Calls and computes; how often something was not as it should be. */
static void *worker(void *arg) {
  long wrong = 0, pid = getpid();
  volatile double sum = 0;
  (void)arg;
  while (!stop) {
    double in = 1.25, out;
    long result;
    asm volatile("movsd %2,%%xmm9\n mov $39,%%eax\n syscall\n movsd %%xmm9,%1"
                 : "=&a"(result), "=m"(out)
                 : "m"(in)
                 : "rcx", "r11", "xmm9", "memory");
    wrong += result != pid || out != in;
    for (int i = 0; i < 200; i++) sum += i * 0.5;
    syscall(SYS_getppid);
  }
  return (void *)wrong;
}

int main(void) {
  struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
  MUST(sigaction(SIGALRM, &action, NULL));
  MUST(sigaction(SIGUSR1, &action, NULL));
  pthread_t threads[3];
  for (int i = 0; i < 3; i++)
    MUST(pthread_create(&threads[i], NULL, worker, NULL) == 0 ? 0 : -1);
  struct itimerval often = {{0, 300}, {0, 300}}, never = {{0, 0}, {0, 0}};
  MUST(setitimer(ITIMER_REAL, &often, NULL));
  for (double start = now(); now() - start < 1.5;) {
    for (int i = 0; i < 3; i++) pthread_kill(threads[i], SIGUSR1);
    usleep(50);
  }
  stop = 1;
  for (int i = 0; i < 3; i++) {
    void *wrong;
    pthread_join(threads[i], &wrong);
    EQ((long)wrong, 0);
  }
  MUST(setitimer(ITIMER_REAL, &never, NULL));
  TRUE(alarms > 50);
  TRUE(users > 50);
  return done();
}

/* Futexes: waiting, waking, requeueing, PI locks, robust lists; threads on them. */
#include "test.h"

#include <linux/futex.h>
#include <pthread.h>
#include <time.h>

static long futex(void *word, int op, unsigned value, const void *timeout,
                  void *word2, unsigned value3) {
  return syscall(SYS_futex, word, op, value, timeout, word2, value3);
}

static int words[4];

static void errors(void) {
  SECTION("errors");
  struct timespec bad = {.tv_nsec = -1}, none = {0};
  ERR(futex(words, FUTEX_WAIT, 1, NULL, NULL, 0), EAGAIN);
  ERR(futex((char *)words + 1, FUTEX_WAIT, 0, NULL, NULL, 0), EINVAL);
  ERR(futex(BAD, FUTEX_WAIT, 0, NULL, NULL, 0), EFAULT);
  ERR(futex(words, FUTEX_WAIT, 0, BAD, NULL, 0), EFAULT);
  ERR(futex(words, FUTEX_WAIT, 0, &bad, NULL, 0), EINVAL);
  ERR(futex(words, FUTEX_WAIT, 0, &none, NULL, 0), ETIMEDOUT);
  ERR(futex(words, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, 0, &none, NULL, 0),
      ETIMEDOUT);
  ERR(futex(words, FUTEX_WAIT_BITSET, 0, NULL, NULL, 0), EINVAL);
  ERR(futex(words, FUTEX_WAKE_BITSET, 1, NULL, NULL, 0), EINVAL);
  ERR(futex(words, 77, 0, NULL, NULL, 0), ENOSYS);
  ERR(futex(words, FUTEX_WAKE | FUTEX_CLOCK_REALTIME, 1, NULL, NULL, 0),
      ENOSYS);
  EQ(futex(words, FUTEX_WAKE, 1, NULL, NULL, 0), 0);
  ERR(futex(words, FUTEX_CMP_REQUEUE, 1, (void *)1, words + 1, 5), EAGAIN);
  ERR(futex(words, FUTEX_CMP_REQUEUE, -1, (void *)1, words + 1, 0), EINVAL);
  EQ(futex(words, FUTEX_CMP_REQUEUE, 1, (void *)1, words + 1, 0), 0);
  EQ(futex(words, FUTEX_WAKE_OP, 1, (void *)1, words + 1,
           FUTEX_OP(FUTEX_OP_SET, 9, FUTEX_OP_CMP_EQ, 0)),
     0);
  EQ(words[1], 9);
  words[1] = 0;
  ERR(syscall(SYS_set_robust_list, NULL, 1), EINVAL);
  void *head;
  size_t length;
  OK(syscall(SYS_get_robust_list, 0, &head, &length));
  EQ(length, 24);
  ERR(syscall(SYS_get_robust_list, 4194304, &head, &length), ESRCH);
  ERR(syscall(SYS_get_robust_list, 0, BAD, &length), EFAULT);
}

struct waiter {
  int *word;
  int bitset;
  volatile int tid;
  volatile long result;
  volatile int woken;
  pthread_t thread;
};

static void *wait_on(void *argument) {
  struct waiter *w = argument;
  w->tid = syscall(SYS_gettid);
  w->result = w->bitset == 0
                  ? futex(w->word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0)
                  : futex(w->word, FUTEX_WAIT_BITSET_PRIVATE, 0, NULL, NULL,
                          w->bitset);
  w->woken = 1;
  return NULL;
}

static void start(struct waiter *w, int *word, int bitset) {
  *w = (struct waiter){.word = word, .bitset = bitset};
  if (pthread_create(&w->thread, NULL, wait_on, w) != 0) _exit(5);
  while (w->tid == 0) sched_yield();
  await_blocked(getpid(), w->tid);
}

static void waking(void) {
  SECTION("wait and wake");
  struct waiter a, b, c;
  start(&a, words, 0);
  start(&b, words, 0);
  EQ(futex(words, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0), 1);
  pthread_join(a.thread, NULL);
  EQ(a.result, 0);
  EQ(b.woken, 0);
  EQ(futex(words, FUTEX_WAKE_PRIVATE, 10, NULL, NULL, 0), 1);
  pthread_join(b.thread, NULL);
  start(&a, words, 1);
  start(&b, words, 2);
  EQ(futex(words, FUTEX_WAKE_BITSET_PRIVATE, 10, NULL, NULL, 6), 1);
  pthread_join(b.thread, NULL);
  EQ(futex(words, FUTEX_WAKE_BITSET_PRIVATE, 10, NULL, NULL, 1), 1);
  pthread_join(a.thread, NULL);
  start(&a, words, 0);
  start(&b, words, 0);
  start(&c, words, 0);
  EQ(futex(words, FUTEX_CMP_REQUEUE_PRIVATE, 1, (void *)1, words + 1, 0), 2);
  pthread_join(a.thread, NULL);
  EQ(futex(words + 1, FUTEX_WAKE_PRIVATE, 10, NULL, NULL, 0), 1);
  pthread_join(b.thread, NULL);
  EQ(futex(words, FUTEX_WAKE_PRIVATE, 10, NULL, NULL, 0), 1);
  pthread_join(c.thread, NULL);
  start(&a, words, 0);
  start(&b, words + 1, 0);
  EQ(futex(words, FUTEX_WAKE_OP_PRIVATE, 1, (void *)1, words + 1,
           FUTEX_OP(FUTEX_OP_ADD, 3, FUTEX_OP_CMP_EQ, 0)),
     2);
  EQ(words[1], 3);
  pthread_join(a.thread, NULL);
  pthread_join(b.thread, NULL);
}

static void shared(void) {
  SECTION("words shared between processes");
  int *word = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
                   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  pid_t child = MUST(fork());
  if (child == 0) {
    int *other = mremap(word, 4096, 4096, MREMAP_MAYMOVE | MREMAP_FIXED,
                        (char *)0x20000000);
    _exit(futex(other, FUTEX_WAIT, 0, NULL, NULL, 0) == 0 ? 3 : 4);
  }
  await_blocked(child, child);
  EQ(futex(word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0), 0);
  EQ(futex(word, FUTEX_WAKE, 1, NULL, NULL, 0), 1);
  int status;
  MUST(waitpid(child, &status, 0));
  EQ(WEXITSTATUS(status), 3);
}

static void *lock_pi(void *argument) {
  struct waiter *w = argument;
  w->tid = syscall(SYS_gettid);
  w->result = futex(w->word, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0);
  w->woken = (*w->word & FUTEX_TID_MASK) == w->tid;
  futex(w->word, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0);
  return NULL;
}

static void pi(void) {
  SECTION("PI locks");
  int word = 0, tid = syscall(SYS_gettid);
  OK(futex(&word, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0));
  EQ(word == tid, 1);
  ERR(futex(&word, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0), EDEADLK);
  ERR(futex(&word, FUTEX_TRYLOCK_PI_PRIVATE, 0, NULL, NULL, 0), EDEADLK);
  struct waiter w = {.word = &word};
  if (pthread_create(&w.thread, NULL, lock_pi, &w) != 0) _exit(5);
  while (w.tid == 0) sched_yield();
  await_blocked(getpid(), w.tid);
  EQ((word & FUTEX_WAITERS) != 0, 1);
  OK(futex(&word, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0));
  pthread_join(w.thread, NULL);
  EQ(w.result, 0);
  EQ(w.woken, 1);
  EQ(word, 0);
  ERR(futex(&word, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0), EPERM);
  word = 4194303;
  ERR(futex(&word, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0), ESRCH);
  word = 0;
  OK(futex(&word, FUTEX_TRYLOCK_PI_PRIVATE, 0, NULL, NULL, 0));
  OK(futex(&word, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0));
}

static pthread_mutex_t robust;
static void *die_holding(void *argument) {
  (void)argument;
  pthread_mutex_lock(&robust);
  return NULL;
}

static void robust_mutexes(void) {
  SECTION("robust mutexes");
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  pthread_mutex_init(&robust, &attributes);
  pthread_t thread;
  pthread_create(&thread, NULL, die_holding, NULL);
  pthread_join(thread, NULL);
  EQ(pthread_mutex_lock(&robust), EOWNERDEAD);
  EQ(pthread_mutex_consistent(&robust), 0);
  EQ(pthread_mutex_unlock(&robust), 0);
}

static void waitv(void) {
  SECTION("futex_waitv");
  struct futex_waitv v[3] = {0};
  struct timespec past = {0};
  for (int i = 0; i < 3; i++) {
    v[i].uaddr = (unsigned long)&words[i];
    v[i].flags = FUTEX_32 | FUTEX_PRIVATE_FLAG;
    words[i] = 0;
  }
  ERR(syscall(SYS_futex_waitv, v, 0, 0, NULL, 0), EINVAL);
  ERR(syscall(SYS_futex_waitv, v, 129, 0, NULL, 0), EINVAL);
  ERR(syscall(SYS_futex_waitv, v, 1, 1, NULL, 0), EINVAL);
  ERR(syscall(SYS_futex_waitv, v, 3, 0, &past, 77), EINVAL);
  ERR(syscall(SYS_futex_waitv, v, 3, 0, &past, CLOCK_MONOTONIC), ETIMEDOUT);
  v[2].val = 1;
  ERR(syscall(SYS_futex_waitv, v, 3, 0, &past, CLOCK_MONOTONIC), EAGAIN);
  v[2].flags = 0x40;
  ERR(syscall(SYS_futex_waitv, v, 3, 0, &past, CLOCK_MONOTONIC), EINVAL);
}

static volatile int turn;
static void *ping(void *argument) {
  int me = (int)(long)argument;
  for (int i = 0; i < 300; i++) {
    while (turn != me)
      futex((void *)&turn, FUTEX_WAIT_PRIVATE, !me, NULL, NULL, 0);
    turn = !me;
    futex((void *)&turn, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
  }
  return NULL;
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static int total, started;
static void *add(void *argument) {
  (void)argument;
  pthread_mutex_lock(&mutex);
  started++;
  pthread_cond_broadcast(&condition);
  while (started < 4) pthread_cond_wait(&condition, &mutex);
  pthread_mutex_unlock(&mutex);
  for (int i = 0; i < 2000; i++) {
    pthread_mutex_lock(&mutex);
    total++;
    pthread_mutex_unlock(&mutex);
  }
  return NULL;
}

static void threads(void) {
  SECTION("threads");
  pthread_t t[4];
  for (long i = 0; i < 2; i++) pthread_create(&t[i], NULL, ping, (void *)i);
  for (int i = 0; i < 2; i++) pthread_join(t[i], NULL);
  EQ(turn, 0);
  for (int i = 0; i < 4; i++) pthread_create(&t[i], NULL, add, NULL);
  for (int i = 0; i < 4; i++) pthread_join(t[i], NULL);
  EQ(total, 8000);
  struct timespec soon;
  clock_gettime(CLOCK_REALTIME, &soon);
  soon.tv_nsec += 2000000;
  if (soon.tv_nsec >= 1000000000) soon.tv_nsec -= 1000000000, soon.tv_sec++;
  pthread_mutex_lock(&mutex);
  EQ(pthread_cond_timedwait(&condition, &mutex, &soon), ETIMEDOUT);
  EQ(pthread_mutex_timedlock(&mutex, &soon), ETIMEDOUT);
  pthread_mutex_unlock(&mutex);
}

int main(void) {
  errors();
  waking();
  shared();
  pi();
  robust_mutexes();
  waitv();
  threads();
  return done();
}

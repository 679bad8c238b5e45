/* Threads and forks that map, write and move memory at the same time. */
#include "test.h"
#include <pthread.h>
#include <stdatomic.h>

#define PAGE 4096L
#define RW (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)
#define THREADS 4
#define ROUNDS 300

static atomic_long wrong;

static unsigned next(unsigned *seed) {
  *seed ^= *seed << 13;
  *seed ^= *seed >> 17;
  *seed ^= *seed << 5;
  return *seed;
}

static void fill(long *p, long pages, long mark) {
  for (long i = 0; i < pages; i++) p[i * 512] = mark + i;
}

static void verify(long *p, long pages, long mark) {
  for (long i = 0; i < pages; i++)
    if (p[i * 512] != (mark == 0 ? 0 : mark + i)) wrong++;
}

/* Maps, writes, moves, forgets and unmaps, by itself. */
static void *worker(void *argument) {
  unsigned seed = 1234567 * (long)(argument + 1);
  for (int round = 0; round < ROUNDS; round++) {
    long pages = 1 + next(&seed) % 40;
    long mark = (long)seed << 8;
    long *p = mmap(NULL, pages * PAGE, RW, ANON, -1, 0);
    if (p == MAP_FAILED) {
      wrong++;
      continue;
    }
    verify(p, pages, 0);
    fill(p, pages, mark);
    switch (next(&seed) % 4) {
      case 0:
        mprotect(p, pages * PAGE, PROT_READ);
        verify(p, pages, mark);
        mprotect(p, pages * PAGE, RW);
        break;
      case 1:
        p = mremap(p, pages * PAGE, pages * PAGE * 3, MREMAP_MAYMOVE);
        verify(p + pages * 512, pages * 2, 0);
        munmap(p + pages * 512, pages * 2 * PAGE);
        break;
      case 2:
        madvise(p, pages * PAGE, MADV_DONTNEED);
        mark = 0;
        break;
    }
    verify(p, pages, mark);
    munmap(p, pages * PAGE);
  }
  return NULL;
}

/* Adds to every counter of its own word on pages that all threads share. */
static long (*counters)[512];
static atomic_int stop;

static void *counter(void *argument) {
  long me = (long)argument, n = 0;
  while (!stop) {
    n++;
    for (int page = 0; page < 16; page++)
      __atomic_fetch_add(&counters[page][me], 1, __ATOMIC_RELAXED);
  }
  return (void *)n;
}

static void with_threads(void) {
  SECTION("threads that map");
  pthread_t threads[THREADS];
  for (long i = 0; i < THREADS; i++)
    MUST(pthread_create(&threads[i], NULL, worker, (void *)i) ? -1 : 0);
  for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
  EQ(wrong, 0);
}

static void with_forks(void) {
  SECTION("forks while threads write");
  counters = mmap(NULL, 16 * PAGE, RW, ANON, -1, 0);
  pthread_t threads[2];
  for (long i = 0; i < 2; i++)
    MUST(pthread_create(&threads[i], NULL, counter, (void *)i) ? -1 : 0);
  int ends[2];
  MUST(pipe(ends));
  for (int i = 0; i < 40; i++) {
    pid_t pid = MUST(fork());
    if (pid == 0) {
      /* A snapshot stands still. */
      long sum = 0, again = 0;
      for (int page = 0; page < 16; page++) sum += counters[page][0];
      sched_yield();
      for (int page = 0; page < 16; page++) again += counters[page][0];
      _exit(sum == again ? 0 : 1);
    }
    /* The kernel writes to the pages too. */
    if (write(ends[1], "x", 1) != 1) wrong++;
    if (read(ends[0], &counters[i % 16][100], 1) != 1) wrong++;
    if (counters[i % 16][100] != 'x') wrong++;
    int status;
    MUST(waitpid(pid, &status, 0));
    if (status != 0) wrong++;
  }
  stop = 1;
  for (long i = 0; i < 2; i++) {
    void *n;
    pthread_join(threads[i], &n);
    for (int page = 0; page < 16; page++)
      if (counters[page][i] != (long)n) wrong++;
  }
  EQ(wrong, 0);
}

/* A tree of processes, each of which changes its copy. */
static void tree(long *p, long pages, int depth, long mark) {
  verify(p, pages, mark);
  for (int child = 0; child < 2 && depth > 0; child++) {
    pid_t pid = MUST(fork());
    if (pid == 0) {
      fill(p + child * 512, pages - 1, mark * 2 + child);
      verify(p + child * 512, pages - 1, mark * 2 + child);
      fill(p, pages, mark * 2 + child);
      tree(p, pages, depth - 1, mark * 2 + child);
      _exit(wrong == 0 ? 0 : 1);
    }
    p[5 * 512] = mark + 5;
    int status;
    MUST(waitpid(pid, &status, 0));
    if (status != 0) wrong++;
    verify(p, pages, mark);
  }
}

int main(void) {
  with_threads();
  with_forks();
  SECTION("a tree of forks");
  long *p = mmap(NULL, 600 * PAGE, RW, ANON, -1, 0);
  fill(p, 600, 1000000);
  tree(p, 600, 4, 1000000);
  EQ(wrong, 0);
  return done();
}

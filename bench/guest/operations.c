// Costs of single operations. `operations MILLISECONDS TRUE NAME...` prints a
// line "name: ns" for each name, "all" for all; TRUE is what fork+exec runs.
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define KIB 1024
#define PAGE 4096

static char buffer[64 * KIB];
static const char *true_program;
static int zero, null, file, pipe_in, pipe_out, event, poller, left, right;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e9 + t.tv_nsec;
}

static void need(int ok, const char *what) {
  if (ok) return;
  perror(what);
  exit(1);
}

// A call site as compilers inline it: the number, then the instruction.
static void getppid_inline(long n) {
  while (n--) {
    long r;
    __asm__ volatile("movl $110, %%eax\n\tsyscall"
                     : "=a"(r) : : "rcx", "r11", "memory");
  }
}

static void getppid_libc(long n) {
  while (n--) syscall(SYS_getppid);
}

static void clock_read(long n) {
  while (n--) now();
}

static void read_zero(long n) {
  while (n--) need(read(zero, buffer, 1) == 1, "read");
}

static void write_null(long n) {
  while (n--) need(write(null, buffer, PAGE) == PAGE, "write");
}

static void pread_4k(long n) {
  while (n--) need(pread(file, buffer, PAGE, 0) == PAGE, "pread");
}

static void pread_64k(long n) {
  int size = sizeof buffer;
  while (n--) need(pread(file, buffer, size, 0) == size, "pread");
}

static void pwrite_4k(long n) {
  while (n--) need(pwrite(file, buffer, PAGE, 0) == PAGE, "pwrite");
}

static void pwrite_64k(long n) {
  int size = sizeof buffer;
  while (n--) need(pwrite(file, buffer, size, 0) == size, "pwrite");
}

static void stat_path(long n) {
  struct stat s;
  while (n--) need(stat("/tmp", &s) == 0, "stat");
}

static void open_close(long n) {
  while (n--) close(open("/dev/null", O_RDONLY));
}

static void create_unlink(long n) {
  char name[64];
  snprintf(name, sizeof name, "/tmp/bench-%d", getpid());
  while (n--) {
    int fd = open(name, O_CREAT | O_EXCL | O_RDWR, 0600);
    need(fd >= 0, "create");
    close(fd);
    unlink(name);
  }
}

static char *map(size_t size) {
  char *p = mmap(0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                 -1, 0);
  need(p != MAP_FAILED, "mmap");
  return p;
}

static void map_unmap(long n) {
  while (n--) munmap(map(64 * KIB), 64 * KIB);
}

// A mapping and its end are shared by 1024 pages.
static void first_touch(long n) {
  while (n > 0) {
    long pages = n < 1024 ? n : 1024;
    char *p = map(pages * PAGE);
    for (long i = 0; i < pages; i++) p[i * PAGE] = 1;
    munmap(p, pages * PAGE);
    n -= pages;
  }
}

static void protect(long n) {
  char *p = map(4 * PAGE);
  p[0] = 1;
  while (n--) need(mprotect(p, PAGE, n & 1 ? PROT_READ : 3) == 0, "mprotect");
  munmap(p, 4 * PAGE);
}

static void pipe_write_read(long n) {
  while (n--) {
    need(write(pipe_in, buffer, 1) == 1, "write");
    need(read(pipe_out, buffer, 1) == 1, "read");
  }
}

static int there[2], back[2];

static void *echo(void *unused) {
  char c;
  while (read(there[0], &c, 1) == 1 && c) need(write(back[1], &c, 1) == 1, "w");
  return unused;
}

static void ping_pong(long n) {
  need(pipe(there) == 0 && pipe(back) == 0, "pipe");
  pthread_t thread;
  pthread_create(&thread, 0, echo, 0);
  for (char c = 1; n--;) {
    need(write(there[1], &c, 1) == 1, "write");
    need(read(back[0], &c, 1) == 1, "read");
  }
  need(write(there[1], "", 1) == 1, "write");
  pthread_join(thread, 0);
  for (int i = 0; i < 2; i++) close(there[i]), close(back[i]);
}

static void *nothing(void *unused) { return unused; }

static void thread_join(long n) {
  while (n--) {
    pthread_t thread;
    need(pthread_create(&thread, 0, nothing, 0) == 0, "pthread_create");
    pthread_join(thread, 0);
  }
}

static void fork_wait(long n) {
  while (n--) {
    pid_t pid = fork();
    if (pid == 0) _exit(0);
    need(waitpid(pid, 0, 0) == pid, "waitpid");
  }
}

static void fork_exec(long n) {
  while (n--) {
    pid_t pid = fork();
    if (pid == 0) {
      execl(true_program, "true", (char *)0);
      _exit(127);
    }
    int status;
    need(waitpid(pid, &status, 0) == pid && status == 0, true_program);
  }
}

static void event_epoll(long n) {
  struct epoll_event e;
  uint64_t one = 1;
  while (n--) {
    need(write(event, &one, 8) == 8, "write");
    need(epoll_wait(poller, &e, 1, -1) == 1, "epoll_wait");
    need(read(event, &one, 8) == 8, "read");
  }
}

static void unix_pair(long n) {
  while (n--) {
    need(write(left, buffer, 64) == 64, "write");
    need(read(right, buffer, 64) == 64, "read");
  }
}

static void compute(int seconds) {
  signal(SIGALRM, SIG_DFL);
  alarm(seconds);
  for (volatile long i = 0;; i++);
}

// Four processes compute meanwhile.
static void beside_four(long n) {
  pid_t pids[4];
  for (int i = 0; i < 4; i++) {
    if ((pids[i] = fork()) == 0) compute(60);
  }
  getppid_libc(n);
  for (int i = 0; i < 4; i++) kill(pids[i], SIGKILL);
  for (int i = 0; i < 4; i++) waitpid(pids[i], 0, 0);
}

static const struct operation {
  const char *name;
  void (*run)(long n);
  // How often, where the time decides nothing; else 0.
  long times;
} operations[] = {
    {"getppid inline", getppid_inline, 0},
    {"getppid syscall()", getppid_libc, 0},
    {"clock_gettime", clock_read, 0},
    {"read zero 1", read_zero, 0},
    {"write null 4K", write_null, 0},
    {"pread 4K", pread_4k, 0},
    {"pread 64K", pread_64k, 0},
    {"pwrite 4K", pwrite_4k, 0},
    {"pwrite 64K", pwrite_64k, 0},
    {"stat", stat_path, 0},
    {"open+close", open_close, 0},
    {"create+unlink", create_unlink, 0},
    {"mmap+munmap 64K", map_unmap, 0},
    {"first touch", first_touch, 0},
    {"mprotect", protect, 0},
    {"pipe write+read", pipe_write_read, 0},
    {"pipe ping-pong", ping_pong, 0},
    {"thread+join", thread_join, 0},
    {"fork+wait", fork_wait, 0},
    {"fork+exec+wait", fork_exec, 0},
    {"eventfd+epoll", event_epoll, 0},
    {"unix pair", unix_pair, 0},
    // So many that the scheduler's slices even out.
    {"getppid beside 4", beside_four, 500000},
};

static void set_up(void) {
  zero = open("/dev/zero", O_RDONLY);
  null = open("/dev/null", O_WRONLY);
  char name[] = "/tmp/bench-XXXXXX";
  file = mkstemp(name);
  need(file >= 0, name);
  unlink(name);
  need(write(file, buffer, sizeof buffer) == sizeof buffer, "write");
  int fds[2];
  need(pipe(fds) == 0, "pipe");
  pipe_out = fds[0], pipe_in = fds[1];
  need(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0, "socketpair");
  left = fds[0], right = fds[1];
  event = eventfd(0, 0);
  poller = epoll_create1(0);
  struct epoll_event e = {.events = EPOLLIN};
  need(epoll_ctl(poller, EPOLL_CTL_ADD, event, &e) == 0, "epoll_ctl");
}

static double timed(const struct operation *o, long n) {
  double start = now();
  o->run(n);
  return now() - start;
}

static void measure(const struct operation *o, double budget) {
  long n = o->times ? o->times : 1;
  double took = 0;
  if (!o->times) {
    for (; (took = timed(o, n)) < budget / 4; n *= 2);
    n = n * (budget / took) + 1;
    // Whatever learns from use has learnt by the second batch.
    timed(o, n);
  }
  took = timed(o, n);
  printf("%s: %.1f\n", o->name, took / n);
  fflush(stdout);
}

int main(int argc, char **argv) {
  need(argc > 3, "operations MILLISECONDS TRUE NAME...");
  true_program = argv[2];
  set_up();
  int count = sizeof operations / sizeof *operations;
  for (int i = 0; i < count; i++) {
    for (int k = 3; k < argc; k++) {
      const char *name = operations[i].name;
      if (strcmp(argv[k], "all") && strcmp(argv[k], name)) continue;
      measure(&operations[i], atof(argv[1]) * 1e6);
      break;
    }
  }
  return 0;
}

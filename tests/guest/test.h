/*
 * What guest tests share. A test is a static program that prints one line per
 * check; it runs natively first (all must hold), then in the sandbox, and the
 * two transcripts must be equal: print nothing that differs from run to run
 * (addresses, pids, times). A failed check counts and the test goes on; a
 * set-up that fails ends it.
 *
 * The working directory is writable and empty, standard input is at its end.
 */
#ifndef TEST_H
#define TEST_H
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

static int failures_;

/* One line of the transcript, in one write. */
static void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void say(const char *format, ...) {
  int saved = errno;
  char line[1024];
  va_list list;
  va_start(list, format);
  int n = vsnprintf(line, sizeof line - 1, format, list);
  va_end(list);
  if (n > (int)sizeof line - 2) n = sizeof line - 2;
  line[n++] = '\n';
  if (write(1, line, n) != n) _exit(3);
  errno = saved;
}

/* Result of a test's main. In a forked child: _exit(done()). */
static inline int done(void) { return failures_ == 0 ? 0 : 1; }

#define FAIL_(...) (failures_++, say("FAILED line %d: " __VA_ARGS__))

/* The call succeeds; gives its result. */
#define OK(call)                                                        \
  ({                                                                    \
    errno = 0;                                                          \
    long result_ = (long)(call);                                        \
    if (result_ == -1)                                                  \
      FAIL_("%s: %s", __LINE__, #call, strerrorname_(errno));           \
    else                                                                \
      say("%s: ok", #call);                                             \
    result_;                                                            \
  })

/* The call fails with errno `error`. */
#define ERR(call, error)                                                     \
  ({                                                                         \
    errno = 0;                                                               \
    long result_ = (long)(call);                                             \
    if (result_ != -1)                                                       \
      FAIL_("%s gave %ld instead of %s", __LINE__, #call, result_, #error);  \
    else if (errno != (error))                                               \
      FAIL_("%s: %s instead of %s", __LINE__, #call, strerrorname_(errno),   \
            #error);                                                         \
    else                                                                     \
      say("%s: %s", #call, #error);                                          \
    result_;                                                                 \
  })

/* Both sides are the same number. */
#define EQ(a, b)                                                           \
  ({                                                                       \
    errno = 0;                                                             \
    long a_ = (long)(a), b_ = (long)(b);                                   \
    if (a_ != b_)                                                          \
      FAIL_("%s is %ld (%s), not %s = %ld", __LINE__, #a, a_,              \
            strerrorname_(errno), #b, b_);                                 \
    else                                                                   \
      say("%s == %s", #a, #b);                                             \
    a_ == b_;                                                              \
  })

/* Both strings are equal. */
#define STREQ(a, b)                                                          \
  ({                                                                         \
    const char *a_ = (a), *b_ = (b);                                         \
    if (strcmp(a_, b_) != 0)                                                 \
      FAIL_("%s is \"%s\", not \"%s\"", __LINE__, #a, a_, b_);               \
    else                                                                     \
      say("%s is \"%s\"", #a, b_);                                           \
  })

/* The condition holds. */
#define TRUE(condition)                                     \
  ({                                                        \
    if (condition)                                          \
      say("%s", #condition);                                \
    else                                                    \
      FAIL_("not: %s", __LINE__, #condition);               \
  })

/* Set-up that the rest needs; gives its result. */
#define MUST(call)                                                        \
  ({                                                                      \
    errno = 0;                                                            \
    long must_ = (long)(call);                                            \
    if (must_ == -1) {                                                    \
      say("SET-UP line %d: %s: %s", __LINE__, #call, strerrorname_(errno)); \
      exit(2);                                                            \
    }                                                                     \
    must_;                                                                \
  })

#define SECTION(name) say("== %s", name)

/* An address that is never mapped, and one that no program can have. */
#define BAD ((void *)16)
#define BEYOND ((void *)0xffff800000000000UL)

static inline const char *strerrorname_(int error) {
  const char *name = strerrorname_np(error);
  return name == NULL ? "?" : name;
}

/* Wait status of a child that runs `body` and ends with done(). */
static inline int in_child(void (*body)(void)) {
  pid_t pid = MUST(fork());
  if (pid == 0) {
    failures_ = 0;
    body();
    _exit(done());
  }
  int status = -1;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

/* A child's checks hold, and it exits by itself. */
#define CHILD(body) EQ(in_child(body), 0)

/* Returns once thread `tid` of process `pid` waits in the kernel. */
static inline void await_blocked(pid_t pid, pid_t tid) {
  char path[64], text[512];
  snprintf(path, sizeof path, "/proc/%d/task/%d/stat", pid, tid);
  for (int seen = 0; seen < 2;) {
    int fd = MUST(open(path, O_RDONLY));
    int n = read(fd, text, sizeof text - 1);
    close(fd);
    text[n < 0 ? 0 : n] = 0;
    char *state = strrchr(text, ')');
    seen = state != NULL && state[2] == 'S' ? seen + 1 : 0;
    sched_yield();
  }
}

/* The whole of a small file, as a string; good until the next call. */
static inline char *contents(const char *path) {
  static char text[65536];
  int fd = open(path, O_RDONLY), n = 0, r;
  if (fd < 0) return strcpy(text, "(can't be opened)");
  while ((r = read(fd, text + n, sizeof text - 1 - n)) > 0) n += r;
  close(fd);
  text[n] = 0;
  return text;
}

/* Makes a file with these bytes. */
static inline void put_file(const char *path, const void *bytes, size_t length,
                            int mode) {
  int fd = MUST(open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode));
  MUST(write(fd, bytes, length) == (ssize_t)length ? 0 : -1);
  MUST(fchmod(fd, mode));
  close(fd);
}

#endif

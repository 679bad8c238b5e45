/* What the tests of signals share: a handler that notes, and masks. */
#include "test.h"

#include <pthread.h>
#include <setjmp.h>
#include <sys/time.h>
#include <time.h>
#include <ucontext.h>

static volatile sig_atomic_t hits, last, order[8];
static siginfo_t seen;
static ucontext_t seen_context;

static inline void on_signal(int n) {
  if (hits < 8) order[hits] = n;
  hits++;
  last = n;
}

static inline void on_info(int n, siginfo_t *info, void *context) {
  on_signal(n);
  seen = *info;
  memcpy(&seen_context, context, sizeof seen_context);
}

static inline void handle(int n, void (*handler)(int), int flags) {
  struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
  MUST(sigaction(n, &action, NULL));
  hits = 0;
}

static inline void handle_info(int n, int flags) {
  struct sigaction action = {.sa_sigaction = on_info,
                             .sa_flags = flags | SA_SIGINFO};
  MUST(sigaction(n, &action, NULL));
  hits = 0;
}

static inline sigset_t set_of(int a, int b) {
  sigset_t set;
  sigemptyset(&set);
  if (a) sigaddset(&set, a);
  if (b) sigaddset(&set, b);
  return set;
}

static inline void block(int a, int b) {
  sigset_t set = set_of(a, b);
  MUST(sigprocmask(SIG_BLOCK, &set, NULL));
}

static inline void unblock(int a, int b) {
  sigset_t set = set_of(a, b);
  MUST(sigprocmask(SIG_UNBLOCK, &set, NULL));
}

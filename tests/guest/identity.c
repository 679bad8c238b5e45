/* User and group ids, capabilities, prctl, limits, scheduling. */
#include "test.h"

#include <grp.h>
#include <linux/capability.h>
#include <linux/membarrier.h>
#include <linux/securebits.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/resource.h>

static int is_root;

static void ids(unsigned r, unsigned e, unsigned s) {
  unsigned a, b, c;
  MUST(getresuid(&a, &b, &c));
  EQ(a, r);
  EQ(b, e);
  EQ(c, s);
}

static void errors(void) {
  SECTION("errors");
  unsigned id;
  ERR(syscall(SYS_setuid, -1), EINVAL);
  ERR(syscall(SYS_setgid, -1), EINVAL);
  ERR(getresuid(BAD, &id, &id), EFAULT);
  ERR(getresgid(&id, BAD, &id), EFAULT);
  ERR(syscall(SYS_getgroups, -1, NULL), EINVAL);
  struct __user_cap_header_struct header = {.version = 1};
  struct __user_cap_data_struct data[2];
  ERR(syscall(SYS_capget, &header, data), EINVAL);
  EQ(header.version, _LINUX_CAPABILITY_VERSION_3);
  OK(syscall(SYS_capget, &header, NULL));
  ERR(syscall(SYS_capget, BAD, data), EFAULT);
  header.pid = 4194304;
  ERR(syscall(SYS_capget, &header, data), ESRCH);
  header.pid = -1;
  ERR(syscall(SYS_capget, &header, data), EINVAL);
  header.pid = 1 << 20;
  ERR(syscall(SYS_capset, &header, data), EPERM);
  struct rlimit limit = {2, 1};
  ERR(syscall(SYS_setrlimit, 77, &limit), EINVAL);
  ERR(syscall(SYS_setrlimit, RLIMIT_NOFILE, &limit), EINVAL);
  ERR(syscall(SYS_getrlimit, RLIMIT_NOFILE, BAD), EFAULT);
  ERR(syscall(SYS_prlimit64, 4194304, RLIMIT_NOFILE, NULL, &limit), ESRCH);
  ERR(syscall(SYS_prlimit64, 0, 16, NULL, &limit), EINVAL);
  ERR(syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, BAD, NULL), EFAULT);
}

static void drop_root(void) {
  SECTION("from root to a user");
  gid_t groups[3] = {30, 10, 20}, got[4];
  OK(setgroups(3, groups));
  EQ(getgroups(0, NULL), 3);
  ERR(getgroups(2, got), EINVAL);
  EQ(getgroups(4, got), 3);
  EQ(got[0], 10);
  EQ(got[2], 30);
  OK(setresgid(5, 6, 7));
  OK(setresuid(1, 2, 3));
  ids(1, 2, 3);
  struct __user_cap_header_struct header = {
      .version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct data[2];
  MUST(syscall(SYS_capget, &header, data));
  EQ(data[0].permitted, 0);
  EQ(data[0].effective, 0);
  ERR(setresuid(9, -1, -1), EPERM);
  ERR(setuid(0), EPERM);
  ERR(setgroups(0, NULL), EPERM);
  ERR(setresgid(-1, 1, -1), EPERM);
  OK(setresuid(-1, 1, -1));
  ids(1, 1, 3);
  OK(setuid(3));
  ids(1, 3, 3);
  OK(setreuid(3, 1));
  ids(3, 1, 1);
  ERR(setreuid(-1, 77), EPERM);
  EQ(setfsuid(3), 1);
  EQ(setfsuid(-1), 3);
  EQ(setfsuid(77), 3);
  EQ(setfsuid(-1), 3);
  EQ(setfsgid(7), 6);
  EQ(setfsgid(-1), 7);
  OK(setgid(7));
  EQ(getegid(), 7);
  ERR(kill(1, 0), EPERM);
  ERR(kill(1, SIGTERM), EPERM);
}

static void effective_only(void) {
  SECTION("effective id");
  OK(seteuid(4));
  struct __user_cap_header_struct header = {
      .version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct data[2];
  MUST(syscall(SYS_capget, &header, data));
  EQ(data[0].effective, 0);
  EQ(data[0].permitted != 0, 1);
  OK(seteuid(0));
  MUST(syscall(SYS_capget, &header, data));
  EQ(data[0].effective == data[0].permitted, 1);
  OK(prctl(PR_SET_KEEPCAPS, 1));
  EQ(prctl(PR_GET_KEEPCAPS), 1);
  OK(setuid(4));
  MUST(syscall(SYS_capget, &header, data));
  EQ(data[0].permitted != 0, 1);
  EQ(data[0].effective, 0);
  data[0].effective = 1 << CAP_KILL;
  OK(syscall(SYS_capset, &header, data));
  data[0].permitted = data[0].effective;
  data[1].permitted = 0;
  OK(syscall(SYS_capset, &header, data));
  data[0].permitted = -1;
  ERR(syscall(SYS_capset, &header, data), EPERM);
}

static void bounding(void) {
  SECTION("bounding and ambient sets");
  EQ(prctl(PR_CAPBSET_READ, CAP_KILL), 1);
  ERR(prctl(PR_CAPBSET_READ, 200), EINVAL);
  OK(prctl(PR_CAPBSET_DROP, CAP_KILL));
  EQ(prctl(PR_CAPBSET_READ, CAP_KILL), 0);
  EQ(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_CHOWN, 0, 0), 0);
  ERR(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_CHOWN, 0, 0), EPERM);
  struct __user_cap_header_struct header = {
      .version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct data[2];
  MUST(syscall(SYS_capget, &header, data));
  data[0].inheritable = 1 << CAP_CHOWN;
  OK(syscall(SYS_capset, &header, data));
  OK(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_CHOWN, 0, 0));
  EQ(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_CHOWN, 0, 0), 1);
  OK(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_LOWER, CAP_CHOWN, 0, 0));
  OK(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0));
  ERR(prctl(PR_CAP_AMBIENT, 77, 0, 0, 0), EINVAL);
  OK(prctl(PR_SET_SECUREBITS, SECBIT_NOROOT | SECBIT_NOROOT_LOCKED));
  EQ(prctl(PR_GET_SECUREBITS), SECBIT_NOROOT | SECBIT_NOROOT_LOCKED);
  ERR(prctl(PR_SET_SECUREBITS, 0), EPERM);
}

static void prctls(void) {
  SECTION("prctl");
  char name[16], longer[] = "a name of more than fifteen";
  OK(prctl(PR_SET_NAME, longer));
  OK(prctl(PR_GET_NAME, name));
  STREQ(name, "a name of more ");
  OK(prctl(PR_SET_NAME, "short"));
  OK(prctl(PR_GET_NAME, name));
  STREQ(name, "short");
  ERR(prctl(PR_SET_NAME, BAD), EFAULT);
  ERR(prctl(PR_SET_PDEATHSIG, 99), EINVAL);
  OK(prctl(PR_SET_PDEATHSIG, SIGUSR1));
  int n = 0;
  OK(prctl(PR_GET_PDEATHSIG, &n));
  EQ(n, SIGUSR1);
  OK(prctl(PR_SET_PDEATHSIG, 0));
  EQ(prctl(PR_GET_DUMPABLE), 1);
  OK(prctl(PR_SET_DUMPABLE, 0));
  EQ(prctl(PR_GET_DUMPABLE), 0);
  ERR(prctl(PR_SET_DUMPABLE, 2), EINVAL);
  OK(prctl(PR_SET_DUMPABLE, 1));
  EQ(prctl(PR_GET_TIMERSLACK), 50000);
  OK(prctl(PR_SET_TIMERSLACK, 7));
  EQ(prctl(PR_GET_TIMERSLACK), 7);
  OK(prctl(PR_SET_TIMERSLACK, 0));
  EQ(prctl(PR_GET_TIMERSLACK), 50000);
  ERR(prctl(PR_SET_KEEPCAPS, 2), EINVAL);
  ERR(prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0), EINVAL);
  ERR(prctl(12345), EINVAL);
  int *tid = NULL;
  int *mine = (int *)0x1234;
  EQ(syscall(SYS_set_tid_address, mine) == syscall(SYS_gettid), 1);
#ifndef PR_GET_TID_ADDRESS
#define PR_GET_TID_ADDRESS 40
#endif
  OK(prctl(PR_GET_TID_ADDRESS, &tid));
  EQ(tid == mine, 1);
  syscall(SYS_set_tid_address, NULL);
  OK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
  EQ(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 1);
}

static void limits(void) {
  SECTION("limits");
  struct rlimit limit, old;
  OK(getrlimit(RLIMIT_NOFILE, &limit));
  limit.rlim_cur = 100;
  OK(setrlimit(RLIMIT_NOFILE, &limit));
  OK(prlimit(0, RLIMIT_NOFILE, NULL, &old));
  EQ(old.rlim_cur, 100);
  limit.rlim_cur = limit.rlim_max = 50;
  OK(prlimit(getpid(), RLIMIT_NOFILE, &limit, &old));
  EQ(old.rlim_cur, 100);
  ERR(dup2(0, 50), EBADF);
  OK(dup2(0, 49));
  limit.rlim_cur = limit.rlim_max = RLIM_INFINITY;
  ERR(setrlimit(RLIMIT_NOFILE, &limit), EPERM);
  OK(getrlimit(RLIMIT_FSIZE, &limit));
  EQ(limit.rlim_max == RLIM_INFINITY, 1);
}

static void scheduling(void) {
  SECTION("scheduling");
  struct sched_param param = {0};
  struct timespec ts;
  cpu_set_t set;
  EQ(sched_getscheduler(0), SCHED_OTHER);
  ERR(sched_getscheduler(-1), EINVAL);
  ERR(sched_getscheduler(4194304), ESRCH);
  ERR(sched_setscheduler(0, 77, &param), EINVAL);
  ERR(sched_setscheduler(0, SCHED_FIFO, &param), EINVAL);
  ERR(sched_setscheduler(0, SCHED_OTHER, NULL), EINVAL);
  ERR(sched_setscheduler(0, SCHED_OTHER, BAD), EFAULT);
  OK(sched_setscheduler(0, SCHED_BATCH, &param));
  EQ(sched_getscheduler(0), SCHED_BATCH);
  OK(sched_setscheduler(0, SCHED_OTHER | SCHED_RESET_ON_FORK, &param));
  EQ(sched_getscheduler(0), SCHED_OTHER | SCHED_RESET_ON_FORK);
  OK(sched_getparam(0, &param));
  EQ(param.sched_priority, 0);
  param.sched_priority = 3;
  ERR(sched_setparam(0, &param), EINVAL);
  EQ(sched_get_priority_max(SCHED_FIFO), 99);
  EQ(sched_get_priority_min(SCHED_RR), 1);
  EQ(sched_get_priority_max(SCHED_OTHER), 0);
  ERR(sched_get_priority_max(77), EINVAL);
  OK(sched_rr_get_interval(0, &ts));
  ERR(sched_rr_get_interval(-1, &ts), EINVAL);
  OK(sched_yield());
  EQ(sched_getaffinity(0, sizeof set, &set), 0);
  EQ(CPU_COUNT(&set) > 0, 1);
  ERR(syscall(SYS_sched_getaffinity, 0, 3, &set), EINVAL);
  ERR(syscall(SYS_sched_getaffinity, 4194304, sizeof set, &set), ESRCH);
  ERR(syscall(SYS_sched_getaffinity, 0, sizeof set, BAD), EFAULT);
  int first = 0;
  while (!CPU_ISSET(first, &set)) first++;
  cpu_set_t one;
  CPU_ZERO(&one);
  ERR(sched_setaffinity(0, sizeof one, &one), EINVAL);
  CPU_SET(first, &one);
  OK(sched_setaffinity(0, sizeof one, &one));
  EQ(sched_getaffinity(0, sizeof one, &one), 0);
  EQ(CPU_COUNT(&one), 1);
  OK(sched_setaffinity(0, sizeof set, &set));
  unsigned cpu, node;
  OK(syscall(SYS_getcpu, &cpu, &node, NULL));
  ERR(syscall(SYS_getcpu, BAD, &node, NULL), EFAULT);
}

static void priorities(void) {
  SECTION("priorities");
  ERR(getpriority(77, 0), EINVAL);
  ERR(getpriority(PRIO_PROCESS, 4194304), ESRCH);
  ERR(setpriority(77, 0, 0), EINVAL);
  EQ(syscall(SYS_getpriority, PRIO_PROCESS, 0), 20);
  OK(setpriority(PRIO_PROCESS, 0, 5));
  EQ(syscall(SYS_getpriority, PRIO_PROCESS, 0), 15);
  OK(setpriority(PRIO_PROCESS, 0, 100));
  EQ(syscall(SYS_getpriority, PRIO_PROCESS, 0), 1);
  EQ(syscall(SYS_getpriority, PRIO_PGRP, 0) >= 1, 1);
  ERR(syscall(SYS_ioprio_get, 77, 0), EINVAL);
  ERR(syscall(SYS_ioprio_set, 1, 0, 7 << 13), EINVAL);
  OK(syscall(SYS_ioprio_set, 1, 0, (2 << 13) | 6));
  EQ(syscall(SYS_ioprio_get, 1, 0), (2 << 13) | 6);
  OK(syscall(SYS_ioprio_set, 1, 0, 3 << 13));
}

static void barriers(void) {
  SECTION("membarrier");
  EQ((syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 0) & 31) == 31, 1);
  ERR(syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0), EPERM);
  ERR(syscall(SYS_membarrier, 1 << 20, 0), EINVAL);
  ERR(syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 77), EINVAL);
  OK(syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0));
  OK(syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0));
}

int main(void) {
  is_root = getuid() == 0;
  errors();
  if (is_root) {
    CHILD(drop_root);
    CHILD(effective_only);
    CHILD(bounding);
  }
  CHILD(prctls);
  CHILD(scheduling);
  CHILD(barriers);
  if (is_root && setgid(7) + setuid(7) != 0) return 3;
  CHILD(limits);
  CHILD(priorities);
  return done();
}

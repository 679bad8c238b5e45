/* Children, their ends, process groups and sessions. */
#include "test.h"

#include <pthread.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>

static void errors(void) {
  SECTION("errors");
  int status;
  siginfo_t info;
  ERR(waitpid(-1, &status, 0), ECHILD);
  ERR(waitpid(4194304, &status, 0), ECHILD);
  ERR(wait4(-1, &status, 0x100, NULL), EINVAL);
  ERR(syscall(SYS_wait4, 0x80000000, &status, 0, NULL), ESRCH);
  ERR(waitid(P_ALL, 0, &info, 0), EINVAL);
  ERR(waitid(P_ALL, 0, &info, WNOHANG), EINVAL);
  ERR(waitid(77, 0, &info, WEXITED), EINVAL);
  ERR(waitid(P_PID, 0, &info, WEXITED), EINVAL);
  ERR(waitid(P_PID, -1, &info, WEXITED), EINVAL);
  ERR(waitid(P_PGID, -2, &info, WEXITED), EINVAL);
  ERR(waitid(P_PIDFD, 99, &info, WEXITED), EBADF);
  ERR(waitid(P_PIDFD, 0, &info, WEXITED), EBADF);
  ERR(waitid(P_ALL, 0, &info, WEXITED), ECHILD);
  ERR(setpgid(0, -1), EINVAL);
  ERR(setpgid(4194304, 0), ESRCH);
  ERR(setpgid(0, 4194304), EPERM);
  ERR(getpgid(4194304), ESRCH);
  ERR(getsid(4194304), ESRCH);
}

static pid_t start(void (*body)(void)) {
  pid_t pid = MUST(fork());
  if (pid == 0) {
    body();
    _exit(0);
  }
  return pid;
}

static void exit_300(void) { _exit(300); }
static void exit_5(void) { _exit(5); }
static void idle(void) {
  for (;;) pause();
}

static void statuses(void) {
  SECTION("exit statuses");
  int status;
  struct rusage usage;
  pid_t pid = start(exit_300);
  memset(&usage, 0x5a, sizeof usage);
  EQ(wait4(pid, &status, 0, &usage) == pid, 1);
  EQ(status, 44 << 8);
  EQ(usage.ru_utime.tv_sec, 0);
  pid = start(exit_5);
  EQ(waitpid(0, &status, 0) == pid, 1);
  EQ(WEXITSTATUS(status), 5);
  pid = start(exit_5);
  EQ(waitpid(-getpgrp(), &status, 0) == pid, 1);
  pid = start(exit_5);
  EQ(wait4(pid, NULL, 0, NULL) == pid, 1);
  pid = start(exit_5);
  ERR(syscall(SYS_wait4, pid, BAD, 0, NULL), EFAULT);
  ERR(waitpid(pid, &status, 0), ECHILD);
  pid = start(idle);
  EQ(waitpid(pid, &status, WNOHANG), 0);
  kill(pid, SIGKILL);
  EQ(waitpid(pid, &status, 0) == pid, 1);
  EQ(status, SIGKILL);
}

static void ids_of_waitid(void) {
  SECTION("waitid");
  siginfo_t info;
  pid_t pid = start(exit_5);
  memset(&info, 0x5a, sizeof info);
  OK(waitid(P_PID, pid, &info, WEXITED | WNOWAIT));
  EQ(info.si_signo, SIGCHLD);
  EQ(info.si_code, CLD_EXITED);
  EQ(info.si_status, 5);
  EQ(info.si_pid == pid, 1);
  EQ(info.si_uid == getuid(), 1);
  OK(waitid(P_ALL, 0, &info, WEXITED));
  ERR(waitid(P_PID, pid, &info, WEXITED), ECHILD);
  pid = start(idle);
  memset(&info, 0x5a, sizeof info);
  OK(waitid(P_PID, pid, &info, WEXITED | WNOHANG));
  EQ(info.si_pid, 0);
  EQ(info.si_signo, 0);
  kill(pid, SIGSTOP);
  OK(waitid(P_PID, pid, &info, WSTOPPED | WNOWAIT));
  EQ(info.si_code, CLD_STOPPED);
  EQ(info.si_status, SIGSTOP);
  OK(waitid(P_PID, pid, &info, WSTOPPED));
  info.si_pid = 1;
  OK(waitid(P_PID, pid, &info, WSTOPPED | WNOHANG));
  EQ(info.si_pid, 0);
  kill(pid, SIGCONT);
  OK(waitid(P_PGID, 0, &info, WCONTINUED));
  EQ(info.si_code, CLD_CONTINUED);
  EQ(info.si_status, SIGCONT);
  kill(pid, SIGTERM);
  OK(waitid(P_PID, pid, &info, WEXITED));
  EQ(info.si_code, CLD_KILLED);
  EQ(info.si_status, SIGTERM);
}

static void pidfds(void) {
  SECTION("pidfds");
  siginfo_t info;
  pid_t pid = start(idle);
  int fd = MUST(syscall(SYS_pidfd_open, pid, 0));
  OK(waitid(P_PIDFD, fd, &info, WEXITED | WNOHANG));
  ERR(syscall(SYS_pidfd_send_signal, fd, 99, NULL, 0), EINVAL);
  ERR(syscall(SYS_pidfd_send_signal, fd, SIGTERM, NULL, 99), EINVAL);
  ERR(syscall(SYS_pidfd_send_signal, 0, SIGTERM, NULL, 0), EBADF);
  OK(syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0));
  OK(syscall(SYS_pidfd_send_signal, fd, SIGTERM, NULL, 0));
  OK(waitid(P_PIDFD, fd, &info, WEXITED));
  EQ(info.si_status, SIGTERM);
  ERR(syscall(SYS_pidfd_send_signal, fd, SIGTERM, NULL, 0), ESRCH);
  ERR(waitid(P_PIDFD, fd, &info, WEXITED), ECHILD);
  close(fd);
}

static void ignoring(void) {
  SECTION("children that nobody waits for");
  signal(SIGCHLD, SIG_IGN);
  int status;
  start(exit_5);
  ERR(waitpid(-1, &status, 0), ECHILD);
  struct sigaction action = {.sa_handler = SIG_DFL, .sa_flags = SA_NOCLDWAIT};
  MUST(sigaction(SIGCHLD, &action, NULL));
  start(exit_5);
  ERR(waitpid(-1, &status, 0), ECHILD);
  signal(SIGCHLD, SIG_DFL);
}

static void reaper(void) {
  int pipes[2];
  MUST(pipe(pipes));
  OK(prctl(PR_SET_CHILD_SUBREAPER, 1));
  int is = 0;
  OK(prctl(PR_GET_CHILD_SUBREAPER, &is));
  EQ(is, 1);
  pid_t middle = MUST(fork());
  if (middle == 0) {
    if (fork() == 0) {
      char c;
      close(pipes[1]);
      if (read(pipes[0], &c, 1) != 0) _exit(1);
      _exit(33);
    }
    _exit(0);
  }
  close(pipes[0]);
  int status;
  EQ(waitpid(middle, &status, 0) == middle, 1);
  EQ(waitpid(-1, &status, WNOHANG), 0);
  close(pipes[1]);
  EQ(waitpid(-1, &status, 0) > 0, 1);
  EQ(WEXITSTATUS(status), 33);
}

static void on_term(int n) {
  (void)n;
  _exit(12);
}

static void parent_death(void) {
  int pipes[2];
  MUST(pipe(pipes));
  MUST(prctl(PR_SET_CHILD_SUBREAPER, 1));
  pid_t middle = MUST(fork());
  if (middle == 0) {
    if (fork() == 0) {
      signal(SIGTERM, on_term);
      prctl(PR_SET_PDEATHSIG, SIGTERM);
      close(pipes[1]);
      for (;;) pause();
    }
    char c;
    close(pipes[1]);
    if (read(pipes[0], &c, 1) < 0) _exit(1);
    _exit(0);
  }
  close(pipes[1]);
  char c;
  EQ(read(pipes[0], &c, 1), 0);
  int status, count = 0;
  while (waitpid(-1, &status, 0) > 0)
    if (WEXITSTATUS(status) == 12) count++;
  EQ(count, 1);
}

static void *end_later(void *argument) {
  (void)argument;
  for (int i = 0; i < 1000; i++) sched_yield();
  return NULL;
}

static void leader_first(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, end_later, NULL);
  syscall(SYS_exit, 21);
}

static void *end_all(void *argument) {
  (void)argument;
  _exit(17);
}

static void thread_ends_all(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, end_all, NULL);
  for (;;) pause();
}

static void *exec_in_thread(void *argument) {
  (void)argument;
  char *args[] = {"sh", NULL};
  execve("/proc/self/exe", (char *[]){"process", "tid", NULL},
         (char *[]){NULL});
  _exit((int)(long)args);
}

static void thread_execs(void) {
  pthread_t threads[3];
  for (int i = 0; i < 2; i++)
    pthread_create(&threads[i], NULL, (void *(*)(void *))idle, NULL);
  pthread_create(&threads[2], NULL, exec_in_thread, NULL);
  for (;;) pause();
}

static void threads(void) {
  SECTION("threads");
  int status = in_child(thread_ends_all);
  EQ(WEXITSTATUS(status), 17);
  status = in_child(thread_execs);
  EQ(WEXITSTATUS(status), 77);
}

static void groups(void) {
  int pipes[2], status;
  char c;
  MUST(pipe(pipes));
  OK(setpgid(0, 0));
  EQ(getpgrp() == getpid(), 1);
  ERR(setsid(), EPERM);
  pid_t child = MUST(fork());
  if (child == 0) {
    close(pipes[1]);
    if (read(pipes[0], &c, 1) < 0) _exit(1);
    _exit(getpgrp() == getpid() ? 1 : 2);
  }
  EQ(getpgid(child) == getpgrp(), 1);
  OK(setpgid(child, child));
  EQ(getpgid(child) == child, 1);
  OK(setpgid(child, getpgrp()));
  OK(setpgid(child, 0));
  ERR(setpgid(child, 4194304), EPERM);
  ERR(kill(-child, 99), EINVAL);
  OK(kill(-child, 0));
  close(pipes[0]);
  close(pipes[1]);
  EQ(waitpid(child, &status, 0) == child, 1);
  EQ(WEXITSTATUS(status), 1);
  ERR(kill(-child, 0), ESRCH);
  ERR(setpgid(0, child), EPERM);
}

static void sessions(void) {
  pid_t sid = setsid();
  EQ(sid == getpid(), 1);
  EQ(getsid(0) == sid, 1);
  EQ(getpgrp() == sid, 1);
  ERR(setsid(), EPERM);
  ERR(setpgid(0, 0), EPERM);
  pid_t child = MUST(fork());
  if (child == 0) {
    EQ(getsid(0) == sid, 1);
    EQ(getsid(sid) == sid, 1);
    pid_t mine = setsid();
    EQ(mine == getpid(), 1);
    _exit(done());
  }
  int status;
  EQ(waitpid(child, &status, 0) == child, 1);
  EQ(status, 0);
  child = MUST(fork());
  if (child == 0) {
    MUST(setsid());
    idle();
  }
  while (getsid(child) != child) sched_yield();
  ERR(setpgid(child, getpgrp()), EPERM);
  kill(child, SIGKILL);
  waitpid(child, NULL, 0);
}

static volatile sig_atomic_t hups, conts;
static void on_hup(int n) {
  (void)n;
  hups++;
}
static void on_cont(int n) {
  (void)n;
  conts++;
}

/* A stopped job whose shell ends. */
static void orphaned_group(void) {
  int pipes[2];
  MUST(pipe(pipes));
  MUST(prctl(PR_SET_CHILD_SUBREAPER, 1));
  pid_t shell = MUST(fork());
  if (shell == 0) {
    MUST(setsid());
    pid_t job = MUST(fork());
    if (job == 0) {
      setpgid(0, 0);
      signal(SIGHUP, on_hup);
      signal(SIGCONT, on_cont);
      raise(SIGSTOP);
      while (hups == 0 || conts == 0) sched_yield();
      if (write(pipes[1], "h", 1) != 1) _exit(1);
      _exit(0);
    }
    int status;
    waitpid(job, &status, WUNTRACED);
    _exit(WIFSTOPPED(status) ? 0 : 1);
  }
  close(pipes[1]);
  int status;
  EQ(waitpid(shell, &status, 0) == shell, 1);
  EQ(status, 0);
  char c = 0;
  EQ(read(pipes[0], &c, 1), 1);
  EQ(waitpid(-1, &status, 0) > 0, 1);
}

static void vforks(void) {
  SECTION("vfork");
  static volatile int shared;
  pid_t pid = vfork();
  if (pid == 0) {
    shared = 5;
    _exit(3);
  }
  EQ(shared, 5);
  int status;
  EQ(waitpid(pid, &status, 0) == pid, 1);
  EQ(WEXITSTATUS(status), 3);
}

static void many(void) {
  SECTION("many children");
  int sum = 0, status;
  for (int i = 0; i < 20; i++)
    if (MUST(fork()) == 0) _exit(i);
  for (int i = 0; i < 20; i++) {
    MUST(wait(&status));
    sum += WEXITSTATUS(status);
  }
  EQ(sum, 190);
  ERR(wait(&status), ECHILD);
}

int main(int argc, char **argv) {
  if (argc > 1 && strcmp(argv[1], "tid") == 0)
    return syscall(SYS_gettid) == getpid() ? 77 : 78;
  errors();
  statuses();
  ids_of_waitid();
  pidfds();
  ignoring();
  SECTION("subreaper");
  CHILD(reaper);
  SECTION("parent death signal");
  EQ(in_child(parent_death), 0);
  SECTION("leader ends first");
  EQ(in_child(leader_first), 0);
  threads();
  SECTION("process groups");
  CHILD(groups);
  SECTION("sessions");
  CHILD(sessions);
  SECTION("orphaned process group");
  CHILD(orphaned_group);
  vforks();
  many();
  return done();
}

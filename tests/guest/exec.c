/* execve(2), execveat(2), scripts, what a program finds at its start. */
#include "test.h"
#include <elf.h>
#include <pthread.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/resource.h>

extern char **environ;
static const char *self = "/proc/self/exe";
static char self_path[4096];

/* Modes in which this program is executed by itself. */
static int print_args(int argc, char **argv) {
  static char me[4096];
  readlink(self, me, sizeof me - 1);
  for (int i = 0; i < argc; i++) {
    say("argv[%d] = %s", i, strcmp(argv[i], me) == 0 ? "(self)" : argv[i]);
  }
  for (int i = 0; environ[i] != NULL; i++) say("env %s", environ[i]);
  return 7;
}

static int after_exec(void) {
  char name[16] = "";
  struct sigaction action;
  stack_t stack;
  sigset_t mask;
  prctl(PR_GET_NAME, name);
  STREQ(name, "renamed");
  ERR(fcntl(50, F_GETFD), EBADF);
  EQ(fcntl(51, F_GETFD), 0);
  sigaction(SIGUSR1, NULL, &action);
  TRUE(action.sa_handler == SIG_DFL);
  sigaction(SIGUSR2, NULL, &action);
  TRUE(action.sa_handler == SIG_IGN);
  sigaltstack(NULL, &stack);
  EQ(stack.ss_flags, SS_DISABLE);
  sigprocmask(SIG_BLOCK, NULL, &mask);
  EQ(sigismember(&mask, SIGTERM), 1);
  EQ(sigismember(&mask, SIGINT), 0);
  sigset_t pending;
  sigpending(&pending);
  EQ(sigismember(&pending, SIGTERM), 1);
  EQ(getppid() == atoi(getenv("PARENT")), 1);
  EQ(getpid() == atoi(getenv("SELF")), 1);
  EQ(syscall(SYS_gettid) == getpid(), 1);
  return done();
}

static int run(const char *path, char *const argv[], char *const envp[]) {
  pid_t pid = MUST(fork());
  if (pid == 0) {
    execve(path, argv, envp);
    int error = errno;
    say("execve: %s", strerrorname_(error));
    _exit(99);
  }
  int status;
  MUST(waitpid(pid, &status, 0));
  return status;
}

static void arguments(void) {
  SECTION("arguments");
  char *argv[] = {"x", "-c", "", "last", NULL};
  char *envp[] = {"MODE=args", "A=1", "EMPTY=", NULL};
  EQ(WEXITSTATUS(run(self, argv, envp)), 7);
  SECTION("no arguments at all");
  char *none[] = {NULL};
  EQ(WEXITSTATUS(run(self, none, envp)), 7);
  EQ(WEXITSTATUS(run(self, NULL, envp)), 7);
}

static void errors(void) {
  SECTION("errors");
  char *argv[] = {"x", NULL};
  char *bad[] = {"x", (char *)BAD, NULL};
  ERR(execve("missing", argv, environ), ENOENT);
  ERR(execve("", argv, environ), ENOENT);
  ERR(execve(BAD, argv, environ), EFAULT);
  ERR(execve(self, BAD, environ), EFAULT);
  ERR(execve(self, BEYOND, environ), EFAULT);
  ERR(execve(self, bad, environ), EFAULT);
  ERR(execve(self, argv, BAD), EFAULT);
  ERR(execve(".", argv, environ), EACCES);
  put_file("plain", "x", 1, 0644);
  if (geteuid() != 0) ERR(execve("plain", argv, environ), EACCES);
  ERR(execve("plain/x", argv, environ), ENOTDIR);
  MUST(symlink("loop", "loop"));
  ERR(execve("loop", argv, environ), ELOOP);
  char longer[300];
  memset(longer, 'a', 299);
  longer[299] = 0;
  ERR(execve(longer, argv, environ), ENAMETOOLONG);
  MUST(mkfifo("fifo", 0777));
  ERR(execve("fifo", argv, environ), EACCES);
  put_file("empty", "", 0, 0755);
  ERR(execve("empty", argv, environ), ENOEXEC);
  put_file("text", "hello\n", 6, 0755);
  ERR(execve("text", argv, environ), ENOEXEC);
}

static void limits(void) {
  SECTION("limits");
  static char big[131073];
  memset(big, 'b', sizeof big - 1);
  char *argv[] = {"x", big, NULL};
  ERR(execve(self, argv, environ), E2BIG);
  big[131071] = 0;
  char *envp[] = {"MODE=true", NULL};
  EQ(WEXITSTATUS(run(self, argv, envp)), 0);
  static char *many[70];
  for (int i = 0; i < 69; i++) many[i] = big;
  ERR(execve(self, many, envp), E2BIG);
  many[15] = NULL;
  EQ(WEXITSTATUS(run(self, many, envp)), 0);
}

static void scripts(void) {
  SECTION("scripts");
  char text[600];
  char *argv[] = {"zero", "one", NULL};
  char *envp[] = {"MODE=args", NULL};
  int n = snprintf(text, sizeof text, "#!%s -e  two words \t\n", self_path);
  put_file("script", text, n, 0755);
  say("status %d", WEXITSTATUS(run("./script", argv, envp)));
  n = snprintf(text, sizeof text, "#!./script\n");
  put_file("script2", text, n, 0755);
  say("status %d", WEXITSTATUS(run("./script2", argv, envp)));
  for (int i = 3; i <= 6; i++) {
    char name[16];
    n = snprintf(text, sizeof text, "#!./script%d\n", i - 1);
    snprintf(name, sizeof name, "script%d", i);
    put_file(name, text, n, 0755);
  }
  say("status %d", WEXITSTATUS(run("./script5", argv, envp)));
  ERR(execve("./script6", argv, envp), ELOOP);
  put_file("cycle", "#!./cycle\n", 10, 0755);
  ERR(execve("./cycle", argv, envp), ELOOP);
  put_file("nothing", "#!\n", 3, 0755);
  ERR(execve("./nothing", argv, envp), ENOEXEC);
  put_file("nowhere", "#!./gone\n", 9, 0755);
  ERR(execve("./nowhere", argv, envp), ENOENT);
  put_file("noexec", "#!./plain\n", 10, 0755);
  ERR(execve("./noexec", argv, envp), EACCES);
  memset(text, ' ', sizeof text);
  memcpy(text, "#!", 2);
  put_file("blank", text, sizeof text, 0755);
  ERR(execve("./blank", argv, envp), ENOEXEC);
  memset(text, 'x', sizeof text);
  memcpy(text, "#!./", 4);
  put_file("toolong", text, sizeof text, 0755);
  ERR(execve("./toolong", argv, envp), ENOEXEC);
}

static void at(void) {
  SECTION("execveat");
  char *argv[] = {"x", NULL};
  char *envp[] = {"MODE=true", NULL};
  int dir = MUST(open(".", O_RDONLY | O_DIRECTORY));
  ERR(syscall(SYS_execveat, -1, "script", argv, envp, 0), EBADF);
  ERR(syscall(SYS_execveat, dir, "missing", argv, envp, 0), ENOENT);
  ERR(syscall(SYS_execveat, dir, "", argv, envp, 0), ENOENT);
  ERR(syscall(SYS_execveat, dir, "", argv, envp, AT_EMPTY_PATH), EACCES);
  ERR(syscall(SYS_execveat, AT_FDCWD, "", argv, envp, AT_EMPTY_PATH), EACCES);
  ERR(syscall(SYS_execveat, dir, "script", argv, envp, 1), EINVAL);
  MUST(symlink(self_path, "link"));
  ERR(syscall(SYS_execveat, dir, "link", argv, envp, AT_SYMLINK_NOFOLLOW),
      ELOOP);
  int file = MUST(open(self_path, O_RDONLY | O_CLOEXEC));
  int path = MUST(open(self_path, O_PATH | O_CLOEXEC));
  int script = MUST(open("script", O_RDONLY | O_CLOEXEC));
  int fds[] = {file, path};
  for (int i = 0; i < 2; i++) {
    pid_t pid = MUST(fork());
    if (pid == 0) {
      syscall(SYS_execveat, fds[i], "", argv, envp, AT_EMPTY_PATH);
      _exit(99);
    }
    int status;
    MUST(waitpid(pid, &status, 0));
    EQ(status, 0);
  }
  ERR(syscall(SYS_execveat, script, "", argv, envp, AT_EMPTY_PATH), ENOENT);
}

static void attributes_child(void) {
  char parent[32], me[32];
  snprintf(parent, sizeof parent, "PARENT=%d", getppid());
  snprintf(me, sizeof me, "SELF=%d", getpid());
  char *argv[] = {"x", NULL};
  char *envp[] = {"MODE=after", parent, me, NULL};
  MUST(dup3(1, 50, O_CLOEXEC));
  MUST(dup2(1, 51));
  signal(SIGUSR1, (void (*)(int))attributes_child);
  signal(SIGUSR2, SIG_IGN);
  static char memory[65536];
  stack_t stack = {.ss_sp = memory, .ss_size = sizeof memory};
  MUST(sigaltstack(&stack, NULL));
  sigset_t mask;
  sigemptyset(&mask);
  sigaddset(&mask, SIGTERM);
  MUST(sigprocmask(SIG_SETMASK, &mask, NULL));
  MUST(raise(SIGTERM));
  MUST(symlink(self_path, "renamed"));
  execve("./renamed", argv, envp);
  say("execve: %s", strerrorname_(errno));
}

static void *exec_in_thread(void *unused) {
  char me[32], parent[32];
  snprintf(parent, sizeof parent, "PARENT=%d", getppid());
  snprintf(me, sizeof me, "SELF=%d", getpid());
  char *argv[] = {"x", NULL};
  char *envp[] = {"MODE=tid", parent, me, NULL};
  execve(self, argv, envp);
  return unused;
}

static void *wait_for_ever(void *unused) {
  pause();
  return unused;
}

static void *compute_for_ever(void *unused) {
  for (volatile unsigned i = 0;; i++) {
  }
  return unused;
}

static void threads_child(void) {
  pthread_t thread;
  for (int i = 0; i < 3; i++) {
    MUST(-pthread_create(&thread, NULL, wait_for_ever, NULL));
  }
  MUST(-pthread_create(&thread, NULL, compute_for_ever, NULL));
  MUST(-pthread_create(&thread, NULL, exec_in_thread, NULL));
  pause();
}

static void leader_child(void) {
  pthread_t thread;
  MUST(-pthread_create(&thread, NULL, wait_for_ever, NULL));
  MUST(-pthread_create(&thread, NULL, compute_for_ever, NULL));
  exec_in_thread(NULL);
}

/* A file of its own for a copy of this program. */
static int copy_self(int to) {
  static char bytes[65536];
  int from = MUST(open(self, O_RDONLY)), n;
  while ((n = MUST(read(from, bytes, sizeof bytes))) > 0) {
    MUST(write(to, bytes, n));
  }
  return close(from);
}

static void memfd_child(void) {
  char *argv[] = {"x", NULL};
  char *envp[] = {"MODE=comm", NULL};
  int fd = MUST(memfd_create("program", MFD_CLOEXEC));
  MUST(copy_self(fd));
  fexecve(fd, argv, envp);
  say("fexecve: %s", strerrorname_(errno));
}

static int print_proc(void) {
  char link[256] = "";
  say("comm %s", strtok(contents("/proc/self/comm"), "\n"));
  STREQ(contents("/proc/self/cmdline"), "x");
  STREQ(contents("/proc/self/environ"), "MODE=comm");
  MUST(readlink(self, link, sizeof link - 1));
  say("exe %s", strstr(link, "memfd") != NULL ? link : "(a path)");
  return done();
}

static void files(void) {
  SECTION("files of programs");
  CHILD(memfd_child);
  ERR(open(self_path, O_WRONLY), ETXTBSY);
  ERR(open(self_path, O_RDWR | O_TRUNC), ETXTBSY);
  ERR(truncate(self_path, 0), ETXTBSY);
  int fd = MUST(open("copy", O_WRONLY | O_CREAT | O_CLOEXEC, 0755));
  MUST(copy_self(fd));
  close(fd);
  char *argv[] = {"x", NULL};
  char *envp[] = {"MODE=comm", NULL};
  EQ(run("./copy", argv, envp), 0);
  OK(close(MUST(open("copy", O_WRONLY))));
  MUST(chmod("copy", 0644));
  ERR(execve("./copy", argv, envp), EACCES);
}

static int tid_after_exec(void) {
  EQ(getpid() == atoi(getenv("SELF")), 1);
  EQ(syscall(SYS_gettid) == getpid(), 1);
  EQ(getppid() == atoi(getenv("PARENT")), 1);
  return done();
}

static void vector(void) {
  SECTION("auxiliary vector");
  EQ(getauxval(AT_PAGESZ), 4096);
  EQ(getauxval(AT_CLKTCK), 100);
  EQ(getauxval(AT_PHENT), sizeof(Elf64_Phdr));
  EQ(getauxval(AT_SECURE), 0);
  EQ(getauxval(AT_UID), getuid());
  EQ(getauxval(AT_EGID), getegid());
  STREQ((char *)getauxval(AT_PLATFORM), "x86_64");
  TRUE(getauxval(AT_RANDOM) != 0);
  TRUE(getauxval(AT_HWCAP) != 0);
  Elf64_Phdr *phdr = (Elf64_Phdr *)getauxval(AT_PHDR);
  int loads = 0;
  for (unsigned i = 0; i < getauxval(AT_PHNUM); i++) {
    loads += phdr[i].p_type == PT_LOAD;
  }
  TRUE(loads > 0);
}

static void vfork_exec(void) {
  SECTION("vfork");
  static volatile int seen;
  char *argv[] = {"x", NULL};
  char *envp[] = {"MODE=true", NULL};
  pid_t pid = vfork();
  if (pid == 0) {
    seen = 1;
    execve(self_path, argv, envp);
    _exit(99);
  }
  EQ(seen, 1);
  int status;
  EQ(waitpid(pid, &status, 0) == pid, 1);
  EQ(status, 0);
}

int main(int argc, char **argv) {
  const char *mode = getenv("MODE");
  if (mode != NULL) {
    if (strcmp(mode, "args") == 0) return print_args(argc, argv);
    if (strcmp(mode, "after") == 0) return after_exec();
    if (strcmp(mode, "tid") == 0) return tid_after_exec();
    if (strcmp(mode, "comm") == 0) return print_proc();
    return 0;
  }
  MUST(readlink(self, self_path, sizeof self_path - 1));
  arguments();
  errors();
  limits();
  scripts();
  at();
  SECTION("attributes");
  CHILD(attributes_child);
  SECTION("threads");
  CHILD(threads_child);
  CHILD(leader_child);
  vector();
  vfork_exec();
  files();
  return done();
}

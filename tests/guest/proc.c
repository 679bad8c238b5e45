/* /proc: proc(5) and its parts. What differs from machine to machine is only
   checked for its form. */
#include "test.h"
#include <dirent.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

static char path[200];

/* "/proc/PID/NAME". */
static const char *of(pid_t pid, const char *name) {
  snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
  return path;
}

/* The line of `text` that begins with `key`, without its newline. */
static char *line_of(char *text, const char *key) {
  static char line[1000];
  size_t n = strlen(key);
  for (char *at = text; at != NULL && *at; at = strchr(at, '\n')) {
    if (*at == '\n') at++;
    if (strncmp(at, key, n) == 0) {
      snprintf(line, sizeof line, "%.*s", (int)strcspn(at, "\n"), at);
      return line;
    }
  }
  return strcpy(line, "(no such line)");
}

static const char *status_of(pid_t pid, const char *key) {
  return line_of(contents(of(pid, "status")), key);
}

/* Field `n` of stat, from 3 on. */
static long stat_field(pid_t pid, int n) {
  char *at = strrchr(contents(of(pid, "stat")), ')');
  for (; n > 2 && at != NULL; n--) at = strchr(at + 1, ' ');
  return at == NULL ? -1 : at[1] >= 'A' ? at[1] : atol(at + 1);
}

static const char *link_of(const char *name) {
  static char text[300];
  int n = readlink(name, text, sizeof text - 1);
  if (n < 0) return strerrorname_(errno);
  text[n] = 0;
  return text;
}

static void errors(void) {
  char c;
  SECTION("errors");
  ERR(open("/proc/nothing", O_RDONLY), ENOENT);
  ERR(open("/proc/4194303/stat", O_RDONLY), ENOENT);
  ERR(open("/proc/01", O_RDONLY), ENOENT);
  ERR(open("/proc/self/nothing", O_RDONLY), ENOENT);
  ERR(open("/proc/self/fd/999", O_RDONLY), ENOENT);
  ERR(open("/proc/self/fd/00", O_RDONLY), ENOENT);
  ERR(open("/proc/self/stat/x", O_RDONLY), ENOTDIR);
  ERR(mkdir("/proc/x", 0700), ENOENT);
  ERR(open("/proc/x", O_WRONLY | O_CREAT, 0600), ENOENT);
  ERR(symlink("a", "/proc/self/x"), ENOENT);
  ERR(rename("/proc/uptime", "/proc/x"), ENOENT);
  ERR(access("/proc/self", W_OK), EPERM);
  ERR(unlink("/proc/uptime"), geteuid() == 0 ? EPERM : EACCES);
  ERR(rmdir("/proc/self/fd"), EPERM);
  ERR(readlink("/proc/self/stat", path, 10), EINVAL);
  ERR(open("/proc/self", O_RDONLY | O_NOFOLLOW), ELOOP);
  int fd = MUST(open("/proc/uptime", O_RDONLY));
  ERR(read(fd, BAD, 10), EFAULT);
  ERR(write(fd, "x", 1), EBADF);
  EQ(pread(fd, &c, 1, 0), 1);
  OK(lseek(fd, 0, SEEK_SET));
  EQ(read(fd, &c, 1), 1);
  EQ(lseek(fd, 0, SEEK_CUR), 1);
  close(fd);
}

static void identity(void) {
  char me[20];
  SECTION("who");
  snprintf(me, sizeof me, "%d", getpid());
  TRUE(strcmp(link_of("/proc/self"), me) == 0);
  snprintf(path, sizeof path, "%d/task/%d", getpid(), getpid());
  TRUE(strcmp(link_of("/proc/thread-self"), path) == 0);
  EQ(stat_field(getpid(), 4), getppid());
  EQ(stat_field(getpid(), 5), getpgrp());
  EQ(stat_field(getpid(), 6), getsid(0));
  EQ(stat_field(getpid(), 3), 'R');
  EQ(stat_field(getpid(), 18), 20);
  EQ(stat_field(getpid(), 20), 1);
  EQ(stat_field(getpid(), 38), SIGCHLD);
  TRUE(stat_field(getpid(), 23) > 4096);
  TRUE(stat_field(getpid(), 24) > 10);
  STREQ(status_of(getpid(), "State:"), "State:\tR (running)");
  STREQ(status_of(getpid(), "Threads:"), "Threads:\t1");
  STREQ(status_of(getpid(), "TracerPid:"), "TracerPid:\t0");
  umask(022);
  STREQ(status_of(getpid(), "Umask:"), "Umask:\t0022");
  umask(077);
  STREQ(status_of(getpid(), "Umask:"), "Umask:\t0077");
  umask(022);
}

static void names(void) {
  int fd;
  SECTION("comm");
  OK(prctl(PR_SET_NAME, "a) b(c"));
  STREQ(contents("/proc/self/comm"), "a) b(c\n");
  EQ(stat_field(getpid(), 3), 'R');
  fd = MUST(open("/proc/self/comm", O_RDWR));
  EQ(write(fd, "a-name-that-is-too-long", 23), 23);
  close(fd);
  STREQ(contents("/proc/self/comm"), "a-name-that-is-\n");
  STREQ(status_of(getpid(), "Name:"), "Name:\ta-name-that-is-");
}

static void signals(void) {
  SECTION("signals");
  sigset_t set;
  signal(SIGUSR1, SIG_IGN);
  signal(SIGUSR2, _exit);
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, 40);
  sigprocmask(SIG_BLOCK, &set, NULL);
  kill(getpid(), SIGTERM);
  STREQ(status_of(getpid(), "SigBlk:"), "SigBlk:\t0000008000004000");
  STREQ(status_of(getpid(), "SigCgt:"), "SigCgt:\t0000000000000800");
  STREQ(status_of(getpid(), "ShdPnd:"), "ShdPnd:\t0000000000004000");
  STREQ(status_of(getpid(), "SigPnd:"), "SigPnd:\t0000000000000000");
  TRUE(strtoull(status_of(getpid(), "SigIgn:") + 8, NULL, 16) & 0x200);
  signal(SIGTERM, SIG_IGN);
  sigprocmask(SIG_UNBLOCK, &set, NULL);
  signal(SIGTERM, SIG_DFL);
}

static void files(void) {
  int p[2], u[2];
  char want[200], here[100];
  SECTION("fd");
  MUST(chdir("/tmp"));
  int fd = MUST(open("file", O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  MUST(write(fd, "0123456789", 10));
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  STREQ(link_of(path), "/tmp/file");
  struct stat a, b;
  OK(lstat(path, &a));
  EQ(a.st_mode, S_IFLNK | 0700);
  OK(stat(path, &a));
  OK(fstat(fd, &b));
  TRUE(a.st_ino == b.st_ino && a.st_dev == b.st_dev);
  int again = OK(open(path, O_RDONLY));
  EQ(lseek(again, 0, SEEK_CUR), 0);
  EQ(lseek(fd, 0, SEEK_CUR), 10);
  close(again);
  snprintf(path, sizeof path, "/proc/self/fdinfo/%d", fd);
  STREQ(line_of(contents(path), "pos:"), "pos:\t10");
  STREQ(line_of(contents(path), "flags:"), "flags:\t02102002");
  OK(unlink("file"));
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  STREQ(link_of(path), "/tmp/file (deleted)");
  again = OK(open(path, O_RDWR));
  EQ(lseek(again, 0, SEEK_END), 10);
  close(again);
  close(fd);
  ERR(lstat(path, &a), ENOENT);

  MUST(pipe(p));
  snprintf(path, sizeof path, "/proc/self/fd/%d", p[0]);
  TRUE(strncmp(link_of(path), "pipe:[", 6) == 0);
  OK(lstat(path, &a));
  EQ(a.st_mode, S_IFLNK | 0500);
  snprintf(path, sizeof path, "/proc/self/fd/%d", p[1]);
  OK(lstat(path, &a));
  EQ(a.st_mode, S_IFLNK | 0300);
  MUST(fstat(p[0], &a));
  snprintf(want, sizeof want, "pipe:[%lu]", (unsigned long)a.st_ino);
  TRUE(strcmp(link_of(path), want) == 0);
  MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, u));
  snprintf(path, sizeof path, "/proc/self/fd/%d", u[0]);
  TRUE(strncmp(link_of(path), "socket:[", 8) == 0);
  ERR(open(path, O_RDWR), ENXIO);

  SECTION("cwd, root, exe");
  STREQ(link_of("/proc/self/cwd"), "/tmp");
  STREQ(link_of("/proc/self/root"), "/");
  MUST(mkdir("gone", 0700));
  MUST(chdir("gone"));
  MUST(rmdir("/tmp/gone"));
  STREQ(link_of("/proc/self/cwd"), "/tmp/gone (deleted)");
  MUST(chdir("/proc/self/cwd/.."));
  STREQ(getcwd(here, sizeof here), "/tmp");
  MUST(chdir("/"));
  TRUE(strstr(link_of("/proc/self/exe"), "/bin/proc") != NULL);
  int exe = OK(open("/proc/self/exe", O_RDONLY));
  char magic[4];
  EQ(read(exe, magic, 4), 4);
  TRUE(memcmp(magic, "\177ELF", 4) == 0);
  ERR(open("/proc/self/exe", O_WRONLY), ETXTBSY);
}

static void memory(void) {
  char want[100], *line = NULL;
  SECTION("maps");
  char *p = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  MUST(mprotect(p + 4096, 4096, PROT_NONE));
  snprintf(want, sizeof want, "%lx-%lx ", (long)p + 4096, (long)p + 8192);
  line = line_of(contents("/proc/self/maps"), want);
  STREQ(line + strlen(want), "---p 00000000 00:00 0 ");
  MUST(chdir("/tmp"));
  put_file("mapped", "hello", 5, 0600);
  int fd = MUST(open("mapped", O_RDWR));
  char *q = mmap(NULL, 8192, PROT_READ, MAP_SHARED, fd, 4096);
  snprintf(want, sizeof want, "%lx-%lx r--s 00001000 ", (long)q, (long)q + 8192);
  line = line_of(contents("/proc/self/maps"), want);
  EQ(strcspn(line, "/"), 73);
  STREQ(strchr(line, '/') ? strchr(line, '/') : line, "/tmp/mapped");
  TRUE(strstr(contents("/proc/self/maps"), "[stack]\n") != NULL);
  TRUE(strstr(contents("/proc/self/maps"), "[heap]\n") != NULL);
  TRUE(strstr(contents("/proc/self/maps"), "[vdso]\n") != NULL);
  MUST(unlink("mapped"));

  SECTION("smaps");
  p[0] = 1;
  snprintf(want, sizeof want, "%lx-%lx rw-p", (long)p, (long)p + 4096);
  char *at = strstr(contents("/proc/self/smaps"), want);
  TRUE(at != NULL);
  if (at == NULL) at = "";
  STREQ(line_of(at, "Size:"), "Size:                  4 kB");
  STREQ(line_of(at, "Rss:"), "Rss:                   4 kB");
  STREQ(line_of(at, "Private_Dirty:"), "Private_Dirty:         4 kB");
  STREQ(line_of(at, "Anonymous:"), "Anonymous:             4 kB");
  TRUE(strstr(line_of(at, "VmFlags:"), "rd wr mr mw me") != NULL);
  TRUE(strstr(contents("/proc/self/smaps_rollup"), "[rollup]\n") != NULL);

  SECTION("mem");
  static char text[] = "some text";
  char copy[16] = "";
  int mem = OK(open("/proc/self/mem", O_RDWR));
  EQ(pread(mem, copy, sizeof text, (off_t)text), sizeof text);
  STREQ(copy, "some text");
  EQ(pwrite(mem, "S", 1, (off_t)text), 1);
  STREQ(text, "Some text");
  ERR(pread(mem, copy, 1, 16), EIO);
  EQ(lseek(mem, (off_t)text, SEEK_SET), (off_t)text);
  EQ(read(mem, copy, 4), 4);
  close(mem);

  SECTION("statm");
  long size, rss;
  EQ(sscanf(contents("/proc/self/statm"), "%ld %ld", &size, &rss), 2);
  TRUE(size >= rss && rss > 0);
  EQ(stat_field(getpid(), 23), size * 4096);
}

static void limits(void) {
  struct rlimit r = {100, 200};
  SECTION("limits");
  MUST(setrlimit(RLIMIT_NOFILE, &r));
  STREQ(line_of(contents("/proc/self/limits"), "Limit "),
        "Limit                     Soft Limit           Hard Limit           Units     ");
  STREQ(line_of(contents("/proc/self/limits"), "Max open files"),
        "Max open files            100                  200                  files     ");
  STREQ(line_of(contents("/proc/self/limits"), "Max cpu time"),
        "Max cpu time              unlimited            unlimited            seconds   ");
}

static void oom(void) {
  SECTION("oom_score_adj");
  int fd = MUST(open("/proc/self/oom_score_adj", O_RDWR));
  EQ(write(fd, "500", 3), 3);
  STREQ(contents("/proc/self/oom_score_adj"), "500\n");
  STREQ(contents("/proc/self/oom_adj"), "8\n");
  ERR(write(fd, "1001", 4), EINVAL);
  ERR(write(fd, "x", 1), EINVAL);
  close(fd);
  if (fork() == 0) {
    STREQ(contents("/proc/self/oom_score_adj"), "500\n");
    _exit(0);
  }
  wait(NULL);
}

static int gate[2];

static void children(void) {
  char c;
  SECTION("states of a child");
  MUST(pipe(gate));
  pid_t pid = MUST(fork());
  if (pid == 0) {
    read(gate[0], &c, 1);
    _exit(3);
  }
  await_blocked(pid, pid);
  EQ(stat_field(pid, 3), 'S');
  STREQ(status_of(pid, "State:"), "State:\tS (sleeping)");
  EQ(stat_field(pid, 4), getpid());
  int stat_fd = MUST(open(of(pid, "stat"), O_RDONLY));
  int dir = MUST(open(of(pid, ""), O_RDONLY | O_DIRECTORY));
  MUST(kill(pid, SIGSTOP));
  MUST(waitpid(pid, NULL, WUNTRACED));
  EQ(stat_field(pid, 3), 'T');
  STREQ(status_of(pid, "State:"), "State:\tT (stopped)");
  MUST(kill(pid, SIGCONT));
  MUST(write(gate[1], "x", 1));
  siginfo_t info;
  MUST(waitid(P_PID, pid, &info, WEXITED | WNOWAIT));
  EQ(stat_field(pid, 3), 'Z');
  STREQ(status_of(pid, "State:"), "State:\tZ (zombie)");
  STREQ(contents(of(pid, "cmdline")), "");
  STREQ(contents(of(pid, "maps")), "");
  STREQ(link_of(of(pid, "exe")), "ENOENT");
  STREQ(link_of(of(pid, "cwd")), "ENOENT");
  MUST(waitpid(pid, NULL, 0));
  ERR(open(of(pid, "stat"), O_RDONLY), ENOENT);
  ERR(read(stat_fd, &c, 1), ESRCH);
  ERR(openat(dir, "statm", O_RDONLY), ESRCH);
  close(stat_fd);
  close(dir);
}

static pid_t thread_id;
static void *thread(void *arg) {
  char c;
  (void)arg;
  prctl(PR_SET_NAME, "worker");
  thread_id = gettid();
  MUST(write(gate[1], "t", 1));
  while (read(gate[0], &c, 1) == 1 && c == 't') MUST(write(gate[1], "t", 1));
  return NULL;
}

static void threads(void) {
  pthread_t t;
  SECTION("threads");
  thread_id = 0;
  MUST(pipe(gate));
  pthread_create(&t, NULL, thread, NULL);
  while (__atomic_load_n(&thread_id, __ATOMIC_SEQ_CST) == 0) sched_yield();
  STREQ(status_of(getpid(), "Threads:"), "Threads:\t2");
  EQ(stat_field(getpid(), 20), 2);
  struct stat st;
  OK(stat("/proc/self/task", &st));
  EQ(st.st_nlink, 4);
  snprintf(path, sizeof path, "/proc/self/task/%d/comm", thread_id);
  STREQ(contents(path), "worker\n");
  snprintf(path, sizeof path, "/proc/%d/comm", thread_id);
  STREQ(contents(path), "worker\n");
  DIR *dir = opendir("/proc");
  int listed = 0, self = 0;
  for (struct dirent *e; (e = readdir(dir)) != NULL;) {
    if (atoi(e->d_name) == thread_id) listed++;
    if (atoi(e->d_name) == getpid()) self++;
  }
  closedir(dir);
  EQ(listed, 0);
  EQ(self, 1);
  dir = opendir("/proc/self/task");
  listed = 0;
  for (struct dirent *e; (e = readdir(dir)) != NULL;) listed += e->d_name[0] != '.';
  closedir(dir);
  EQ(listed, 2);
  MUST(write(gate[1], "q", 1));
  MUST(write(gate[1], "q", 1));
  pthread_join(t, NULL);
  STREQ(status_of(getpid(), "Threads:"), "Threads:\t1");
}

static void strangers(void) {
  SECTION("other users");
  if (geteuid() != 0) return;
  pid_t target = getpid();
  pid_t pid = MUST(fork());
  if (pid == 0) {
    struct stat st;
    failures_ = 0;
    MUST(setgid(1234));
    MUST(setuid(1234));
    OK(stat(of(target, "stat"), &st));
    EQ(st.st_uid, 0);
    ERR(open(of(target, "environ"), O_RDONLY), EACCES);
    ERR(open(of(target, "maps"), O_RDONLY), EACCES);
    ERR(open(of(target, "fd"), O_RDONLY), EACCES);
    ERR(open(of(target, "mem"), O_RDONLY), EACCES);
    STREQ(link_of(of(target, "exe")), "EACCES");
    STREQ(link_of(of(target, "cwd")), "EACCES");
    close(OK(open(of(target, "status"), O_RDONLY)));
    close(OK(open(of(target, "cmdline"), O_RDONLY)));
    EQ(stat_field(target, 28), 0);
    _exit(done());
  }
  int status;
  MUST(waitpid(pid, &status, 0));
  EQ(status, 0);
}

static void arguments(char **argv) {
  char text[300];
  SECTION("cmdline, environ, auxv");
  int fd = MUST(open("/proc/self/cmdline", O_RDONLY));
  int n = read(fd, text, sizeof text);
  close(fd);
  EQ(n, strlen(argv[0]) + 1);
  TRUE(strcmp(text, argv[0]) == 0);
  TRUE(strstr(contents("/proc/self/environ"), "PATH=") != NULL);
  unsigned long aux[2] = {1};
  fd = MUST(open("/proc/self/auxv", O_RDONLY));
  while (read(fd, aux, sizeof aux) == sizeof aux && aux[0] != 6) {
  }
  EQ(aux[1], 4096);
  close(fd);
}

/* The lines of a file that hold for any system. */
static void system_files(void) {
  double a, b;
  long total, free;
  SECTION("system");
  EQ(sscanf(contents("/proc/uptime"), "%lf %lf\n", &a, &b), 2);
  EQ(sscanf(line_of(contents("/proc/meminfo"), "MemTotal:"), "MemTotal: %ld kB", &total), 1);
  EQ(sscanf(line_of(contents("/proc/meminfo"), "MemFree:"), "MemFree: %ld kB", &free), 1);
  TRUE(total > free && free > 0);
  TRUE(strncmp(contents("/proc/version"), "Linux version ", 14) == 0);
  int running, tasks, last;
  EQ(sscanf(contents("/proc/loadavg"), "%*f %*f %*f %d/%d %d\n", &running, &tasks, &last), 3);
  TRUE(running >= 1 && tasks >= running && last > 0);
  TRUE(strncmp(contents("/proc/stat"), "cpu  ", 5) == 0);
  long now = time(NULL), boot;
  EQ(sscanf(line_of(contents("/proc/stat"), "btime"), "btime %ld", &boot), 1);
  TRUE(boot <= now);
  TRUE(strstr(contents("/proc/filesystems"), "nodev\ttmpfs\n") != NULL);
  TRUE(strstr(contents("/proc/devices"), "136 pts\n") != NULL);
  TRUE(strncmp(line_of(contents("/proc/cpuinfo"), "processor"), "processor\t: 0", 13) == 0);
  TRUE(strstr(contents("/proc/mounts"), " /proc proc rw,") != NULL);
  STREQ(link_of("/proc/mounts"), "self/mounts");
  STREQ(link_of("/proc/net"), "self/net");
  TRUE(strstr(contents("/proc/net/dev"), "    lo:") != NULL);
  int id, parent;
  EQ(sscanf(contents("/proc/self/mountinfo"), "%d %d ", &id, &parent), 2);

  SECTION("sys");
  STREQ(contents("/proc/sys/kernel/ostype"), "Linux\n");
  STREQ(contents("/proc/sys/kernel/ngroups_max"), "65536\n");
  STREQ(contents("/proc/sys/kernel/overflowuid"), "65534\n");
  STREQ(contents("/proc/sys/kernel/random/entropy_avail"), "256\n");
  STREQ(contents("/proc/sys/fs/pipe-max-size"), "1048576\n");
  STREQ(contents("/proc/sys/fs/nr_open"), "1048576\n");
  EQ(strlen(contents("/proc/sys/kernel/random/uuid")), 37);
  char first[40];
  snprintf(first, sizeof first, "%.36s", contents("/proc/sys/kernel/random/uuid"));
  TRUE(strncmp(first, contents("/proc/sys/kernel/random/uuid"), 36) != 0);
  snprintf(first, sizeof first, "%.36s", contents("/proc/sys/kernel/random/boot_id"));
  TRUE(strncmp(first, contents("/proc/sys/kernel/random/boot_id"), 36) == 0);
}

int main(int argc, char **argv) {
  (void)argc;
  arguments(argv);
  errors();
  identity();
  names();
  signals();
  files();
  memory();
  oom();
  children();
  threads();
  strangers();
  system_files();
  limits();
  return done();
}

/* open(2), openat(2), openat2(2), creat(2), close(2), close_range(2). */
#include "test.h"
#include <linux/openat2.h>
#include <sys/resource.h>

static int openat2_(int dir, const char *path, unsigned long flags,
                    unsigned long mode, unsigned long resolve) {
  struct open_how how = {.flags = flags, .mode = mode, .resolve = resolve};
  return syscall(SYS_openat2, dir, path, &how, sizeof how);
}

static void setup(void) {
  put_file("f", "hello", 5, 0644);
  MUST(mkdir("d", 0755));
  MUST(mkdir("d/e", 0755));
  put_file("d/g", "inner", 5, 0644);
  MUST(symlink("f", "l"));
  MUST(symlink("nowhere", "dangling"));
  MUST(symlink("loop", "loop"));
  MUST(symlink("d", "ld"));
  MUST(symlink("..", "d/up"));
  MUST(mkfifo("p", 0644));
}

static void errors(void) {
  SECTION("errors");
  char longname[300];
  memset(longname, 'n', 256);
  longname[256] = 0;
  char *longpath = malloc(5000);
  for (int i = 0; i < 4996; i += 2) memcpy(longpath + i, "./", 3);
  ERR(open("none", O_RDONLY), ENOENT);
  ERR(open("", O_RDONLY), ENOENT);
  ERR(open(BAD, O_RDONLY), EFAULT);
  ERR(open(longname, O_RDONLY), ENAMETOOLONG);
  ERR(open(longpath, O_RDONLY), ENAMETOOLONG);
  ERR(open("f/x", O_RDONLY), ENOTDIR);
  ERR(open("f/", O_RDONLY), ENOTDIR);
  ERR(open("f/.", O_RDONLY), ENOTDIR);
  ERR(open("none/x", O_RDONLY | O_CREAT, 0644), ENOENT);
  ERR(open("d", O_WRONLY), EISDIR);
  ERR(open("d", O_RDWR), EISDIR);
  ERR(open("d", O_RDONLY | O_CREAT, 0644), EISDIR);
  ERR(open("d", O_RDONLY | O_TRUNC), EISDIR);
  ERR(open("new/", O_RDWR | O_CREAT, 0644), EISDIR);
  ERR(open("f/", O_RDWR | O_CREAT, 0644), EISDIR);
  ERR(open("/", O_RDWR | O_CREAT, 0644), EISDIR);
  ERR(open(".", O_RDWR | O_CREAT, 0644), EISDIR);
  ERR(open("d/..", O_RDWR | O_CREAT, 0644), EISDIR);
  ERR(open("f", O_RDWR | O_CREAT | O_EXCL, 0644), EEXIST);
  ERR(open("dangling", O_RDWR | O_CREAT | O_EXCL, 0644), EEXIST);
  ERR(open("d", O_RDWR | O_CREAT | O_EXCL, 0644), EEXIST);
  ERR(open("f", O_RDONLY | O_DIRECTORY), ENOTDIR);
  ERR(open("l", O_RDONLY | O_NOFOLLOW), ELOOP);
  ERR(open("ld", O_RDONLY | O_NOFOLLOW | O_DIRECTORY), ENOTDIR);
  ERR(open("loop", O_RDONLY), ELOOP);
  ERR(open("loop/x", O_RDONLY), ELOOP);
  ERR(open("dangling", O_RDONLY), ENOENT);
  ERR(open("dangling/", O_RDWR | O_CREAT, 0644), EISDIR);
  ERR(open("p", O_WRONLY | O_NONBLOCK), ENXIO);
  ERR(openat(99, "f", O_RDONLY), EBADF);
  ERR(openat(-1, "f", O_RDONLY), EBADF);
  int f = MUST(open("f", O_RDONLY));
  ERR(openat(f, "x", O_RDONLY), ENOTDIR);
  ERR(openat(f, "", O_RDONLY), ENOENT);
  OK(close(f));
  ERR(close(f), EBADF);
  ERR(close(-1), EBADF);
  int p[2];
  MUST(pipe(p));
  ERR(openat(p[0], "x", O_RDONLY), ENOTDIR);
  close(p[0]);
  close(p[1]);
  free(longpath);
}

static void flags(void) {
  SECTION("flags");
  int f = MUST(open("f", O_RDONLY | O_CLOEXEC));
  EQ(fcntl(f, F_GETFL), O_RDONLY | 0100000);
  EQ(fcntl(f, F_GETFD), FD_CLOEXEC);
  ERR(write(f, "x", 1), EBADF);
  close(f);
  f = MUST(open("f", O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY));
  EQ(fcntl(f, F_GETFL), O_WRONLY | O_APPEND | O_NONBLOCK | 0100000);
  char c;
  ERR(read(f, &c, 1), EBADF);
  close(f);
  f = MUST(open("d", O_RDONLY | O_DIRECTORY));
  EQ(fcntl(f, F_GETFL), O_DIRECTORY | 0100000);
  ERR(read(f, &c, 1), EISDIR);
  ERR(write(f, &c, 1), EBADF);
  ERR(ftruncate(f, 0), EINVAL);
  close(f);
  f = MUST(open("f", 3));
  EQ(fcntl(f, F_GETFL), 3 | 0100000);
  ERR(read(f, &c, 1), EBADF);
  ERR(write(f, &c, 1), EBADF);
  close(f);
  f = MUST(open("new", O_RDWR | O_CREAT | O_EXCL, 06666));
  struct stat st;
  OK(fstat(f, &st));
  EQ(st.st_mode, S_IFREG | 06644);
  EQ(st.st_size, 0);
  EQ(st.st_nlink, 1);
  close(f);
  umask(077);
  f = MUST(open("private", O_RDONLY | O_CREAT, 0666));
  OK(fstat(f, &st));
  EQ(st.st_mode, S_IFREG | 0600);
  close(f);
  umask(022);
  f = MUST(open("dangling", O_RDWR | O_CREAT, 0644));
  OK(access("nowhere", F_OK));
  close(f);
  f = MUST(open("f", O_RDONLY | O_TRUNC));
  OK(fstat(f, &st));
  EQ(st.st_size, 0);
  close(f);
  f = MUST(creat("f", 0600));
  EQ(fcntl(f, F_GETFL), O_WRONLY | 0100000);
  EQ(write(f, "hello", 5), 5);
  OK(fstat(f, &st));
  EQ(st.st_mode, S_IFREG | 0644);
  close(f);
}

static void paths(void) {
  SECTION("O_PATH");
  char buf[8];
  struct stat st;
  int f = MUST(open("f", O_PATH));
  EQ(fcntl(f, F_GETFL), O_PATH);
  ERR(read(f, buf, 1), EBADF);
  ERR(fchmod(f, 0600), EBADF);
  ERR(ftruncate(f, 0), EBADF);
  ERR(lseek(f, 0, SEEK_SET), EBADF);
  ERR(fcntl(f, F_SETFL, 0), EBADF);
  OK(fstat(f, &st));
  EQ(st.st_size, 5);
  OK(close(f));
  f = MUST(open("l", O_PATH | O_NOFOLLOW));
  OK(fstat(f, &st));
  EQ(st.st_mode, S_IFLNK | 0777);
  EQ(readlinkat(f, "", buf, sizeof buf), 1);
  close(f);
  f = MUST(open("d", O_PATH));
  int g = OK(openat(f, "g", O_RDONLY));
  EQ(read(g, buf, 8), 5);
  close(g);
  OK(fchdir(f));
  OK(access("g", F_OK));
  OK(chdir(".."));
  close(f);
  ERR(open("none", O_PATH), ENOENT);
  ERR(open("f", O_PATH | O_DIRECTORY), ENOTDIR);
  f = OK(open("d", O_PATH | O_CREAT | O_WRONLY, 0));
  close(f);
}

static void scopes(void) {
  SECTION("openat2");
  struct open_how how[2] = {{.flags = O_RDONLY}};
  int d = MUST(open("d", O_RDONLY | O_DIRECTORY));
  ERR(syscall(SYS_openat2, AT_FDCWD, "f", how, sizeof *how - 1), EINVAL);
  ERR(syscall(SYS_openat2, AT_FDCWD, "f", how, 5000), E2BIG);
  ERR(syscall(SYS_openat2, AT_FDCWD, "f", BAD, sizeof *how), EFAULT);
  how[1].flags = 1;
  ERR(syscall(SYS_openat2, AT_FDCWD, "f", how, sizeof how), E2BIG);
  how[1].flags = 0;
  int f = OK(syscall(SYS_openat2, AT_FDCWD, "f", how, sizeof how));
  close(f);
  ERR(openat2_(AT_FDCWD, "f", O_RDONLY | (1UL << 40), 0, 0), EINVAL);
  ERR(openat2_(AT_FDCWD, "f", O_RDONLY, 0644, 0), EINVAL);
  ERR(openat2_(AT_FDCWD, "f", O_CREAT | O_RDWR, 010000, 0), EINVAL);
  ERR(openat2_(AT_FDCWD, "f", O_RDONLY, 0, 1 << 10), EINVAL);
  ERR(openat2_(AT_FDCWD, "f", O_PATH | O_RDWR, 0, 0), EINVAL);
  ERR(openat2_(AT_FDCWD, "f", 0, 0, RESOLVE_BENEATH | RESOLVE_IN_ROOT),
      EINVAL);
  ERR(openat2_(d, "..", 0, 0, RESOLVE_BENEATH), EXDEV);
  ERR(openat2_(d, "/", 0, 0, RESOLVE_BENEATH), EXDEV);
  ERR(openat2_(d, "up", 0, 0, RESOLVE_BENEATH), EXDEV);
  ERR(openat2_(d, "up/f", 0, 0, RESOLVE_NO_SYMLINKS), ELOOP);
  ERR(openat2_(AT_FDCWD, "l", 0, 0, RESOLVE_NO_SYMLINKS), ELOOP);
  ERR(openat2_(AT_FDCWD, "/proc/self/exe", 0, 0, RESOLVE_NO_MAGICLINKS),
      ELOOP);
  ERR(openat2_(AT_FDCWD, "/proc", 0, 0, RESOLVE_NO_XDEV), EXDEV);
  f = OK(openat2_(d, "/g", 0, 0, RESOLVE_IN_ROOT));
  close(f);
  f = OK(openat2_(d, "../../g", 0, 0, RESOLVE_IN_ROOT));
  close(f);
  f = OK(openat2_(d, "up/up/g", 0, 0, RESOLVE_IN_ROOT));
  close(f);
  f = OK(openat2_(d, "e/../g", 0, 0, RESOLVE_BENEATH));
  close(f);
  close(d);
}

static void temporary(void) {
  SECTION("O_TMPFILE");
  ERR(open("d", O_TMPFILE | O_RDONLY, 0644), EINVAL);
  ERR(open("none", O_TMPFILE | O_RDWR, 0644), ENOENT);
  ERR(open("f", O_TMPFILE | O_RDWR, 0644), ENOTDIR);
  int f = MUST(open("d", O_TMPFILE | O_RDWR, 0600));
  struct stat st;
  OK(fstat(f, &st));
  EQ(st.st_nlink, 0);
  EQ(write(f, "temp", 4), 4);
  char path[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", f);
  OK(linkat(AT_FDCWD, path, AT_FDCWD, "named", AT_SYMLINK_FOLLOW));
  OK(fstat(f, &st));
  EQ(st.st_nlink, 1);
  STREQ(contents("named"), "temp");
  close(f);
  OK(unlink("named"));
}

static void descriptors(void) {
  SECTION("descriptors");
  int a = MUST(open("f", O_RDONLY)), b = MUST(open("f", O_RDONLY));
  EQ(b, a + 1);
  close(a);
  int c = MUST(open("f", O_RDONLY));
  EQ(c, a);
  struct rlimit limit = {b + 1, 4096};
  OK(setrlimit(RLIMIT_NOFILE, &limit));
  ERR(open("f", O_RDONLY), EMFILE);
  ERR(open("notmade", O_RDWR | O_CREAT, 0644), EMFILE);
  ERR(access("notmade", F_OK), ENOENT);
  ERR(open("none/x", O_RDONLY), EMFILE);
  limit.rlim_cur = 1024;
  OK(setrlimit(RLIMIT_NOFILE, &limit));
  ERR(close_range(5, 4, 0), EINVAL);
  ERR(close_range(3, 4, 8), EINVAL);
  OK(close_range(b, b, CLOSE_RANGE_CLOEXEC));
  EQ(fcntl(b, F_GETFD), FD_CLOEXEC);
  OK(close_range(a, ~0U, 0));
  ERR(fcntl(a, F_GETFD), EBADF);
  ERR(fcntl(b, F_GETFD), EBADF);
}

static void not_root(void) {
  MUST(setgid(1000));
  MUST(setuid(1000));
  ERR(open("private", O_RDONLY), EACCES);
  ERR(open("f", O_WRONLY), EACCES);
  ERR(open("f", O_RDONLY | O_TRUNC), EACCES);
  ERR(open("closed/x", O_RDONLY), EACCES);
  ERR(open("closed", O_RDONLY), EACCES);
  ERR(open("mine", O_CREAT | O_RDWR, 0644), EACCES);
  ERR(open("f", O_RDONLY | O_NOATIME), EPERM);
  ERR(open("d/x", O_CREAT | O_RDONLY, 0644), EACCES);
  OK(open("open/x", O_CREAT | O_RDONLY, 0));
  struct stat st;
  OK(stat("open/x", &st));
  EQ(st.st_uid, 1000);
  EQ(st.st_mode, S_IFREG);
  ERR(open("open/x", O_RDONLY), EACCES);
}

static void permissions(void) {
  SECTION("permissions");
  if (getuid() != 0) return;
  MUST(mkdir("closed", 0700));
  MUST(mkdir("open", 0));
  MUST(chmod("open", 0777));
  MUST(chmod(".", 0755));
  CHILD(not_root);
  int f = OK(open("open/x", O_RDWR));
  close(f);
}

int main(void) {
  umask(022);
  setup();
  errors();
  flags();
  paths();
  scopes();
  temporary();
  permissions();
  descriptors();
  return done();
}

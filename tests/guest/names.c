/* mkdir(2), unlink(2), rename(2), link(2), symlink(2), mknod(2), readlink(2), getdents(2), chdir(2). */
#include "test.h"
#include <dirent.h>
#include <sys/sysmacros.h>

#define RENAME_NOREPLACE_ 1
#define RENAME_EXCHANGE_ 2
#define RENAME_WHITEOUT_ 4

static struct stat st;

static void directories(void) {
  SECTION("mkdir and rmdir");
  OK(mkdir("d", 0777));
  OK(stat("d", &st));
  EQ(st.st_mode, S_IFDIR | 0755);
  OK(mkdir("sticky", 07777));
  OK(stat("sticky", &st));
  EQ(st.st_mode & 07777, 01755);
  OK(mkdir("slash/", 0755));
  OK(rmdir("slash/"));
  ERR(mkdir("d", 0777), EEXIST);
  ERR(mkdir("d/", 0777), EEXIST);
  ERR(mkdir(".", 0777), EEXIST);
  ERR(mkdir("..", 0777), EEXIST);
  ERR(mkdir("/", 0777), EEXIST);
  ERR(mkdir("d/.", 0777), EEXIST);
  ERR(mkdir("none/x", 0777), ENOENT);
  ERR(mkdir("none/.", 0777), ENOENT);
  ERR(mkdir("", 0777), ENOENT);
  ERR(mkdir(BAD, 0777), EFAULT);
  put_file("f", "x", 1, 0644);
  ERR(mkdir("f", 0777), EEXIST);
  ERR(mkdir("f/x", 0777), ENOTDIR);
  MUST(symlink("nowhere", "dangling"));
  ERR(mkdir("dangling", 0777), EEXIST);
  ERR(mkdir("dangling/", 0777), EEXIST);
  ERR(mkdirat(99, "x", 0777), EBADF);
  ERR(rmdir("none"), ENOENT);
  ERR(rmdir("f"), ENOTDIR);
  ERR(rmdir("d/."), EINVAL);
  ERR(rmdir("."), EINVAL);
  ERR(rmdir("d/.."), ENOTEMPTY);
  ERR(rmdir("/"), EBUSY);
  MUST(mkdir("d/e", 0755));
  ERR(rmdir("d"), ENOTEMPTY);
  OK(unlinkat(AT_FDCWD, "d/e", AT_REMOVEDIR));
  ERR(unlinkat(AT_FDCWD, "d", 0x1000), EINVAL);
  OK(rmdir("d"));
  ERR(rmdir("d"), ENOENT);
  unlink("dangling");
  rmdir("sticky");
}

static void unlinking(void) {
  SECTION("unlink");
  MUST(mkdir("d", 0755));
  MUST(symlink("d", "l"));
  ERR(unlink("none"), ENOENT);
  ERR(unlink("d"), EISDIR);
  ERR(unlink("d/"), EISDIR);
  ERR(unlink("f/"), ENOTDIR);
  ERR(unlink("l/"), ENOTDIR);
  ERR(unlink("."), EISDIR);
  ERR(unlink("d/.."), EISDIR);
  ERR(unlink("f/x"), ENOTDIR);
  ERR(unlink(""), ENOENT);
  OK(unlink("l"));
  OK(unlink("f"));
  OK(rmdir("d"));
}

static void links(void) {
  SECTION("link");
  put_file("f", "text", 4, 0644);
  MUST(mkdir("d", 0755));
  MUST(symlink("f", "s"));
  OK(link("f", "g"));
  OK(stat("g", &st));
  EQ(st.st_nlink, 2);
  ino_t ino = st.st_ino;
  OK(stat("f", &st));
  EQ(st.st_ino == ino, 1);
  ERR(link("f", "g"), EEXIST);
  ERR(link("f", "d"), EEXIST);
  ERR(link("f", "new/"), ENOENT);
  ERR(link("none", "h"), ENOENT);
  ERR(link("d", "h"), EPERM);
  ERR(link("f", "none/h"), ENOENT);
  ERR(link("f", "/dev/shm/x"), EXDEV);
  ERR(linkat(AT_FDCWD, "f", AT_FDCWD, "h", 0x100), EINVAL);
  OK(link("s", "t"));
  OK(lstat("t", &st));
  EQ(st.st_mode, S_IFLNK | 0777);
  EQ(st.st_nlink, 2);
  OK(linkat(AT_FDCWD, "s", AT_FDCWD, "u", AT_SYMLINK_FOLLOW));
  OK(lstat("u", &st));
  EQ(st.st_mode, S_IFREG | 0644);
  EQ(st.st_nlink, 3);
  OK(unlink("g"));
  OK(stat("f", &st));
  EQ(st.st_nlink, 2);
  unlink("t");
  unlink("u");
  unlink("s");
  SECTION("symlink");
  char buf[64];
  OK(symlink("a/b/../c", "s"));
  EQ(readlink("s", buf, sizeof buf), 8);
  EQ(readlink("s", buf, 3), 3);
  ERR(readlink("s", buf, 0), EINVAL);
  ERR(readlink("f", buf, 1), EINVAL);
  ERR(readlink("d", buf, 1), EINVAL);
  ERR(readlink("none", buf, 1), ENOENT);
  ERR(readlink("s", BAD, 4), EFAULT);
  ERR(readlinkat(AT_FDCWD, "", buf, 4), ENOENT);
  OK(lstat("s", &st));
  EQ(st.st_size, 8);
  ERR(symlink("x", "s"), EEXIST);
  ERR(symlink("x", "d"), EEXIST);
  ERR(symlink("", "y"), ENOENT);
  ERR(symlink("x", ""), ENOENT);
  ERR(symlink("x", "y/"), ENOENT);
  ERR(symlink("x", "none/y"), ENOENT);
  char *text = malloc(5000);
  memset(text, 'x', 4999);
  text[4999] = 0;
  ERR(symlink(text, "y"), ENAMETOOLONG);
  text[4095] = 0;
  OK(symlink(text, "y"));
  ERR(stat("y", &st), ENAMETOOLONG);
  free(text);
  OK(unlink("y"));
  OK(unlink("s"));
}

static int rename2(const char *a, const char *b, unsigned flags) {
  return syscall(SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b, flags);
}

static void renames(void) {
  SECTION("rename");
  put_file("a", "A", 1, 0644);
  put_file("b", "B", 1, 0644);
  OK(rename("a", "b"));
  STREQ(contents("b"), "A");
  ERR(rename("a", "b"), ENOENT);
  ERR(rename("none", "b"), ENOENT);
  ERR(rename("b", "none/x"), ENOENT);
  ERR(rename("b", "x/"), ENOTDIR);
  ERR(rename("b/", "x"), ENOTDIR);
  ERR(rename("b", "d"), EISDIR);
  ERR(rename("d", "b"), ENOTDIR);
  ERR(rename("d", "d/x"), EINVAL);
  ERR(rename(".", "x"), EBUSY);
  ERR(rename("b", "."), EBUSY);
  ERR(rename("d/..", "x"), EBUSY);
  ERR(rename("b", "/dev/shm/x"), EXDEV);
  ERR(rename("b", ""), ENOENT);
  MUST(mkdir("d/e", 0755));
  MUST(mkdir("x", 0755));
  ERR(rename("d/e", "d"), ENOTEMPTY);
  ERR(rename("x", "d"), ENOTEMPTY);
  OK(rename("d", "x"));
  OK(stat("x/e", &st));
  ERR(stat("d", &st), ENOENT);
  OK(rename("x/", "d/"));
  OK(link("b", "c"));
  OK(rename("b", "c"));
  OK(stat("b", &st));
  EQ(st.st_nlink, 2);
  OK(unlink("c"));
  SECTION("renameat2");
  put_file("a", "A", 1, 0644);
  ERR(rename2("a", "b", RENAME_NOREPLACE_), EEXIST);
  ERR(rename2("a", "b", 99), EINVAL);
  ERR(rename2("a", "b", RENAME_NOREPLACE_ | RENAME_EXCHANGE_), EINVAL);
  ERR(rename2("a", "none", RENAME_EXCHANGE_), ENOENT);
  OK(rename2("a", "new", RENAME_NOREPLACE_));
  OK(rename2("new", "d", RENAME_EXCHANGE_));
  OK(stat("new/e", &st));
  STREQ(contents("d"), "A");
  ERR(rename2("new", "new/e", RENAME_EXCHANGE_), EINVAL);
  OK(rename2("new", "d", RENAME_EXCHANGE_));
  OK(rmdir("d/e"));
  OK(stat("d", &st));
  EQ(st.st_nlink, 2);
  unlink("new");
  int cwd = MUST(open("d", O_RDONLY | O_DIRECTORY));
  MUST(fchdir(cwd));
  OK(rename("../d", "../moved"));
  char path[4096];
  getcwd(path, sizeof path);
  STREQ(strrchr(path, '/'), "/moved");
  OK(rmdir("../moved"));
  ERR(syscall(SYS_getcwd, path, sizeof path), ENOENT);
  ERR(mkdir("x", 0755), ENOENT);
  ERR(open("x", O_CREAT | O_RDWR, 0644), ENOENT);
  ERR(open("x", O_RDONLY), ENOENT);
  OK(stat(".", &st));
  EQ(st.st_nlink, 0);
  OK(chdir(".."));
  close(cwd);
}

static void nodes(void) {
  SECTION("mknod");
  OK(mknod("reg", S_IFREG | 0666, 0));
  OK(stat("reg", &st));
  EQ(st.st_mode, S_IFREG | 0644);
  OK(mknod("plain", 0600, 0));
  OK(stat("plain", &st));
  EQ(st.st_mode, S_IFREG | 0600);
  OK(mknod("fifo", S_IFIFO | 0666, 0));
  OK(stat("fifo", &st));
  EQ(st.st_mode, S_IFIFO | 0644);
  OK(mknod("sock", S_IFSOCK | 0666, 0));
  OK(stat("sock", &st));
  EQ(st.st_mode, S_IFSOCK | 0644);
  ERR(open("sock", O_RDONLY), ENXIO);
  ERR(mknod("reg", S_IFIFO | 0666, 0), EEXIST);
  ERR(mknod("x", S_IFDIR | 0755, 0), EPERM);
  ERR(mknod("x", S_IFLNK | 0755, 0), EINVAL);
  ERR(mknod("x", 0170000, 0), EINVAL);
  ERR(mknod("x/", S_IFREG | 0755, 0), ENOENT);
  unlink("reg");
  unlink("plain");
  unlink("fifo");
  unlink("sock");
}

static int by_name(const void *a, const void *b) {
  return strcmp(*(char **)a, *(char **)b);
}

static void listing(void) {
  SECTION("getdents");
  char buf[4096];
  char *names[64];
  int n = 0;
  MUST(mkdir("list", 0755));
  MUST(chdir("list"));
  MUST(mkdir("dir", 0755));
  put_file("file", "", 0, 0644);
  MUST(symlink("x", "link"));
  MUST(mkfifo("fifo", 0644));
  int d = MUST(open(".", O_RDONLY | O_DIRECTORY));
  ERR(syscall(SYS_getdents64, d, buf, 10), EINVAL);
  ERR(syscall(SYS_getdents64, d, BAD, sizeof buf), EFAULT);
  ERR(syscall(SYS_getdents64, 99, buf, sizeof buf), EBADF);
  int f = MUST(open("file", O_RDONLY));
  ERR(syscall(SYS_getdents64, f, buf, sizeof buf), ENOTDIR);
  close(f);
  close(d);
  DIR *dir = opendir(".");
  struct dirent *e;
  while ((e = readdir(dir)) != NULL && n < 64) {
    struct stat es;
    MUST(lstat(e->d_name, &es));
    if (strcmp(e->d_name, "..") != 0 && es.st_ino != e->d_ino) say("INODE!");
    char line[300];
    snprintf(line, sizeof line, "%s %d", e->d_name, e->d_type);
    names[n++] = strdup(line);
  }
  qsort(names, n, sizeof *names, by_name);
  for (int i = 0; i < n; i++) say("%s", names[i]);
  rewinddir(dir);
  int again = 0;
  put_file("later", "", 0, 0644);
  rewinddir(dir);
  while (readdir(dir) != NULL) again++;
  EQ(again, n + 1);
  rewinddir(dir);
  readdir(dir);
  long at = telldir(dir);
  e = readdir(dir);
  char *second = strdup(e->d_name);
  seekdir(dir, at);
  TRUE(strcmp(readdir(dir)->d_name, second) == 0);
  closedir(dir);
  d = MUST(open(".", O_RDONLY | O_DIRECTORY));
  int entries = 0, r;
  while ((r = syscall(SYS_getdents64, d, buf, 40)) > 0) entries++;
  EQ(r, 0);
  EQ(entries, n + 1);
  close(d);
  unlink("later");
  unlink("fifo");
  unlink("link");
  unlink("file");
  rmdir("dir");
  MUST(chdir(".."));
  MUST(rmdir("list"));
}

static void removed_while_listed(void) {
  SECTION("remove while listing");
  MUST(mkdir("many", 0755));
  char name[32];
  for (int i = 0; i < 500; i++) {
    snprintf(name, sizeof name, "many/file%d", i);
    put_file(name, "", 0, 0644);
  }
  DIR *dir = opendir("many");
  struct dirent *e;
  int removed = 0;
  while ((e = readdir(dir)) != NULL) {
    if (e->d_name[0] == '.') continue;
    if (unlinkat(dirfd(dir), e->d_name, 0) == 0) removed++;
  }
  EQ(removed, 500);
  closedir(dir);
  OK(rmdir("many"));
}

static void places(void) {
  SECTION("chdir");
  char buf[4096];
  put_file("f", "x", 1, 0644);
  MUST(mkdir("d", 0755));
  ERR(chdir("f"), ENOTDIR);
  ERR(chdir("none"), ENOENT);
  ERR(chdir(""), ENOENT);
  ERR(fchdir(99), EBADF);
  int f = MUST(open("f", O_RDONLY));
  ERR(fchdir(f), ENOTDIR);
  close(f);
  OK(chdir("d"));
  ERR(syscall(SYS_getcwd, buf, 2), ERANGE);
  ERR(syscall(SYS_getcwd, BAD, 4096), EFAULT);
  int n = syscall(SYS_getcwd, buf, sizeof buf);
  EQ(n, strlen(buf) + 1);
  OK(chdir(".."));
  EQ(umask(0777777) & 0, 0);
  EQ(umask(022), 0777);
  rmdir("d");
  unlink("f");
}

static void rooted(void) {
  char buf[100];
  MUST(mkdir("jail", 0755));
  MUST(mkdir("jail/in", 0755));
  MUST(symlink("/in", "jail/link"));
  MUST(chdir("jail"));
  OK(chroot("."));
  OK(stat("/in", &st));
  OK(stat("/../../in", &st));
  OK(stat("/link", &st));
  ERR(stat("/etc", &st), ENOENT);
  OK(chdir("/in/.."));
  OK(syscall(SYS_getcwd, buf, sizeof buf));
  STREQ(buf, "/");
}

static void not_root(void) {
  MUST(setgid(1000));
  MUST(setuid(1000));
  ERR(mkdir("x", 0755), EACCES);
  ERR(unlink("f"), EACCES);
  ERR(rename("f", "g"), EACCES);
  ERR(symlink("x", "y"), EACCES);
  ERR(chroot("."), EPERM);
  ERR(mknod("free/c", S_IFCHR | 0666, makedev(1, 3)), EPERM);
  ERR(unlink("stuck/f"), EPERM);
  ERR(rename("stuck/f", "stuck/g"), EPERM);
  ERR(rmdir("stuck/d"), EPERM);
  OK(mkdir("stuck/mine", 0755));
  OK(rmdir("stuck/mine"));
  OK(unlink("free/f"));
  ERR(link("free/x/../../none", "free/l"), ENOENT);
  OK(mkdir("group/d", 0755));
  OK(stat("group/d", &st));
  EQ(st.st_gid, 2000);
  EQ(st.st_mode & 07777, 02755);
  put_file("group/f", "", 0, 0644);
  OK(stat("group/f", &st));
  EQ(st.st_gid, 2000);
}

static void permissions(void) {
  SECTION("permissions");
  if (getuid() != 0) return;
  put_file("f", "x", 1, 0644);
  MUST(chmod(".", 0755));
  MUST(mkdir("free", 0755));
  MUST(mkdir("free/x", 0755));
  MUST(chmod("free", 0777));
  put_file("free/f", "x", 1, 0600);
  MUST(mkdir("stuck", 0755));
  MUST(chmod("stuck", 01777));
  put_file("stuck/f", "x", 1, 0666);
  MUST(mkdir("stuck/d", 0777));
  MUST(mkdir("group", 0755));
  MUST(chown("group", 0, 2000));
  MUST(chmod("group", 02777));
  CHILD(not_root);
  CHILD(rooted);
}

int main(void) {
  umask(022);
  directories();
  unlinking();
  links();
  renames();
  nodes();
  listing();
  removed_while_listed();
  places();
  permissions();
  return done();
}

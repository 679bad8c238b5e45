/* mount(2), umount2(2), pivot_root(2), for who may: else all is EPERM. */
#include "test.h"
#include <sys/mount.h>
#include <sys/statfs.h>

static struct stat st;

static void errors(void) {
  SECTION("errors");
  ERR(mount("none", "none", "tmpfs", 0, NULL), ENOENT);
  ERR(mount("none", BAD, "tmpfs", 0, NULL), EFAULT);
  ERR(mount("none", "d", "nosuchfs", 0, NULL), ENODEV);
  ERR(mount("none", "f", "tmpfs", 0, NULL), ENOTDIR);
  ERR(mount("none", "d", NULL, MS_BIND, NULL), ENOENT);
  ERR(mount("f", "d", NULL, MS_BIND, NULL), ENOTDIR);
  ERR(mount("d", "f", NULL, MS_BIND, NULL), ENOTDIR);
  ERR(mount("none", "d", "tmpfs", 0, "nonsense=1"), EINVAL);
  ERR(mount("none", "d", NULL, MS_REMOUNT, NULL), EINVAL);
  ERR(umount2("d", 0), EINVAL);
  ERR(umount2("none", 0), ENOENT);
  ERR(umount2("d", 0x100), EINVAL);
  ERR(umount2("d", MNT_EXPIRE | MNT_FORCE), EINVAL);
}

static void memory(void) {
  struct statfs fs;
  SECTION("tmpfs");
  OK(mount("none", "d", "tmpfs", MS_NOSUID, "size=64k,mode=700"));
  OK(stat("d", &st));
  EQ(st.st_mode, S_IFDIR | 0700);
  OK(statfs("d", &fs));
  EQ(fs.f_type, 0x1021994);
  EQ(fs.f_blocks, 16);
  EQ(fs.f_flags & 2, 2);
  put_file("d/x", "text", 4, 0644);
  ERR(rmdir("d"), EBUSY);
  ERR(rename("d", "e"), EBUSY);
  ERR(link("f", "d/l"), EXDEV);
  ERR(rename("f", "d/l"), EXDEV);
  int x = MUST(open("d/x", O_RDWR));
  ERR(umount2("d", 0), EBUSY);
  char *big = calloc(1, 100000);
  EQ(write(x, big, 100000) < 100000, 1);
  ERR(write(x, big, 4096), ENOSPC);
  free(big);
  close(x);
  OK(mount(NULL, "d", NULL, MS_REMOUNT | MS_RDONLY, NULL));
  ERR(open("d/x", O_RDWR), EROFS);
  ERR(mkdir("d/y", 0755), EROFS);
  ERR(unlink("d/x"), EROFS);
  OK(umount2("d", 0));
  ERR(stat("d/x", &st), ENOENT);
}

static void binding(void) {
  SECTION("bind");
  MUST(mkdir("from", 0755));
  put_file("from/x", "one", 3, 0644);
  OK(mount("from", "d", NULL, MS_BIND, NULL));
  STREQ(contents("d/x"), "one");
  put_file("d/y", "two", 3, 0644);
  STREQ(contents("from/y"), "two");
  OK(mount(NULL, "d", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL));
  ERR(open("d/y", O_WRONLY), EROFS);
  ERR(open("d/z", O_WRONLY | O_CREAT, 0644), EROFS);
  OK(open("from/y", O_WRONLY));
  OK(mount("f", "from/x", NULL, MS_BIND, NULL));
  STREQ(contents("from/x"), "hello");
  STREQ(contents("d/x"), "one");
  OK(umount2("from/x", 0));
  OK(umount2("d", MNT_DETACH));
  OK(mount("none", "d", "tmpfs", 0, NULL));
  MUST(mkdir("d/in", 0755));
  OK(mount("none", "d/in", "tmpfs", 0, NULL));
  put_file("d/in/deep", "deep", 4, 0644);
  OK(mount("d", "from", NULL, MS_BIND | MS_REC, NULL));
  STREQ(contents("from/in/deep"), "deep");
  ERR(umount2("d", 0), EBUSY);
  OK(umount2("d", MNT_DETACH));
  STREQ(contents("from/in/deep"), "deep");
  OK(umount2("from/in", 0));
  OK(umount2("from", 0));
}

static void moving(void) {
  SECTION("move");
  OK(mount("none", "d", "tmpfs", 0, NULL));
  put_file("d/m", "moved", 5, 0644);
  OK(mount("d", "from", NULL, MS_MOVE, NULL));
  STREQ(contents("from/m"), "moved");
  ERR(stat("d/m", &st), ENOENT);
  ERR(mount("f", "d", NULL, MS_MOVE, NULL), EINVAL);
  OK(umount2("from", 0));
}

static void pivoting(void) {
  SECTION("pivot_root");
  char path[100];
  OK(mount("none", "d", "tmpfs", 0, NULL));
  MUST(mkdir("d/old", 0755));
  MUST(mkdir("d/here", 0755));
  ERR(syscall(SYS_pivot_root, "d/here", "d/old"), EINVAL);
  ERR(syscall(SYS_pivot_root, "f", "d/old"), ENOTDIR);
  MUST(chdir("d"));
  OK(syscall(SYS_pivot_root, ".", "old"));
  OK(chdir("/"));
  OK(stat("/here", &st));
  OK(stat("/old/proc", &st));
  OK(syscall(SYS_getcwd, path, sizeof path));
  STREQ(path, "/");
}

int main(void) {
  put_file("f", "hello", 5, 0644);
  MUST(mkdir("d", 0755));
  if (unshare(CLONE_NEWNS) == 0)
    MUST(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
  if (mount("none", "d", "tmpfs", 0, NULL) != 0) {
    say("not permitted");
    return done();
  }
  MUST(umount2("d", 0));
  errors();
  memory();
  binding();
  moving();
  CHILD(pivoting);
  return done();
}

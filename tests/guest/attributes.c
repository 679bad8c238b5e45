/* stat(2), statx(2), statfs(2), access(2), chmod(2), chown(2), utimensat(2), truncate(2), fallocate(2), xattr(7). */
#include "test.h"
#include <linux/falloc.h>
#include <linux/stat.h>
#include <sys/statfs.h>
#include <sys/time.h>
#include <sys/xattr.h>
#include <utime.h>

static struct stat st;

static int statx_(int dir, const char *path, int flags, unsigned mask,
                  void *out) {
  return syscall(SYS_statx, dir, path, flags, mask, out);
}

static void stats(void) {
  SECTION("stat");
  struct statx sx;
  put_file("f", "hello", 5, 0640);
  MUST(symlink("f", "l"));
  MUST(symlink("loop", "loop"));
  MUST(mkdir("d", 0755));
  ERR(stat("none", &st), ENOENT);
  ERR(stat("", &st), ENOENT);
  ERR(stat(BAD, &st), EFAULT);
  ERR(stat("f", BAD), EFAULT);
  ERR(stat("f/", &st), ENOTDIR);
  ERR(stat("f/x", &st), ENOTDIR);
  ERR(stat("loop", &st), ELOOP);
  ERR(fstat(99, &st), EBADF);
  ERR(fstatat(99, "f", &st, 0), EBADF);
  ERR(fstatat(AT_FDCWD, "f", &st, 0x10000), EINVAL);
  ERR(fstatat(AT_FDCWD, "", &st, 0), ENOENT);
  OK(fstatat(AT_FDCWD, "", &st, AT_EMPTY_PATH));
  EQ(S_ISDIR(st.st_mode), 1);
  OK(stat("f", &st));
  EQ(st.st_mode, S_IFREG | 0640);
  EQ(st.st_size, 5);
  EQ(st.st_blksize, 4096);
  EQ(st.st_blocks, 8);
  EQ(st.st_rdev, 0);
  OK(lstat("l", &st));
  EQ(st.st_mode, S_IFLNK | 0777);
  EQ(st.st_size, 1);
  OK(fstatat(AT_FDCWD, "l", &st, 0));
  EQ(st.st_size, 5);
  OK(lstat("loop", &st));
  OK(stat("/dev/null", &st));
  EQ(st.st_rdev, 0x103);
  int p[2];
  MUST(pipe(p));
  OK(fstatat(p[0], "", &st, AT_EMPTY_PATH));
  EQ(st.st_mode & S_IFMT, S_IFIFO);
  ERR(statx_(AT_FDCWD, "f", 0, 0x80000000, &sx), EINVAL);
  ERR(statx_(AT_FDCWD, "f", AT_STATX_SYNC_TYPE, STATX_ALL, &sx), EINVAL);
  ERR(statx_(AT_FDCWD, "none", 0, STATX_ALL, &sx), ENOENT);
  ERR(statx_(AT_FDCWD, "f", 0, STATX_ALL, BAD), EFAULT);
  OK(statx_(AT_FDCWD, "f", 0, STATX_BASIC_STATS, &sx));
  EQ(sx.stx_mask & STATX_BASIC_STATS, STATX_BASIC_STATS);
  EQ(sx.stx_mode, S_IFREG | 0640);
  EQ(sx.stx_size, 5);
  OK(stat("f", &st));
  EQ(sx.stx_ino == st.st_ino, 1);
  EQ(sx.stx_mtime.tv_sec == st.st_mtim.tv_sec, 1);
  OK(statx_(p[0], "", AT_EMPTY_PATH, STATX_ALL, &sx));
  EQ(sx.stx_mode & S_IFMT, S_IFIFO);
  close(p[0]);
  close(p[1]);
  SECTION("statfs");
  struct statfs fs;
  ERR(statfs("none", &fs), ENOENT);
  ERR(statfs("f", BAD), EFAULT);
  ERR(fstatfs(99, &fs), EBADF);
  OK(statfs("f", &fs));
  EQ(fs.f_namelen, 255);
  EQ(fs.f_bsize, 4096);
  OK(statfs("/proc", &fs));
  EQ(fs.f_type, 0x9fa0);
}

static void not_root_access(void) {
  MUST(setgid(1000));
  MUST(setuid(1000));
  ERR(access("f", R_OK), EACCES);
  ERR(access("f", W_OK | X_OK), EACCES);
  OK(access("f", F_OK));
  ERR(access("closed/x", F_OK), EACCES);
}

static void real_ids(void) {
  MUST(setresuid(1000, 0, 0));
  ERR(access("f", R_OK), EACCES);
  OK(faccessat(AT_FDCWD, "f", R_OK, AT_EACCESS));
}

static void accesses(void) {
  SECTION("access");
  OK(access("f", F_OK));
  OK(access("f", R_OK | W_OK));
  ERR(access("f", 8), EINVAL);
  ERR(access("none", F_OK), ENOENT);
  ERR(access(BAD, F_OK), EFAULT);
  ERR(access("f/x", F_OK), ENOTDIR);
  ERR(syscall(SYS_faccessat2, AT_FDCWD, "f", 0, 1), EINVAL);
  OK(syscall(SYS_faccessat2, AT_FDCWD, "loop", 0, AT_SYMLINK_NOFOLLOW));
  if (getuid() != 0) return;
  ERR(access("f", X_OK), EACCES);
  MUST(chmod("f", 0600));
  MUST(mkdir("closed", 0700));
  MUST(chmod(".", 0755));
  OK(access("closed", X_OK));
  CHILD(not_root_access);
  CHILD(real_ids);
  rmdir("closed");
}

static void not_owner(void) {
  MUST(setgid(1000));
  MUST(setuid(1000));
  ERR(chmod("f", 0777), EPERM);
  ERR(chown("f", 1000, 1000), EPERM);
  ERR(chown("mine", 0, -1), EPERM);
  ERR(chown("mine", -1, 3000), EPERM);
  OK(chown("mine", 1000, 1000));
  OK(chown("mine", -1, -1));
  OK(chmod("mine", 07755));
  OK(stat("mine", &st));
  EQ(st.st_mode & 07777, 07755);
  OK(chown("mine", -1, 1000));
  OK(stat("mine", &st));
  EQ(st.st_mode & 07777, 01755);
  OK(chmod("mine", 06755));
  int f = MUST(open("mine", O_WRONLY));
  EQ(write(f, "x", 1), 1);
  OK(fstat(f, &st));
  EQ(st.st_mode & 07777, 0755);
  close(f);
  struct timespec now[2] = {{0, UTIME_NOW}, {0, UTIME_NOW}};
  struct timespec old[2] = {{1, 0}, {1, 0}};
  ERR(utimensat(AT_FDCWD, "f", now, 0), EACCES);
  ERR(utimensat(AT_FDCWD, "f", old, 0), EPERM);
  OK(utimensat(AT_FDCWD, "open", now, 0));
  ERR(utimensat(AT_FDCWD, "open", old, 0), EPERM);
  ERR(truncate("f", 0), EACCES);
}

static void modes(void) {
  SECTION("chmod and chown");
  OK(chmod("f", 0600));
  OK(stat("f", &st));
  EQ(st.st_mode, S_IFREG | 0600);
  OK(chmod("l", 0644));
  OK(stat("f", &st));
  EQ(st.st_mode, S_IFREG | 0644);
  ERR(chmod("none", 0644), ENOENT);
  ERR(fchmod(99, 0644), EBADF);
  ERR(syscall(452, AT_FDCWD, "f", 0644, 1), EINVAL);
  ERR(syscall(452, AT_FDCWD, "l", 0644, AT_SYMLINK_NOFOLLOW), EOPNOTSUPP);
  int f = MUST(open("f", O_RDONLY));
  OK(fchmod(f, 07644));
  OK(fstat(f, &st));
  EQ(st.st_mode & 07777, 07644);
  close(f);
  ERR(chown("none", 0, 0), ENOENT);
  ERR(fchown(99, 0, 0), EBADF);
  ERR(fchownat(AT_FDCWD, "f", 0, 0, 1), EINVAL);
  if (getuid() != 0) return;
  OK(chmod("f", 06755));
  OK(chown("f", 5, 6));
  OK(stat("f", &st));
  EQ(st.st_uid, 5);
  EQ(st.st_gid, 6);
  EQ(st.st_mode & 07777, 0755);
  OK(lchown("l", 7, 8));
  OK(lstat("l", &st));
  EQ(st.st_uid, 7);
  OK(stat("f", &st));
  EQ(st.st_uid, 5);
  OK(chown("f", -1, 0));
  OK(chown("f", 0, -1));
  OK(chmod("f", 0600));
  put_file("mine", "", 0, 0644);
  MUST(chown("mine", 1000, 1000));
  put_file("open", "", 0, 0644);
  MUST(chmod("open", 0666));
  CHILD(not_owner);
}

static void times(void) {
  SECTION("times");
  struct timespec ts[2] = {{100, 1}, {200, 2}};
  struct timeval tv[2] = {{300, 3}, {400, 4}};
  struct utimbuf ut = {500, 600};
  OK(utimensat(AT_FDCWD, "f", ts, 0));
  OK(stat("f", &st));
  EQ(st.st_atim.tv_sec * 1000 + st.st_atim.tv_nsec, 100001);
  EQ(st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec, 200002);
  ts[0].tv_nsec = UTIME_OMIT;
  ts[1].tv_sec = 201;
  OK(utimensat(AT_FDCWD, "f", ts, 0));
  OK(stat("f", &st));
  EQ(st.st_atim.tv_sec, 100);
  EQ(st.st_mtim.tv_sec, 201);
  ts[0].tv_nsec = 1000000000;
  ERR(utimensat(AT_FDCWD, "f", ts, 0), EINVAL);
  ERR(utimensat(AT_FDCWD, "f", BAD, 0), EFAULT);
  ERR(utimensat(AT_FDCWD, "none", NULL, 0), ENOENT);
  ERR(utimensat(AT_FDCWD, "f", NULL, 0x400), EINVAL);
  ERR(syscall(SYS_utimensat, 99, NULL, NULL, 0), EBADF);
  ERR(syscall(SYS_utimensat, AT_FDCWD, NULL, NULL, 0), EFAULT);
  OK(syscall(SYS_utimes, "f", tv));
  OK(stat("f", &st));
  EQ(st.st_atim.tv_sec, 300);
  EQ(st.st_mtim.tv_nsec, 4000);
  tv[0].tv_usec = 1000000;
  ERR(syscall(SYS_utimes, "f", tv), EINVAL);
  OK(syscall(SYS_utime, "f", &ut));
  OK(stat("f", &st));
  EQ(st.st_atim.tv_sec, 500);
  EQ(st.st_mtim.tv_sec, 600);
  struct timespec neg[2] = {{-5, 0}, {-5, 999999999}};
  OK(utimensat(AT_FDCWD, "f", neg, 0));
  OK(stat("f", &st));
  EQ(st.st_atim.tv_sec, -5);
  ts[0] = (struct timespec){9, 0};
  OK(utimensat(AT_FDCWD, "l", ts, AT_SYMLINK_NOFOLLOW));
  OK(lstat("l", &st));
  EQ(st.st_atim.tv_sec, 9);
  OK(utimensat(AT_FDCWD, "f", NULL, 0));
  OK(stat("f", &st));
  TRUE(st.st_atim.tv_sec > 1000000);
}

static void sizes(void) {
  SECTION("truncate");
  ERR(truncate("none", 0), ENOENT);
  ERR(truncate("d", 0), EISDIR);
  ERR(truncate("f", -1), EINVAL);
  ERR(truncate("f/x", 0), ENOTDIR);
  ERR(truncate("/dev/null", 0), EINVAL);
  OK(truncate("f", 100));
  OK(stat("f", &st));
  EQ(st.st_size, 100);
  int f = MUST(open("f", O_RDONLY));
  ERR(ftruncate(f, 0), EINVAL);
  ERR(fallocate(f, 0, 0, 10), EBADF);
  close(f);
  ERR(ftruncate(99, 0), EBADF);
  f = MUST(open("f", O_RDWR));
  ERR(ftruncate(f, -1), EINVAL);
  OK(ftruncate(f, 10));
  ERR(fallocate(f, 0, -1, 10), EINVAL);
  ERR(fallocate(f, 0, 0, 0), EINVAL);
  ERR(fallocate(f, 0x1000, 0, 10), EOPNOTSUPP);
  ERR(fallocate(f, FALLOC_FL_PUNCH_HOLE, 0, 10), EOPNOTSUPP);
  ERR(fallocate(99, 0, 0, 10), EBADF);
  OK(fallocate(f, 0, 0, 20000));
  OK(fstat(f, &st));
  EQ(st.st_size, 20000);
  OK(fallocate(f, FALLOC_FL_KEEP_SIZE, 0, 30000));
  OK(fstat(f, &st));
  EQ(st.st_size, 20000);
  char buf[100];
  memset(buf, 'x', 100);
  EQ(pwrite(f, buf, 100, 4090), 100);
  OK(fallocate(f, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 4100, 20));
  EQ(pread(f, buf, 100, 4090), 100);
  EQ(buf[9], 'x');
  EQ(buf[10], 0);
  EQ(buf[29], 0);
  EQ(buf[30], 'x');
  close(f);
  int p[2];
  MUST(pipe(p));
  ERR(fallocate(p[1], 0, 0, 10), ESPIPE);
  f = MUST(open("/dev/null", O_RDWR));
  ERR(fallocate(f, 0, 0, 10), ENODEV);
  close(f);
  close(p[0]);
  close(p[1]);
}

static void xattrs(void) {
  SECTION("xattr");
  char buf[100];
  ERR(getxattr("f", "user.a", buf, 100), ENODATA);
  OK(setxattr("f", "user.a", "value", 5, 0));
  EQ(getxattr("f", "user.a", buf, 100), 5);
  EQ(memcmp(buf, "value", 5), 0);
  EQ(getxattr("f", "user.a", NULL, 0), 5);
  ERR(getxattr("f", "user.a", buf, 4), ERANGE);
  ERR(setxattr("f", "user.a", "x", 1, XATTR_CREATE), EEXIST);
  ERR(setxattr("f", "user.b", "x", 1, XATTR_REPLACE), ENODATA);
  ERR(setxattr("f", "user.b", "x", 1, 8), EINVAL);
  ERR(setxattr("f", "", "x", 1, 0), ERANGE);
  ERR(setxattr("f", "bogus.x", "x", 1, 0), EOPNOTSUPP);
  ERR(setxattr("f", "user.b", "x", 1 << 20, 0), E2BIG);
  ERR(setxattr("none", "user.b", "x", 1, 0), ENOENT);
  ERR(lsetxattr("loop", "user.b", "x", 1, 0), EPERM);
  ERR(lgetxattr("loop", "user.b", buf, 1), ENODATA);
  OK(setxattr("f", "user.empty", "", 0, 0));
  EQ(getxattr("f", "user.empty", buf, 100), 0);
  EQ(listxattr("f", NULL, 0), 18);
  ERR(listxattr("f", buf, 5), ERANGE);
  OK(removexattr("f", "user.empty"));
  ERR(removexattr("f", "user.empty"), ENODATA);
  EQ(listxattr("f", buf, 100), 7);
  STREQ(buf, "user.a");
  int f = MUST(open("f", O_RDONLY));
  OK(fsetxattr(f, "user.f", "1", 1, 0));
  EQ(fgetxattr(f, "user.f", buf, 10), 1);
  OK(fremovexattr(f, "user.f"));
  close(f);
  ERR(fgetxattr(99, "user.f", buf, 10), EBADF);
}

static void sync_calls(void) {
  SECTION("sync and advice");
  int f = MUST(open("f", O_RDWR)), p[2];
  MUST(pipe(p));
  OK(fsync(f));
  OK(fdatasync(f));
  OK(syncfs(f));
  OK(sync_file_range(f, 0, 0, 7));
  ERR(sync_file_range(f, 0, 0, 8), EINVAL);
  ERR(sync_file_range(f, -1, 0, 0), EINVAL);
  ERR(sync_file_range(p[0], 0, 0, 0), ESPIPE);
  ERR(fsync(99), EBADF);
  ERR(fsync(p[0]), EINVAL);
  ERR(syncfs(99), EBADF);
  OK(readahead(f, 0, 100));
  ERR(readahead(p[0], 0, 100), EINVAL);
  ERR(readahead(99, 0, 100), EBADF);
  EQ(posix_fadvise(f, 0, 0, POSIX_FADV_WILLNEED), 0);
  EQ(posix_fadvise(f, 0, 0, 99), EINVAL);
  EQ(posix_fadvise(f, 0, -1, 0), EINVAL);
  EQ(posix_fadvise(p[0], 0, 0, 0), ESPIPE);
  EQ(posix_fadvise(99, 0, 0, 0), EBADF);
  int d = MUST(open("d", O_RDONLY));
  OK(fsync(d));
  close(d);
  close(f);
}

int main(void) {
  umask(022);
  stats();
  accesses();
  modes();
  times();
  sizes();
  xattrs();
  sync_calls();
  return done();
}

/* Calls about the system and odds and ends: uname, getrandom, arch_prctl, … */
#include "test.h"
#include <asm/prctl.h>
#include <pthread.h>
#include <linux/kcmp.h>
#include <sys/personality.h>
#include <sys/klog.h>
#include <sys/random.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>

static void names(void) {
  struct utsname name;
  SECTION("uname");
  ERR(syscall(SYS_uname, BAD), EFAULT);
  OK(uname(&name));
  STREQ(name.sysname, "Linux");
  STREQ(name.machine, "x86_64");
  TRUE(atoi(name.release) >= 5);
  TRUE(strlen(name.version) > 0);
  TRUE(strlen(name.nodename) > 0);
  SECTION("sethostname");
  if (geteuid() != 0) {
    ERR(sethostname("x", 1), EPERM);
    return;
  }
  ERR(sethostname("x", 65), EINVAL);
  ERR(syscall(SYS_sethostname, "x", -1), EINVAL);
  ERR(syscall(SYS_setdomainname, "x", 65), EINVAL);
  ERR(syscall(SYS_sethostname, BAD, 3), EFAULT);
}

static void information(void) {
  struct sysinfo info;
  SECTION("sysinfo");
  ERR(syscall(SYS_sysinfo, BAD), EFAULT);
  OK(sysinfo(&info));
  TRUE(info.totalram > 0);
  TRUE(info.freeram <= info.totalram);
  TRUE(info.procs > 0);
  TRUE(info.mem_unit >= 1);
  TRUE(info.uptime >= 0);
}

static void randomness(void) {
  SECTION("getrandom");
  static unsigned char bytes[100000], zero[64];
  EQ(getrandom(bytes, 0, 0), 0);
  EQ(getrandom(BAD, 0, 0), 0);
  EQ(getrandom(bytes, 16, 0), 16);
  TRUE(memcmp(bytes, zero, 16) != 0);
  EQ(getrandom(bytes, 256, GRND_NONBLOCK | GRND_RANDOM), 256);
  TRUE(memcmp(bytes + 192, zero, 64) != 0);
  EQ(getrandom(bytes, sizeof bytes, GRND_INSECURE), sizeof bytes);
  TRUE(memcmp(bytes + sizeof bytes - 64, zero, 64) != 0);
  ERR(getrandom(bytes, 1, 8), EINVAL);
  ERR(getrandom(bytes, 1, GRND_INSECURE | GRND_RANDOM), EINVAL);
  ERR(getrandom(BAD, 1, 0), EFAULT);
  char *page = (char *)MUST(mmap(NULL, 8192, PROT_READ | PROT_WRITE,
                                 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  MUST(munmap(page + 4096, 4096));
  EQ(getrandom(page + 4000, 200, 0), 96);
}

static void kernel_log(void) {
  SECTION("syslog");
  static char text[1024];
  /* Others may or may not, by kernel.dmesg_restrict. */
  if (geteuid() != 0) return;
  ERR(klogctl(99, text, 1), EINVAL);
  ERR(klogctl(3, NULL, 1), EINVAL);
  ERR(klogctl(3, text, -1), EINVAL);
  OK(klogctl(0, NULL, 0));
  OK(klogctl(1, NULL, 0));
  TRUE(klogctl(10, NULL, 0) > 0);
  TRUE(klogctl(3, text, sizeof text) >= 0);
  ERR(klogctl(3, BAD, 1024), EFAULT);
  ERR(klogctl(8, NULL, 0), EINVAL);
  ERR(klogctl(8, NULL, 9), EINVAL);
}

static void prctls(void) {
  SECTION("arch_prctl");
  unsigned long fs = 0;
  OK(syscall(SYS_arch_prctl, ARCH_GET_FS, &fs));
  TRUE(fs == (unsigned long)pthread_self());
  ERR(syscall(SYS_arch_prctl, ARCH_GET_FS, BAD), EFAULT);
  ERR(syscall(SYS_arch_prctl, ARCH_SET_FS, BEYOND), EPERM);
  ERR(syscall(SYS_arch_prctl, 0, 0), EINVAL);
  ERR(syscall(SYS_arch_prctl, 0x5005, 0), EINVAL);
  OK(syscall(SYS_arch_prctl, ARCH_SET_FS, fs));
  EQ(syscall(SYS_arch_prctl, ARCH_GET_CPUID), 1);
}

static void personalities(void) {
  SECTION("personality");
  EQ(personality(0xffffffff), 0);
  EQ(personality(ADDR_NO_RANDOMIZE), 0);
  EQ(personality(0xffffffff), ADDR_NO_RANDOMIZE);
  EQ(personality(UNAME26), ADDR_NO_RANDOMIZE);
  struct utsname name;
  OK(uname(&name));
  TRUE(strncmp(name.release, "2.6.", 4) == 0);
  EQ(personality(0), UNAME26);
}

static void *sleeper(void *unused) {
  pause();
  return unused;
}

static void sharing(void) {
  SECTION("unshare");
  OK(unshare(0));
  OK(unshare(CLONE_FILES | CLONE_FS | CLONE_SYSVSEM));
  OK(unshare(CLONE_THREAD));
  ERR(unshare(CLONE_PARENT), EINVAL);
  ERR(unshare(1), EINVAL);
  pthread_t thread;
  MUST(-pthread_create(&thread, NULL, sleeper, NULL));
  ERR(unshare(CLONE_THREAD), EINVAL);
  ERR(unshare(CLONE_VM), EINVAL);
  SECTION("setns");
  ERR(setns(-1, 0), EBADF);
  ERR(setns(0, 0), EINVAL);
}

static int compare(pid_t a, pid_t b, int type, long x, long y) {
  return syscall(SYS_kcmp, a, b, type, x, y);
}

static void comparing(void) {
  SECTION("kcmp");
  pid_t me = getpid();
  int fd = MUST(dup(0));
  int other = MUST(open("/dev/null", O_RDONLY));
  EQ(compare(me, me, KCMP_VM, 0, 0), 0);
  EQ(compare(me, me, KCMP_FILE, 0, fd), 0);
  TRUE(compare(me, me, KCMP_FILE, 0, other) > 0);
  EQ(compare(me, me, KCMP_FILE, 0, other) +
         compare(me, me, KCMP_FILE, other, 0),
     3);
  ERR(compare(me, me, KCMP_FILE, 0, 1000), EBADF);
  ERR(compare(me, me, 99, 0, 0), EINVAL);
  ERR(compare(me, 0x3ffffff, KCMP_VM, 0, 0), ESRCH);
  pid_t child = MUST(fork());
  if (child == 0) {
    pause();
    _exit(0);
  }
  TRUE(compare(me, child, KCMP_VM, 0, 0) > 0);
  TRUE(compare(me, child, KCMP_FILES, 0, 0) > 0);
  TRUE(compare(me, child, KCMP_SIGHAND, 0, 0) > 0);
  EQ(compare(me, child, KCMP_FILE, 0, 0), 0);
  MUST(kill(child, SIGKILL));
  MUST(waitpid(child, NULL, 0));
}

static void unknown(void) {
  SECTION("calls that nobody has");
  ERR(syscall(335 + 10), ENOSYS);
  ERR(syscall(9999), ENOSYS);
  ERR(syscall(-1), ENOSYS);
  ERR(syscall(SYS__sysctl, 0), ENOSYS);
  ERR(syscall(SYS_nfsservctl), ENOSYS);
  ERR(syscall(SYS_create_module), ENOSYS);
  ERR(syscall(SYS_set_thread_area), ENOSYS);
}

int main(void) {
  names();
  information();
  randomness();
  kernel_log();
  prctls();
  personalities();
  comparing();
  sharing();
  unknown();
  return done();
}

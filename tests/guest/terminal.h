/* What the tests of terminals share: a pair, its modes, what it gives. */
#include "test.h"
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>

static char buf[20000];
static int m, s;

static inline const char *slave_name(void) {
  static char name[40];
  unsigned n;
  MUST(ioctl(m, TIOCGPTN, &n));
  snprintf(name, sizeof name, "/dev/pts/%u", n);
  return name;
}

/* A new pair in m and s, no controlling terminal. */
static inline void make(void) {
  int zero = 0;
  m = MUST(open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC));
  MUST(ioctl(m, TIOCSPTLCK, &zero));
  s = MUST(open(slave_name(), O_RDWR | O_NOCTTY));
}

static inline void unmake(void) {
  close(s);
  close(m);
}

/* Modes of the slave: c_lflag bits off, VMIN and VTIME. */
static inline void raw(unsigned off, int min, int time) {
  struct termios t;
  MUST(tcgetattr(s, &t));
  t.c_lflag &= ~off;
  t.c_cc[VMIN] = min;
  t.c_cc[VTIME] = time;
  MUST(tcsetattr(s, TCSANOW, &t));
}

static inline int revents(int fd, int events) {
  struct pollfd p = {fd, events, 0};
  poll(&p, 1, 0);
  return p.revents;
}

/* What can be read from fd now, as a string with \r and \n visible. Output
   may reach the master in parts. */
static inline const char *got(int fd) {
  static char text[1000];
  struct pollfd more = {fd, POLLIN, 0};
  int n = read(fd, buf, 400), at = 0, r;
  if (n < 0) return strerrorname_(errno);
  while (fd == m && n > 0 && poll(&more, 1, 5) == 1 &&
         (more.revents & POLLIN) && (r = read(m, buf + n, 400)) > 0)
    n += r;
  for (int i = 0; i < n; i++) {
    unsigned char c = buf[i];
    if (c >= 32 && c < 127)
      text[at++] = c;
    else
      at += sprintf(text + at, "<%02x>", c);
  }
  text[at] = 0;
  return text;
}

/* Types a string on the master; poll makes sure that it has arrived. */
static inline void type(const char *keys) {
  MUST(write(m, keys, strlen(keys)));
  revents(s, POLLIN);
}

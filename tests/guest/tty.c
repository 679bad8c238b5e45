/* Terminals: pty(7), ioctl_tty(2), termios(3). */
#include "terminal.h"

static void errors(void) {
  struct termios t;
  struct winsize w;
  int n, one = 1, zero = 0, p[2];
  SECTION("errors");
  OK(pipe(p));
  ERR(tcgetattr(p[0], &t), ENOTTY);
  ERR(ioctl(p[0], TIOCGWINSZ, &w), ENOTTY);
  close(p[0]);
  close(p[1]);
  m = MUST(open("/dev/ptmx", O_RDWR | O_NOCTTY));
  OK(ioctl(m, TIOCGPTLCK, &n));
  EQ(n, 1);
  ERR(open(slave_name(), O_RDWR | O_NOCTTY), EIO);
  ERR(ioctl(m, TIOCGPTN, BAD), EFAULT);
  ERR(ioctl(m, TIOCSPTLCK, BAD), EFAULT);
  OK(ioctl(m, TIOCSPTLCK, &zero));
  s = MUST(open(slave_name(), O_RDWR | O_NOCTTY));
  ERR(ioctl(s, TIOCGPTN, &n), ENOTTY);
  ERR(ioctl(s, TCGETS, BAD), EFAULT);
  ERR(ioctl(s, TCSETS, BAD), EFAULT);
  ERR(ioctl(s, TIOCGWINSZ, BAD), EFAULT);
  ERR(ioctl(s, TCXONC, 77), EINVAL);
  ERR(ioctl(s, TCFLSH, 77), EINVAL);
  ERR(ioctl(s, 0x5499, 0), ENOTTY);
  ERR(ioctl(s, TIOCGPGRP, &n), ENOTTY);
  ERR(ioctl(s, TIOCGSID, &n), ENOTTY);
  ERR(ioctl(s, TIOCNOTTY), ENOTTY);
  ERR(ioctl(s, TIOCSPGRP, &one), ENOTTY);
  ERR(ioctl(m, TIOCGSID, &n), ENOTTY);
  ERR(ioctl(m, TIOCSIG, SIGTERM), EINVAL);
  ERR(lseek(s, 0, SEEK_CUR), ESPIPE);
  ERR(pread(s, buf, 1, 0), ESPIPE);
  ERR(lseek(m, 0, SEEK_SET), ESPIPE);
  ERR(fsync(s), EINVAL);
  ERR(mmap(NULL, 4096, PROT_READ, MAP_SHARED, s, 0), ENODEV);
  ERR(write(s, BAD, 1), EFAULT);
  type("a\n");
  ERR(read(s, BAD, 1), EFAULT);
  unmake();
}

static void attributes(void) {
  struct termios t;
  struct stat st;
  SECTION("attributes");
  make();
  OK(fstat(s, &st));
  EQ(st.st_mode & S_IFMT, S_IFCHR);
  EQ(st.st_rdev >> 8, 136);
  TRUE(st.st_uid == geteuid());
  EQ(isatty(s), 1);
  EQ(isatty(m), 1);
  OK(tcgetattr(s, &t));
  EQ(t.c_iflag, ICRNL | IXON);
  EQ(t.c_oflag, OPOST | ONLCR);
  EQ(t.c_cflag, B38400 | CS8 | CREAD);
  EQ(t.c_lflag, ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN);
  EQ(t.c_cc[VINTR], 3);
  EQ(t.c_cc[VERASE], 0x7f);
  EQ(t.c_cc[VMIN], 1);
  EQ(t.c_cc[VLNEXT], 0x16);
  OK(tcgetattr(m, &t));
  EQ(t.c_lflag, ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN);
  /* Its number depends on what else is open. */
  EQ(strcmp(ttyname(s) ? ttyname(s) : "none", slave_name()), 0);
  unmake();
}

static void lines(void) {
  int n;
  SECTION("lines");
  make();
  fcntl(s, F_SETFL, O_RDWR | O_NONBLOCK);
  fcntl(m, F_SETFL, O_RDWR | O_NONBLOCK);
  STREQ(got(s), "EAGAIN");
  EQ(revents(s, POLLIN | POLLOUT), POLLOUT);
  type("abc");
  STREQ(got(s), "EAGAIN");
  OK(ioctl(s, FIONREAD, &n));
  EQ(n, 0);
  type("\x7f" "d\r");
  EQ(revents(s, POLLIN | POLLOUT), POLLIN | POLLOUT);
  OK(ioctl(s, FIONREAD, &n));
  EQ(n, 4);
  STREQ(got(s), "abd<0a>");
  STREQ(got(m), "abc<08> <08>d<0d><0a>");
  type("one\ntwo\n");
  STREQ(got(s), "one<0a>");
  EQ(read(s, buf, 2), 2);
  STREQ(got(s), "o<0a>");
  type("x\x04");
  STREQ(got(s), "x");
  STREQ(got(s), "EAGAIN");
  type("\x04");
  EQ(revents(s, POLLIN), POLLIN);
  STREQ(got(s), "");
  got(m);
  type("foo bar  \x17" "baz\n");
  STREQ(got(s), "foo baz<0a>");
  STREQ(got(m), "foo bar  <08> <08><08> <08><08> <08><08> <08><08> <08>baz<0d><0a>");
  type("junk\x15ok\n");
  STREQ(got(s), "ok<0a>");
  got(m);
  type("\x16\x03\x01\n");
  STREQ(got(s), "<03><01><0a>");
  STREQ(got(m), "^<08>^C^A<0d><0a>");
  type("ab\x12\n");
  STREQ(got(m), "ab^R<0d><0a>ab<0d><0a>");
  STREQ(got(s), "ab<0a>");
  type("a\tb\x7f\x7f\x7f\n");
  STREQ(got(m), "a<09>b<08> <08><08><08><08><08><08><08><08><08> <08><0d><0a>");
  STREQ(got(s), "<0a>");
  unmake();
}

static void output(void) {
  struct termios t;
  SECTION("output");
  make();
  EQ(write(s, "a\nb\tc", 5), 5);
  STREQ(got(m), "a<0d><0a>b<09>c");
  MUST(tcgetattr(s, &t));
  t.c_oflag |= XTABS | OLCUC;
  OK(tcsetattr(s, TCSADRAIN, &t));
  EQ(write(s, "\nab\tc", 5), 5);
  STREQ(got(m), "<0d><0a>AB      C");
  t.c_oflag &= ~OPOST;
  OK(tcsetattr(s, TCSANOW, &t));
  EQ(write(s, "\nab\t", 4), 4);
  STREQ(got(m), "<0a>ab<09>");
  OK(tcflow(s, TCOOFF));
  fcntl(s, F_SETFL, O_RDWR | O_NONBLOCK);
  ERR(write(s, "x", 1), EAGAIN);
  EQ(revents(s, POLLOUT), 0);
  OK(tcflow(s, TCOON));
  EQ(write(s, "x", 1), 1);
  STREQ(got(m), "x");
  type("\x13");
  ERR(write(s, "x", 1), EAGAIN);
  type("\x11");
  EQ(write(s, "y", 1), 1);
  STREQ(got(m), "y");
  OK(tcdrain(s));
  OK(tcsendbreak(s, 0));
  unmake();
}

static void noncanonical(void) {
  SECTION("VMIN and VTIME");
  make();
  raw(ICANON | ECHO, 0, 0);
  EQ(read(s, buf, 10), 0);
  type("ab\x04");
  STREQ(got(s), "ab<04>");
  raw(ICANON | ECHO, 3, 0);
  type("ab");
  EQ(revents(s, POLLIN), 0);
  type("c");
  EQ(revents(s, POLLIN), POLLIN);
  STREQ(got(s), "abc");
  raw(ICANON | ECHO, 0, 1);
  EQ(read(s, buf, 10), 0);
  raw(ICANON | ECHO, 10, 1);
  type("xy");
  STREQ(got(s), "xy");
  raw(ICANON | ECHO, 1, 0);
  memset(buf, 'x', 6000);
  fcntl(m, F_SETFL, O_RDWR | O_NONBLOCK);
  TRUE(write(m, buf, 6000) >= 4095);
  EQ(read(s, buf, 5000), 4095);
  unmake();
}

static void switching(void) {
  struct termios t;
  SECTION("canonical mode switched");
  make();
  fcntl(s, F_SETFL, O_RDWR | O_NONBLOCK);
  type("ab");
  MUST(tcgetattr(s, &t));
  t.c_lflag &= ~(ICANON | ECHO);
  MUST(tcsetattr(s, TCSANOW, &t));
  STREQ(got(s), "ab");
  type("cd");
  t.c_lflag |= ICANON;
  MUST(tcsetattr(s, TCSANOW, &t));
  STREQ(got(s), "cd");
  type("lost");
  t.c_lflag &= ~ICANON;
  OK(tcsetattr(s, TCSAFLUSH, &t));
  STREQ(got(s), "EAGAIN");
  type("gone");
  OK(tcflush(s, TCIFLUSH));
  STREQ(got(s), "EAGAIN");
  unmake();
}

static void closing(void) {
  SECTION("closing");
  make();
  fcntl(m, F_SETFL, O_RDWR | O_NONBLOCK);
  MUST(write(s, "bye", 3));
  close(s);
  EQ(revents(m, POLLIN), POLLIN | POLLHUP);
  STREQ(got(m), "bye");
  STREQ(got(m), "EIO");
  EQ(revents(m, POLLIN), POLLHUP);
  s = MUST(open(slave_name(), O_RDWR | O_NOCTTY));
  STREQ(got(m), "EAGAIN");
  close(m);
  STREQ(got(s), "");
  ERR(write(s, "x", 1), EIO);
  EQ(revents(s, POLLIN | POLLOUT), POLLIN | POLLOUT | POLLERR | POLLHUP);
  close(s);
}

static void packets(void) {
  int one = 1, n;
  SECTION("packets");
  make();
  OK(ioctl(m, TIOCPKT, &one));
  OK(ioctl(m, TIOCGPKT, &n));
  EQ(n, 1);
  MUST(write(s, "x", 1));
  STREQ(got(m), "<00>x");
  OK(tcflush(s, TCIFLUSH));
  EQ(revents(m, POLLIN | POLLPRI), POLLIN | POLLPRI);
  STREQ(got(m), "<01>");
  OK(tcflow(s, TCOOFF));
  STREQ(got(m), "<04>");
  OK(tcflow(s, TCOON));
  STREQ(got(m), "<08>");
  unmake();
}

static void sizes(void) {
  struct winsize w = {25, 80, 1, 2}, r;
  SECTION("window size");
  make();
  OK(ioctl(s, TIOCGWINSZ, &r));
  EQ(r.ws_row, 0);
  OK(ioctl(m, TIOCSWINSZ, &w));
  OK(ioctl(s, TIOCGWINSZ, &r));
  EQ(r.ws_row * 1000 + r.ws_col, 25080);
  EQ(r.ws_xpixel * 10 + r.ws_ypixel, 12);
  unmake();
}

static void peers(void) {
  int zero = 0, one = 1;
  SECTION("TIOCGPTPEER, TIOCEXCL");
  m = MUST(open("/dev/ptmx", O_RDWR | O_NOCTTY));
  MUST(ioctl(m, TIOCSPTLCK, &zero));
  s = MUST(ioctl(m, TIOCGPTPEER, O_RDWR | O_NOCTTY));
  MUST(write(s, "peer", 4));
  STREQ(got(m), "peer");
  OK(ioctl(s, TIOCEXCL));
  OK(ioctl(s, TIOCGEXCL, &one));
  EQ(one, 1);
  OK(ioctl(s, TIOCNXCL));
  close(MUST(open(slave_name(), O_RDWR | O_NOCTTY)));
  unmake();
}

int main(void) {
  errors();
  attributes();
  lines();
  output();
  noncanonical();
  switching();
  closing();
  packets();
  sizes();
  peers();
  return done();
}

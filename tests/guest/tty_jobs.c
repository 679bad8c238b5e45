/* Terminals of sessions: keys that signal, job control of setpgid(2), hangups. */
#include "terminal.h"

static volatile sig_atomic_t winches, conts;
static void on_winch(int signo) { signo == SIGCONT ? conts++ : winches++; }

static void winch_child(void) {
  struct winsize w = {30, 90, 0, 0};
  MUST(setsid());
  make();
  OK(ioctl(s, TIOCSCTTY, 0));
  signal(SIGWINCH, on_winch);
  OK(ioctl(m, TIOCSWINSZ, &w));
  EQ(winches, 1);
  OK(ioctl(s, TIOCSWINSZ, &w));
  EQ(winches, 1);
}

static void control_child(void) {
  int n, one = 1;
  MUST(setsid());
  make();
  ERR(open("/dev/tty", O_RDWR), ENXIO);
  OK(ioctl(s, TIOCSCTTY, 0));
  OK(ioctl(s, TIOCSCTTY, 0));
  OK(ioctl(s, TIOCGPGRP, &n));
  EQ(n, getpgrp());
  OK(ioctl(s, TIOCGSID, &n));
  EQ(n, getsid(0));
  EQ(tcgetsid(s), getpid());
  OK(ioctl(m, TIOCGPGRP, &n));
  EQ(n, getpgrp());
  ERR(ioctl(s, TIOCSPGRP, &one), EPERM);
  n = -1;
  ERR(ioctl(s, TIOCSPGRP, &n), EINVAL);
  n = 4000000;
  ERR(ioctl(s, TIOCSPGRP, &n), ESRCH);
  ERR(ioctl(s, TIOCSPGRP, BAD), EFAULT);
  int t = MUST(open("/dev/tty", O_RDWR));
  MUST(write(t, "via tty\n", 8));
  STREQ(got(m), "via tty<0d><0a>");
  signal(SIGHUP, SIG_IGN);
  signal(SIGCONT, on_winch);
  OK(ioctl(t, TIOCNOTTY));
  EQ(conts, 1);
  ERR(open("/dev/tty", O_RDWR), ENXIO);
  ERR(ioctl(s, TIOCNOTTY), ENOTTY);
}

static void opening_child(void) {
  MUST(setsid());
  make();
  close(s);
  s = MUST(open(slave_name(), O_WRONLY));
  ERR(open("/dev/tty", O_RDWR), ENXIO);
  close(s);
  s = MUST(open(slave_name(), O_RDWR));
  close(MUST(open("/dev/tty", O_RDWR)));
  EQ(tcgetpgrp(s), getpgrp());
}

static volatile sig_atomic_t signo_;
static void note(int signo) { signo_ = signo; }

/* The next signal; keys take effect a little later. */
static int next_signal(void) {
  while (signo_ == 0) poll(NULL, 0, 1);
  int signo = signo_;
  signo_ = 0;
  return signo;
}

static void keys_child(void) {
  MUST(setsid());
  make();
  OK(ioctl(s, TIOCSCTTY, 0));
  signal(SIGINT, note);
  signal(SIGQUIT, note);
  signal(SIGTSTP, note);
  type("abc\x03");
  EQ(next_signal(), SIGINT);
  STREQ(got(m), "^C");
  type("\x1c");
  EQ(next_signal(), SIGQUIT);
  STREQ(got(m), "^\\");
  type("\x1a");
  EQ(next_signal(), SIGTSTP);
  STREQ(got(m), "^Z");
  OK(ioctl(m, TIOCSIG, SIGINT));
  EQ(next_signal(), SIGINT);
  raw(ISIG, 1, 0);
  type("\x03\n");
  EQ(signo_, 0);
  STREQ(got(s), "<03><0a>");
}

/* A background process of the session that leads it in `body`. */
static void background(void (*body)(void)) {
  int status;
  pid_t pid = MUST(fork());
  if (pid == 0) {
    failures_ = 0;
    setpgid(0, 0);
    body();
    _exit(done());
  }
  setpgid(pid, pid);
  for (;;) {
    MUST(waitpid(pid, &status, WUNTRACED));
    if (!WIFSTOPPED(status)) break;
    say("stopped by %s", strsignal(WSTOPSIG(status)));
    signal(SIGTTOU, SIG_IGN);
    MUST(tcsetpgrp(s, pid));
    MUST(kill(pid, SIGCONT));
  }
  MUST(tcsetpgrp(s, getpgrp()));
  EQ(status, 0);
}

static void bg_read(void) { STREQ(got(s), "typed<0a>"); }
static void bg_read_ignored(void) {
  signal(SIGTTIN, SIG_IGN);
  STREQ(got(s), "EIO");
}
static void bg_write(void) { EQ(write(s, "free", 4), 4); }
static void bg_modes(void) {
  struct termios t;
  signal(SIGTTOU, SIG_DFL);
  OK(tcgetattr(s, &t));
  OK(tcsetattr(s, TCSANOW, &t));
}
static void bg_tostop(void) {
  struct termios t;
  signal(SIGTTOU, SIG_IGN);
  OK(tcgetattr(s, &t));
  t.c_lflag |= TOSTOP;
  OK(tcsetattr(s, TCSANOW, &t));
  signal(SIGTTOU, SIG_DFL);
  EQ(write(s, "stopped first", 13), 13);
}

static void jobs_child(void) {
  MUST(setsid());
  make();
  OK(ioctl(s, TIOCSCTTY, 0));
  type("typed\n");
  background(bg_read);
  background(bg_read_ignored);
  background(bg_write);
  background(bg_modes);
  background(bg_tostop);
}

static int ready[2];

/* The session's leader ends: its foreground group hears of it. */
static void leader(void) {
  MUST(setsid());
  make();
  MUST(ioctl(s, TIOCSCTTY, 0));
  pid_t pid = MUST(fork());
  if (pid == 0) {
    char c = 'x';
    signal(SIGHUP, note);
    MUST(write(ready[1], &c, 1));
    while (signo_ == 0) poll(NULL, 0, 10);
    c = signo_ == SIGHUP ? 'H' : '?';
    MUST(write(ready[1], &c, 1));
    _exit(0);
  }
  MUST(read(ready[0], buf, 1));
  _exit(0);
}

static void hangups(void) {
  SECTION("the leader ends");
  MUST(pipe(ready));
  in_child(leader);
  EQ(read(ready[0], buf, 1), 1);
  EQ(buf[0], 'H');
}

static void hangup_child(void) {
  MUST(setsid());
  make();
  OK(ioctl(s, TIOCSCTTY, 0));
  signal(SIGHUP, note);
  close(m);
  EQ(next_signal(), SIGHUP);
  ERR(open("/dev/tty", O_RDWR), ENXIO);
  EQ(read(s, buf, 1), 0);
}

int main(void) {
  SECTION("SIGWINCH");
  CHILD(winch_child);
  SECTION("controlling terminal");
  CHILD(control_child);
  SECTION("opening without O_NOCTTY");
  CHILD(opening_child);
  SECTION("keys that signal");
  CHILD(keys_child);
  SECTION("background");
  CHILD(jobs_child);
  hangups();
  SECTION("the master is closed");
  CHILD(hangup_child);
  return done();
}

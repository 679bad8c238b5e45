/* Control messages of unix sockets: descriptors and credentials, cmsg(3), unix(7). */
#include "unix_sockets.h"

/* Sends a byte with these descriptors. */
static int send_fds(int to, int *fds, int count) {
  char space[CMSG_SPACE(sizeof(int) * 260)] = {};
  struct iovec v = {"F", 1};
  struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = space,
                     .msg_controllen = CMSG_SPACE(sizeof(int) * count)};
  struct cmsghdr *c = CMSG_FIRSTHDR(&m);
  c->cmsg_level = SOL_SOCKET;
  c->cmsg_type = SCM_RIGHTS;
  c->cmsg_len = CMSG_LEN(sizeof(int) * count);
  memcpy(CMSG_DATA(c), fds, sizeof(int) * count);
  return sendmsg(to, &m, 0);
}

static char control[4096];
static struct iovec vector = {big, 100};
static struct msghdr in;

static int receive(int from, int room, int flags) {
  in = (struct msghdr){.msg_iov = &vector, .msg_iovlen = 1,
                       .msg_control = control, .msg_controllen = room};
  return recvmsg(from, &in, flags);
}

static int *fds_of(int *count) {
  struct cmsghdr *c = CMSG_FIRSTHDR(&in);
  *count = 0;
  if (c == NULL || c->cmsg_type != SCM_RIGHTS) return NULL;
  *count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
  return (int *)CMSG_DATA(c);
}

static void rights(void) {
  int p[2], count, *fds;
  SECTION("SCM_RIGHTS");
  pair(SOCK_STREAM);
  MUST(pipe(p));
  ERR(send_fds(s[0], (int[]){99}, 1), EBADF);
  int many[254];
  for (int i = 0; i < 254; i++) many[i] = p[0];
  ERR(send_fds(s[0], many, 254), EINVAL);
  EQ(send_fds(s[0], p, 2), 1);
  EQ(receive(s[1], sizeof control, MSG_CMSG_CLOEXEC), 1);
  fds = fds_of(&count);
  EQ(count, 2);
  EQ(in.msg_flags, MSG_CMSG_CLOEXEC);
  EQ(fcntl(fds[0], F_GETFD), FD_CLOEXEC);
  EQ(write(fds[1], "through", 7), 7);
  EQ(read(p[0], big, 10), 7);
  close(fds[0]);
  close(fds[1]);
  EQ(send_fds(s[0], p, 2), 1);
  EQ(receive(s[1], CMSG_LEN(sizeof(int)), 0), 1);
  fds = fds_of(&count);
  EQ(count, 1);
  EQ(in.msg_flags & MSG_CTRUNC, MSG_CTRUNC);
  close(fds[0]);
  EQ(send_fds(s[0], p, 1), 1);
  EQ(receive(s[1], 0, 0), 1);
  EQ(in.msg_flags & MSG_CTRUNC, MSG_CTRUNC);
  EQ(write(s[0], "ab", 2), 2);
  EQ(send_fds(s[0], p, 1), 1);
  EQ(write(s[0], "cd", 2), 2);
  EQ(receive(s[1], sizeof control, 0), 3);
  fds_of(&count);
  EQ(count, 1);
  EQ(receive(s[1], sizeof control, 0), 2);
  fds_of(&count);
  EQ(count, 0);
  /* The last reference is in flight. */
  EQ(send_fds(s[0], p + 1, 1), 1);
  close(p[1]);
  struct pollfd f = {p[0], POLLIN, 0};
  EQ(poll(&f, 1, 0), 0);
  close(s[1]);
  EQ(poll(&f, 1, 0), 1);
  EQ(f.revents, POLLHUP);
  close(p[0]);
  close(s[0]);
}

static void credentials(void) {
  int one = 1;
  SECTION("SCM_CREDENTIALS");
  pair(SOCK_DGRAM);
  OK(setsockopt(s[1], SOL_SOCKET, SO_PASSCRED, &one, sizeof one));
  EQ(intopt(s[1], SO_PASSCRED), 1);
  EQ(write(s[0], "x", 1), 1);
  EQ(receive(s[1], sizeof control, 0), 1);
  struct cmsghdr *c = CMSG_FIRSTHDR(&in);
  TRUE(c != NULL && c->cmsg_type == SCM_CREDENTIALS);
  EQ(c->cmsg_len, CMSG_LEN(sizeof(struct ucred)));
  struct ucred *u = (struct ucred *)CMSG_DATA(c);
  TRUE(u->pid == getpid() && u->uid == getuid() && u->gid == getgid());
  unpair();
}

int main(void) {
  rights();
  credentials();
  return done();
}

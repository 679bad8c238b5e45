/* System V semaphores and message queues, POSIX message queues. */
#include "test.h"
#include <mqueue.h>
#include <poll.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <time.h>

union semun {
  int val;
  struct semid_ds *buf;
  unsigned short *array;
};

static int op(int id, int num, int change, int flags) {
  struct sembuf b = {num, change, flags};
  return semop(id, &b, 1);
}

static int set;

static void undoes(void) {
  MUST(op(set, 0, -2, SEM_UNDO));
  _exit(semctl(set, 0, GETVAL));
}

static void waits_for_zero(void) { _exit(op(set, 0, 0, 0) == 0 ? 7 : 8); }

static void semaphores(void) {
  SECTION("semaphores");
  ERR(semget(IPC_PRIVATE, 0, 0600), EINVAL);
  ERR(semget(IPC_PRIVATE, 40000, 0600), EINVAL);
  ERR(semget(0x1234567, 1, 0600), ENOENT);
  int named = OK(semget(0x1234567, 2, IPC_CREAT | IPC_EXCL | 0600));
  ERR(semget(0x1234567, 2, IPC_CREAT | IPC_EXCL | 0600), EEXIST);
  EQ(semget(0x1234567, 0, 0), named);
  ERR(semget(0x1234567, 3, 0), EINVAL);
  OK(semctl(named, 0, IPC_RMID));
  ERR(semctl(named, 0, IPC_RMID), EINVAL);
  set = OK(semget(IPC_PRIVATE, 3, 0600));
  unsigned short values[3] = {5, 6, 7};
  OK(semctl(set, 0, SETALL, (union semun){.array = values}));
  memset(values, 0, sizeof values);
  OK(semctl(set, 0, GETALL, (union semun){.array = values}));
  EQ(values[2], 7);
  EQ(semctl(set, 1, GETVAL), 6);
  ERR(semctl(set, 3, GETVAL), EINVAL);
  ERR(semctl(set, 0, SETVAL, (union semun){.val = 40000}), ERANGE);
  ERR(semctl(set, 0, 99), EINVAL);
  ERR(semop(set, BAD, 1), EFAULT);
  ERR(semop(set, NULL, 0), EINVAL);
  ERR(semop(set, NULL, 501), E2BIG);
  ERR(op(set, 3, 1, 0), EFBIG);
  ERR(op(999999, 0, 1, 0), EINVAL);
  ERR(op(set, 0, 32767, 0), ERANGE);
  ERR(op(set, 0, -6, IPC_NOWAIT), EAGAIN);
  struct sembuf both[2] = {{0, -5, 0}, {1, -7, IPC_NOWAIT}};
  ERR(semop(set, both, 2), EAGAIN);
  EQ(semctl(set, 0, GETVAL), 5);
  both[1].sem_op = -6;
  OK(semop(set, both, 2));
  EQ(semctl(set, 0, GETVAL), 0);
  TRUE(semctl(set, 0, GETPID) == getpid());
  struct timespec limit = {0, 10000000};
  struct sembuf down = {0, -1, 0};
  ERR(semtimedop(set, &down, 1, &limit), EAGAIN);
  struct semid_ds ds;
  OK(semctl(set, 0, IPC_STAT, (union semun){.buf = &ds}));
  EQ(ds.sem_nsems, 3);
  EQ(ds.sem_perm.mode, 0600);
  OK(op(set, 0, 3, 0));
  EQ(in_child(undoes), 1 << 8);
  EQ(semctl(set, 0, GETVAL), 3);
  pid_t pid = MUST(fork());
  if (pid == 0) waits_for_zero();
  await_blocked(pid, pid);
  EQ(semctl(set, 0, GETZCNT), 1);
  EQ(semctl(set, 0, GETNCNT), 0);
  OK(op(set, 0, -3, 0));
  int status;
  MUST(waitpid(pid, &status, 0));
  EQ(status, 7 << 8);
  pid = MUST(fork());
  if (pid == 0) _exit(op(set, 0, -1, 0) < 0 && errno == EIDRM ? 9 : 8);
  await_blocked(pid, pid);
  EQ(semctl(set, 0, GETNCNT), 1);
  OK(semctl(set, 0, IPC_RMID));
  MUST(waitpid(pid, &status, 0));
  EQ(status, 9 << 8);
}

static struct {
  long type;
  char text[9000];
} m;

static void messages(void) {
  SECTION("message queues");
  ERR(msgget(0x7654321, 0), ENOENT);
  int q = OK(msgget(IPC_PRIVATE, 0600));
  m.type = 0;
  ERR(msgsnd(q, &m, 1, 0), EINVAL);
  m.type = 1;
  ERR(msgsnd(q, &m, 9000, 0), EINVAL);
  ERR(msgsnd(999999, &m, 1, 0), EINVAL);
  ERR(msgsnd(q, BAD, 1, 0), EFAULT);
  ERR(msgrcv(q, &m, 10, 0, IPC_NOWAIT), ENOMSG);
  for (int i = 1; i <= 4; i++) {
    m.type = 5 - i;
    m.text[0] = 'a' + i;
    MUST(msgsnd(q, &m, 3, 0));
  }
  EQ(msgrcv(q, &m, 100, -2, 0), 3);
  EQ(m.type, 1);
  EQ(msgrcv(q, &m, 100, 3, 0), 3);
  EQ(m.type, 3);
  ERR(msgrcv(q, &m, 2, 0, 0), E2BIG);
  EQ(msgrcv(q, &m, 2, 0, MSG_NOERROR), 2);
  EQ(m.type, 4);
  ERR(msgrcv(q, &m, 10, 9, IPC_NOWAIT), ENOMSG);
  EQ(msgrcv(q, &m, 10, 9, MSG_EXCEPT), 3);
  EQ(m.type, 2);
  EQ(m.text[0], 'd');
  m.type = 7;
  OK(msgsnd(q, &m, 0, 0));
  EQ(msgrcv(q, &m, 0, 0, 0), 0);
  OK(msgsnd(q, &m, 8192, 0));
  OK(msgsnd(q, &m, 8192, 0));
  ERR(msgsnd(q, &m, 1, IPC_NOWAIT), EAGAIN);
  struct msqid_ds ds;
  OK(msgctl(q, IPC_STAT, &ds));
  EQ(ds.msg_qnum, 2);
  EQ(ds.msg_qbytes, 16384);
  pid_t pid = MUST(fork());
  if (pid == 0) _exit(msgsnd(q, &m, 5, 0) == 0 ? 3 : 4);
  await_blocked(pid, pid);
  EQ(msgrcv(q, &m, 9000, 0, 0), 8192);
  int status;
  MUST(waitpid(pid, &status, 0));
  EQ(status, 3 << 8);
  pid = MUST(fork());
  if (pid == 0) _exit(msgrcv(q, &m, 9, 99, 0) < 0 && errno == EIDRM ? 3 : 4);
  await_blocked(pid, pid);
  OK(msgctl(q, IPC_RMID, NULL));
  MUST(waitpid(pid, &status, 0));
  EQ(status, 3 << 8);
}

static void posix_queues(void) {
  struct mq_attr attr = {.mq_maxmsg = 3, .mq_msgsize = 16}, old;
  char text[8192];
  unsigned priority;
  SECTION("POSIX message queues");
  ERR(mq_open("/none-such", O_RDWR), ENOENT);
  ERR(mq_open("/a/b", O_RDWR | O_CREAT, 0600, NULL), EACCES);
  ERR(mq_open("/", O_RDWR | O_CREAT, 0600, NULL), ENOENT);
  attr.mq_maxmsg = 0;
  ERR(mq_open("/sandbox-test", O_RDWR | O_CREAT, 0600, &attr), EINVAL);
  attr.mq_maxmsg = 3;
  mqd_t q = OK(mq_open("/sandbox-test", O_RDWR | O_CREAT | O_EXCL, 0600, &attr));
  ERR(mq_open("/sandbox-test", O_RDWR | O_CREAT | O_EXCL, 0600, &attr), EEXIST);
  OK(mq_send(q, "low", 3, 1));
  OK(mq_send(q, "high", 4, 9));
  OK(mq_send(q, "low2", 4, 1));
  struct timespec past = {1, 0};
  ERR(mq_timedsend(q, "x", 1, 0, &past), ETIMEDOUT);
  ERR(mq_send(q, "seventeen letters", 17, 0), EMSGSIZE);
  ERR(mq_send(q, "x", 1, 40000), EINVAL);
  OK(mq_getattr(q, &attr));
  EQ(attr.mq_curmsgs, 3);
  EQ(attr.mq_maxmsg, 3);
  EQ(attr.mq_msgsize, 16);
  EQ(attr.mq_flags, 0);
  ERR(mq_receive(q, text, 15, NULL), EMSGSIZE);
  EQ(mq_receive(q, text, 16, &priority), 4);
  EQ(priority, 9);
  struct pollfd f = {q, POLLIN | POLLOUT, 0};
  EQ(poll(&f, 1, 0), 1);
  EQ(f.revents, POLLIN | POLLOUT);
  EQ(mq_receive(q, text, 16, &priority), 3);
  EQ(mq_receive(q, text, 16, &priority), 4);
  attr.mq_flags = O_NONBLOCK;
  OK(mq_setattr(q, &attr, NULL));
  ERR(mq_receive(q, text, 16, NULL), EAGAIN);
  attr.mq_flags = O_NONBLOCK | O_APPEND;
  ERR(syscall(SYS_mq_getsetattr, q, &attr, NULL), EINVAL);
  ERR(syscall(SYS_mq_getsetattr, 0, NULL, &attr), EBADF);
  attr.mq_flags = 0;
  OK(syscall(SYS_mq_getsetattr, q, &attr, &old));
  EQ(old.mq_flags, O_NONBLOCK);
  EQ(old.mq_curmsgs, 0);
  ERR(mq_timedreceive(q, text, 16, NULL, &past), ETIMEDOUT);
  struct timespec soon;
  MUST(clock_gettime(CLOCK_REALTIME, &soon));
  soon.tv_nsec = 1000000000;
  ERR(mq_timedreceive(q, text, 16, NULL, &soon), EINVAL);
  soon.tv_nsec = 0;
  soon.tv_sec += 1;
  ERR(mq_timedreceive(q, text, 16, NULL, &soon), ETIMEDOUT);
  sigset_t block;
  sigemptyset(&block);
  sigaddset(&block, SIGUSR1);
  MUST(sigprocmask(SIG_BLOCK, &block, NULL));
  struct sigevent ev = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
  OK(mq_notify(q, &ev));
  ERR(mq_notify(q, &ev), EBUSY);
  pid_t pid = MUST(fork());
  if (pid == 0) _exit(mq_send(q, "child", 5, 0) == 0 ? 0 : 1);
  MUST(waitpid(pid, NULL, 0));
  siginfo_t si;
  EQ(sigwaitinfo(&block, &si), SIGUSR1);
  EQ(si.si_code, SI_MESGQ);
  OK(mq_notify(q, NULL));
  EQ(mq_receive(q, text, 16, NULL), 5);
  pid = MUST(fork());
  if (pid == 0) {
    await_blocked(getppid(), getppid());
    _exit(mq_send(q, "late", 4, 0) == 0 ? 0 : 1);
  }
  EQ(mq_receive(q, text, 16, NULL), 4);
  MUST(waitpid(pid, NULL, 0));
  OK(mq_unlink("/sandbox-test"));
  ERR(mq_unlink("/sandbox-test"), ENOENT);
  OK(mq_send(q, "still", 5, 0));
  OK(mq_close(q));
  ERR(mq_close(q), EBADF);
}

int main(void) {
  semaphores();
  messages();
  posix_queues();
  return done();
}

/* System V shared memory: shmget, shmat, shmdt, shmctl. */
#include "test.h"
#include <sys/ipc.h>
#include <sys/shm.h>

#define PAGE 4096L
#define KEY 0x5ab10001

static int id;
static char *p;

static void child_attached(void) {
  struct shmid_ds ds;
  OK(shmctl(id, IPC_STAT, &ds));
  EQ(ds.shm_nattch, 2);
  p[0] = 'c';
  EQ(shmdt(p), 0);
}

static void child_finds(void) {
  int found = shmget(KEY, PAGE, 0600);
  EQ(found, id);
  char *q = shmat(found, NULL, 0);
  EQ(q[1], 'x');
  q[1] = 'y';
}

int main(void) {
  struct shmid_ds ds;
  int old = shmget(KEY, 0, 0);
  if (old >= 0) shmctl(old, IPC_RMID, NULL);
  SECTION("shmget");
  ERR(shmget(KEY, PAGE, 0600), ENOENT);
  ERR(shmget(IPC_PRIVATE, 0, IPC_CREAT | 0600), EINVAL);
  MUST(shmget(KEY, 2 * PAGE + 10, IPC_CREAT | 0600));
  id = shmget(KEY, 0, 0600);
  TRUE(id >= 0);
  ERR(shmget(KEY, PAGE, IPC_CREAT | IPC_EXCL | 0600), EEXIST);
  ERR(shmget(KEY, 4 * PAGE, 0600), EINVAL);
  SECTION("shmat");
  ERR((long)shmat(-1, NULL, 0), EINVAL);
  ERR((long)shmat(id, (void *)1, 0), EINVAL);
  ERR((long)shmat(id, NULL, SHM_REMAP), EINVAL);
  p = (char *)MUST((long)shmat(id, NULL, 0));
  EQ(p[2 * PAGE + 11], 0);
  p[0] = 'a';
  ERR((long)shmat(id, p, 0), EINVAL);
  char *r = (char *)MUST((long)shmat(id, NULL, SHM_RDONLY));
  EQ(r[0], 'a');
  ERR(mprotect(r, PAGE, PROT_READ | PROT_WRITE), EACCES);
  OK(shmctl(id, IPC_STAT, &ds));
  EQ(ds.shm_nattch, 2);
  EQ(ds.shm_segsz, 2 * PAGE + 10);
  EQ(ds.shm_perm.mode, 0600);
  EQ(ds.shm_perm.__key, KEY);
  EQ(ds.shm_cpid, getpid());
  TRUE(ds.shm_atime != 0);
  EQ(shmdt(r), 0);
  ERR(shmdt(r), EINVAL);
  ERR(shmdt(p + 1), EINVAL);
  SECTION("fork");
  CHILD(child_attached);
  EQ(p[0], 'c');
  p[1] = 'x';
  CHILD(child_finds);
  EQ(p[1], 'y');
  OK(shmctl(id, IPC_STAT, &ds));
  EQ(ds.shm_nattch, 1);
  SECTION("split by mprotect");
  OK(mprotect(p + PAGE, PAGE, PROT_READ));
  OK(shmctl(id, IPC_STAT, &ds));
  EQ(ds.shm_nattch, 3);
  EQ(shmdt(p), 0);
  OK(shmctl(id, IPC_STAT, &ds));
  EQ(ds.shm_nattch, 0);
  SECTION("shmctl");
  p = (char *)MUST((long)shmat(id, NULL, 0));
  EQ(p[1], 'y');
  ERR(shmctl(id, 99, NULL), EINVAL);
  ERR(shmctl(-5, IPC_STAT, &ds), EINVAL);
  ERR(syscall(SYS_shmctl, id, IPC_STAT, BAD), EFAULT);
  OK(shmctl(id, IPC_STAT, &ds));
  ds.shm_perm.mode = 0640;
  OK(shmctl(id, IPC_SET, &ds));
  OK(shmctl(id, IPC_STAT, &ds));
  EQ(ds.shm_perm.mode, 0640);
  SECTION("removal");
  OK(shmctl(id, IPC_RMID, NULL));
  EQ(p[1], 'y');
  OK(shmctl(id, IPC_STAT, &ds));
  EQ(ds.shm_perm.mode & SHM_DEST, SHM_DEST);
  ERR(shmget(KEY, PAGE, 0600), ENOENT);
  EQ(shmdt(p), 0);
  ERR(shmctl(id, IPC_STAT, &ds), EINVAL);
  ERR((long)shmat(id, NULL, 0), EINVAL);
  return done();
}

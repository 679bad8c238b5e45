/**
 * System V and POSIX message queues, semaphores, shared memory: linux/ipc.h,
 * linux/sem.h, linux/shm.h, linux/msg.h, linux/mqueue.h.
 *
 * @module
 */

import { struct } from "../struct.ts";

export const IPC_CREAT = 0o1000;
export const IPC_EXCL = 0o2000;
export const IPC_NOWAIT = 0o4000;
export const IPC_RMID = 0;
export const IPC_SET = 1;
export const IPC_STAT = 2;
export const IPC_INFO = 3;
export const IPC_PRIVATE = 0;

// semctl(2), semop(2).
export const GETPID = 11;
export const GETVAL = 12;
export const GETALL = 13;
export const GETNCNT = 14;
export const GETZCNT = 15;
export const SETVAL = 16;
export const SETALL = 17;
export const SEM_STAT = 18;
export const SEM_INFO = 19;
export const SEM_STAT_ANY = 20;
export const SEM_UNDO = 0x1000;
export const SEMMNI = 32000;
export const SEMMSL = 32000;
export const SEMMNS = 1024000000;
export const SEMOPM = 500;
export const SEMVMX = 32767;
export const SEMAEM = 32767;
export const SEMUME = 500;
export const SEMMNU = 1024000000;
export const SEMMAP = 1024000000;
export const SEMUSZ = 20;
// shmget(2), shmat(2), shmctl(2).
export const SHM_R = 0o400;
export const SHM_W = 0o200;
export const SHM_HUGETLB = 0o4000;
export const SHM_NORESERVE = 0o10000;
export const SHM_RDONLY = 0o10000;
export const SHM_RND = 0o20000;
export const SHM_REMAP = 0o40000;
export const SHM_EXEC = 0o100000;
export const SHM_DEST = 0o1000;
export const SHM_LOCKED = 0o2000;
export const SHM_LOCK = 11;
export const SHM_UNLOCK = 12;
export const SHM_STAT = 13;
export const SHM_INFO = 14;
export const SHM_STAT_ANY = 15;
export const SHMMIN = 1;
export const SHMMNI = 4096;
export const SHMLBA = 4096;
// msgget(2), msgrcv(2), msgctl(2).
export const MSG_NOERROR = 0o10000;
export const MSG_EXCEPT = 0o20000;
export const MSG_COPY = 0o40000;
export const MSG_STAT = 11;
export const MSG_INFO = 12;
export const MSG_STAT_ANY = 13;
export const MSGMNI = 32000;
export const MSGMAX = 8192;
export const MSGMNB = 16384;

/** struct ipc64_perm, asm-generic/ipcbuf.h. */
export const IpcPerm = struct({
  key: "i32",
  uid: "u32",
  gid: "u32",
  cuid: "u32",
  cgid: "u32",
  mode: "u32",
  seq: "u16",
  __pad2: "u16",
  __unused1: "u64",
  __unused2: "u64",
}, { c: "struct ipc64_perm", header: "linux/ipc.h" });

/** struct shmid64_ds, asm-generic/shmbuf.h. */
export const ShmidDs = struct({
  shm_perm: IpcPerm,
  shm_segsz: "u64",
  shm_atime: "i64",
  shm_dtime: "i64",
  shm_ctime: "i64",
  shm_cpid: "i32",
  shm_lpid: "i32",
  shm_nattch: "u64",
  __unused4: "u64",
  __unused5: "u64",
}, { c: "struct shmid64_ds", header: "linux/shm.h" });

/** struct shminfo64, asm-generic/shmbuf.h (IPC_INFO). */
export const Shminfo = struct({
  shmmax: "u64",
  shmmin: "u64",
  shmmni: "u64",
  shmseg: "u64",
  shmall: "u64",
  _pad: ["u64", 4],
}, { c: "struct shminfo64", header: "linux/shm.h" });

/** struct shm_info, linux/shm.h (SHM_INFO). */
export const ShmInfo = struct({
  used_ids: "i32",
  shm_tot: "u64",
  shm_rss: "u64",
  shm_swp: "u64",
  swap_attempts: "u64",
  swap_successes: "u64",
}, { c: "struct shm_info", header: "linux/shm.h" });

/** struct semid64_ds, asm/sembuf.h. */
export const SemidDs = struct({
  sem_perm: IpcPerm,
  sem_otime: "i64",
  __unused1: "u64",
  sem_ctime: "i64",
  __unused2: "u64",
  sem_nsems: "u64",
  __unused3: "u64",
  __unused4: "u64",
}, { c: "struct semid64_ds", header: "linux/sem.h" });

/** struct sembuf, linux/sem.h. */
export const Sembuf = struct({
  sem_num: "u16",
  sem_op: "i16",
  sem_flg: "i16",
}, { c: "struct sembuf", header: "linux/sem.h" });

/** struct seminfo, linux/sem.h (IPC_INFO, SEM_INFO). */
export const Seminfo = struct({
  semmap: "i32",
  semmni: "i32",
  semmns: "i32",
  semmnu: "i32",
  semmsl: "i32",
  semopm: "i32",
  semume: "i32",
  semusz: "i32",
  semvmx: "i32",
  semaem: "i32",
}, { c: "struct seminfo", header: "linux/sem.h" });

/** struct msqid64_ds, asm-generic/msgbuf.h. */
export const MsqidDs = struct({
  msg_perm: IpcPerm,
  msg_stime: "i64",
  msg_rtime: "i64",
  msg_ctime: "i64",
  msg_cbytes: "u64",
  msg_qnum: "u64",
  msg_qbytes: "u64",
  msg_lspid: "i32",
  msg_lrpid: "i32",
  __unused4: "u64",
  __unused5: "u64",
}, { c: "struct msqid64_ds", header: "linux/msg.h" });

/** struct msginfo, linux/msg.h (IPC_INFO, MSG_INFO). */
export const Msginfo = struct({
  msgpool: "i32",
  msgmap: "i32",
  msgmax: "i32",
  msgmnb: "i32",
  msgmni: "i32",
  msgssz: "i32",
  msgtql: "i32",
  msgseg: "u16",
}, { c: "struct msginfo", header: "linux/msg.h" });

/** struct mq_attr, linux/mqueue.h. */
export const MqAttr = struct({
  mq_flags: "i64",
  mq_maxmsg: "i64",
  mq_msgsize: "i64",
  mq_curmsgs: "i64",
  __reserved: ["i64", 4],
}, { c: "struct mq_attr", header: "linux/types.h linux/mqueue.h" });

/** /proc/sysvipc: shared memory segments; semaphores and message queues there are none. */
import type { Kernel } from "../../kernel/kernel.ts";
import { shmNamespace, type ShmSegment } from "../../mm/shm.ts";
import type { ProcEntry } from "./entry.ts";

const SHM =
  "       key      shmid perms                  size  cpid  lpid nattch   uid   gid  cuid  cgid      atime      dtime      ctime                   rss                  swap\n";
const SEM =
  "       key      semid perms      nsems   uid   gid  cuid  cgid      otime      ctime\n";
const MSG =
  "       key      msqid perms      cbytes       qnum lspid lrpid   uid   gid  cuid  cgid      stime      rtime      ctime\n";

function shmLine(s: ShmSegment): string {
  const column = (n: number | string, width: number) =>
    String(n).padStart(width);
  return [
    column(s.key | 0, 10),
    column(s.id, 10),
    "",
    column((s.mode & 0o7777).toString(8), 4),
    column(s.bytes, 21),
    column(s.creatorPid, 5),
    column(s.lastPid, 5),
    "",
    column(s.attached, 5),
    column(s.uid, 5),
    column(s.gid, 5),
    column(s.cuid, 5),
    column(s.cgid, 5),
    column(s.attachTime, 10),
    column(s.detachTime, 10),
    column(s.changeTime, 10),
    column(s.size, 21),
    column(0, 21),
  ].join(" ") + "\n";
}

function shmText(kernel: Kernel): string {
  let text = SHM;
  for (const s of shmNamespace(kernel).segments) {
    if (s !== null) text += shmLine(s);
  }
  return text;
}

export const sysvipc: readonly ProcEntry[] = [
  { path: "sysvipc/shm", mode: 0o444, text: shmText },
  { path: "sysvipc/sem", mode: 0o444, text: () => SEM },
  { path: "sysvipc/msg", mode: 0o444, text: () => MSG },
];

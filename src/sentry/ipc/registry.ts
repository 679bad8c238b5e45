/** What System V semaphores and message queues share: keys, ids, permissions, svipc(7). */
import { CAP_IPC_OWNER, CAP_SYS_ADMIN } from "../../abi/linux/capability.ts";
import {
  EACCES,
  EEXIST,
  EIDRM,
  EINVAL,
  ENOENT,
  ENOSPC,
} from "../../abi/linux/errno.ts";
import {
  IPC_CREAT,
  IPC_EXCL,
  IPC_PRIVATE,
  type IpcPerm,
} from "../../abi/linux/ipc.ts";
import type { Credentials } from "../kernel/credentials.ts";
import type { Task } from "../kernel/task.ts";
import { WaitQueue } from "../kernel/wait_queue.ts";
import { tick, wallSeconds } from "../vfs/clock.ts";

/** Ids are index + sequence * this: IPCMNI. */
const ID_STEP = 32768;
const SEQUENCES = 65536;

export const MAY_READ = 4;
export const MAY_ALTER = 2;

type PermAccess = ReturnType<typeof IpcPerm.alloc>;

export abstract class IpcObject {
  /** Place in its registry. */
  index = 0;
  sequence = 0;
  removed = false;
  uid: number;
  gid: number;
  readonly cuid: number;
  readonly cgid: number;
  changeTime: number = wallTime();
  /** Whoever waits for a change of it. */
  readonly queue: WaitQueue = new WaitQueue();

  constructor(t: Task, readonly key: number, public mode: number) {
    this.uid = this.cuid = t.creds.euid;
    this.gid = this.cgid = t.creds.egid;
    this.mode = mode & 0o777;
  }

  get id(): number {
    return this.index + this.sequence * ID_STEP;
  }

  /** Whether `creds` have all of `bits`: ipcperms(). */
  allows(creds: Credentials, bits: number): boolean {
    let granted = this.mode;
    if (creds.euid === this.cuid || creds.euid === this.uid) granted >>= 6;
    else if (creds.inGroup(this.gid) || creds.inGroup(this.cgid)) granted >>= 3;
    return (bits & ~granted & 7) === 0 || creds.can(CAP_IPC_OWNER);
  }

  /** Whether `creds` may change or remove it. */
  isOwner(creds: Credentials): boolean {
    return creds.euid === this.uid || creds.euid === this.cuid ||
      creds.can(CAP_SYS_ADMIN);
  }

  fillPerm(p: PermAccess): void {
    p.key = this.key;
    p.uid = this.uid;
    p.gid = this.gid;
    p.cuid = this.cuid;
    p.cgid = this.cgid;
    p.mode = this.mode;
    p.seq = this.sequence;
  }

  /** IPC_SET. */
  setPerm(p: PermAccess): void {
    this.uid = p.uid;
    this.gid = p.gid;
    this.mode = p.mode & 0o777;
    this.changeTime = wallTime();
  }
}

/** Real time, seconds. */
export function wallTime(): number {
  tick();
  return wallSeconds();
}

/** All objects of one kind. */
export class IpcRegistry<T extends IpcObject> {
  /** By index; null: free. */
  readonly objects: (T | null)[] = [];
  readonly #sequences: number[] = [];
  count = 0;

  constructor(readonly max: number) {}

  /** The object that `key` names for an xxxget call, null if it must be made; -EEXIST, -ENOENT, -EACCES. */
  lookup(t: Task, key: number, flags: number): T | null | number {
    if (key === IPC_PRIVATE) return null;
    const old = this.objects.find((o) => o !== null && o.key === key) ?? null;
    if (old === null) return (flags & IPC_CREAT) !== 0 ? null : -ENOENT;
    if ((flags & IPC_CREAT) !== 0 && (flags & IPC_EXCL) !== 0) return -EEXIST;
    const bits = ((flags >> 6) | (flags >> 3) | flags) & 7;
    return old.allows(t.creds, bits) ? old : -EACCES;
  }

  /** Gives a new object its id. The id, or -ENOSPC. */
  add(object: T): number {
    if (this.count >= this.max) return -ENOSPC;
    let index = this.objects.indexOf(null);
    if (index < 0) index = this.objects.length;
    object.index = index;
    object.sequence = this.#sequences[index] ?? 0;
    this.#sequences[index] = (object.sequence + 1) % SEQUENCES;
    this.objects[index] = object;
    this.count++;
    return object.id;
  }

  /** The object with this id; -EINVAL, -EIDRM. */
  find(id: number): T | number {
    if (id < 0) return -EINVAL;
    const object = this.objects[id % ID_STEP];
    if (object === undefined || object === null) return -EINVAL;
    return object.id === id ? object : -EIDRM;
  }

  /** The object at an index, for the STAT commands of ipcs(1). */
  at(index: number): T | number {
    return this.objects[index] ?? -EINVAL;
  }

  remove(object: T): void {
    this.objects[object.index] = null;
    this.count--;
    object.removed = true;
    object.queue.wake(~0);
  }

  /** The highest index in use. */
  get highest(): number {
    for (let i = this.objects.length - 1; i >= 0; i--) {
      if (this.objects[i] !== null) return i;
    }
    return 0;
  }
}

/** System V shared memory segments, shmget(2): who owns them and how long they live. */
import { CAP_IPC_OWNER } from "../../abi/linux/capability.ts";
import {
  EACCES,
  EEXIST,
  EIDRM,
  EINVAL,
  ENOENT,
  ENOMEM,
  ENOSPC,
} from "../../abi/linux/errno.ts";
import {
  IPC_CREAT,
  IPC_EXCL,
  IPC_PRIVATE,
  SHM_DEST,
  SHM_HUGETLB,
  SHM_LOCKED,
  SHMMNI,
} from "../../abi/linux/ipc.ts";
import { PAGE_SIZE } from "../../abi/linux/mman.ts";
import type { MemoryFile } from "../../platform/memory_file.ts";
import type { Credentials } from "../kernel/credentials.ts";
import type { Kernel } from "../kernel/kernel.ts";
import type { Task } from "../kernel/task.ts";
import { tick, wallSeconds } from "../vfs/clock.ts";
import { createFile, SharedMemory } from "./shared_memory.ts";

/** Ids are index + sequence * this: IPCMNI. */
const ID_STEP = 32768;
/** Sequence numbers of ids wrap here, so that ids stay positive. */
const SEQUENCES = 65536;

export class ShmSegment extends SharedMemory {
  uid: number;
  gid: number;
  readonly cuid: number;
  readonly cgid: number;
  /** Permission bits, SHM_DEST, SHM_LOCKED. */
  mode: number;
  attachTime = 0;
  detachTime = 0;
  changeTime = 0;
  lastPid = 0;

  constructor(
    readonly namespace: ShmNamespace,
    readonly index: number,
    readonly sequence: number,
    public key: number,
    /** As asked for; `size` is in pages. */
    readonly bytes: number,
    mode: number,
    creds: Credentials,
    readonly creatorPid: number,
    file: MemoryFile,
  ) {
    const text = (key >>> 0).toString(16).padStart(8, "0");
    super(file, Math.ceil(bytes / PAGE_SIZE) * PAGE_SIZE, `/SYSV${text}`);
    this.uid = this.cuid = creds.euid;
    this.gid = this.cgid = creds.egid;
    this.mode = mode & 0o777;
    this.changed();
  }

  get id(): number {
    return this.index + this.sequence * ID_STEP;
  }

  /** How many VMAs map it: one reference is the namespace's. */
  get attached(): number {
    return this.removed ? this.refs : this.refs - 1;
  }

  get removed(): boolean {
    return (this.mode & SHM_DEST) !== 0;
  }

  get locked(): boolean {
    return (this.mode & SHM_LOCKED) !== 0;
  }

  changed(): void {
    this.changeTime = now();
  }

  override incRef(): void {
    super.incRef();
    this.attachTime = this.refs > 1 ? now() : 0;
  }

  override decRef(): void {
    this.detachTime = now();
    if (this.removed && this.refs === 1) this.namespace.forget(this);
    super.decRef();
  }

  /** Whether `creds` have all of `bits` (as in a mode's lowest three): ipcperms(). */
  allows(creds: Credentials, bits: number): boolean {
    let granted = this.mode;
    if (creds.euid === this.cuid || creds.euid === this.uid) granted >>= 6;
    else if (creds.inGroup(this.gid) || creds.inGroup(this.cgid)) granted >>= 3;
    return (bits & ~granted & 7) === 0 || creds.can(CAP_IPC_OWNER);
  }

  /** Whether `creds` may change or remove it. */
  isOwner(creds: Credentials): boolean {
    return creds.euid === this.uid || creds.euid === this.cuid;
  }
}

function now(): number {
  tick();
  return wallSeconds();
}

/** The segments of one sandbox. */
export class ShmNamespace {
  /** By index; holes are free. */
  readonly segments: (ShmSegment | null)[] = [];
  readonly #sequences: number[] = [];
  /** Pages of all segments. */
  pages = 0;
  count = 0;

  /** shmget(2): the id, or -errno. */
  get(t: Task, key: number, size: number, flags: number): number {
    const old = key === IPC_PRIVATE ? null : this.#byKey(key);
    if (old === null) {
      if (key !== IPC_PRIVATE && (flags & IPC_CREAT) === 0) return -ENOENT;
      return this.#create(t, key, size, flags);
    }
    if ((flags & IPC_CREAT) !== 0 && (flags & IPC_EXCL) !== 0) return -EEXIST;
    if (size > old.bytes) return -EINVAL;
    const bits = ((flags >> 6) | (flags >> 3) | flags) & 7;
    return old.allows(t.creds, bits) ? old.id : -EACCES;
  }

  #byKey(key: number): ShmSegment | null {
    for (const s of this.segments) {
      if (s !== null && s.key === key && !s.removed) return s;
    }
    return null;
  }

  #create(t: Task, key: number, size: number, flags: number): number {
    if (!(size >= 1 && size < 2 ** 46)) return -EINVAL;
    if ((flags & SHM_HUGETLB) !== 0) return -ENOMEM;
    if (this.count >= SHMMNI) return -ENOSPC;
    const file = createFile("sysv", Math.ceil(size / PAGE_SIZE) * PAGE_SIZE);
    if (file === null) return -ENOMEM;
    let index = this.segments.indexOf(null);
    if (index < 0) index = this.segments.length;
    const sequence = this.#sequences[index] ?? 0;
    this.#sequences[index] = (sequence + 1) % SEQUENCES;
    const { creds, group } = t;
    const segment = new ShmSegment(
      this,
      index,
      sequence,
      key,
      size,
      flags,
      creds,
      group.pid,
      file,
    );
    segment.incRef();
    this.segments[index] = segment;
    this.count++;
    this.pages += segment.size / PAGE_SIZE;
    return segment.id;
  }

  /** The segment with `id`. -EINVAL: there is none; -EIDRM: another has its place now. */
  find(id: number): ShmSegment | number {
    if (id < 0) return -EINVAL;
    const segment = this.segments[id % ID_STEP] ?? null;
    if (segment === null) return -EINVAL;
    return segment.id === id ? segment : -EIDRM;
  }

  /** IPC_RMID: it goes with its last mapping. */
  remove(segment: ShmSegment): void {
    if (segment.removed) return;
    segment.mode |= SHM_DEST;
    segment.key = IPC_PRIVATE;
    segment.decRef();
  }

  /** The last reference of a removed segment goes. */
  forget(segment: ShmSegment): void {
    this.segments[segment.index] = null;
    this.count--;
    this.pages -= segment.size / PAGE_SIZE;
  }
}

const namespaces = new WeakMap<Kernel, ShmNamespace>();

export function shmNamespace(kernel: Kernel): ShmNamespace {
  let namespace = namespaces.get(kernel);
  if (namespace === undefined) {
    namespaces.set(kernel, namespace = new ShmNamespace());
  }
  return namespace;
}

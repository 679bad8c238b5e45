/** process_vm_readv(2), process_vm_writev(2). */
import { CAP_SYS_PTRACE } from "../../abi/linux/capability.ts";
import { EFAULT, EINVAL, EPERM, ESRCH } from "../../abi/linux/errno.ts";
import { Iovec } from "../../abi/linux/socket.ts";
import type { Task } from "../kernel/task.ts";
import type { MemoryManager } from "../mm/memory_manager.ts";
import { full, int, ptr, type Row, size, uint } from "./row.ts";

/** IOV_MAX: UIO_MAXIOV, linux/uio.h. */
const MAX_SEGMENTS = 1024;

const records = new Uint8Array(MAX_SEGMENTS * Iovec.size);
const record = Iovec.at(records);
const buffer = new Uint8Array(65536);

/** One side of the transfer: a list of ranges, consumed from the front. */
class Segments {
  readonly #bases: number[] = [];
  readonly #lengths: number[] = [];
  #count = 0;
  #i = 0;
  #at = 0;

  /** Reads `count` records at `addr`. 0, -EINVAL or -EFAULT. */
  load(mm: MemoryManager, addr: number, count: number): number {
    this.#count = count;
    this.#i = 0;
    this.#at = 0;
    if (count > MAX_SEGMENTS) return -EINVAL;
    if (!mm.copyIn(addr, records, 0, count * Iovec.size)) return -EFAULT;
    for (let i = 0; i < count; i++) {
      record.at(records, i * Iovec.size);
      if (record.iov_len >= 2 ** 63) return -EINVAL;
      this.#bases[i] = record.iov_base;
      this.#lengths[i] = record.iov_len;
    }
    return 0;
  }

  /** Bytes left in the current range; 0: no range is left. */
  get left(): number {
    while (this.#i < this.#count && this.#at === this.#lengths[this.#i]) {
      this.#i++;
      this.#at = 0;
    }
    return this.#i < this.#count ? this.#lengths[this.#i] - this.#at : 0;
  }

  get address(): number {
    return this.#bases[this.#i] + this.#at;
  }

  advance(n: number): void {
    this.#at += n;
  }
}

const local = new Segments();
const remote = new Segments();

/** Whether `t` may look into `other`: ptrace(2), PTRACE_MODE_ATTACH_REALCREDS. */
function mayAttach(t: Task, other: Task): boolean {
  if (t.group === other.group) return true;
  if (t.creds.can(CAP_SYS_PTRACE)) return true;
  const { uid, gid } = t.creds;
  const c = other.creds;
  return uid === c.uid && uid === c.euid && uid === c.suid && gid === c.gid &&
    gid === c.egid && gid === c.sgid && other.group.dumpable === 1 &&
    c.permitted.isSubsetOf(t.creds.permitted);
}

function transfer(
  t: Task,
  pid: number,
  localAddr: number,
  localCount: number,
  remoteAddr: number,
  remoteCount: number,
  callFlags: number,
  write: boolean,
): number {
  if (callFlags !== 0) return -EINVAL;
  let r = local.load(t.mm, localAddr, localCount);
  if (r < 0) return r;
  if (local.left === 0) return 0;
  r = remote.load(t.mm, remoteAddr, remoteCount);
  if (r < 0) return r;
  if (remote.left === 0) return 0;
  const other = t.kernel.tasks.get(pid);
  if (other === undefined) return -ESRCH;
  if (!mayAttach(t, other)) return -EPERM;
  const done = write
    ? copyAll(t.mm, local, other.mm, remote)
    : copyAll(other.mm, remote, t.mm, local);
  return done > 0 ? done : -EFAULT;
}

/** Moves until one list ends or an address is bad; the bytes moved. */
function copyAll(
  fromMm: MemoryManager,
  from: Segments,
  toMm: MemoryManager,
  to: Segments,
): number {
  let done = 0;
  for (;;) {
    const n = Math.min(from.left, to.left, buffer.length);
    if (n === 0) return done;
    const got = fromMm.copyInSome(from.address, buffer, 0, n);
    const put = got === 0 ? 0 : toMm.copyOutSome(to.address, buffer, 0, got);
    done += put;
    if (put < n) return done;
    from.advance(put);
    to.advance(put);
  }
}

/** process_vm_readv(2). EFAULT, EINVAL, EPERM, ESRCH. */
export function process_vm_readv(
  t: Task,
  pid: number,
  localAddr: number,
  localCount: number,
  remoteAddr: number,
  remoteCount: number,
  callFlags: number,
): number {
  return transfer(
    t,
    pid,
    localAddr,
    localCount,
    remoteAddr,
    remoteCount,
    callFlags,
    false,
  );
}

/** process_vm_writev(2). EFAULT, EINVAL, EPERM, ESRCH. */
export function process_vm_writev(
  t: Task,
  pid: number,
  localAddr: number,
  localCount: number,
  remoteAddr: number,
  remoteCount: number,
  callFlags: number,
): number {
  return transfer(
    t,
    pid,
    localAddr,
    localCount,
    remoteAddr,
    remoteCount,
    callFlags,
    true,
  );
}

export const processVmRows: Row[] = [
  full(
    310,
    "process_vm_readv",
    process_vm_readv,
    int,
    ptr,
    size,
    ptr,
    size,
    uint,
  ),
  full(
    311,
    "process_vm_writev",
    process_vm_writev,
    int,
    ptr,
    size,
    ptr,
    size,
    uint,
  ),
];

/**
 * The memory of a process, Linux's mm_struct: what is mapped where (VMAs), what
 * backs it (runs), and the Sentry's access to it. Tasks made by CLONE_VM share
 * one. See README.md for the invariants.
 */
import * as ffi from "../../../ffi/mod.ts";
import { EFAULT, ENAMETOOLONG } from "../../abi/linux/errno.ts";
import {
  PAGE_SIZE,
  PROT_EXEC,
  PROT_READ,
  PROT_WRITE,
} from "../../abi/linux/mman.ts";
import {
  RLIM_INFINITY,
  RLIMIT_AS,
  RLIMIT_DATA,
} from "../../abi/linux/resource.ts";
import type { AddressSpace } from "../../platform/platform.ts";
import type { ResourceLimits } from "../kernel/rlimit.ts";
import { internBinary } from "../strings.ts";
import type { FileDescription } from "../vfs/file_description.ts";
import { Arena } from "./arena.ts";
import { CHUNK } from "./extents.ts";
import { fork, prepareFork } from "./fork.ts";
import { growStack, handleFault, makeAccessible } from "./faults.ts";
import type { CallSites } from "./call_sites.ts";
import { Graves } from "./graves.ts";
import { HotPages } from "./hot_pages.ts";
import { Ranges } from "./ranges.ts";
import { type Run, RunList } from "./run.ts";
import type { Vma } from "./vma.ts";

/** Lowest address that can be mapped: vm.mmap_min_addr. */
const MIN_ADDRESS = 65536;
const TWO_32 = 4294967296;

export class MemoryManager {
  readonly vmas: Ranges<Vma> = new Ranges();
  readonly runs: RunList = new RunList();
  readonly arena: Arena;
  /** Limits of the process that uses it; null: none yet. */
  limits: ResourceLimits | null = null;
  readonly minAddress = MIN_ADDRESS;

  // Layout; see layout.ts.
  /** First address behind the stack. */
  stackTop = 0;
  /** Mappings are placed below this, the highest first. */
  mmapBase = 0;
  brkStart = 0;
  brk = 0;
  /** Offsets in the arena kept for the growing stack: `stackReserve` bytes, for pages below `stackReserveEnd`. */
  stackReserveEnd = 0;
  stackReserve = 0;
  stackReserveOffset = 0;
  /** The same upwards for the heap, which was never mapped from `heapReserveStart` on. */
  heapReserveStart = 0;
  heapReserve = 0;
  heapReserveOffset = 0;
  /** Where the search for a gap starts: above are none bigger than `largestSkipped`. */
  gapHint = 0;
  largestSkipped = 0;

  // For /proc and prctl(PR_SET_MM); set by the loader.
  codeStart = 0;
  codeEnd = 0;
  dataStart = 0;
  dataEnd = 0;
  stackStart = 0;
  argStart = 0;
  argEnd = 0;
  envStart = 0;
  envEnd = 0;
  /** The auxiliary vector as bytes. */
  auxv: Uint8Array = new Uint8Array(0);
  /** Address and length of the platform's vDSO, outside of all VMAs. */
  vdsoStart = 0;
  vdsoLength = 0;

  /** The program, /proc/pid/exe; holds a reference. */
  exe: FileDescription | null = null;

  // Accounts, bytes.
  vmBytes = 0;
  vmPeak = 0;
  dataBytes = 0;
  lockedBytes = 0;
  /** High-water mark of resident memory as far as it was looked at. */
  rssPeak = 0;
  /** VM_LOCKED bits for mappings to come: mlockall(MCL_FUTURE). */
  futureLock = 0;

  /** si_code of the signal that `handleFault` asked for. */
  faultCode = 0;
  /** End of the last copy-on-write copy: a fault there is taken for sequential. */
  lastCopyEnd = 0;
  spuriousPage = -1;
  spuriousCount = 0;

  /** A fork has been asked for while other threads may still write to what it shares. */
  forkPending = false;

  /** VMAs of the Sentry's own, and who is told when the guest maps over one. */
  hiddenCount = 0;
  /** Rewritten system call sites; null until one has trapped. */
  sites: CallSites | null = null;
  hiddenLost: ((start: number, end: number) => void) | null = null;

  /** Host address found by `translate`. */
  translated = 0;
  /** Offset found by `futexKey`. */
  keyOffset = 0;

  #users = 1;
  /** What other threads may still see of frames that were given up. */
  readonly graves: Graves;
  /** What was written after forks; shared with parent and children. */
  hot: HotPages = new HotPages();

  // The last ranges that translate found: guest start and end, and what to add
  // to a guest address for the host's.
  #readStart = 0;
  #readEnd = 0;
  #readDelta = 0;
  #writeStart = 0;
  #writeEnd = 0;
  #writeDelta = 0;

  constructor(
    readonly as: AddressSpace,
    readonly taskSize: number,
  ) {
    this.arena = new Arena(as.arena);
    this.graves = new Graves(as);
  }

  /** An empty one for a new program in `as`, whose arena it owns from now on. */
  static create(
    as: AddressSpace,
    taskSize: number,
    limits: ResourceLimits | null = null,
  ): MemoryManager {
    const mm = new MemoryManager(as, taskSize);
    mm.limits = limits;
    return mm;
  }

  /** How many processes (CLONE_VM) use it. */
  get users(): number {
    return this.#users;
  }

  incRef(): void {
    this.#users++;
  }

  /** The last user's going ends the host's address space and frees all memory. */
  decRef(): void {
    if (--this.#users > 0) return;
    this.as.release();
    this.#release();
  }

  /** Sets `exe`, taking a reference. Nobody can open it for writing meanwhile. */
  setExe(file: FileDescription | null): void {
    if (file !== null) {
      file.incRef();
      file.inode.writers--;
    }
    const old = this.exe;
    this.exe = file;
    if (old === null) return;
    old.inode.writers++;
    old.decRef();
  }

  #release(): void {
    this.forgetWindows();
    this.setExe(null);
    for (const vma of this.vmas.items) vma.drop();
    this.vmas.items.length = 0;
    this.graves.clear();
    const runs = this.runs.items;
    let own = 0;
    for (const run of runs) {
      if (run.arena === this.arena) own += run.end - run.start;
    }
    const gone = this.arena.abandon(own);
    for (const run of runs) {
      if (run.arena === null || (gone && run.arena === this.arena)) continue;
      run.arena.drop(run.offset, run.end - run.start);
    }
    runs.length = 0;
  }

  /** Soft limit of `resource`. */
  limit(resource: number): number {
    return this.limits === null ? RLIM_INFINITY : this.limits.cur[resource];
  }

  /** Whether RLIMIT_AS allows `length` bytes more. */
  mayGrow(length: number): boolean {
    return this.vmBytes + length <= this.limit(RLIMIT_AS);
  }

  /** Whether RLIMIT_DATA allows `length` bytes more. */
  mayGrowData(length: number): boolean {
    return this.dataBytes + length <= this.limit(RLIMIT_DATA);
  }

  /**
   * Whether so much private memory at once is plausible: as with
   * vm.overcommit_memory 0, only what exceeds all of the machine's is refused.
   */
  mayCommit(length: number): boolean {
    return length <= totalMemory();
  }

  /** A guest's page fault: see faults.ts. 0, or a signal with `faultCode`. */
  handleFault(addr: number, err: number): number {
    return handleFault(this, addr, err);
  }

  /** To be called after each change of VMAs or runs. */
  forgetWindows(): void {
    this.#readEnd = 0;
    this.#writeEnd = 0;
  }

  /** VMAs before `end` have gone: gaps there may be used again. */
  rangeFreed(end: number): void {
    if (end > this.gapHint) this.largestSkipped = Infinity;
    else if (end === this.gapHint) this.gapHint = end;
    if (this.hiddenCount > 0) this.#countHidden();
  }

  #countHidden(): void {
    this.hiddenCount = 0;
    for (const vma of this.vmas.items) if (vma.isHidden) this.hiddenCount++;
  }

  /** Write-protects what a child will share; before the platform forks. */
  prepareFork(): void {
    prepareFork(this);
  }

  /** The child's memory, after `prepareFork` and the platform's fork. Its `limits` are to be set. */
  fork(as: AddressSpace): MemoryManager {
    return fork(this, as);
  }

  /**
   * Host memory behind guest `addr`: how many of `length` bytes lie there
   * contiguously (> 0), with `translated` the host address; or -EFAULT. Good
   * until the next change of mappings: use it at once. Host calls may be given
   * it; copies go through the safe routines of ffi (the pages of a file that
   * somebody cuts short fault).
   */
  translate(addr: number, length: number, write: boolean): number {
    if (write) {
      if (!(addr >= this.#writeStart && addr < this.#writeEnd)) {
        if (!this.#openWindow(addr, true)) return -EFAULT;
      }
      this.translated = addr + this.#writeDelta;
      return Math.min(length, this.#writeEnd - addr);
    }
    if (!(addr >= this.#readStart && addr < this.#readEnd)) {
      if (!this.#openWindow(addr, false)) return -EFAULT;
    }
    this.translated = addr + this.#readDelta;
    return Math.min(length, this.#readEnd - addr);
  }

  /** Finds the range around `addr` that can be read (or written) and is contiguous in the host. */
  #openWindow(addr: number, write: boolean): boolean {
    if (!(addr >= 0 && addr < this.taskSize)) return false;
    const page = addr - addr % PAGE_SIZE;
    const vma = this.vmas.find(page) ?? growStack(this, page);
    if (vma === null) return false;
    const need = write ? PROT_WRITE : PROT_READ | PROT_EXEC;
    // Like the CPU: what can be written or executed can be read.
    if ((vma.prot & need) === 0 && (write || vma.prot === 0)) return false;
    if (write && this.isForking(page)) {
      this.#setWindow(vma, this.runs.find(page)!, addr, true);
      // Good for this access only.
      this.#writeStart = Infinity;
      return true;
    }
    if (makeAccessible(this, vma, page, write) < 0) return false;
    const run = this.runs.find(page);
    if (run === null) return false;
    this.#setWindow(vma, run, addr, write);
    if (write && this.as.contexts > 1 && !this.as.settled) {
      // The page may be mapped elsewhere still, where the caller would not see
      // what is written here.
      this.as.fence();
      this.#writeStart = Infinity;
    }
    return true;
  }

  /**
   * Whether a fork that shares `page` is on its way to the host: then other
   * threads may still write to it though it is copy-on-write for us already. A
   * copy would lose what they write before they see it. So a call's write goes
   * to the old frame, as theirs do, and a fault is tried again: it happened
   * before the fork.
   */
  isForking(page: number): boolean {
    if (!this.forkPending) return false;
    if (this.as.settled) {
      this.forkPending = false;
      return false;
    }
    const run = this.runs.find(page);
    return run !== null && run.cow && run.arena === this.arena;
  }

  #setWindow(vma: Vma, run: Run, addr: number, write: boolean): void {
    const offset = run.offset + (addr - run.start);
    const low = offset - offset % CHUNK;
    const start = Math.max(vma.start, run.start, addr - (offset - low));
    const end = Math.min(vma.end, run.end, addr + (low + CHUNK - offset));
    const delta = run.file.hostAddress(offset) - addr;
    if (write) {
      this.#writeStart = start;
      this.#writeEnd = end;
      this.#writeDelta = delta;
    } else {
      this.#readStart = start;
      this.#readEnd = end;
      this.#readDelta = delta;
    }
  }

  /** Copies `length` bytes at guest `addr` to `bytes[at..]`. False: EFAULT. */
  copyIn(addr: number, bytes: Uint8Array, at: number, length: number): boolean {
    return this.copyInSome(addr, bytes, at, length) === length;
  }

  /** Copies `bytes[at..at+length]` to guest `addr`. False: EFAULT, perhaps after a part. */
  copyOut(
    addr: number,
    bytes: Uint8Array,
    at: number,
    length: number,
  ): boolean {
    return this.copyOutSome(addr, bytes, at, length) === length;
  }

  /** As `copyIn`, up to the first bad address; the count. */
  copyInSome(
    addr: number,
    bytes: Uint8Array,
    at: number,
    length: number,
  ): number {
    let done = 0;
    while (done < length) {
      const n = this.translate(addr + done, length - done, false);
      if (n <= 0) break;
      const left = ffi.copyFromHost(this.translated, bytes, at + done, n);
      done += n - left;
      if (left > 0) break;
    }
    return done;
  }

  /** As `copyOut`, up to the first bad address; the count. */
  copyOutSome(
    addr: number,
    bytes: Uint8Array,
    at: number,
    length: number,
  ): number {
    let done = 0;
    while (done < length) {
      const n = this.translate(addr + done, length - done, true);
      if (n <= 0) break;
      const left = ffi.copyToHost(this.translated, bytes, at + done, n);
      done += n - left;
      if (left > 0) break;
    }
    return done;
  }

  /**
   * The NUL-terminated string at `addr`, as a binary string. -EFAULT, or
   * -ENAMETOOLONG if there is no NUL within `max` bytes.
   */
  copyInString(addr: number, max: number): string | number {
    let text = "";
    let done = 0;
    while (done < max) {
      const at = addr + done;
      // Pieces end at page borders: the next page need not be there.
      const piece = Math.min(
        max - done,
        STRING_PIECE,
        PAGE_SIZE - at % PAGE_SIZE,
      );
      const n = this.copyInSome(at, strings, 0, piece);
      const end = findNul(strings, n);
      if (end < 0 && n < piece) return -EFAULT;
      const part = internBinary(strings, end < 0 ? n : end);
      text = done === 0 ? part : text + part;
      if (end >= 0) return text;
      done += n;
    }
    return -ENAMETOOLONG;
  }

  /** The 32-bit word at `addr`, or -1 (EFAULT). Atomic if aligned. */
  loadU32(addr: number): number {
    if (addr % 4 === 0) {
      if (this.translate(addr, 4, false) <= 0) return -1;
      return ffi.loadU32(this.translated);
    }
    return this.copyIn(addr, word, 0, 4) ? wordView.getUint32(0, true) : -1;
  }

  /** Stores a 32-bit word, atomically if aligned. False: EFAULT. */
  storeU32(addr: number, value: number): boolean {
    if (addr % 4 === 0) {
      if (this.translate(addr, 4, true) <= 0) return false;
      return ffi.storeU32(this.translated, value >>> 0) >= 0;
    }
    wordView.setUint32(0, value, true);
    return this.copyOut(addr, word, 0, 4);
  }

  /** Compares and swaps the aligned word at `addr`: its value before, or -1 (EFAULT). */
  casU32(addr: number, expected: number, value: number): number {
    if (addr % 4 !== 0 || this.translate(addr, 4, true) <= 0) return -1;
    return ffi.casU32(this.translated, expected >>> 0, value >>> 0);
  }

  /** As `storeU32`, without a window: for memory of which this may be the only use. */
  pokeU32(addr: number, value: number): boolean {
    const page = addr - addr % PAGE_SIZE;
    const vma = this.vmas.find(page);
    if (vma === null || (vma.prot & PROT_WRITE) === 0) return false;
    if (page + PAGE_SIZE - addr < 4) return this.storeU32(addr, value);
    if (makeAccessible(this, vma, page, true) < 0) return false;
    const run = this.runs.find(page);
    if (run === null) return false;
    wordView.setUint32(0, value, true);
    return run.file.write(run.offset + (addr - run.start), word, 0, 4) >= 0;
  }

  /** The 64-bit value at `addr` (exact to 2^53), or -1 (EFAULT). */
  getU64(addr: number): number {
    if (!this.copyIn(addr, word, 0, 8)) return -1;
    return wordView.getUint32(4, true) * TWO_32 + wordView.getUint32(0, true);
  }

  /** Stores a value in [0, 2^64) as 64 bits. False: EFAULT. */
  putU64(addr: number, value: number): boolean {
    wordView.setUint32(0, value >>> 0, true);
    wordView.setUint32(4, Math.floor(value / TWO_32) >>> 0, true);
    return this.copyOut(addr, word, 0, 8);
  }

  /**
   * What identifies the word at `addr` for futex(2): the object that backs a
   * shared mapping, else this; with `keyOffset`. Null: nothing is mapped there.
   */
  futexKey(addr: number): object | null {
    const vma = this.vmas.find(addr);
    if (vma === null) return null;
    if (!vma.isShared) {
      this.keyOffset = addr;
      return this;
    }
    this.keyOffset = vma.offsetOf(addr);
    return vma.object ?? vma.file?.inode ?? this;
  }
}

let total = 0;

/** The host's memory and swap, bytes. */
function totalMemory(): number {
  if (total === 0) {
    const info = Deno.systemMemoryInfo();
    total = info.total + info.swapTotal;
  }
  return total;
}

/** Bytes that `copyInString` looks at in one go: most paths are shorter. */
const STRING_PIECE = 256;
const strings = new Uint8Array(STRING_PIECE);

/** Index of the first 0 among `n` bytes, or -1. A loop beats indexOf for paths. */
function findNul(bytes: Uint8Array, n: number): number {
  for (let i = 0; i < n; i++) if (bytes[i] === 0) return i;
  return -1;
}

const word = new Uint8Array(8);
const wordView = new DataView(word.buffer);

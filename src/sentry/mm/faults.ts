/** What to do when a guest touches memory: grow the stack, copy, map again, or send a signal. */
import { EFAULT, ENOMEM } from "../../abi/linux/errno.ts";
import {
  PAGE_SIZE,
  PROT_EXEC,
  PROT_READ,
  PROT_WRITE,
} from "../../abi/linux/mman.ts";
import { RLIMIT_STACK } from "../../abi/linux/resource.ts";
import {
  BUS_ADRERR,
  SEGV_ACCERR,
  SEGV_MAPERR,
} from "../../abi/linux/siginfo.ts";
import { SIGBUS, SIGKILL, SIGSEGV } from "../../abi/linux/signal.ts";
import { account } from "./mapping.ts";
import type { MemoryManager } from "./memory_manager.ts";
import {
  endOfFile,
  makePrivate,
  populate,
  populateGaps,
  remap,
  reserveShadow,
} from "./pages.ts";
import { hostProt, NO_SHADOW, type Run } from "./run.ts";
import { VM_GROWSDOWN, type Vma } from "./vma.ts";

/** x86 page fault error code. */
const ERR_WRITE = 0x2;
const ERR_FETCH = 0x10;
/** Distance that a stack keeps from what lies below it: stack_guard_gap, 256 pages. */
export const STACK_GAP = 256 * PAGE_SIZE;
/** Stacks grow by multiples of this. */
const STACK_STEP = 64 * 1024;

/** Bytes copied by a fault: see /docs/architecture.md, copy-on-write. */
const GRANULE = 16 * 1024;
const BIG_GRANULE = 64 * 1024;
/** Frames that nobody else has any more are made writable in such pieces. */
const RECLAIM = 256 * 1024;
/** Runs from this size on, and faults in a row, take the big granule. */
const BIG_RUN = 1024 * 1024;
/** With more runs than this the granule grows, for the host bounds their number. */
const MANY_RUNS = 8192;

/** The same fault again without a reason for it is taken for one of ours that long. */
const SPURIOUS_LIMIT = 4096;

/**
 * A page fault of the guest at `addr` with x86 error code `err`. 0: the guest
 * goes on. Else the signal to send; `mm.faultCode` is its si_code. SIGKILL:
 * there is no memory left.
 */
export function handleFault(
  mm: MemoryManager,
  addr: number,
  err: number,
): number {
  if (!mm.graves.isEmpty) mm.graves.reap();
  const page = addr - addr % PAGE_SIZE;
  let vma = mm.vmas.find(page);
  if (vma === null) {
    vma = growStack(mm, page);
    if (vma === null) return segv(mm, SEGV_MAPERR);
  }
  const need = (err & ERR_WRITE) !== 0
    ? PROT_WRITE
    : (err & ERR_FETCH) !== 0
    ? PROT_EXEC
    : PROT_READ;
  if ((hostProt(vma.prot) & need) === 0) return segv(mm, SEGV_ACCERR);
  if (need === PROT_WRITE && mm.isForking(page)) return 0;
  const r = makeAccessible(mm, vma, page, need === PROT_WRITE);
  if (r === 0) return 0;
  if (r > 0) return spurious(mm, vma, page, need);
  mm.faultCode = BUS_ADRERR;
  return r === -ENOMEM ? SIGKILL : SIGBUS;
}

function segv(mm: MemoryManager, code: number): number {
  mm.faultCode = code;
  return SIGSEGV;
}

/**
 * Sees to it that `page` of `vma` can be read, or written. 0: something was
 * done for it; 1: nothing was to do; or -errno (-EFAULT: past a file's end).
 */
export function makeAccessible(
  mm: MemoryManager,
  vma: Vma,
  page: number,
  write: boolean,
): number {
  const run = mm.runs.find(page);
  if (run === null) {
    mm.forgetWindows();
    return Math.min(0, populateGaps(mm, vma, vma.start, vma.end));
  }
  if (!write || !run.cow) return 1;
  return breakCow(mm, vma, run, page);
}

/** Gives the page (and some neighbours) frames of its own. 0 or -errno. */
function breakCow(
  mm: MemoryManager,
  vma: Vma,
  run: Run,
  page: number,
): number {
  const low = Math.max(run.start, vma.start);
  const high = Math.min(run.end, vma.end);
  const offset = run.offset + (page - run.start);
  if (run.arena === mm.arena && !mm.arena.isShared(offset)) {
    return reclaimAround(mm, vma, run, page, low, high);
  }
  if (run.arena === null && offset >= endOfFile(run.file)) return -EFAULT;
  reserveShadow(mm, run);
  const granule = granuleFor(mm, run, page);
  const start = Math.max(low, page - page % granule);
  const end = Math.min(high, page - page % granule + granule);
  mm.lastCopyEnd = end;
  mm.hot.add(start, end);
  return makePrivate(mm, vma, start, end);
}

function granuleFor(mm: MemoryManager, run: Run, page: number): number {
  const many = mm.runs.items.length / MANY_RUNS;
  if (many > 1) return many > 4 ? 64 * GRANULE : 16 * GRANULE;
  return run.end - run.start >= BIG_RUN || run.shadow !== NO_SHADOW ||
      page === mm.lastCopyEnd
    ? BIG_GRANULE
    : GRANULE;
}

/** Frames that only this address space has: writable again, in one piece around `page`. */
function reclaimAround(
  mm: MemoryManager,
  vma: Vma,
  run: Run,
  page: number,
  low: number,
  high: number,
): number {
  const { arena } = mm;
  const base = page - page % RECLAIM;
  let start = Math.max(low, base);
  const before = arena.sameSharing(
    run.offset + (start - run.start),
    page - start,
  );
  if (
    before < page - start || arena.isShared(run.offset + (start - run.start))
  ) {
    start = page;
  }
  const end = Math.min(high, base + RECLAIM);
  const n = arena.sameSharing(run.offset + (page - run.start), end - page);
  return makePrivate(mm, vma, start, page + n);
}

/** A fault that our list does not explain: the host's mapping was on its way, or it must be made again. */
function spurious(
  mm: MemoryManager,
  vma: Vma,
  page: number,
  need: number,
): number {
  const run = mm.runs.find(page);
  if (run === null) return segv(mm, SEGV_MAPERR);
  if ((run.host & need) === 0 || page === mm.spuriousPage) {
    if (page === mm.spuriousPage && ++mm.spuriousCount > SPURIOUS_LIMIT) {
      mm.spuriousPage = -1;
      return segv(mm, SEGV_ACCERR);
    }
    remap(mm, vma, run);
    return 0;
  }
  mm.spuriousPage = page;
  mm.spuriousCount = 0;
  return 0;
}

/**
 * Extends a stack that begins above `page` down to it. The VMA, or null: there
 * is none, or its limit or the guard gap forbid it.
 */
export function growStack(mm: MemoryManager, page: number): Vma | null {
  const i = mm.vmas.lower(page);
  if (i === mm.vmas.items.length) return null;
  const vma = mm.vmas.items[i];
  if ((vma.flags & VM_GROWSDOWN) === 0) return null;
  // A few pages more than asked for spare faults.
  const round = page - page % STACK_STEP;
  if (mayGrowTo(mm, vma, i, round)) page = round;
  else if (!mayGrowTo(mm, vma, i, page)) return null;
  const grown = vma.start - page;
  mm.forgetWindows();
  account(mm, vma, -1);
  const old = vma.start;
  vma.start = page;
  if (vma.memory !== null) vma.offset -= grown;
  account(mm, vma, 1);
  return populate(mm, vma, page, old) >= 0 ? vma : null;
}

/** Whether limits and guard gap allow stack `vma`, at index `i`, to begin at `start`. */
function mayGrowTo(
  mm: MemoryManager,
  vma: Vma,
  i: number,
  start: number,
): boolean {
  if (start < mm.minAddress) return false;
  if (vma.end - start > mm.limit(RLIMIT_STACK)) return false;
  if (!mm.mayGrow(vma.start - start)) return false;
  if (i === 0) return true;
  const below = mm.vmas.items[i - 1];
  const open = below.prot !== 0 && (below.flags & VM_GROWSDOWN) === 0;
  return start - below.end >= (open ? STACK_GAP : 0);
}

/**
 * fork(2) of memory. Private frames get one owner more and are copied by the
 * first who writes; those that were written after earlier forks are copied at
 * once (hot_pages.ts), if no other thread can write meanwhile.
 */
import { PROT_WRITE } from "../../abi/linux/mman.ts";
import type { AddressSpace } from "../../platform/platform.ts";
import { HOT_GRANULE, type HotPages } from "./hot_pages.ts";
import { MemoryManager } from "./memory_manager.ts";
import { dropRuns, populate } from "./pages.ts";
import { NO_SHADOW, Run } from "./run.ts";
import {
  VM_DONTFORK,
  VM_LOCKED,
  VM_LOCKONFAULT,
  VM_WIPEONFORK,
  type Vma,
} from "./vma.ts";

/**
 * Write-protects what parent and child will share. To be called before the
 * platform copies the address space; if that fails nothing must be undone.
 */
export function prepareFork(mm: MemoryManager): void {
  mm.forgetWindows();
  mm.graves.reap();
  const eager = mm.as.contexts <= 1 && !mm.hot.isEmpty;
  const before = mm.runs.items.slice();
  const after = mm.runs.items;
  after.length = 0;
  const protector = new Protector(mm.as);
  for (const run of before) {
    if (run.arena === null || run.cow) after.push(run);
    else if (eager && run.host !== 0) keepHot(mm.hot, run, after, protector);
    else after.push(protector.share(run));
  }
  protector.flush();
  mm.forkPending = mm.as.contexts > 1;
}

/** Write-protects runs; neighbours go to the host as one range. */
class Protector {
  #start = 0;
  #end = 0;
  #prot = 0;

  constructor(readonly as: AddressSpace) {}

  /** Makes `run` copy-on-write. */
  share(run: Run): Run {
    run.cow = true;
    if ((run.host & PROT_WRITE) === 0) return run;
    run.host &= ~PROT_WRITE;
    if (run.start !== this.#end || run.host !== this.#prot) {
      this.flush();
      this.#start = run.start;
      this.#prot = run.host;
    }
    this.#end = run.end;
    return run;
  }

  flush(): void {
    if (this.#end > this.#start) {
      this.as.protect(this.#start, this.#end - this.#start, this.#prot);
    }
    this.#start = this.#end = 0;
  }
}

/** Puts the pieces of `run` into `to`: hot ones as they are, the others shared. */
function keepHot(
  hot: HotPages,
  run: Run,
  to: Run[],
  protector: Protector,
): void {
  let rest = run;
  for (;;) {
    const start = hot.next(rest.start);
    if (start >= rest.end) {
      to.push(protector.share(rest));
      return;
    }
    if (start > rest.start) {
      const cut = rest.cut(start);
      to.push(protector.share(rest));
      rest = cut;
    }
    const end = start + HOT_GRANULE;
    if (end >= rest.end) {
      to.push(rest);
      return;
    }
    const cut = rest.cut(end);
    to.push(rest);
    rest = cut;
  }
}

/**
 * The child's memory, in `as`, which the platform made as a copy of this one's
 * address space after `prepareFork`. `limits` is to be set.
 */
export function fork(mm: MemoryManager, as: AddressSpace): MemoryManager {
  const child = new MemoryManager(as, mm.taskSize);
  copyLayout(mm, child);
  for (const vma of mm.vmas.items) {
    if ((vma.flags & VM_DONTFORK) === 0) addVma(child, vma);
  }
  for (const run of mm.runs.items) inherit(child, run);
  removeUnwanted(mm, child);
  child.lockedBytes = 0;
  return child;
}

function addVma(child: MemoryManager, vma: Vma): void {
  const copy = vma.clone(vma.start, vma.end);
  copy.flags &= ~(VM_LOCKED | VM_LOCKONFAULT);
  child.vmas.items.push(copy);
}

function inherit(child: MemoryManager, run: Run): void {
  const { start, end, file, offset, arena } = run;
  if (arena !== null && !run.cow) {
    copyHot(child, run);
    return;
  }
  if (arena !== null) arena.share(offset, end - start);
  child.runs.items.push(
    new Run(start, end, file, offset, arena, run.cow, run.host, NO_SHADOW),
  );
}

/** Gives the child its own copy of a run that stays writable in the parent. */
function copyHot(child: MemoryManager, run: Run): void {
  const { arena } = child;
  const length = run.end - run.start;
  const offset = arena.allocate(length, false);
  if (offset < 0) throw new Error("arena is full");
  arena.file.copyFrom(run.file, run.offset, offset, length);
  child.runs.items.push(
    new Run(
      run.start,
      run.end,
      arena.file,
      offset,
      arena,
      false,
      run.host,
      NO_SHADOW,
    ),
  );
  child.as.mapFile(run.start, length, run.host, arena.file, offset);
}

/** MADV_DONTFORK and MADV_WIPEONFORK. */
function removeUnwanted(mm: MemoryManager, child: MemoryManager): void {
  for (const vma of mm.vmas.items) {
    if ((vma.flags & (VM_DONTFORK | VM_WIPEONFORK)) === 0) continue;
    dropRuns(child, vma.start, vma.end);
    child.as.unmap(vma.start, vma.end - vma.start);
    if ((vma.flags & VM_DONTFORK) !== 0) {
      child.vmBytes -= vma.length;
      if ((vma.prot & PROT_WRITE) !== 0 && !vma.isShared) {
        child.dataBytes -= vma.length;
      }
    } else populate(child, vma, vma.start, vma.end);
  }
}

function copyLayout(from: MemoryManager, to: MemoryManager): void {
  to.stackTop = from.stackTop;
  to.mmapBase = from.mmapBase;
  to.brkStart = from.brkStart;
  to.brk = from.brk;
  to.gapHint = from.gapHint;
  to.largestSkipped = from.largestSkipped;
  to.codeStart = from.codeStart;
  to.codeEnd = from.codeEnd;
  to.dataStart = from.dataStart;
  to.dataEnd = from.dataEnd;
  to.stackStart = from.stackStart;
  to.argStart = from.argStart;
  to.argEnd = from.argEnd;
  to.envStart = from.envStart;
  to.envEnd = from.envEnd;
  to.auxv = from.auxv;
  to.vdsoStart = from.vdsoStart;
  to.vdsoLength = from.vdsoLength;
  to.vmBytes = from.vmBytes;
  to.vmPeak = from.vmBytes;
  to.dataBytes = from.dataBytes;
  to.hiddenCount = from.hiddenCount;
  if (from.sites !== null) to.sites = from.sites.copy(to);
  to.hot = from.hot;
  to.setExe(from.exe);
}

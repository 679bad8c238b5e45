/**
 * Backing of guest pages: runs are made, dropped and made private here, and
 * the host is told. Callers keep VMAs and runs in step (README.md, invariants).
 */
import * as ffi from "../../../ffi/mod.ts";
import { ENOMEM } from "../../abi/linux/errno.ts";
import { PAGE_SIZE, PROT_WRITE } from "../../abi/linux/mman.ts";
import type { MemoryFile } from "../../platform/memory_file.ts";
import type { Arena } from "./arena.ts";
import type { MemoryManager } from "./memory_manager.ts";
import { hostProt, NO_SHADOW, Run } from "./run.ts";
import type { Vma } from "./vma.ts";

/** Private writable file maps up to this size are copied when they are made. */
const EAGER_COPY = 256 * 1024;
/** Private runs from this size on have room reserved for copies, in address order, so that host mappings merge. */
const SHADOW_FROM = 1024 * 1024;

/** The rights with which pages of `vma` may be mapped if a write need not be seen. */
export function openProt(vma: Vma): number {
  return hostProt(vma.prot);
}

/** The page behind the last one that has bytes in `memory`. */
export function endOfFile(memory: MemoryFile): number {
  const size = ffi.fdSize(memory.fd);
  return Math.ceil(Math.max(0, size) / PAGE_SIZE) * PAGE_SIZE;
}

/**
 * Backs [start, end) of `vma`, where no runs are, if its rights allow any
 * access. Number of bytes mapped in the host, or -ENOMEM.
 */
export function populate(
  mm: MemoryManager,
  vma: Vma,
  start: number,
  end: number,
): number {
  if (start >= end || hostProt(vma.prot) === 0) return 0;
  const { memory } = vma;
  if (memory === null) return addFrames(mm, vma, start, end);
  if (vma.isShared) {
    mapRun(mm, start, end, memory, vma.offsetOf(start), false, vma.prot);
    return end - start;
  }
  const length = end - start;
  const eager = (vma.prot & PROT_WRITE) !== 0 && length <= EAGER_COPY;
  mapRun(mm, start, end, memory, vma.offsetOf(start), true, vma.prot);
  if (eager) {
    const r = makePrivate(mm, vma, start, end);
    if (r === -ENOMEM) return r;
  }
  return length;
}

/** Adds a run of a file or shared object and maps it. */
function mapRun(
  mm: MemoryManager,
  start: number,
  end: number,
  file: MemoryFile,
  offset: number,
  cow: boolean,
  prot: number,
): void {
  const host = hostProt(cow ? prot & ~PROT_WRITE : prot);
  addRun(mm, new Run(start, end, file, offset, null, cow, host, NO_SHADOW));
  mm.as.mapFile(start, end - start, host, file, offset);
}

/** Backs [start, end) with zeroed frames of the own arena. */
function addFrames(
  mm: MemoryManager,
  vma: Vma,
  start: number,
  end: number,
): number {
  const length = end - start;
  const { arena } = mm;
  const offset = end === mm.stackReserveEnd && length <= mm.stackReserve
    ? takeStackReserve(mm, start, length)
    : start === mm.heapReserveStart && length <= mm.heapReserve
    ? takeHeapReserve(mm, end, length)
    : arena.allocate(length, true);
  if (offset < 0) return -ENOMEM;
  const host = hostProt(vma.prot);
  addRun(
    mm,
    new Run(start, end, arena.file, offset, arena, false, host, NO_SHADOW),
  );
  mm.as.mapFile(start, length, host, arena.file, offset);
  return length;
}

/** Offsets for the stack's next `length` bytes downwards: they continue those above. */
function takeStackReserve(
  mm: MemoryManager,
  start: number,
  length: number,
): number {
  mm.stackReserveEnd = start;
  mm.stackReserve -= length;
  const offset = mm.stackReserveOffset + mm.stackReserve;
  mm.arena.claim(length);
  return offset;
}

/** Offsets for the heap's next `length` bytes. */
function takeHeapReserve(
  mm: MemoryManager,
  end: number,
  length: number,
): number {
  const offset = mm.heapReserveOffset;
  mm.heapReserveStart = end;
  mm.heapReserve -= length;
  mm.heapReserveOffset += length;
  mm.arena.claim(length);
  return offset;
}

/** Adds a run; it joins its neighbours if it continues them. */
export function addRun(mm: MemoryManager, run: Run): void {
  const i = mm.runs.add(run);
  mm.runs.join(i, i + 1);
}

/**
 * Backs what is still without runs in [start, end) of `vma`. Bytes mapped, or
 * -ENOMEM.
 */
export function populateGaps(
  mm: MemoryManager,
  vma: Vma,
  start: number,
  end: number,
): number {
  let done = 0;
  let at = start;
  while (at < end) {
    const run = mm.runs.items[mm.runs.lower(at)];
    const stop = run === undefined ? end : Math.min(run.start, end);
    if (at < stop) {
      const r = populate(mm, vma, at, stop);
      if (r < 0) return r;
      done += r;
    }
    at = run === undefined ? end : run.end;
  }
  return done;
}

/**
 * Drops the runs of [start, end) and frees their frames. Whether there were
 * any: then the host still has mappings, which the caller replaces or unmaps.
 */
export function dropRuns(
  mm: MemoryManager,
  start: number,
  end: number,
): boolean {
  const { runs } = mm;
  const first = runs.carve(start, end);
  let i = first;
  while (i < runs.items.length && runs.items[i].start < end) {
    releaseFrames(mm, runs.items[i++]);
  }
  runs.remove(first, i - first);
  return i > first;
}

/** Gives up a run's frames and reserved room. */
export function releaseFrames(mm: MemoryManager, run: Run): void {
  const length = run.end - run.start;
  dropShadow(mm, run);
  if (run.arena !== null) giveUp(mm, run.arena, run.offset, length);
}

/**
 * Ends the ownership of frames that are about to be replaced or unmapped. Own
 * ones that nobody shares go at once: what other threads still see of them is
 * what they asked to be rid of.
 */
function giveUp(
  mm: MemoryManager,
  arena: Arena,
  offset: number,
  length: number,
): void {
  const alone = mm.as.contexts <= 1 ||
    (arena === mm.arena && !arena.isShared(offset) &&
      arena.sameSharing(offset, length) === length);
  if (alone) arena.drop(offset, length);
  else mm.graves.add(arena, offset, length);
}

function dropShadow(mm: MemoryManager, run: Run): void {
  if (run.shadow === NO_SHADOW) return;
  mm.arena.unreserve(run.shadow, run.end - run.start);
  run.shadow = NO_SHADOW;
}

/**
 * Gives [start, end) of `vma`, which is backed by copy-on-write runs or
 * private frames, frames that nobody else sees, and maps them with the VMA's
 * rights. File pages past the end of the file are left alone. 0, -ENOMEM, or
 * another -errno if a file can't be read.
 */
export function makePrivate(
  mm: MemoryManager,
  vma: Vma,
  start: number,
  end: number,
): number {
  const { runs } = mm;
  const first = runs.carve(start, end);
  let i = first;
  let result = 0;
  while (i < runs.items.length && runs.items[i].start < end) {
    const run = runs.items[i];
    if (run.cow) {
      result = run.arena === null
        ? copyFile(mm, vma, run)
        : copyFrames(mm, vma, run);
      if (result < 0) break;
    }
    // Pieces of `run` were put before it or cut off behind it.
    i = runs.lower(run.end - 1) + 1;
  }
  runs.join(first, i);
  mm.forgetWindows();
  return result;
}

/** Copies those pages of a private file run that the file has. */
function copyFile(mm: MemoryManager, vma: Vma, run: Run): number {
  const have = endOfFile(run.file) - run.offset;
  if (have <= 0) return 0;
  if (run.start + have < run.end) mm.runs.carve(run.start, run.start + have);
  return copyRun(mm, vma, run);
}

/** Makes arena frames private: maps again what nobody else has, copies the rest. */
function copyFrames(mm: MemoryManager, vma: Vma, run: Run): number {
  while (run.arena === mm.arena) {
    const length = run.end - run.start;
    const same = mm.arena.sameSharing(run.offset, length);
    const shared = mm.arena.isShared(run.offset);
    let piece = run;
    if (same < length) {
      mm.runs.carve(run.start, run.start + same);
      piece = run;
    }
    const rest = run.end - run.start < length
      ? mm.runs.items[mm.runs.lower(run.end)]
      : null;
    const r = shared ? copyRun(mm, vma, piece) : reclaim(mm, vma, piece);
    if (r < 0 || rest === null) return r;
    run = rest;
  }
  return copyRun(mm, vma, run);
}

/** Nobody else has these frames (any more): they are written in place. */
function reclaim(mm: MemoryManager, vma: Vma, run: Run): number {
  dropShadow(mm, run);
  run.cow = false;
  remap(mm, vma, run);
  return 0;
}

/** Replaces a whole run's pages by copies in the own arena. */
function copyRun(mm: MemoryManager, vma: Vma, run: Run): number {
  const { arena } = mm;
  const length = run.end - run.start;
  let offset = run.shadow;
  if (offset === NO_SHADOW) offset = arena.allocate(length, false);
  else arena.claim(length);
  if (offset < 0) return -ENOMEM;
  run.shadow = NO_SHADOW;
  const r = arena.file.copyFrom(run.file, run.offset, offset, length);
  if (r < 0) {
    arena.drop(offset, length);
    return r;
  }
  if (run.arena !== null) giveUp(mm, run.arena, run.offset, length);
  run.file = arena.file;
  run.arena = arena;
  run.offset = offset;
  run.cow = false;
  remap(mm, vma, run);
  return 0;
}

/** Maps a run in the host with the rights of `vma`, as far as copy-on-write allows. */
export function remap(mm: MemoryManager, vma: Vma, run: Run): void {
  const prot = run.cow ? vma.prot & ~PROT_WRITE : vma.prot;
  run.host = hostProt(prot);
  mm.as.mapFile(
    run.start,
    run.end - run.start,
    run.host,
    run.file,
    run.offset,
  );
}

/** Reserves room for copies of a big copy-on-write run, once. */
export function reserveShadow(mm: MemoryManager, run: Run): void {
  const length = run.end - run.start;
  if (run.shadow !== NO_SHADOW || length < SHADOW_FROM) return;
  run.shadow = Math.max(NO_SHADOW, mm.arena.reserve(length));
}

/** Brings the host's rights of the runs of [start, end) in line with `vma`. */
export function protectRuns(
  mm: MemoryManager,
  vma: Vma,
  start: number,
  end: number,
): void {
  const { runs } = mm;
  const first = runs.carve(start, end);
  let i = first;
  // Neighbours that only lose rights go to the host as one range.
  let from = 0;
  let to = 0;
  let rights = 0;
  for (; i < runs.items.length && runs.items[i].start < end; i++) {
    const run = runs.items[i];
    const host = hostProt(run.cow ? vma.prot & ~PROT_WRITE : vma.prot);
    if (host === run.host) continue;
    if ((host & PROT_WRITE) !== 0) {
      remap(mm, vma, run);
      continue;
    }
    run.host = host;
    if (to !== run.start || rights !== host) {
      if (to > from) mm.as.protect(from, to - from, rights);
      from = run.start;
      rights = host;
    }
    to = run.end;
  }
  if (to > from) mm.as.protect(from, to - from, rights);
  runs.join(first, i);
}

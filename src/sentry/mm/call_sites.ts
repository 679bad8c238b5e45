/**
 * Rewriting of system call sites. A `syscall` instruction of the guest's text
 * that keeps trapping becomes a jump to a trampoline near it, which enters the
 * platform without a trap (`Platform.callEntry`). Two forms (rust_helpers/src/
 * sites.rs judges them):
 *
 * - the `mov $nr,%eax` before the `syscall` becomes the jump; the `syscall`
 *   stays, so a branch to it traps as before;
 * - the `syscall` and what follows become the jump; what followed runs in the
 *   trampoline. Only while the process has one task: another could be about to
 *   run the instruction behind.
 *
 * Guests see addresses of their own text: what points into a trampoline is
 * translated when it becomes visible (`normalise`), and back (`resume`).
 */
import * as ffi from "../../../ffi/mod.ts";
import {
  PAGE_SIZE,
  PROT_EXEC,
  PROT_READ,
  PROT_WRITE,
} from "../../abi/linux/mman.ts";
import { getReg, RIP, setReg } from "../../platform/registers.ts";
import { commitPage, hiddenOffset, mapHidden, replacePage } from "./hidden.ts";
import type { MemoryManager } from "./memory_manager.ts";

/** Traps at a site after which it is worth the effort: each costs 2 us, rewriting some 20. */
const WORTH_IT = 4;
const SYSCALL = 2;
const MOV = 5;
const JUMP = 5;
/** Room for a trampoline; the first of a page holds the entry's address. */
const STRIDE = 64;
/** Sites of a process; more are not worth their text pages. */
const MAX_SITES = 400;
/** Code that is looked at on both sides of a site. */
const WINDOW = 2048;
/** Verdicts: see `judgeSite`. */
const MOV_BEFORE = 1;
const AFTER = 16;

interface Patch {
  /** Address of the `syscall`. */
  readonly site: number;
  readonly trampoline: number;
  /** Offset in the trampoline of the instructions moved there, and their length; 0: none. */
  readonly moved: number;
  readonly movedLength: number;
  /** Where the jump is, and the bytes that it replaced. */
  readonly jump: number;
  readonly original: Uint8Array;
}

/** A page of trampolines. */
interface TrampolinePage {
  readonly addr: number;
  used: number;
}

const code = new Uint8Array(2 * WINDOW);
const bytes = new Uint8Array(STRIDE);
const view = new DataView(bytes.buffer);

export class CallSites {
  #pages: TrampolinePage[] = [];
  /** By trampoline address. */
  #patches: Map<number, Patch> = new Map();
  /** From addresses whose instruction has moved to where it is now. */
  #moved: Map<number, number> = new Map();
  /** Traps so far by site; -1: never to be rewritten. */
  #traps: Map<number, number> = new Map();

  constructor(readonly entry: number) {}

  /** Those of `mm`, made at the first need. */
  static of(mm: MemoryManager, entry: number): CallSites {
    if (mm.sites === null) mm.sites = new CallSites(entry).watch(mm);
    return mm.sites;
  }

  /** Hears of guest mappings over trampolines. */
  watch(mm: MemoryManager): this {
    mm.hiddenLost = (start, end) => this.#trampolinesLost(mm, start, end);
    return this;
  }

  /** Those of a fork's child. */
  copy(child: MemoryManager): CallSites {
    const copy = new CallSites(this.entry).watch(child);
    copy.#pages = this.#pages.map((page) => ({ ...page }));
    copy.#patches = new Map(this.#patches);
    copy.#moved = new Map(this.#moved);
    copy.#traps = new Map(this.#traps);
    return copy;
  }

  /** A call came by a trap; `rip` is behind its instruction. `alone`: the process has one task. */
  trapped(mm: MemoryManager, rip: number, alone: boolean): void {
    const site = rip - SYSCALL;
    const traps = this.#traps.get(site) ?? 0;
    if (traps < 0) return;
    if (traps + 1 < WORTH_IT) {
      this.#traps.set(site, traps + 1);
      return;
    }
    const done = this.#patches.size < MAX_SITES
      ? this.#rewrite(mm, site, alone)
      : Verdict.Never;
    this.#traps.set(site, done === Verdict.Later ? 0 : -1);
  }

  #rewrite(mm: MemoryManager, site: number, alone: boolean): Verdict {
    const vma = mm.vmas.find(site);
    if (vma === null || vma.file === null || vma.isShared) {
      return Verdict.Never;
    }
    if ((vma.prot & PROT_WRITE) !== 0 || (vma.prot & PROT_EXEC) === 0) {
      return Verdict.Never;
    }
    const start = Math.max(vma.start, site - WINDOW);
    const end = Math.min(vma.end, site + WINDOW);
    if (!mm.copyIn(start, code, 0, end - start)) return Verdict.Never;
    const at = site - start;
    const verdict = ffi.judgeSite(code.subarray(0, end - start), at);
    if (verdict === 0) return Verdict.Never;
    if (verdict === MOV_BEFORE) {
      return this.#install(mm, site, site - MOV, at - MOV, 0);
    }
    if (!alone) return Verdict.Later;
    return this.#install(mm, site, site, at, verdict - AFTER);
  }

  /** Writes the trampoline, then the jump at `from` (`code[at]`). */
  #install(
    mm: MemoryManager,
    site: number,
    from: number,
    at: number,
    movedLength: number,
  ): Verdict {
    if (from % PAGE_SIZE > PAGE_SIZE - JUMP) return Verdict.Never;
    const trampoline = this.#takeTrampoline(mm, site);
    if (trampoline < 0) return Verdict.Never;
    const moved = buildTrampoline(site, trampoline, at, movedLength);
    if (!writeHidden(mm, trampoline, bytes, STRIDE)) return Verdict.Never;
    if (!writeJump(mm, from, trampoline)) return Verdict.Never;
    const original = code.slice(at, at + JUMP);
    const jump = from;
    const patch = { site, trampoline, moved, movedLength, jump, original };
    this.#patches.set(trampoline, patch);
    if (movedLength > 0) {
      this.#moved.set(site + SYSCALL, trampoline + moved);
    }
    return Verdict.Done;
  }

  /** Address of a free trampoline within reach of `site`, or -1. */
  #takeTrampoline(mm: MemoryManager, site: number): number {
    for (const page of this.#pages) {
      if (
        page.used < PAGE_SIZE / STRIDE && Math.abs(page.addr - site) < REACH
      ) {
        return page.addr + STRIDE * page.used++;
      }
    }
    const addr = mapHidden(mm, site, PAGE_SIZE, PROT_READ | PROT_EXEC);
    if (addr < 0) return -1;
    view.setUint32(0, this.entry >>> 0, true);
    view.setUint32(4, Math.floor(this.entry / 4294967296), true);
    if (!writeHidden(mm, addr, bytes, 8)) return -1;
    this.#pages.push({ addr, used: 2 });
    return addr + STRIDE;
  }

  /** The mappings of [start, end) go: so do their sites. */
  forget(start: number, end: number): void {
    for (const [at, { site }] of this.#patches) {
      if (site < start || site >= end) continue;
      this.#patches.delete(at);
      this.#moved.delete(site + SYSCALL);
    }
    for (const site of this.#traps.keys()) {
      if (site >= start && site < end) this.#traps.delete(site);
    }
  }

  /** Gives text in [start, end) its own bytes back: it is to become writable. */
  restore(mm: MemoryManager, start: number, end: number): void {
    for (const patch of this.#patches.values()) {
      const { site, jump, original } = patch;
      if (site < start || site >= end) continue;
      bytes.set(original);
      writeText(mm, jump);
    }
    this.forget(start, end);
  }

  /** The guest mapped something over trampolines: nothing may lead there any more. */
  #trampolinesLost(mm: MemoryManager, start: number, end: number): void {
    const inside = (addr: number) => addr >= start && addr < end;
    this.#pages = this.#pages.filter((page) => !inside(page.addr));
    for (const [trampoline, { site }] of this.#patches) {
      if (inside(trampoline)) this.restore(mm, site, site + 1);
    }
  }

  /** Makes RIP one that the guest knows, after an interrupt or a fault. */
  normalise(regs: Uint32Array): void {
    const rip = getReg(regs, RIP);
    const trampoline = rip - rip % STRIDE;
    const patch = this.#patches.get(trampoline);
    if (patch === undefined) return;
    const offset = rip - trampoline;
    const { site, moved, movedLength } = patch;
    if (movedLength === 0) setReg(regs, RIP, site - MOV);
    else if (offset < moved) setReg(regs, RIP, site);
    else setReg(regs, RIP, site + SYSCALL + offset - moved);
  }

  /** The converse, before the guest goes on with registers of the Sentry's making. */
  resume(regs: Uint32Array): void {
    if (this.#moved.size === 0) return;
    const to = this.#moved.get(getReg(regs, RIP));
    if (to !== undefined) setReg(regs, RIP, to);
  }
}

const enum Verdict {
  Done,
  Never,
  Later,
}

/** What a 32-bit displacement reaches, with room to spare. */
const REACH = 2 ** 31 - 2 ** 20;

/** Fills `bytes` with a trampoline for `site`, whose text is `code[at]`; the offset of what was moved. */
function buildTrampoline(
  site: number,
  trampoline: number,
  at: number,
  movedLength: number,
): number {
  bytes.fill(0xcc);
  let i = 0;
  if (movedLength === 0) {
    for (; i < MOV; i++) bytes[i] = code[at + i];
  }
  const behind = site + SYSCALL;
  // movabs $behind,%rcx
  bytes[i] = 0x48;
  bytes[i + 1] = 0xb9;
  view.setUint32(i + 2, behind >>> 0, true);
  view.setUint32(i + 6, Math.floor(behind / 4294967296), true);
  i += 10;
  let moved = 0;
  if (movedLength === 0) {
    bytes.set([0x49, 0x89, 0xcb], i); // mov %rcx,%r11
    i += 3;
  } else {
    bytes.set([0x4c, 0x8d, 0x1d, 6, 0, 0, 0], i); // lea 6(%rip),%r11
    i += 7;
  }
  // jmp *entry(%rip), at the start of the page
  bytes[i] = 0xff;
  bytes[i + 1] = 0x25;
  view.setInt32(i + 2, -(trampoline % PAGE_SIZE + i + 6), true);
  i += 6;
  if (movedLength > 0) {
    moved = i;
    for (let k = 0; k < movedLength; k++) bytes[i++] = code[at + SYSCALL + k];
    bytes[i] = 0xe9;
    const next = behind + movedLength;
    view.setInt32(i + 1, next - (trampoline + i + JUMP), true);
  }
  return moved;
}

function writeHidden(
  mm: MemoryManager,
  addr: number,
  from: Uint8Array,
  length: number,
): boolean {
  const offset = hiddenOffset(mm, addr);
  if (offset < 0) return false;
  return mm.arena.file.write(offset, from, 0, length) >= 0;
}

/** Puts a jump to `to` at `from`. */
function writeJump(mm: MemoryManager, from: number, to: number): boolean {
  bytes[0] = 0xe9;
  view.setInt32(1, to - (from + JUMP), true);
  return writeText(mm, from);
}

/** Writes a jump's length of `bytes` at `addr`, in a fresh copy of its page: who runs there sees the old page or the new one. */
function writeText(mm: MemoryManager, addr: number): boolean {
  const old = mm.runs.find(addr);
  const frame = replacePage(mm, addr);
  if (old === null || frame < 0) return false;
  // Others may still run in the old frame: it is kept until the arena goes.
  if (old.arena === mm.arena) {
    const page = addr - addr % PAGE_SIZE;
    mm.arena.share(old.offset + (page - old.start), PAGE_SIZE);
  }
  mm.arena.file.write(frame + addr % PAGE_SIZE, bytes, 0, JUMP);
  return commitPage(mm, addr, frame);
}

/** A stub process: the address space of one guest process. */
import * as ffi from "../../../ffi/mod.ts";
import type { MemoryFile } from "../memory_file.ts";
import type { AddressSpace, Prot } from "../platform.ts";
import { MSG_ONE } from "./commands.ts";
import type { SystrapContext } from "./context.ts";
import {
  CTL_BASE,
  FD_ARENA,
  FD_FIRST,
  GROUP_SIZE,
  GROUP_SLOTS,
  NR_CLOSE,
  NR_EXIT_GROUP,
  NR_MMAP,
  NR_MPROTECT,
  NR_MUNMAP,
  NR_RECVMSG,
  SLOT_WORDS,
  TID,
} from "./layout.ts";
import type { SystrapPlatform } from "./systrap.ts";

const MAP_SHARED_FIXED = 0x11;
const EAGAIN = 11;

export class SystrapProcess implements AddressSpace {
  /** Commands that wait for a thread of the process to carry them out, seven numbers each. */
  readonly pending: number[] = [];
  /** Batches that were sent, each whole. */
  batches = 0;
  /** The context whose batch may not be done yet. */
  busy: SystrapContext | null = null;
  /** Contexts that wait for `busy`, in order. */
  readonly deferred: SystrapContext[] = [];
  /** Contexts that are not released. */
  readonly living: Set<SystrapContext> = new Set();
  /** Region groups, by ordinal in the process; -1 where a fork's child has none. */
  readonly groups: number[] = [];
  /** File whose descriptor the stub holds as FD_FIRST while `pending` is built. */
  #open: MemoryFile | null = null;
  /** Slots whose threads have ended, perhaps not yet on the host. */
  readonly #freed: number[] = [];
  readonly #used: Set<number> = new Set();
  #pid = 0;
  /** A context has a fork to carry out that was not sent yet. */
  forking = false;
  /** The next context that goes on must wait for `busy`. */
  fenced = false;
  dead = false;
  /** It never had a second thread: its CPU time is that of the first. */
  onlyThread = true;
  released = false;

  constructor(
    readonly platform: SystrapPlatform,
    readonly arena: MemoryFile,
    readonly socket: number,
  ) {}

  get contexts(): number {
    return this.living.size;
  }

  get settled(): boolean {
    return this.pending.length === 0 && this.deferred.length === 0 &&
      !this.forking && this.platform.batchDone(this);
  }

  get mark(): number {
    // Each context that waits brings one batch, and the next takes what is queued.
    const more = this.busy !== null && this.busy.moreRounds ? 1 : 0;
    return this.batches + more + this.deferred.length + 1;
  }

  hasPassed(mark: number): boolean {
    return this.batches > mark || this.settled ||
      (this.batches === mark && this.platform.batchDone(this));
  }

  fence(): void {
    this.fenced = true;
  }

  mapFile(
    addr: number,
    length: number,
    prot: Prot,
    file: MemoryFile,
    offset: number,
  ): void {
    let fd = FD_ARENA;
    if (file !== this.arena) {
      if (this.#open !== file) {
        this.closeOpen();
        this.receive(file.fd);
        this.#open = file;
      }
      fd = FD_FIRST;
    }
    this.pending.push(
      NR_MMAP,
      addr,
      length,
      prot,
      MAP_SHARED_FIXED,
      fd,
      offset,
    );
  }

  /** Queues the stub's side of a descriptor sent to it, as FD_FIRST. */
  receive(fd: number): void {
    const r = ffi.systrapSendFd(this.socket, fd);
    if (r < 0 && !this.dead) throw new Error(`send_fd: errno ${-r}`);
    this.pending.push(NR_RECVMSG, 1, MSG_ONE, 0, 0, 0, 0);
  }

  /** Queues the closing of the descriptor that `mapFile` left open. */
  closeOpen(): void {
    if (this.#open === null) return;
    this.pending.push(NR_CLOSE, FD_FIRST, 0, 0, 0, 0, 0);
    this.#open = null;
  }

  /** Whether a context that waits for `busy` has a fork to carry out. */
  get forkWaits(): boolean {
    const { deferred } = this;
    for (let i = 0; i < deferred.length; i++) {
      if (deferred[i].ownFirst) return true;
    }
    return false;
  }

  /**
   * `from` is about to fork: what is queued goes to contexts that carry it out
   * before, and what is queued from now on comes after.
   */
  assignPending(from: SystrapContext): void {
    const { deferred, pending } = this;
    const fork = deferred.findLast((ctx) => ctx.ownFirst);
    if (fork !== undefined) fork.own.push(...pending);
    else (deferred[0] ?? from).own.unshift(...pending);
    pending.length = 0;
  }

  unmap(addr: number, length: number): void {
    this.pending.push(NR_MUNMAP, addr, length, 0, 0, 0, 0);
  }

  protect(addr: number, length: number, prot: Prot): void {
    this.pending.push(NR_MPROTECT, addr, length, prot, 0, 0, 0);
  }

  /** Host process id, or 0 while the process has not told it. */
  get pid(): number {
    if (this.#pid === 0) {
      const pid = ffi.systrapReadPid(this.socket);
      if (pid > 0) this.#pid = pid;
      else if (pid !== -EAGAIN) this.platform.processDied(this);
    }
    return this.#pid;
  }

  /** A slot that no thread uses: its number over the region, or -1. */
  takeSlot(): number {
    const words = this.platform.memory.ints;
    for (let i = 0; i < this.#freed.length; i++) {
      const slot = this.#freed[i];
      if (Atomics.load(words, slot * SLOT_WORDS + TID) !== 0) continue;
      this.#freed.splice(i, 1);
      this.#used.add(slot);
      return slot;
    }
    for (let ordinal = 0; ordinal < this.groups.length; ordinal++) {
      const group = this.groups[ordinal];
      if (group < 0) continue;
      for (let i = 0; i < GROUP_SLOTS; i++) {
        const slot = group * GROUP_SLOTS + i;
        if (!this.#used.has(slot)) {
          this.#used.add(slot);
          return slot;
        }
      }
    }
    return -1;
  }

  useSlot(slot: number): void {
    this.#used.add(slot);
  }

  ordinalOf(slot: number): number {
    return this.groups.indexOf(Math.floor(slot / GROUP_SLOTS));
  }

  /** Adds a group of slots; the thread that switches next maps it. */
  addGroup(): boolean {
    const group = this.platform.allocateGroup();
    if (group < 0) return false;
    const fd = ffi.systrapNewGroup(group);
    if (fd < 0) {
      this.platform.freeGroup(group);
      return false;
    }
    let ordinal = this.groups.indexOf(-1);
    if (ordinal < 0) ordinal = this.groups.length;
    this.groups[ordinal] = group;
    this.closeOpen();
    this.receive(fd);
    ffi.closeFd(fd);
    const address = CTL_BASE + ordinal * GROUP_SIZE;
    const rw = 3;
    this.pending.push(NR_MMAP, address, GROUP_SIZE, rw, MAP_SHARED_FIXED, 4, 0);
    this.pending.push(NR_CLOSE, FD_FIRST, 0, 0, 0, 0, 0);
    return true;
  }

  contextReleased(ctx: SystrapContext): void {
    this.living.delete(ctx);
    // It is stopped, so its batch is done; the count of the next never ends.
    if (this.busy === ctx) this.busy = null;
    if (this.dead || this.released) return;
    if (this.living.size === 0) {
      this.release(ctx);
      return;
    }
    // The first thread's slot has no TID that the kernel clears: it stays taken.
    if (!ctx.leader) {
      this.#used.delete(ctx.slot);
      this.#freed.push(ctx.slot);
      this.#used.add(ctx.slot);
    }
    ctx.exitThread();
  }

  /** Ends the process: by `last`, a stopped context, or by a signal. */
  release(last: SystrapContext | null = null): void {
    if (this.released) return;
    this.released = true;
    this.living.clear();
    if (this.dead) return;
    if (last !== null && this.busy === null) {
      // What it still has to do may be a child's birth: that comes first.
      last.own.push(NR_EXIT_GROUP, 0, 0, 0, 0, 0, 0);
      last.action = 0;
      this.platform.start(last);
    } else this.kill();
  }

  kill(): void {
    const SIGKILL = 9;
    const pid = this.pid;
    if (pid === 0) {
      this.platform.killLater(this);
      return;
    }
    ffi.systrapKill(pid, SIGKILL);
    // Not left to the socket's end: a process that it made behind our back may hold that open.
    this.platform.processDied(this);
  }
}

/**
 * Systrap: guest threads are threads of stub processes under a seccomp filter
 * that turns every system call of the guest into SIGSYS; the stub's handler, or
 * a rewritten call site, posts the thread's slot and waits. See
 * docs/architecture.md.
 */
import * as ffi from "../../../ffi/mod.ts";
import { MemoryFile } from "../memory_file.ts";
import type { Context, HostReady, Platform } from "../platform.ts";
import { Reason } from "../platform.ts";
import { queueFork, queueThread } from "./births.ts";
import { COMMAND_LENGTH, writeCommands } from "./commands.ts";
import { SystrapContext } from "./context.ts";
import {
  ACTION,
  ACTION_CAPTURE,
  ACTION_COMMANDS,
  ACTION_REPOST,
  CMD_COUNT,
  CMD_MAX,
  FRAME,
  GROUP_SLOTS,
  PENDING,
  REASON_CALL,
  REASON_CAPTURE,
  REASON_FAULT,
  REASON_FLUSHED,
  REASON_INTERRUPT,
  REASON_TRAP,
  SLEEPS,
  SPIN,
  STATE,
  STUB_CALL,
  TASK_SIZE,
  TID,
} from "./layout.ts";
import { Liveness } from "./liveness.ts";
import { SystrapProcess } from "./process.ts";
import { Running } from "./running.ts";

const ARENA_SIZE = 2 ** 46;
const REGION_GROUPS = 4096;
const BIRTH_TIMEOUT = 10e9;
/** Rounds of the stub's spin loop: some 25 us where that pays, else a few looks. */
const SPIN_FREE = 1000;
const SPIN_BUSY = 20;
/** Served events between two looks at host descriptors while guests keep the Sentry busy. */
const HOST_POLL_EVERY = 256;
/** How soon to look again whether a process has done its commands, ns. */
const BATCH_POLL = 50e3;
const EPOLLRDHUP = 0x2000;
const EPOLLET = 0x80000000;

export class SystrapPlatform implements Platform {
  readonly name = "systrap";
  readonly taskSize = TASK_SIZE;
  readonly callEntry: number;
  readonly memory: ffi.SlotMemory;
  readonly #page: Int32Array;
  readonly #running: Running;
  readonly #liveness: Liveness = new Liveness();
  /** Which places of the slot region are taken. */
  readonly #groups: boolean[] = [];
  readonly #watches: Map<number, HostReady> = new Map();
  readonly #processes: Map<number, SystrapProcess> = new Map();
  /** Processes with contexts that wait for another's batch. */
  readonly #waiting: Set<SystrapProcess> = new Set();
  readonly #died: SystrapContext[] = [];
  readonly #events: Uint8Array<ArrayBuffer> = new Uint8Array(512);
  readonly #eventWords: Int32Array;
  /** A process made ahead, so that nobody waits for its birth. */
  #spare: SystrapContext | null = null;
  #made = 0;
  #slept = false;
  #served = 0;

  /** Throws an Error whose message says what the host refuses. */
  constructor(readonly options: { patch: boolean }) {
    const event = ffi.waitStart();
    if (event < 0) throw new Error(`systrap: epoll: errno ${-event}`);
    const r = ffi.systrapStart(event);
    if (r < 0) throw new Error(`systrap: cannot start the stub: errno ${-r}`);
    this.memory = ffi.systrapRegion();
    this.#running = new Running(this.memory.ints);
    this.#page = ffi.systrapPage();
    this.#eventWords = new Int32Array(this.#events.buffer);
    this.callEntry = options.patch ? STUB_CALL : 0;
  }

  get vdso(): number {
    return ffi.systrapVdso();
  }

  now(): number {
    return ffi.monotonicNow();
  }

  allocateGroup(): number {
    for (let i = 0; i < REGION_GROUPS; i++) {
      if (this.#groups[i] !== true) {
        this.#groups[i] = true;
        return i;
      }
    }
    return -1;
  }

  /** The place may be used again; until then its old memory stays. */
  freeGroup(group: number): void {
    this.#groups[group] = false;
  }

  newProcess(): SystrapContext {
    const ctx = this.#spare ?? this.#spawn();
    // The first program often stays the only one: no spare for it.
    this.#spare = this.#made++ > 0 ? this.#spawn() : null;
    if (ffi.systrapAwait(ctx.slot, BIRTH_TIMEOUT) < 0) {
      throw new Error("systrap: a stub process did not start");
    }
    ctx.full = true;
    ctx.regs.fill(0);
    return ctx;
  }

  /** Asks the zygote for a process; its context is posted when it is there. */
  #spawn(): SystrapContext {
    const group = this.allocateGroup();
    if (group < 0) throw new Error("systrap: too many processes");
    const arena = MemoryFile.create("sandbox-arena", ARENA_SIZE);
    const fd = ffi.systrapNewGroup(group);
    if (fd < 0) throw new Error(`systrap: slots: errno ${-fd}`);
    const socket = ffi.systrapSpawn(fd, arena.fd);
    ffi.closeFd(fd);
    if (socket < 0) throw new Error(`systrap: spawn: errno ${-socket}`);
    const as = this.#addProcess(arena, socket);
    as.groups.push(group);
    const slot = group * GROUP_SLOTS;
    as.useSlot(slot);
    const ctx = new SystrapContext(this, as, slot, 0);
    ctx.leader = true;
    as.living.add(ctx);
    ctx.initSlot();
    return ctx;
  }

  #addProcess(arena: MemoryFile, socket: number): SystrapProcess {
    const as = new SystrapProcess(this, arena, socket);
    this.#processes.set(socket, as);
    ffi.waitAdd(socket, (EPOLLRDHUP | EPOLLET) >>> 0);
    return as;
  }

  fork(parent: Context): SystrapContext | null {
    const from = parent as SystrapContext;
    const group = this.allocateGroup();
    if (group < 0) return null;
    const fd = ffi.systrapNewGroup(group);
    if (fd < 0) return null;
    const arena = MemoryFile.create("sandbox-arena", ARENA_SIZE);
    from.as.closeOpen();
    const socket = ffi.systrapFork(from.as.socket, fd, arena.fd);
    ffi.closeFd(fd);
    if (socket < 0) {
      arena.close();
      this.freeGroup(group);
      return null;
    }
    const as = this.#addProcess(arena, socket);
    const ordinal = from.as.ordinalOf(from.slot);
    for (let i = 0; i < ordinal; i++) as.groups.push(-1);
    as.groups.push(group);
    const slot = group * GROUP_SLOTS + from.slot % GROUP_SLOTS;
    as.useSlot(slot);
    ffi.systrapCopySlot(from.slot, slot);
    const child = new SystrapContext(this, as, slot, ordinal);
    child.leader = true;
    this.#beginLife(child, from);
    queueFork(from, child, ordinal);
    return child;
  }

  #beginLife(child: SystrapContext, from: SystrapContext): void {
    const { words } = this.memory;
    child.as.living.add(child);
    this.#running.expectBirth(child);
    child.initSlot();
    child.inherit(from);
    words[child.base + STATE] = 0;
    words[child.base + CMD_COUNT] = 0;
    words[child.base + ACTION] = 0;
    words[child.base + PENDING] = 0;
  }

  newThread(parent: Context): SystrapContext | null {
    const from = parent as SystrapContext;
    const as = from.as;
    let slot = as.takeSlot();
    if (slot < 0) {
      if (!as.addGroup()) return null;
      slot = as.takeSlot();
    }
    as.onlyThread = false;
    ffi.systrapCopySlot(from.slot, slot);
    const child = new SystrapContext(this, as, slot, as.ordinalOf(slot));
    this.#beginLife(child, from);
    child.relocateFrame(from);
    this.memory.words[child.base + TID] = 1;
    queueThread(from, child);
    return child;
  }

  /** Lets a context go on, now or when the process's batch before is done. */
  resume(ctx: SystrapContext): void {
    const as = ctx.as;
    if (as.dead) {
      this.#died.push(ctx);
      return;
    }
    const wait = as.fenced &&
      (as.deferred.length > 0 || !this.batchDone(as));
    as.fenced = false;
    if (as.pending.length === 0 && ctx.own.length === 0 && !wait) {
      ctx.writeAction();
      this.#publish(ctx);
      return;
    }
    this.start(ctx);
  }

  /** The same for a context that brings commands. */
  start(ctx: SystrapContext): void {
    const as = ctx.as;
    if (as.dead) return;
    // It has come back, so its batch is done. Those that wait for that go
    // first: what they do with the process's socket and its memory is in order.
    if (as.busy === ctx) as.busy = null;
    const mustWait = as.deferred.length > 0 || !this.batchDone(as);
    if (!ctx.apart && mustWait) {
      as.deferred.push(ctx);
      ctx.deferred = true;
      this.#waiting.add(as);
      return;
    }
    this.#sendBatch(ctx);
    this.#publish(ctx);
  }

  /** Whether a process has carried out the commands that were sent to it. */
  batchDone(as: SystrapProcess): boolean {
    const busy = as.busy;
    if (busy === null) return true;
    if (Atomics.load(this.memory.ints, busy.base + CMD_COUNT) !== 0) {
      return false;
    }
    if (busy.moreRounds) return false;
    as.busy = null;
    return true;
  }

  /** Writes the next commands of the process and the context into its slot. */
  #sendBatch(ctx: SystrapContext): void {
    const as = ctx.as;
    const { apart } = ctx;
    let commands = ctx.own;
    // What was queued after a fork that waits comes after that.
    if (!apart && !as.forkWaits) {
      as.closeOpen();
      if (ctx.own.length === 0) commands = as.pending;
      else {
        // A newborn process must have its descriptors before it maps anything,
        // and what was queued after a fork or a cut batch comes after it.
        if (ctx.newborn || ctx.ownFirst || ctx.moreRounds) {
          ctx.own.push(...as.pending);
        } else ctx.own.unshift(...as.pending);
        as.pending.length = 0;
      }
    }
    if (ctx.ownFirst) {
      as.forking = false;
      ctx.ownFirst = false;
    }
    const total = commands.length / COMMAND_LENGTH;
    const n = Math.min(total, CMD_MAX);
    writeCommands(ctx, commands, n);
    const { words } = this.memory;
    words[ctx.base + CMD_COUNT] = n;
    if (!apart) as.busy = ctx;
    ctx.moreRounds = n < total;
    if (n < total) {
      const rest = commands.slice(n * COMMAND_LENGTH);
      commands.length = 0;
      ctx.own.length = 0;
      for (const value of rest) ctx.own.push(value);
      words[ctx.base + ACTION] = ACTION_COMMANDS | ACTION_REPOST;
    } else {
      commands.length = 0;
      if (!apart) as.batches++;
      ctx.action |= ACTION_COMMANDS;
      ctx.writeAction();
    }
  }

  #publish(ctx: SystrapContext): void {
    const { words, ints } = this.memory;
    ctx.full = false;
    ctx.newborn = false;
    ctx.askedAt = -1;
    if (!ctx.released) this.#running.add(ctx);
    words[ctx.base + SPIN] = this.#running.meets ? SPIN_FREE : SPIN_BUSY;
    if (Atomics.exchange(ints, ctx.base + STATE, 0) >= SLEEPS) {
      ffi.systrapWake(ctx.slot);
    }
  }

  interrupt(ctx: SystrapContext): void {
    this.#liveness.interrupt(ctx);
  }

  killLater(as: SystrapProcess): void {
    this.#liveness.killLater(as);
  }

  /** Reads why a context came back. False: an internal matter, already dealt with. */
  #arrived(ctx: SystrapContext): boolean {
    const { words } = this.memory;
    // The stub may add SLEEPS at any time; nothing else of it is trusted either.
    const reason = this.#running.posted & ~SLEEPS;
    ctx.full = reason !== REASON_CALL && words[ctx.base + FRAME] !== 0;
    switch (reason) {
      case REASON_CALL:
      case REASON_TRAP:
        ctx.reason = Reason.Syscall;
        return true;
      case REASON_FAULT:
        ctx.reason = Reason.Fault;
        ctx.readFault();
        return true;
      case REASON_INTERRUPT:
        ctx.reason = Reason.Interrupted;
        return true;
      case REASON_CAPTURE:
        ctx.reason = Reason.Captured;
        return true;
      case REASON_FLUSHED:
        this.#sendBatch(ctx);
        this.#publish(ctx);
        return false;
      default:
        // Only a hostile guest writes such a thing.
        ctx.as.kill();
        return false;
    }
  }

  next(deadline: number): SystrapContext | null {
    if (++this.#served >= HOST_POLL_EVERY && deadline !== 0) {
      this.#served = 0;
      if (this.#hostEvents(0)) return null;
    }
    for (;;) {
      if (this.#died.length > 0) {
        const ctx = this.#died.pop()!;
        ctx.reason = Reason.Died;
        return ctx;
      }
      if (this.#waiting.size > 0) this.#runDeferred();
      let ctx = this.#running.take();
      if (ctx === null && deadline !== 0 && !this.#slept) {
        ctx = this.#running.spin(deadline);
      }
      if (ctx !== null) {
        this.#slept = false;
        if (this.#arrived(ctx)) return ctx;
        continue;
      }
      if (deadline === 0) return null;
      const now = ffi.monotonicNow();
      if (now >= deadline) return null;
      if (this.#sleep(deadline - now)) return null;
    }
  }

  /** Sleeps until something happens. True: the caller's loop has to look around. */
  #sleep(ns: number): boolean {
    const page = this.#page;
    Atomics.store(page, 0, 1);
    if (this.#running.anyPosted) {
      Atomics.store(page, 0, 0);
      return false;
    }
    if (this.#waiting.size > 0) ns = Math.min(ns, BATCH_POLL);
    const host = this.#hostEvents(this.#liveness.limit(ns));
    Atomics.store(page, 0, 0);
    this.#slept = true;
    this.#liveness.tick();
    return host;
  }

  #runDeferred(): void {
    for (const as of this.#waiting) {
      while (as.deferred.length > 0 && this.batchDone(as)) {
        const ctx = as.deferred.shift()!;
        ctx.deferred = false;
        // Asked to come back before the host thread was let go: at once then.
        if (ctx.recalled) ctx.action |= ACTION_CAPTURE;
        ctx.recalled = false;
        this.#sendBatch(ctx);
        this.#publish(ctx);
      }
      if (as.deferred.length === 0) this.#waiting.delete(as);
    }
  }

  /** Waits for host events at most `ns` and dispatches them; whether there were any. */
  #hostEvents(ns: number): boolean {
    const n = ffi.waitEvents(ns, this.#events);
    for (let i = 0; i < n; i++) {
      const fd = this.#eventWords[2 * i];
      const events = this.#eventWords[2 * i + 1];
      const as = this.#processes.get(fd);
      if (as !== undefined) this.processDied(as);
      else this.#watches.get(fd)?.hostReady(events);
    }
    return n > 0;
  }

  /** The host process is gone, or as good as that. */
  processDied(as: SystrapProcess): void {
    if (as.dead) return;
    as.dead = true;
    this.#processes.delete(as.socket);
    this.#waiting.delete(as);
    ffi.waitRemove(as.socket);
    ffi.closeFd(as.socket);
    for (const ctx of as.living) {
      this.#running.remove(ctx);
      this.#died.push(ctx);
    }
    for (const group of as.groups) if (group >= 0) this.freeGroup(group);
  }

  watch(fd: number, events: number, ready: HostReady): void {
    this.#watches.set(fd, ready);
    const r = ffi.waitAdd(fd, (events | EPOLLET) >>> 0);
    if (r < 0) this.#watches.delete(fd);
  }

  unwatch(fd: number): void {
    if (this.#watches.delete(fd)) ffi.waitRemove(fd);
  }

  shutdown(): void {
    ffi.systrapStop();
  }
}

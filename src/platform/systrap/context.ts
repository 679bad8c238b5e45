/** A guest thread: a slot, and the stub thread behind it. */
import * as ffi from "../../../ffi/mod.ts";
import { FS_BASE, REGS_WORDS } from "../registers.ts";
import type { Context, Fault } from "../platform.ts";
import { Reason } from "../platform.ts";
import {
  ACTION,
  ACTION_CAPTURE,
  CTL_BASE,
  FAULT_ADDR,
  FAULT_CODE,
  FAULT_ERR,
  FAULT_SIGNO,
  FAULT_TRAPNO,
  FP,
  FRAME,
  GROUP_SLOTS,
  NR_ARCH_PRCTL,
  NR_EXIT,
  REGS,
  SELF,
  SLOT_SIZE,
  SLOT_WORDS,
  STACK,
  TID,
  UC_FPSTATE,
  UC_STACK_SP,
} from "./layout.ts";
import type { SystrapProcess } from "./process.ts";
import type { SystrapPlatform } from "./systrap.ts";

const ARCH_SET_FS = 0x1002;
/** xsave header: fpx_sw_bytes in the FXSAVE area's reserved end. */
const SW_BYTES = 464;
const FP_XSTATE_MAGIC1 = 0x46505853;
const FXSAVE_SIZE = 512;
/** Threads younger than that, ns, have not used CPU time worth counting. */
const YOUNG = 2e6;

export class SystrapContext implements Context {
  readonly regs: Uint32Array;
  reason: Reason = Reason.Captured;
  readonly fault: Fault = { signo: 0, code: 0, addr: 0, trapno: 0, err: 0 };
  full = false;
  owner: unknown = null;
  /** Commands of this thread alone, after the process's. */
  readonly own: number[] = [];
  /** What to do after the commands: ACTION_ bits. */
  action = 0;
  /** Running or about to: place in the platform's list, or -1. */
  index = -1;
  /** Not yet started by the host: all registers come from the slot. */
  newborn = false;
  /**
   * Carries out its own commands only, which nobody waits for: a newborn
   * thread's, whose maker goes first, and those of a thread that ends.
   */
  get apart(): boolean {
    return this.released || (this.newborn && !this.leader);
  }

  /** The host thread is the process's first. */
  leader = false;
  /** On its way back, but waits for the batch of another: among the process's `deferred`. */
  deferred = false;
  /** Interrupted while it was deferred. */
  recalled = false;
  /** Its own commands come before those that the process queued since. */
  ownFirst = false;
  /** When it was asked to come back, and the process's CPU time then; -1: it was not since it runs. */
  askedAt = -1;
  askedTime = 0;
  /** It has not come back yet for the first time. */
  unborn = false;
  #since = 0;
  /** Its last batch had more commands than a slot holds: more will follow. */
  moreRounds = false;
  /** Ended by `release`; its slot is free when the host thread is gone. */
  released = false;
  /** First word of the slot in the region. */
  readonly base: number;
  /** Address of the slot in the stub process. */
  readonly address: number;
  #fsLo = 0;
  #fsHi = 0;
  #hostTid = 0;

  /**
   * @param slot number of the slot over the region
   * @param ordinal which of the process's groups it is in
   */
  constructor(
    readonly platform: SystrapPlatform,
    readonly as: SystrapProcess,
    readonly slot: number,
    ordinal: number,
  ) {
    this.base = slot * SLOT_WORDS;
    this.address = CTL_BASE +
      (ordinal * GROUP_SLOTS + slot % GROUP_SLOTS) * SLOT_SIZE;
    this.regs = platform.memory.words.subarray(
      this.base + REGS,
      this.base + REGS + REGS_WORDS,
    );
  }

  /** Fills the parts of a fresh slot that the stub needs. */
  initSlot(): void {
    this.setWord64(SELF, this.address);
  }

  setWord64(offset: number, value: number): void {
    const words = this.platform.memory.words;
    words[this.base + offset] = value >>> 0;
    words[this.base + offset + 1] = Math.floor(value / 4294967296);
  }

  word64(offset: number): number {
    const words = this.platform.memory.words;
    return words[this.base + offset + 1] * 4294967296 +
      words[this.base + offset];
  }

  readFault(): void {
    const words = this.platform.memory.words;
    const fault = this.fault;
    fault.signo = words[this.base + FAULT_SIGNO];
    fault.code = words[this.base + FAULT_CODE] | 0;
    fault.addr = this.word64(FAULT_ADDR);
    fault.trapno = words[this.base + FAULT_TRAPNO];
    fault.err = words[this.base + FAULT_ERR];
  }

  capture(): void {
    this.action = ACTION_CAPTURE;
    this.platform.resume(this);
  }

  switch(): void {
    if (this.full || this.newborn) {
      const regs = this.regs;
      if (regs[FS_BASE] !== this.#fsLo || regs[FS_BASE + 1] !== this.#fsHi) {
        this.#fsLo = regs[FS_BASE];
        this.#fsHi = regs[FS_BASE + 1];
        const fs = this.#fsHi * 4294967296 + this.#fsLo;
        this.own.push(NR_ARCH_PRCTL, ARCH_SET_FS, fs, 0, 0, 0, 0);
      }
    }
    this.platform.resume(this);
  }

  /** Takes over what the parent's slot copy says of FS. */
  inherit(from: SystrapContext): void {
    this.#fsLo = from.#fsLo;
    this.#fsHi = from.#fsHi;
    this.full = false;
    this.newborn = true;
    this.#since = ffi.monotonicNow();
  }

  interrupt(): void {
    if (this.index >= 0) this.platform.interrupt(this);
    else if (this.deferred) this.recalled = true;
  }

  release(): void {
    if (this.released) return;
    this.released = true;
    this.as.contextReleased(this);
  }

  /** Ends the host thread by its own hand. The context is stopped. */
  exitThread(): void {
    this.own.push(NR_EXIT, 0, 0, 0, 0, 0, 0);
    this.action = 0;
    this.platform.start(this);
  }

  cpuTime(): number {
    const pid = this.as.dead ? 0 : this.as.pid;
    if (pid === 0) return 0;
    if (this.as.onlyThread) return Math.max(0, ffi.systrapProcessTime(pid));
    if (this.#hostTid === 0) {
      // To find a thread on the host takes as long as a short-lived one computes.
      if (ffi.monotonicNow() - this.#since < YOUNG) return 0;
      const tid = this.leader
        ? pid
        : ffi.systrapHostTid(pid, this.platform.memory.words[this.base + TID]);
      if (tid > 0) this.#hostTid = tid;
      else return 0;
    }
    return Math.max(0, ffi.systrapThreadTime(pid, this.#hostTid));
  }

  /** Offset of the FP state in the slot, and its length: 0 if the slot holds nonsense. */
  #fpOffset(): number {
    const offset = this.word64(FP) - this.address;
    return offset >= STACK && offset + FXSAVE_SIZE <= SLOT_SIZE ? offset : 0;
  }

  #fpLength(offset: number): number {
    const words = this.platform.memory.words;
    const at = this.base + (offset + SW_BYTES) / 4;
    if (words[at] !== FP_XSTATE_MAGIC1) return FXSAVE_SIZE;
    const size = words[at + 4];
    return size >= FXSAVE_SIZE && offset + size <= SLOT_SIZE
      ? size
      : FXSAVE_SIZE;
  }

  readFp(bytes: Uint8Array): number {
    const offset = this.#fpOffset();
    if (offset === 0 || offset % 16 !== 0) return 0;
    const length = Math.min(this.#fpLength(offset), bytes.length);
    const start = this.base * 4 + offset;
    bytes.set(this.platform.memory.bytes.subarray(start, start + length));
    return length;
  }

  writeFp(bytes: Uint8Array, length: number): void {
    const offset = this.#fpOffset();
    if (offset === 0 || offset % 16 !== 0) return;
    const room = this.#fpLength(offset);
    const start = this.base * 4 + offset;
    const memory = this.platform.memory.bytes;
    const n = Math.min(length, room);
    // The kernel's own note of what the area holds (sw_reserved) stays.
    memory.set(bytes.subarray(0, Math.min(n, SW_BYTES)), start);
    if (n > FXSAVE_SIZE) {
      memory.set(bytes.subarray(FXSAVE_SIZE, n), start + FXSAVE_SIZE);
    } else if (room > FXSAVE_SIZE) {
      // An FXSAVE image: x87 and SSE are in use, the rest is initial.
      memory.fill(0, start + FXSAVE_SIZE, start + room);
      memory[start + FXSAVE_SIZE] = 3;
    }
  }

  resetFp(): void {
    const offset = this.#fpOffset();
    if (offset === 0) return;
    const start = this.base * 4 + offset;
    const memory = this.platform.memory.bytes;
    memory.fill(0, start, start + SW_BYTES);
    memory[start] = 0x7f; // FCW 0x37f
    memory[start + 1] = 0x03;
    memory[start + 24] = 0x80; // MXCSR 0x1f80
    memory[start + 25] = 0x1f;
    const room = this.#fpLength(offset);
    memory.fill(0, start + FXSAVE_SIZE, start + room);
  }

  /** Moves what the copy of a parent's frame points to from its slot to this one. */
  relocateFrame(from: SystrapContext): void {
    const words = this.platform.memory.words;
    const delta = this.address - from.address;
    const frame = from.word64(FRAME) - from.address;
    if (words[this.base + FRAME] === 0) return;
    if (frame < STACK || frame + UCONTEXT_SIZE > SLOT_SIZE) return;
    this.setWord64(FRAME, frame + this.address);
    this.setWord64(FP, this.word64(FP) + delta);
    const at = frame / 4;
    this.setWord64(at + UC_STACK_SP / 4, this.address + STACK);
    this.setWord64(
      at + UC_FPSTATE / 4,
      this.word64(at + UC_FPSTATE / 4) + delta,
    );
  }

  /** Where in the slot a new thread's stack may begin: below its frame. */
  stackTop(): number {
    const frame = this.word64(FRAME) - this.address;
    if (!(frame >= STACK && frame + UCONTEXT_SIZE <= SLOT_SIZE)) {
      return SLOT_SIZE;
    }
    return frame - frame % 16 - FRAME_ROOM;
  }

  writeAction(): void {
    this.platform.memory.words[this.base + ACTION] = this.action;
    this.action = 0;
  }
}

/** What lies below a frame's ucontext: its return address, and room to spare. */
const FRAME_ROOM = 512;
/** Of struct ucontext up to the signal mask. */
const UCONTEXT_SIZE = 304;

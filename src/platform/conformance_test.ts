/**
 * What every platform does, beyond the comments of platform.ts: one suite for
 * all of them. Guests are a few bytes of machine code.
 */
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { openPlatform } from "./detect.ts";
import type { Context } from "./platform.ts";
import { Reason } from "./platform.ts";
import * as R from "./registers.ts";

const PLATFORMS = ["systrap"] as const;

const CODE = 0x400000;
const DATA = 0x500000;
const PAGE = 4096;
const R_X = 5;
const R_W = 3;

/** getpid; rdi = its result; again. */
const CALLS = [0xb8, 39, 0, 0, 0, 0x0f, 0x05, 0x48, 0x89, 0xc7, 0xeb, 0xf4];
/** Computes for ever. */
const FOREVER = [0xeb, 0xfe];
/** mov %rax,(%rdi); syscall; again. */
const STORE = [0x48, 0x89, 0x07, 0x0f, 0x05, 0xeb, 0xf9];
/** movd %eax,%xmm5; syscall; movd %xmm5,%edi; syscall; again. */
const SSE = [
  ...[0x66, 0x0f, 0x6e, 0xe8, 0x0f, 0x05],
  ...[0x66, 0x0f, 0x7e, 0xef, 0x0f, 0x05, 0xeb, 0xf2],
];

for (const name of PLATFORMS) {
  const platform = openPlatform(name, { patch: true });

  /** A process with `code` and a page of data, ready to be switched to. */
  const guest = (code: number[]): Context => {
    const ctx = platform.newProcess();
    ctx.as.arena.write(0, new Uint8Array(code), 0, code.length);
    ctx.as.mapFile(CODE, PAGE, R_X, ctx.as.arena, 0);
    ctx.as.mapFile(DATA, PAGE, R_W, ctx.as.arena, PAGE);
    R.setReg(ctx.regs, R.RIP, CODE);
    R.setReg(ctx.regs, R.RSP, DATA + PAGE);
    R.setReg(ctx.regs, R.RDI, DATA);
    ctx.regs[R.EFLAGS] = 0x202;
    ctx.resetFp();
    return ctx;
  };

  const next = (): Context => {
    for (;;) {
      const ctx = platform.next(platform.now() + 5e9);
      if (ctx !== null) return ctx;
    }
  };

  const back = (ctx: Context, reason: Reason): void => {
    assertEquals(next(), ctx);
    assertEquals(ctx.reason, reason);
  };

  const reg = (ctx: Context, r: number) => R.getReg(ctx.regs, r);

  Deno.test(`${name}: a system call shows its registers, and the guest its result`, () => {
    const ctx = guest(CALLS);
    R.setReg(ctx.regs, R.R12, 0x123456789abc);
    ctx.switch();
    for (let i = 0; i < 3; i++) {
      back(ctx, Reason.Syscall);
      assertEquals(reg(ctx, R.ORIG_RAX), 39);
      assertEquals(reg(ctx, R.RIP), CODE + 7);
      assertEquals(reg(ctx, R.R12), 0x123456789abc);
      if (i > 0) assertEquals(reg(ctx, R.RDI), 1000 + i - 1);
      R.setReg(ctx.regs, R.RAX, 1000 + i);
      ctx.switch();
    }
    back(ctx, Reason.Syscall);
    ctx.release();
  });

  Deno.test(`${name}: memory of the arena is what the guest writes`, () => {
    const ctx = guest(STORE);
    R.setReg(ctx.regs, R.RAX, 0x1122334455);
    ctx.switch();
    back(ctx, Reason.Syscall);
    const bytes = new Uint8Array(8);
    ctx.as.arena.read(PAGE, bytes, 0, 8);
    assertEquals([...bytes], [0x55, 0x44, 0x33, 0x22, 0x11, 0, 0, 0]);
    ctx.release();
  });

  Deno.test(`${name}: a write to protected memory faults, and goes on after mapFile`, () => {
    const ctx = guest(STORE);
    ctx.as.protect(DATA, PAGE, 1);
    ctx.switch();
    back(ctx, Reason.Fault);
    assertEquals(ctx.fault.addr, DATA);
    assertEquals(ctx.fault.trapno, 14);
    assertEquals(ctx.fault.err & 2, 2);
    assertEquals(reg(ctx, R.RIP), CODE);
    ctx.as.mapFile(DATA, PAGE, R_W, ctx.as.arena, PAGE);
    ctx.switch();
    back(ctx, Reason.Syscall);
    ctx.as.unmap(DATA, PAGE);
    ctx.switch();
    back(ctx, Reason.Fault);
    assertEquals(ctx.fault.err & 3, 2);
    ctx.release();
  });

  Deno.test(`${name}: a computing context comes back when interrupted`, () => {
    const ctx = guest(FOREVER);
    ctx.switch();
    assertEquals(platform.next(platform.now() + 5e6), null);
    ctx.interrupt();
    back(ctx, Reason.Interrupted);
    assertEquals(reg(ctx, R.RIP), CODE);
    assert(ctx.full);
    ctx.release();
  });

  Deno.test(`${name}: FP state is kept, read and set`, () => {
    const ctx = guest(SSE);
    R.setReg(ctx.regs, R.RAX, 0xabcd);
    ctx.switch();
    back(ctx, Reason.Syscall);
    if (!ctx.full) {
      ctx.capture();
      back(ctx, Reason.Captured);
    }
    const fp = new Uint8Array(8192);
    const length = ctx.readFp(fp);
    const xmm5 = 160 + 5 * 16;
    assertEquals([fp[xmm5], fp[xmm5 + 1]], [0xcd, 0xab]);
    fp[xmm5] = 0x11;
    ctx.writeFp(fp, length);
    ctx.switch();
    back(ctx, Reason.Syscall);
    assertEquals(reg(ctx, R.RDI), 0xab11);
    ctx.release();
  });

  Deno.test(`${name}: fork copies registers and mappings, memory files stay apart`, () => {
    const parent = guest(CALLS);
    parent.switch();
    back(parent, Reason.Syscall);
    const child = platform.fork(parent);
    assert(child !== null);
    assertNotEquals(child.as, parent.as);
    R.setReg(child.regs, R.RAX, 0);
    R.setReg(parent.regs, R.RAX, 77);
    child.switch();
    parent.switch();
    const seen = new Set([next(), next()]);
    assertEquals(seen, new Set([child, parent]));
    assertEquals(reg(child, R.RDI), 0);
    assertEquals(reg(parent, R.RDI), 77);
    child.release();
    parent.release();
  });

  Deno.test(`${name}: a thread runs in its maker's memory with its own registers`, () => {
    const first = guest(STORE);
    first.switch();
    back(first, Reason.Syscall);
    const second = platform.newThread(first);
    assert(second !== null);
    assertEquals(second.as, first.as);
    R.setReg(second.regs, R.RAX, 5);
    R.setReg(second.regs, R.RDI, DATA + 64);
    R.setReg(first.regs, R.RAX, 6);
    second.switch();
    first.switch();
    next();
    next();
    const bytes = new Uint8Array(65);
    first.as.arena.read(PAGE, bytes, 0, 65);
    assertEquals([bytes[0], bytes[64]], [6, 5]);
    second.release();
    first.release();
  });

  Deno.test(`${name}: many mappings in one go all take effect`, () => {
    const ctx = guest(CALLS);
    for (let i = 0; i < 500; i++) {
      ctx.as.mapFile(DATA + (1 + 2 * i) * PAGE, PAGE, R_W, ctx.as.arena, PAGE);
    }
    ctx.as.mapFile(CODE + PAGE, PAGE, R_X, ctx.as.arena, 0);
    R.setReg(ctx.regs, R.RIP, CODE + PAGE);
    ctx.switch();
    back(ctx, Reason.Syscall);
    assertEquals(reg(ctx, R.RIP), CODE + PAGE + 7);
    ctx.release();
  });

  Deno.test(`${name}: next returns null at its deadline`, () => {
    // Earlier only for host events: the ends of the processes above.
    for (let i = 0; i < 20; i++) {
      const deadline = platform.now() + 2e6;
      assertEquals(platform.next(deadline), null);
      if (platform.now() >= deadline) return;
    }
    throw new Error("it never slept until its deadline");
  });

  globalThis.addEventListener("unload", () => platform.shutdown());
}

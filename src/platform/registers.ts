/**
 * The general registers of a context as a `Uint32Array`: register `R` has its
 * low word at index `R` and its high word at `R + 1`. Those that most system
 * calls use come first, so that a platform can keep them in one cache line.
 */
export const RAX = 0;
export const RDI = 2;
export const RSI = 4;
export const RDX = 6;
/** Number of the system call that the context came back with. */
export const ORIG_RAX = 8;
export const R10 = 10;
export const R8 = 12;
export const R9 = 14;
export const RIP = 16;
export const RSP = 18;
export const EFLAGS = 20;
export const RCX = 22;
export const R11 = 24;
export const RBX = 26;
export const RBP = 28;
export const R12 = 30;
export const R13 = 32;
export const R14 = 34;
export const R15 = 36;
export const CS = 38;
export const SS = 40;
export const FS_BASE = 42;
export const GS_BASE = 44;
export const DS = 46;
export const ES = 48;
export const FS = 50;
export const GS = 52;
/** Words in a register file. */
export const REGS_WORDS = 54;

/** Value of register `r` as a number; exact up to 2^53. */
export function getReg(regs: Uint32Array, r: number): number {
  return regs[r + 1] * 4294967296 + regs[r];
}

/** Sets register `r` from a number; negative values as two's complement. */
export function setReg(regs: Uint32Array, r: number, value: number): void {
  regs[r] = value >>> 0;
  regs[r + 1] = Math.floor(value / 4294967296) >>> 0;
}

/**
 * The general registers of a context as a `Uint32Array`: register `R` has its
 * low word at index `R` and its high word at `R + 1`. The order is that of
 * `struct user_regs_struct` (sys/user.h), so a copy of the array is one.
 */
export const R15 = 0;
export const R14 = 2;
export const R13 = 4;
export const R12 = 6;
export const RBP = 8;
export const RBX = 10;
export const R11 = 12;
export const R10 = 14;
export const R9 = 16;
export const R8 = 18;
export const RAX = 20;
export const RCX = 22;
export const RDX = 24;
export const RSI = 26;
export const RDI = 28;
/** Number of the system call that the context came back with. */
export const ORIG_RAX = 30;
export const RIP = 32;
export const CS = 34;
export const EFLAGS = 36;
export const RSP = 38;
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

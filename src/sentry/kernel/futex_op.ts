/** FUTEX_WAKE_OP: an operation on a word, and a comparison with what it was. */
import { EFAULT, EINVAL, ENOSYS } from "../../abi/linux/errno.ts";
import {
  FUTEX_OP_ADD,
  FUTEX_OP_ANDN,
  FUTEX_OP_CMP_EQ,
  FUTEX_OP_CMP_GE,
  FUTEX_OP_CMP_GT,
  FUTEX_OP_CMP_LE,
  FUTEX_OP_CMP_LT,
  FUTEX_OP_CMP_NE,
  FUTEX_OP_OPARG_SHIFT,
  FUTEX_OP_OR,
  FUTEX_OP_SET,
  FUTEX_OP_XOR,
} from "../../abi/linux/futex.ts";
import type { MemoryManager } from "../mm/memory_manager.ts";

/**
 * Does what `encoded` says to the word at `addr`: whether the comparison holds
 * (1 or 0), or EFAULT, EINVAL, ENOSYS.
 */
export function wakeOp(
  mm: MemoryManager,
  addr: number,
  encoded: number,
): number {
  const op = (encoded >>> 28) & 7;
  const comparison = (encoded >>> 24) & 15;
  let operand = (encoded << 8) >> 20;
  const against = (encoded << 20) >> 20;
  if (((encoded >>> 28) & FUTEX_OP_OPARG_SHIFT) !== 0) {
    if (operand < 0 || operand > 31) return -EINVAL;
    operand = 1 << operand;
  }
  for (;;) {
    const word = mm.loadU32(addr);
    if (word < 0) return -EFAULT;
    const next = apply(op, word, operand);
    if (next < 0) return -ENOSYS;
    const seen = mm.casU32(addr, word, next);
    if (seen < 0) return -EFAULT;
    if (seen === word) return compare(comparison, word | 0, against);
  }
}

/** The new value, or -1 for an operation that there is not. */
function apply(op: number, word: number, operand: number): number {
  switch (op) {
    case FUTEX_OP_SET:
      return operand >>> 0;
    case FUTEX_OP_ADD:
      return (word + operand) >>> 0;
    case FUTEX_OP_OR:
      return (word | operand) >>> 0;
    case FUTEX_OP_ANDN:
      return (word & ~operand) >>> 0;
    case FUTEX_OP_XOR:
      return (word ^ operand) >>> 0;
    default:
      return -1;
  }
}

function compare(comparison: number, word: number, against: number): number {
  switch (comparison) {
    case FUTEX_OP_CMP_EQ:
      return word === against ? 1 : 0;
    case FUTEX_OP_CMP_NE:
      return word !== against ? 1 : 0;
    case FUTEX_OP_CMP_LT:
      return word < against ? 1 : 0;
    case FUTEX_OP_CMP_GE:
      return word >= against ? 1 : 0;
    case FUTEX_OP_CMP_LE:
      return word <= against ? 1 : 0;
    case FUTEX_OP_CMP_GT:
      return word > against ? 1 : 0;
    default:
      return -ENOSYS;
  }
}

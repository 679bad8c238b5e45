/**
 * Futexes: linux/futex.h.
 *
 * @module
 */

import { struct } from "../struct.ts";

// futex(2)'s operations.
export const FUTEX_WAIT = 0;
export const FUTEX_WAKE = 1;
export const FUTEX_FD = 2;
export const FUTEX_REQUEUE = 3;
export const FUTEX_CMP_REQUEUE = 4;
export const FUTEX_WAKE_OP = 5;
export const FUTEX_LOCK_PI = 6;
export const FUTEX_UNLOCK_PI = 7;
export const FUTEX_TRYLOCK_PI = 8;
export const FUTEX_WAIT_BITSET = 9;
export const FUTEX_WAKE_BITSET = 10;
export const FUTEX_WAIT_REQUEUE_PI = 11;
export const FUTEX_CMP_REQUEUE_PI = 12;
export const FUTEX_LOCK_PI2 = 13;
// Flags of an operation, and the mask of what is left.
export const FUTEX_PRIVATE_FLAG = 128;
export const FUTEX_CLOCK_REALTIME = 256;
export const FUTEX_CMD_MASK = -385;
// Bits of a futex word under priority inheritance and robust lists.
export const FUTEX_WAITERS = 0x80000000;
export const FUTEX_OWNER_DIED = 0x40000000;
export const FUTEX_TID_MASK = 0x3fffffff;
export const ROBUST_LIST_LIMIT = 2048;
export const FUTEX_BITSET_MATCH_ANY = 0xffffffff;
// FUTEX_WAKE_OP: operations and comparisons.
export const FUTEX_OP_SET = 0;
export const FUTEX_OP_ADD = 1;
export const FUTEX_OP_OR = 2;
export const FUTEX_OP_ANDN = 3;
export const FUTEX_OP_XOR = 4;
export const FUTEX_OP_OPARG_SHIFT = 8;
export const FUTEX_OP_CMP_EQ = 0;
export const FUTEX_OP_CMP_NE = 1;
export const FUTEX_OP_CMP_LT = 2;
export const FUTEX_OP_CMP_LE = 3;
export const FUTEX_OP_CMP_GT = 4;
export const FUTEX_OP_CMP_GE = 5;
/** futex_waitv(2), futex_wake(2) and others: flags. */
export const FUTEX2_SIZE_U8 = 0x0;
export const FUTEX2_SIZE_U16 = 0x1;
export const FUTEX2_SIZE_U32 = 0x2;
export const FUTEX2_SIZE_U64 = 0x3;
export const FUTEX2_SIZE_MASK = 0x3;
export const FUTEX2_NUMA = 0x4;
export const FUTEX2_MPOL = 0x8;
export const FUTEX2_PRIVATE = 0x80;
export const FUTEX_32 = 2;
export const FUTEX_WAITV_MAX = 128;

/** struct robust_list, linux/futex.h. */
export const RobustList = struct({ next: "ptr" }, {
  c: "struct robust_list",
  header: "linux/types.h linux/futex.h",
});

/** struct robust_list_head, linux/futex.h. */
export const RobustListHead = struct({
  list: RobustList,
  futex_offset: "i64",
  list_op_pending: "ptr",
}, {
  c: "struct robust_list_head",
  header: "linux/types.h linux/futex.h",
});

/** struct futex_waitv, linux/futex.h. */
export const FutexWaitv = struct({
  val: "u64",
  uaddr: "ptr",
  flags: "u32",
  __reserved: "u32",
}, { c: "struct futex_waitv", header: "linux/types.h linux/futex.h" });

/**
 * Single numbers that calls copy in or out by address: int, unsigned, uint64_t.
 *
 * @module
 */

import { struct } from "../struct.ts";

export const I32 = struct({ value: "i32" });
export const U32 = struct({ value: "u32" });
export const I64 = struct({ value: "i64" });
/** 64 bits as they are: value_lo, value_hi. */
export const Bits64 = struct({ value: "bits64" });

/**
 * Restartable sequences and memory barriers: linux/rseq.h, linux/membarrier.h.
 *
 * @module
 */

import { struct } from "../struct.ts";

/** rseq(2)'s flag. */
export const RSEQ_FLAG_UNREGISTER = 0x1;
/** cpu_id before and instead of registration. */
export const RSEQ_CPU_ID_UNINITIALIZED = -1;
export const RSEQ_CPU_ID_REGISTRATION_FAILED = -2;
/** Size and alignment that registration must have at least. */
export const ORIG_RSEQ_SIZE = 32;

/** struct rseq, linux/rseq.h (Linux 6.3; 20 bytes before). */
export const Rseq = struct({
  cpu_id_start: "u32",
  cpu_id: "i32",
  rseq_cs: "ptr",
  flags: "u32",
  _node_id: "u32",
  _mm_cid: "u32",
}, { align: 32, c: "struct rseq", header: "linux/rseq.h" });

/** struct rseq_cs, linux/rseq.h. */
export const RseqCs = struct({
  version: "u32",
  flags: "u32",
  start_ip: "ptr",
  post_commit_offset: "u64",
  abort_ip: "ptr",
}, { align: 32, c: "struct rseq_cs", header: "linux/rseq.h" });

// membarrier(2)'s commands.
export const MEMBARRIER_CMD_QUERY = 0x0;
export const MEMBARRIER_CMD_GLOBAL = 0x1;
export const MEMBARRIER_CMD_GLOBAL_EXPEDITED = 0x2;
export const MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED = 0x4;
export const MEMBARRIER_CMD_PRIVATE_EXPEDITED = 0x8;
export const MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED = 0x10;
export const MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE = 0x20;
export const MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE = 0x40;
export const MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ = 0x80;
export const MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_RSEQ = 0x100;
export const MEMBARRIER_CMD_GET_REGISTRATIONS = 0x200;
export const MEMBARRIER_CMD_FLAG_CPU = 0x1;

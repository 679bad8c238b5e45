/** What the host knows of memory files: see rust_helpers/src/memory_info.rs. */
export {
  fd_allocated as fdAllocated,
  fd_data_bytes as fdDataBytes,
  fd_size as fdSize,
  mincore_host as mincoreHost,
} from "./library.ts";

/** Host memory: see rust_helpers/src/memory.rs for the contracts. */
import * as raw from "./library.ts";

const encoder = new TextEncoder();

export function memfdCreate(name: string, size: number): number {
  return raw.create_memfd(encoder.encode(name), size);
}

export function mapShared(
  fd: number,
  offset: number,
  length: number,
  writable: boolean,
): number {
  return raw.map_shared(fd, offset, length, writable ? 1 : 0);
}

export {
  cas_u32 as casU32,
  close_fd as closeFd,
  copy_from_host as copyFromHost,
  copy_to_host as copyToHost,
  load_u32 as loadU32,
  move_host as moveHost,
  pread_fill as preadFill,
  pread_host_fill as preadHostFill,
  punch_hole as punchHole,
  pwrite_all as pwriteAll,
  pwrite_host as pwriteHost,
  store_u32 as storeU32,
  truncate_fd as truncateFd,
  unmap_host as unmapHost,
  zero_host as zeroHost,
} from "./library.ts";

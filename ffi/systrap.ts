/** Systrap's host half: see rust_helpers/src/systrap and stub/src/layout.rs. */
import * as raw from "./library.ts";

/** The memory of all slots, as the platform reads it. Lives as long as the process. */
export interface SlotMemory {
  readonly words: Uint32Array<ArrayBuffer>;
  readonly ints: Int32Array<ArrayBuffer>;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Views of the slot region; after `systrapStart`. */
export function systrapRegion(): SlotMemory {
  const pointer = raw.systrap_region();
  if (pointer === null) throw new Error("no slot region");
  const buffer = Deno.UnsafePointerView.getArrayBuffer(
    pointer,
    raw.systrap_region_size(),
  );
  return {
    words: new Uint32Array(buffer),
    ints: new Int32Array(buffer),
    bytes: new Uint8Array(buffer),
  };
}

/** The Sentry's page; word 0 tells stubs whether it sleeps. */
export function systrapPage(): Int32Array<ArrayBuffer> {
  const pointer = raw.systrap_page();
  if (pointer === null) throw new Error("no Sentry page");
  return new Int32Array(
    Deno.UnsafePointerView.getArrayBuffer(pointer, 4096),
  );
}

export {
  systrap_await as systrapAwait,
  systrap_copy_slot as systrapCopySlot,
  systrap_fork as systrapFork,
  systrap_host_tid as systrapHostTid,
  systrap_interrupt as systrapInterrupt,
  systrap_kill as systrapKill,
  systrap_layout as systrapLayout,
  systrap_new_group as systrapNewGroup,
  systrap_process_time as systrapProcessTime,
  systrap_read_pid as systrapReadPid,
  systrap_send_fd as systrapSendFd,
  systrap_spawn as systrapSpawn,
  systrap_start as systrapStart,
  systrap_stop as systrapStop,
  systrap_thread_time as systrapThreadTime,
  systrap_vdso as systrapVdso,
  systrap_wake as systrapWake,
  systrap_zygote as systrapZygote,
} from "./library.ts";

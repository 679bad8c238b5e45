import { assertEquals } from "@std/assert";
import * as ffi from "../../../ffi/mod.ts";
import * as layout from "./layout.ts";

Deno.test("layout: both halves of the platform agree on it", () => {
  const out = new Float64Array(64);
  const n = ffi.systrapLayout(new Uint8Array(out.buffer));
  const words = [
    layout.STATE,
    layout.CMD_COUNT,
    layout.ACTION,
    layout.SPIN,
    layout.PENDING,
    layout.SELF,
    layout.FRAME,
    layout.FP,
    layout.TID,
    layout.CONT,
    layout.REGS,
    layout.FAULT_SIGNO,
    layout.FAULT_CODE,
    layout.FAULT_ADDR,
    layout.FAULT_TRAPNO,
    layout.FAULT_ERR,
  ].map((word) => word * 4);
  assertEquals([...out.subarray(0, n)], [
    layout.TASK_SIZE,
    layout.STUB_BASE,
    layout.STUB_CALL,
    layout.CTL_BASE,
    layout.SLOT_SIZE,
    layout.GROUP_SLOTS,
    layout.GROUP_SIZE,
    ...words,
    layout.SCRATCH,
    layout.CMDS,
    layout.CMD_SIZE,
    layout.CMD_MAX,
    layout.STACK,
    layout.CLONE_PROCESS,
    layout.CLONE_THREAD,
    layout.SLEEPS,
  ]);
});

/** Setting the alternate signal stack, sigaltstack(2). */
import { EINVAL, ENOMEM, EPERM } from "../../abi/linux/errno.ts";
import {
  MINSIGSTKSZ,
  SS_AUTODISARM,
  SS_DISABLE,
  SS_ONSTACK,
} from "../../abi/linux/signal.ts";
import { getReg, RSP } from "../../platform/registers.ts";
import { isOnAltStack } from "./sigframe.ts";
import type { Task } from "./task.ts";

/** Sets the stack from a stack_t's fields. 0; EPERM while it is in use, EINVAL, ENOMEM if it is too small. */
export function setAltStack(
  t: Task,
  sp: number,
  flags: number,
  size: number,
): number {
  const s = t.signals;
  if (isOnAltStack(s, getReg(t.ctx.regs, RSP))) return -EPERM;
  const mode = (flags & ~SS_AUTODISARM) >>> 0;
  if (mode !== SS_DISABLE && mode !== SS_ONSTACK && mode !== 0) return -EINVAL;
  if (mode === SS_DISABLE) {
    sp = 0;
    size = 0;
  } else if (size < MINSIGSTKSZ) return -ENOMEM;
  s.altStackAddr = sp;
  s.altStackSize = size;
  s.altStackFlags = flags;
  return 0;
}

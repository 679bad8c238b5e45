/** CPU exceptions of a guest: resolved by its memory, or signals. */
import { SI_KERNEL, TRAP_BRKPT } from "../../abi/linux/siginfo.ts";
import { SIGKILL, SIGSEGV, SIGTRAP } from "../../abi/linux/signal.ts";
import { exitGroup } from "./exit.ts";
import { leaveKernel } from "./leave.ts";
import { forceFault } from "./signal_delivery.ts";
import type { Task } from "./task.ts";

/** x86 exception vectors. */
const BREAKPOINT = 3;
const PAGE_FAULT = 14;

/** Serves `t.ctx.fault`. */
export function handleFault(t: Task): void {
  const { signo, code, addr, trapno, err } = t.ctx.fault;
  t.inSyscall = false;
  t.mm.sites?.normalise(t.ctx.regs);
  if (signo === SIGSEGV && trapno === PAGE_FAULT) {
    const signal = t.mm.handleFault(addr, err);
    if (signal === SIGKILL) {
      exitGroup(t, SIGKILL);
      return;
    }
    if (signal !== 0) {
      forceFault(t, signal, t.mm.faultCode, addr, trapno, err);
    }
  } else if (signo === SIGTRAP && trapno === BREAKPOINT) {
    forceFault(
      t,
      signo,
      code === TRAP_BRKPT ? code : SI_KERNEL,
      0,
      trapno,
      err,
    );
  } else forceFault(t, signo, code, addr, trapno, err);
  leaveKernel(t);
}

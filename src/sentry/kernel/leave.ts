/** The way back to the guest: signals first. */
import { startCall } from "./dispatch.ts";
import { deliverSignal, Delivery } from "./signal_delivery.ts";
import type { Task } from "./task.ts";

/** Delivers what waits for `t` and lets it run, unless it stops or ends here. */
export function leaveKernel(t: Task): void {
  if (t.signals.pending || t.signals.maskSaved) {
    switch (deliverSignal(t)) {
      case Delivery.Capture:
        t.ctx.capture();
        return;
      case Delivery.Stopped:
      case Delivery.Gone:
        return;
      case Delivery.Restart:
        startCall(t);
        return;
      case Delivery.Guest:
        break;
    }
  }
  t.inSyscall = false;
  if (t.ctx.full) t.mm.sites?.resume(t.ctx.regs);
  t.ctx.switch();
}

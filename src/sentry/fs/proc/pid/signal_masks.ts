/** Signal sets for stat and status. */
import { NSIG, SIG_DFL, SIG_IGN } from "../../../../abi/linux/signal.ts";
import { SignalSet } from "../../../kernel/signal_set.ts";
import type { ThreadGroup } from "../../../kernel/thread_group.ts";

/** Ignored signals into `ignored`, those with a handler into `caught`. */
export function dispositions(
  tg: ThreadGroup,
  ignored: SignalSet,
  caught: SignalSet,
): void {
  ignored.clear();
  caught.clear();
  for (let n = 1; n <= NSIG; n++) {
    const { handler } = tg.signals.actions.get(n);
    if (handler === SIG_IGN) ignored.add(n);
    else if (handler !== SIG_DFL) caught.add(n);
  }
}

/** The signal for writing where nobody will read. */
import { SIGPIPE } from "../../../abi/linux/signal.ts";
import { SigInfo } from "../../kernel/siginfo.ts";
import { sendToTask } from "../../kernel/signal.ts";
import type { Task } from "../../kernel/task.ts";

/** Sends SIGPIPE to the task that writes, as from itself. */
export function sendSigpipe(t: Task): void {
  sendToTask(t, SigInfo.user(SIGPIPE, t.group.pid, t.creds.uid));
}

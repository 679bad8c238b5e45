/** Signals that the sandbox's own process gets: passed on to the guest, as runc does. */
import {
  SIGCONT,
  SIGINT,
  SIGQUIT,
  SIGWINCH,
} from "../../../abi/linux/signal.ts";
import { POLLIN } from "../../../abi/linux/poll.ts";
import * as ffi from "../../../../ffi/mod.ts";
import type { HostReady } from "../../../platform/platform.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import { SigInfo } from "../../kernel/siginfo.ts";
import { sendToGroup, sendToProcessGroup } from "../../kernel/signal.ts";
import type { HostTerminal } from "./host_terminal.ts";

export class HostSignals implements HostReady {
  constructor(
    readonly kernel: Kernel,
    readonly terminals: readonly HostTerminal[],
  ) {}

  /** From now on signals go to the guest. 0 or -errno. */
  start(): number {
    const fd = ffi.hostSignalsOpen();
    if (fd < 0) return fd;
    this.kernel.watchHost(fd, POLLIN, this);
    return 0;
  }

  hostReady(_events: number): void {
    for (;;) {
      const signo = ffi.hostSignalsNext();
      if (signo <= 0) return;
      this.#arrived(signo);
    }
  }

  #arrived(signo: number): void {
    switch (signo) {
      case SIGWINCH:
        for (const terminal of this.terminals) terminal.sizeChanged();
        break;
      case SIGCONT:
        for (const terminal of this.terminals) terminal.resumed();
        break;
      case SIGINT:
      case SIGQUIT:
        if (!this.#toForeground(signo)) this.#toInit(signo);
        break;
      default:
        this.#toInit(signo);
    }
  }

  /** A key of a host terminal that is not raw reaches the guest's foreground, as it would natively. */
  #toForeground(signo: number): boolean {
    for (const terminal of this.terminals) {
      const { foreground } = terminal;
      if (foreground === null) continue;
      sendToProcessGroup(foreground, signo);
      return true;
    }
    return false;
  }

  #toInit(signo: number): void {
    const { init } = this.kernel;
    if (init !== null) sendToGroup(init, SigInfo.kernel(signo));
  }
}

/** Dispositions of signals: what sigaction(2) sets. Shared by CLONE_SIGHAND. */
import {
  NSIG,
  SA_NODEFER,
  SA_ONSTACK,
  SA_RESETHAND,
  SA_RESTART,
  SIG_DFL,
  SIG_IGN,
} from "../../abi/linux/signal.ts";
import { ignoredByDefault, SignalSet } from "./signal_set.ts";

export class SignalAction {
  /** SIG_DFL, SIG_IGN or an address. */
  handler: number = SIG_DFL;
  flags = 0;
  restorer = 0;
  readonly mask: SignalSet = new SignalSet();

  get onStack(): boolean {
    return (this.flags & SA_ONSTACK) !== 0;
  }
  get restarts(): boolean {
    return (this.flags & SA_RESTART) !== 0;
  }
  get nodefer(): boolean {
    return (this.flags & SA_NODEFER) !== 0;
  }
  get resets(): boolean {
    return (this.flags & SA_RESETHAND) !== 0;
  }

  assign(other: SignalAction): void {
    this.handler = other.handler;
    this.flags = other.flags;
    this.restorer = other.restorer;
    this.mask.assign(other.mask);
  }

  reset(): void {
    this.handler = SIG_DFL;
    this.flags = 0;
    this.restorer = 0;
    this.mask.clear();
  }
}

export class SignalActions {
  /** By signal number, from 1. */
  readonly #actions: SignalAction[] = [];
  /** Thread groups that have it. */
  users = 1;

  constructor() {
    for (let n = 0; n <= NSIG; n++) this.#actions.push(new SignalAction());
  }

  get(signo: number): SignalAction {
    return this.#actions[signo];
  }

  /** Whether `signo` has no effect as things stand. */
  ignores(signo: number): boolean {
    const { handler } = this.#actions[signo];
    return handler === SIG_IGN ||
      (handler === SIG_DFL && ignoredByDefault(signo));
  }

  copy(): SignalActions {
    const copy = new SignalActions();
    for (let n = 1; n <= NSIG; n++) copy.get(n).assign(this.get(n));
    return copy;
  }

  /** execve(2): handlers become SIG_DFL, the rest stays. `ignored` too: CLONE_CLEAR_SIGHAND leaves SIG_IGN alone. */
  resetHandlers(): void {
    for (let n = 1; n <= NSIG; n++) {
      const action = this.#actions[n];
      const ignored = action.handler === SIG_IGN;
      action.reset();
      if (ignored) action.handler = SIG_IGN;
    }
  }
}

/** Who wants to know that a signal was queued, blocked or not: signalfds. */

export interface SignalListener {
  signalQueued(signo: number): void;
}

/** All of them; few, so each signal tells every one. */
export const signalListeners: Set<SignalListener> = new Set();

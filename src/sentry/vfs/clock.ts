/**
 * The clock that file times come from: the host's real time in steps of a
 * millisecond (Linux takes them from a coarse clock, too).
 */

/** Seconds of the last `tick`. */
let seconds = 0;
/** Nanoseconds within that second. */
let nanoseconds = 0;

/** Reads the clock: `wallSeconds()` and `wallNanoseconds()` belong together until the next tick. */
export function tick(): void {
  const ms = Date.now();
  seconds = Math.floor(ms / 1000);
  nanoseconds = (ms - seconds * 1000) * 1000000;
}

export function wallSeconds(): number {
  return seconds;
}

export function wallNanoseconds(): number {
  return nanoseconds;
}

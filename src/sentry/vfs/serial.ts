/**
 * Counts path walks, so that a file system that asks somebody else for
 * attributes knows whether those it has were fetched by the walk that has just
 * ended: `stat` of a path then costs one question, not two.
 */
let current = 1;

export function serial(): number {
  return current;
}

/** Begins a walk, or a call that wants attributes anew. */
export function nextSerial(): void {
  current++;
}

/** A pool of random bytes, refilled as a whole; what was handed out is wiped. */
const pool = new Uint8Array(4096);
let used = pool.length;

/** Most bytes that crypto.getRandomValues gives at a time. */
const MOST = 65536;

/** Fills `to` with random bytes of cryptographic quality. */
export function randomBytes(to: Uint8Array<ArrayBuffer>): void {
  if (to.length > pool.length) {
    for (let at = 0; at < to.length; at += MOST) {
      crypto.getRandomValues(to.subarray(at, at + MOST));
    }
    return;
  }
  if (used + to.length > pool.length) {
    crypto.getRandomValues(pool);
    used = 0;
  }
  to.set(pool.subarray(used, used + to.length));
  pool.fill(0, used, used + to.length);
  used += to.length;
}

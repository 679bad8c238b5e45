/** Where the Sentry sleeps: see rust_helpers/src/wait.rs. */
export {
  monotonic_now as monotonicNow,
  wait_add as waitAdd,
  wait_events as waitEvents,
  wait_remove as waitRemove,
  wait_start as waitStart,
  yield_core as yieldCore,
} from "./library.ts";

/** The host's clocks: see rust_helpers/src/clock.rs for the contracts. */
export {
  host_adjtimex as hostAdjtimex,
  host_affinity as hostAffinity,
  host_clock_getres as hostClockGetres,
  host_clock_gettime as hostClockGettime,
  host_cpu as hostCpu,
} from "./library.ts";

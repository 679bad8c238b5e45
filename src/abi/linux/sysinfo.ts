/**
 * sysinfo(2): linux/sysinfo.h. syslog(2): include/linux/syslog.h.
 *
 * @module
 */

import { struct } from "../struct.ts";

/** Loads are fixed-point numbers with this many bits after the point. */
export const SI_LOAD_SHIFT = 16;

/** struct sysinfo; sizes are in `mem_unit` bytes. */
export const Sysinfo = struct({
  uptime: "i64",
  loads: ["u64", 3],
  totalram: "u64",
  freeram: "u64",
  sharedram: "u64",
  bufferram: "u64",
  totalswap: "u64",
  freeswap: "u64",
  procs: "u16",
  _pad: "u16",
  totalhigh: "u64",
  freehigh: "u64",
  mem_unit: "u32",
}, { c: "struct sysinfo", header: "linux/types.h linux/sysinfo.h" });

/** syslog(2)'s actions. */
export const SYSLOG_ACTION_CLOSE = 0;
export const SYSLOG_ACTION_OPEN = 1;
export const SYSLOG_ACTION_READ = 2;
export const SYSLOG_ACTION_READ_ALL = 3;
export const SYSLOG_ACTION_READ_CLEAR = 4;
export const SYSLOG_ACTION_CLEAR = 5;
export const SYSLOG_ACTION_CONSOLE_OFF = 6;
export const SYSLOG_ACTION_CONSOLE_ON = 7;
export const SYSLOG_ACTION_CONSOLE_LEVEL = 8;
export const SYSLOG_ACTION_SIZE_UNREAD = 9;
export const SYSLOG_ACTION_SIZE_BUFFER = 10;

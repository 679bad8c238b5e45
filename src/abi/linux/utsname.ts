/**
 * uname(2): linux/utsname.h.
 *
 * @module
 */

import { struct } from "../struct.ts";

/** The longest host or domain name. */
export const __NEW_UTS_LEN = 64;

/** struct new_utsname; each string ends with 0. */
export const Utsname = struct({
  sysname: ["u8", 65],
  nodename: ["u8", 65],
  release: ["u8", 65],
  version: ["u8", 65],
  machine: ["u8", 65],
  domainname: ["u8", 65],
}, { c: "struct new_utsname", header: "linux/utsname.h" });

/**
 * Directory entries: include/linux/dirent.h, fs/readdir.c.
 *
 * @module
 */

import { struct } from "../struct.ts";

// d_type.
export const DT_UNKNOWN = 0;
export const DT_FIFO = 1;
export const DT_CHR = 2;
export const DT_DIR = 4;
export const DT_BLK = 6;
export const DT_REG = 8;
export const DT_LNK = 10;
export const DT_SOCK = 12;
export const DT_WHT = 14;

/**
 * struct linux_dirent64 of getdents64(2): a name with its 0 follows at
 * `offsets.d_name`, and each record is padded to 8 bytes. `size` is not used.
 */
export const LinuxDirent64 = struct({
  d_ino: "u64",
  d_off: "i64",
  d_reclen: "u16",
  d_type: "u8",
  d_name: ["u8", 1],
}, {
  flexible: true,
  c: "struct dirent64",
  header: "dirent.h",
});

/**
 * struct linux_dirent of getdents(2): a name with its 0 follows at
 * `offsets.d_name`; the last byte of the record, padded to 8, is d_type.
 */
export const LinuxDirent = struct({
  d_ino: "u64",
  d_off: "u64",
  d_reclen: "u16",
  d_name: ["u8", 1],
}, { flexible: true });

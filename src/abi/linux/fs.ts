/**
 * Files and file systems: linux/fs.h, linux/falloc.h, linux/splice.h.
 *
 * @module
 */

// lseek(2).
export const SEEK_SET = 0;
export const SEEK_CUR = 1;
export const SEEK_END = 2;
export const SEEK_DATA = 3;
export const SEEK_HOLE = 4;
// renameat2(2).
export const RENAME_NOREPLACE = 0x1;
export const RENAME_EXCHANGE = 0x2;
export const RENAME_WHITEOUT = 0x4;
// fallocate(2).
export const FALLOC_FL_KEEP_SIZE = 0x1;
export const FALLOC_FL_PUNCH_HOLE = 0x2;
export const FALLOC_FL_NO_HIDE_STALE = 0x4;
export const FALLOC_FL_COLLAPSE_RANGE = 0x8;
export const FALLOC_FL_ZERO_RANGE = 0x10;
export const FALLOC_FL_INSERT_RANGE = 0x20;
export const FALLOC_FL_UNSHARE_RANGE = 0x40;
export const FALLOC_FL_WRITE_ZEROES = 0x80;
// sync_file_range(2).
export const SYNC_FILE_RANGE_WAIT_BEFORE = 0x1;
export const SYNC_FILE_RANGE_WRITE = 0x2;
export const SYNC_FILE_RANGE_WAIT_AFTER = 0x4;
/** splice(2), tee(2), vmsplice(2). */
export const SPLICE_F_MOVE = 0x1;
export const SPLICE_F_NONBLOCK = 0x2;
export const SPLICE_F_MORE = 0x4;
export const SPLICE_F_GIFT = 0x8;

// Ioctls.
export const FS_IOC_GETFLAGS = 0x80086601;
export const FS_IOC_SETFLAGS = 0x40086602;
export const FS_IOC_GETVERSION = 0x80087601;
export const FS_IOC_SETVERSION = 0x40087602;
export const FS_IOC_FIEMAP = 0xc020660b;
export const FS_IOC_FSGETXATTR = 0x801c581f;
export const FS_IOC_FSSETXATTR = 0x401c5820;
export const FS_IOC_GETFSLABEL = 0x81009431;
// FS_IOC_GETFLAGS.
export const FS_SYNC_FL = 0x8;
export const FS_IMMUTABLE_FL = 0x10;
export const FS_APPEND_FL = 0x20;
export const FS_NODUMP_FL = 0x40;
export const FS_NOATIME_FL = 0x80;
export const FS_DIRSYNC_FL = 0x10000;
export const FS_NOCOW_FL = 0x800000;

// Block device ioctls.
export const BLKROSET = 0x125d;
export const BLKROGET = 0x125e;
export const BLKGETSIZE = 0x1260;
export const BLKFLSBUF = 0x1261;
export const BLKSSZGET = 0x1268;
export const BLKGETSIZE64 = 0x80081272;

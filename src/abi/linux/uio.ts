/**
 * Flags of preadv2(2) and pwritev2(2): linux/fs.h. struct iovec is in socket.ts.
 *
 * @module
 */

export const RWF_HIPRI = 0x1;
export const RWF_DSYNC = 0x2;
export const RWF_SYNC = 0x4;
export const RWF_NOWAIT = 0x8;
export const RWF_APPEND = 0x10;
export const RWF_NOAPPEND = 0x20;
export const RWF_ATOMIC = 0x40;
export const RWF_DONTCACHE = 0x80;

/** The most bytes that one read or write moves. */
export const MAX_RW_COUNT = 0x7ffff000;

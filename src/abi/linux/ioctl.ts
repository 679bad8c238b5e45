/**
 * Ioctls that any descriptor may get, asm-generic/ioctls.h, linux/fs.h; and the
 * parts of an ioctl number, asm-generic/ioctl.h.
 *
 * @module
 */

export const FIONREAD = 0x541b;
export const FIONBIO = 0x5421;
export const FIOASYNC = 0x5452;
export const FIONCLEX = 0x5450;
export const FIOCLEX = 0x5451;
export const FIOQSIZE = 0x5460;
export const FIBMAP = 0x1;
export const FIGETBSZ = 0x2;
export const FIFREEZE = 0xc0045877;
export const FITHAW = 0xc0045878;
export const FICLONE = 0x40049409;
export const FICLONERANGE = 0x4020940d;
export const FIDEDUPERANGE = 0xc0189436;

/** Directions, seen from the program. */
export const _IOC_NONE = 0;
export const _IOC_WRITE = 1;
export const _IOC_READ = 2;

/** Direction of an ioctl number. */
export function iocDir(request: number): number {
  return request >>> 30;
}

/** Bytes of an ioctl's argument. */
export function iocSize(request: number): number {
  return (request >>> 16) & 0x3fff;
}

/** The letter of an ioctl number. */
export function iocType(request: number): number {
  return (request >>> 8) & 0xff;
}

/** The number within the letter. */
export function iocNr(request: number): number {
  return request & 0xff;
}

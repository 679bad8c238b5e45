/**
 * Moves bytes between guest buffers and host memory or host files, without a
 * copy in between.
 */
import { hostAppend, hostRead, hostWrite, moveHost } from "../../../ffi/mod.ts";
import { EFAULT } from "../../abi/linux/errno.ts";
import type { UserBuffer } from "../mm/user_buffer.ts";

/** Fills `dst` with up to `length` bytes at host `address`. Count, or -EFAULT if none. */
export function fromMemory(
  dst: UserBuffer,
  address: number,
  length: number,
): number {
  let done = 0;
  while (done < length && dst.remaining > 0) {
    const r = dst.host();
    if (r < 0) return done > 0 ? done : r;
    const n = Math.min(dst.hostLength, length - done);
    const moved = n - moveHost(dst.hostAddress, address + done, n);
    dst.advance(moved);
    done += moved;
    // Pages of a file that was cut short meanwhile.
    if (moved < n) return done > 0 ? done : -EFAULT;
  }
  return done;
}

/** Takes up to `length` bytes from `src` to host `address`. Count, or -EFAULT if none. */
export function toMemory(
  src: UserBuffer,
  address: number,
  length: number,
): number {
  let done = 0;
  while (done < length && src.remaining > 0) {
    const r = src.host();
    if (r < 0) return done > 0 ? done : r;
    const n = Math.min(src.hostLength, length - done);
    const moved = n - moveHost(address + done, src.hostAddress, n);
    src.advance(moved);
    done += moved;
    if (moved < n) return done > 0 ? done : -EFAULT;
  }
  return done;
}

/** pread of host descriptor `fd` into `dst`. Count, 0 at the end, or -errno. */
export function fromHostFile(
  dst: UserBuffer,
  fd: number,
  offset: number,
): number {
  let done = 0;
  while (dst.remaining > 0) {
    const r = dst.host();
    if (r < 0) return done > 0 ? done : r;
    const want = dst.hostLength;
    const n = hostRead(fd, dst.hostAddress, want, offset + done);
    if (n < 0) return done > 0 ? done : n;
    dst.advance(n);
    done += n;
    if (n < want) break;
  }
  return done;
}

/**
 * pwrite of `src` to host descriptor `fd`; with `append` at the end, wherever
 * that is. Count or -errno.
 */
export function toHostFile(
  src: UserBuffer,
  fd: number,
  offset: number,
  append: boolean,
): number {
  let done = 0;
  while (src.remaining > 0) {
    const r = src.host();
    if (r < 0) return done > 0 ? done : r;
    const want = src.hostLength;
    const n = append
      ? hostAppend(fd, src.hostAddress, want)
      : hostWrite(fd, src.hostAddress, want, offset + done);
    if (n < 0) return done > 0 ? done : n;
    src.advance(n);
    done += n;
    if (n < want) break;
  }
  return done;
}

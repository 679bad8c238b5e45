/** Scatter lists: the iovec arrays of readv(2), vmsplice(2) and others. */
import { EFAULT, EINVAL } from "../../abi/linux/errno.ts";
import { Iovec } from "../../abi/linux/socket.ts";
import { MAX_RW_COUNT } from "../../abi/linux/uio.ts";
import type { Task } from "../kernel/task.ts";
import type { UserBuffer } from "../mm/user_buffer.ts";

/** IOV_MAX. */
export const UIO_MAXIOV = 1024;

const records = new Uint8Array(UIO_MAXIOV * Iovec.size);
const record = Iovec.at(records);

/**
 * Appends the `count` ranges at `vec` to `buffer`, at most MAX_RW_COUNT bytes
 * in all. The bytes, -EFAULT, or -EINVAL (too many ranges, a length that is
 * negative as ssize_t).
 */
export function appendIovec(
  t: Task,
  buffer: UserBuffer,
  vec: number,
  count: number,
): number {
  if (count < 0 || count > UIO_MAXIOV) return -EINVAL;
  if (!t.mm.copyIn(vec, records, 0, count * Iovec.size)) return -EFAULT;
  let total = 0;
  for (let i = 0; i < count; i++) {
    record.at(records, i * Iovec.size);
    const { iov_base, iov_len } = record;
    if (iov_len >= 2 ** 63) return -EINVAL;
    if (iov_len > 0 && iov_base + iov_len > 2 ** 47) return -EFAULT;
    const n = Math.min(iov_len, MAX_RW_COUNT - total);
    if (n > 0) buffer.append(iov_base, n);
    total += n;
  }
  return total;
}

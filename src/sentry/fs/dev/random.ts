/** /dev/random and /dev/urandom, random(4): the pool is always full. */
import { EFAULT, EINVAL, ENOTTY, EPERM } from "../../../abi/linux/errno.ts";
import { CAP_SYS_ADMIN } from "../../../abi/linux/capability.ts";
import type { Task } from "../../kernel/task.ts";
import type { UserBuffer } from "../../mm/user_buffer.ts";
import { randomBytes } from "../../random.ts";
import { putInt } from "../../tty/tty_ioctl.ts";
import { MemoryDevice } from "./null.ts";

// linux/random.h.
const RNDGETENTCNT = 0x80045200;
const RNDADDTOENTCNT = 0x40045201;
const RNDADDENTROPY = 0x40085203;
const RNDZAPENTCNT = 0x5204;
const RNDCLEARPOOL = 0x5206;
const RNDRESEEDCRNG = 0x5207;

/** Bits in the pool: /proc/sys/kernel/random/entropy_avail. */
export const POOL_BITS = 256;

const scratch = new Uint8Array(4096);

export class RandomFile extends MemoryDevice {
  override read(_t: Task, dst: UserBuffer): number {
    let done = 0;
    while (dst.remaining > 0) {
      const want = Math.min(dst.remaining, scratch.length);
      const part = want < scratch.length ? scratch.subarray(0, want) : scratch;
      randomBytes(part);
      const n = dst.copy(part, 0, want);
      part.fill(0);
      if (n < 0) return done > 0 ? done : n;
      done += n;
      if (n < want) break;
    }
    return done;
  }

  /** What is written is read, so that bad addresses show, and forgotten. */
  override write(_t: Task, src: UserBuffer): number {
    let done = 0;
    while (src.remaining > 0) {
      const n = src.copy(scratch, 0, Math.min(src.remaining, scratch.length));
      if (n < 0) return done > 0 ? done : n;
      if (n === 0) break;
      done += n;
    }
    return done;
  }

  override seek(): number {
    return this.offset;
  }

  override ioctl(t: Task, request: number, arg: number): number {
    switch (request) {
      case RNDGETENTCNT:
        return putInt(t, arg, POOL_BITS);
      case RNDADDTOENTCNT:
      case RNDZAPENTCNT:
      case RNDCLEARPOOL:
      case RNDRESEEDCRNG:
        return t.creds.can(CAP_SYS_ADMIN) ? 0 : -EPERM;
      case RNDADDENTROPY:
        return addEntropy(t, arg);
      default:
        return -ENOTTY;
    }
  }
}

/** struct rand_pool_info: two ints, then that many bytes. */
function addEntropy(t: Task, arg: number): number {
  if (!t.creds.can(CAP_SYS_ADMIN)) return -EPERM;
  const head = new Int32Array(2);
  const bytes = new Uint8Array(head.buffer);
  if (!t.mm.copyIn(arg, bytes, 0, bytes.length)) return -EFAULT;
  return head[0] < 0 || head[1] < 0 ? -EINVAL : 0;
}

/** Socket addresses as the guest gives them: bytes of a sockaddr and a length. */
import { EFAULT, EINVAL } from "../../abi/linux/errno.ts";
import { I32 } from "../../abi/linux/scalars.ts";
import {
  AF_UNSPEC,
  Sockaddr,
  SOCKADDR_STORAGE_SIZE,
} from "../../abi/linux/socket.ts";
import type { Task } from "../kernel/task.ts";

const header = Sockaddr.at(new Uint8Array(SOCKADDR_STORAGE_SIZE));
const lengthWord = I32.alloc();

export class SocketAddress {
  readonly bytes: Uint8Array = new Uint8Array(SOCKADDR_STORAGE_SIZE);
  /** Bytes that count; 0: no address. */
  length = 0;

  /** AF_*; AF_UNSPEC if it is too short to say. */
  get family(): number {
    if (this.length < 2) return AF_UNSPEC;
    return header.at(this.bytes).sa_family;
  }

  assign(other: SocketAddress): void {
    this.bytes.set(other.bytes);
    this.length = other.length;
  }

  copy(): SocketAddress {
    const a = new SocketAddress();
    a.assign(this);
    return a;
  }

  /** Reads it from the guest. 0, -EINVAL for a bad length, -EFAULT. */
  copyIn(t: Task, addr: number, length: number): number {
    if (length < 0 || length > SOCKADDR_STORAGE_SIZE) return -EINVAL;
    this.bytes.fill(0);
    this.length = length;
    if (length === 0) return 0;
    return t.mm.copyIn(addr, this.bytes, 0, length) ? 0 : -EFAULT;
  }

  /**
   * Writes it to the guest, cut to the room that the int at `lengthAddr`
   * tells; that int becomes the true length. 0, -EFAULT, -EINVAL.
   */
  copyOut(t: Task, addr: number, lengthAddr: number): number {
    if (!t.copyIn(lengthAddr, lengthWord)) return -EFAULT;
    const room = lengthWord.value;
    if (room < 0) return -EINVAL;
    const n = Math.min(room, this.length);
    if (n > 0 && !t.mm.copyOut(addr, this.bytes, 0, n)) return -EFAULT;
    lengthWord.value = this.length;
    return t.copyOut(lengthAddr, lengthWord) ? 0 : -EFAULT;
  }
}

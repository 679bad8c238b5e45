/** What the host threads of a maker and of its child do for a birth: their command lists. */
import { ALTSTACK, closeThree, MSG_THREE } from "./commands.ts";
import type { SystrapContext } from "./context.ts";
import {
  CLONE_PROCESS,
  CLONE_THREAD,
  CTL_BASE,
  FD_ARENA,
  FD_FIRST,
  FD_SOCKET,
  GROUP_SIZE,
  NR_CLONE,
  NR_DUP3,
  NR_MUNMAP,
  NR_PRCTL,
  NR_RECVMSG,
  NR_SENDTO,
  NR_SIGALTSTACK,
  SLOT_SIZE,
  STACK,
  TID,
} from "./layout.ts";

/**
 * `from` clones its process; the child, whose slot is in group `ordinal` of it,
 * moves the three descriptors that were sent to their places, lets go of the
 * maker's slots and tells its id.
 */
export function queueFork(
  from: SystrapContext,
  child: SystrapContext,
  ordinal: number,
): void {
  const groupAddress = CTL_BASE + ordinal * GROUP_SIZE;
  const first = FD_FIRST;
  const SIGKILL = 9;
  child.own.push(NR_PRCTL, 1, SIGKILL, 0, 0, 0, 0);
  child.own.push(NR_DUP3, first, FD_SOCKET, 0, 0, 0, 0);
  child.own.push(NR_DUP3, first + 2, FD_ARENA, 0, 0, 0, 0);
  closeThree(child.own);
  for (let i = 0; i < from.as.groups.length; i++) {
    if (i === ordinal || from.as.groups[i] < 0) continue;
    const address = CTL_BASE + i * GROUP_SIZE;
    child.own.push(NR_MUNMAP, address, GROUP_SIZE, 0, 0, 0, 0);
  }
  child.own.push(NR_SENDTO, FD_SOCKET, child.address, 1, 0, 0, 0);

  // The child has what is mapped now, not what other threads map from now on.
  from.as.assignPending(from);
  from.ownFirst = true;
  from.as.forking = true;
  from.own.push(NR_RECVMSG, FD_SOCKET, MSG_THREE, 0, 0, 0, 0);
  from.own.push(NR_CLONE, CLONE_PROCESS, 0, 0, 0, groupAddress, first + 1);
  closeThree(from.own);
}

/** `from` clones a thread, which sets its signal stack up first. */
export function queueThread(from: SystrapContext, child: SystrapContext): void {
  child.own.push(NR_SIGALTSTACK, child.address + ALTSTACK, 0);
  child.own.push(0, 0, 0, 0);
  const at = ALTSTACK / 4;
  child.setWord64(at, child.address + STACK);
  child.setWord64(at + 2, 0);
  child.setWord64(at + 4, SLOT_SIZE - STACK);
  const stack = child.address + child.stackTop();
  const tid = child.address + TID * 4;
  from.own.push(NR_CLONE, CLONE_THREAD, stack, tid, tid, 0, 0);
}

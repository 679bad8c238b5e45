/** Opening fifos, fifo(7): readers and writers wait for each other. */
import { ENXIO } from "../../../abi/linux/errno.ts";
import { O_NONBLOCK } from "../../../abi/linux/fcntl.ts";
import { POLLIN, POLLOUT } from "../../../abi/linux/poll.ts";
import { PIPEFS_MAGIC } from "../../../abi/linux/stat.ts";
import type { Task } from "../../kernel/task.ts";
import type { FileDescription } from "../../vfs/file_description.ts";
import type { Inode } from "../../vfs/inode.ts";
import type { VfsPath } from "../../vfs/path.ts";
import type { SpecialOpener } from "../../vfs/special.ts";
import { Pipe } from "./pipe.ts";
import { PipeEnd } from "./pipe_end.ts";

export const fifoOpener: SpecialOpener = { open };

/**
 * Opens the fifo `inode`, or again (through /proc) a pipe, which waits for
 * nobody. A description; -ENXIO (write only, O_NONBLOCK, no
 * reader); or a park result: the end is then open already and pinned by the
 * call, which finds it again in `call.object` and closes it if interrupted.
 */
function open(
  t: Task,
  inode: Inode,
  path: VfsPath,
  flags: number,
): FileDescription | number {
  const { call } = t;
  const begun = call.object;
  if (begun instanceof PipeEnd) return partnerCame(t, begun);
  const pipe = inode.attachment instanceof Pipe
    ? inode.attachment
    : inode.attachment = new Pipe();
  const access = flags & 3;
  const nonblock = (flags & O_NONBLOCK) !== 0;
  const isPipe = inode.fs.magic === PIPEFS_MAGIC;
  if (access === 1 && nonblock && pipe.readers === 0 && !isPipe) {
    return -ENXIO;
  }
  // The counts from before the open tell whether a partner comes after it.
  const awaited = access === 0 ? pipe.writerOpens : pipe.readerOpens;
  const end = new PipeEnd(inode, path, flags, pipe as Pipe);
  end.awaited = awaited;
  if (access === 0 && nonblock && pipe.writers === 0 && !isPipe) {
    end.ignoreHangUp();
  }
  const alone = access === 0
    ? pipe.writers === 0
    : access === 1 && pipe.readers === 0;
  if (!alone || nonblock || isPipe) return end;
  call.object = end;
  end.incRef();
  call.pinned[call.pins++] = end;
  return t.park(pipe.openQueue, access === 0 ? POLLIN : POLLOUT);
}

/** The open that waits goes on: whether the other side has been opened since. */
function partnerCame(t: Task, end: PipeEnd): FileDescription | number {
  const { pipe } = end;
  const opens = end.readable ? pipe.writerOpens : pipe.readerOpens;
  if (opens !== end.awaited) return end;
  return t.park(pipe.openQueue, end.readable ? POLLIN : POLLOUT);
}

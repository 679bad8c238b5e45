/** fsync of host files without stopping the Sentry: a host thread does it, the caller parks. */
import {
  hostSync,
  hostSyncBegin,
  hostSyncEvent,
  hostSyncResult,
} from "../../../../ffi/mod.ts";
import { EAGAIN } from "../../../abi/linux/errno.ts";
import { POLLIN } from "../../../abi/linux/poll.ts";
import type { HostReady } from "../../../platform/platform.ts";
import type { Task } from "../../kernel/task.ts";
import type { FileDescription } from "../../vfs/file_description.ts";

/** What hostSyncResult says of a job that is under way. */
const UNDER_WAY = 1;

class SyncJob {
  result = UNDER_WAY;
  constructor(readonly id: number, readonly file: FileDescription) {}
}

/** Jobs that are under way. */
const jobs: Set<SyncJob> = new Set();
let watching = false;

const watch: HostReady = {
  hostReady(): void {
    for (const job of jobs) {
      job.result = hostSyncResult(job.id);
      if (job.result === UNDER_WAY) continue;
      jobs.delete(job);
      job.file.queue.wake(POLLIN);
    }
  },
};

/**
 * An attempt of fsync on host descriptor `fd` of `file`. 0 or -errno when it
 * is done; -EAGAIN while it is under way: `file.queue` is woken then.
 */
export function syncHost(
  t: Task,
  file: FileDescription,
  fd: number,
  dataOnly: boolean,
): number {
  const known = t.call.object;
  if (known instanceof SyncJob) {
    return known.result === UNDER_WAY ? -EAGAIN : known.result;
  }
  const id = hostSyncBegin(fd, dataOnly ? 1 : 0);
  // No thread to be had: then it is done here.
  if (id < 0) return hostSync(fd, dataOnly ? 1 : 0);
  if (!watching) {
    watching = true;
    t.kernel.watchHost(hostSyncEvent(), POLLIN, watch);
  }
  const job = new SyncJob(id, file);
  jobs.add(job);
  t.call.object = job;
  return -EAGAIN;
}

/**
 * Resource limits of a process, getrlimit(2). Values are numbers; RLIM_INFINITY
 * is 2^64, so that comparing with it needs no special case.
 */
import {
  RLIM_INFINITY,
  RLIM_NLIMITS,
  RLIMIT_CORE,
  RLIMIT_MEMLOCK,
  RLIMIT_MSGQUEUE,
  RLIMIT_NICE,
  RLIMIT_NOFILE,
  RLIMIT_NPROC,
  RLIMIT_RTPRIO,
  RLIMIT_SIGPENDING,
  RLIMIT_STACK,
} from "../../abi/linux/resource.ts";

/** Highest value of RLIMIT_NOFILE: /proc/sys/fs/nr_open. */
export const NR_OPEN = 1048576;

export class ResourceLimits {
  readonly cur: number[] = new Array(RLIM_NLIMITS).fill(RLIM_INFINITY);
  readonly max: number[] = new Array(RLIM_NLIMITS).fill(RLIM_INFINITY);

  /** Those of the first process: a fresh Linux's, with container-like files. */
  static initial(): ResourceLimits {
    const limits = new ResourceLimits();
    limits.set(RLIMIT_STACK, 8 * 1024 * 1024, RLIM_INFINITY);
    limits.set(RLIMIT_CORE, 0, RLIM_INFINITY);
    limits.set(RLIMIT_NPROC, 127542, 127542);
    limits.set(RLIMIT_NOFILE, 1024, NR_OPEN);
    limits.set(RLIMIT_MEMLOCK, 8 * 1024 * 1024, 8 * 1024 * 1024);
    limits.set(RLIMIT_SIGPENDING, 127542, 127542);
    limits.set(RLIMIT_MSGQUEUE, 819200, 819200);
    limits.set(RLIMIT_NICE, 0, 0);
    limits.set(RLIMIT_RTPRIO, 0, 0);
    return limits;
  }

  set(resource: number, cur: number, max: number): void {
    this.cur[resource] = cur;
    this.max[resource] = max;
  }

  /** For a child process. */
  copy(): ResourceLimits {
    const copy = new ResourceLimits();
    for (let i = 0; i < RLIM_NLIMITS; i++) {
      copy.set(i, this.cur[i], this.max[i]);
    }
    return copy;
  }
}

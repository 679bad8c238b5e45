/** struct rusage from accounts. */
import type { Rusage } from "../../abi/linux/resource.ts";
import { NSEC_PER_USEC, USEC_PER_SEC } from "../../abi/linux/time.ts";
import type { Usage } from "./accounts.ts";

type RusageAccess = ReturnType<typeof Rusage.alloc>;

/** Fills all of `ru`. */
export function fillRusage(ru: RusageAccess, usage: Usage): void {
  ru.bytes.fill(0);
  const user = Math.floor(usage.userTime / NSEC_PER_USEC);
  const system = Math.floor(usage.systemTime / NSEC_PER_USEC);
  ru.ru_utime.tv_sec = Math.floor(user / USEC_PER_SEC);
  ru.ru_utime.tv_usec = user % USEC_PER_SEC;
  ru.ru_stime.tv_sec = Math.floor(system / USEC_PER_SEC);
  ru.ru_stime.tv_usec = system % USEC_PER_SEC;
  ru.ru_maxrss = usage.maxRss;
  ru.ru_minflt = usage.minorFaults;
  ru.ru_majflt = usage.majorFaults;
  ru.ru_nvcsw = usage.voluntarySwitches;
  ru.ru_nivcsw = usage.involuntarySwitches;
}

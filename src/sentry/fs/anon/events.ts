/** Readiness bits that files leave out because they equal others. */
import {
  POLLIN,
  POLLOUT,
  POLLRDNORM,
  POLLWRNORM,
} from "../../../abi/linux/poll.ts";

/** What a file says, with POLLRDNORM and POLLWRNORM where POLLIN and POLLOUT hold. */
export function normalEvents(events: number): number {
  if ((events & POLLIN) !== 0) events |= POLLRDNORM;
  if ((events & POLLOUT) !== 0) events |= POLLWRNORM;
  return events;
}

/** Wake events that may make `wanted` true. */
export function wakeEvents(wanted: number): number {
  if ((wanted & POLLRDNORM) !== 0) wanted |= POLLIN;
  if ((wanted & POLLWRNORM) !== 0) wanted |= POLLOUT;
  return wanted;
}

/** /proc/devices: drivers by major number. */
import type { ProcEntry } from "./entry.ts";

export const devices: ProcEntry = {
  path: "devices",
  mode: 0o444,
  text: () =>
    "Character devices:\n" +
    "  1 mem\n  5 /dev/tty\n  5 /dev/console\n  5 /dev/ptmx\n136 pts\n" +
    "\nBlock devices:\n",
};

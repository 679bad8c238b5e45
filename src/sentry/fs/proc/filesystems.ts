/** /proc/filesystems: what mount(2) knows. */
import type { ProcEntry } from "./entry.ts";

const NODEV = [
  "sysfs",
  "tmpfs",
  "proc",
  "devtmpfs",
  "sockfs",
  "pipefs",
  "ramfs",
  "devpts",
  "overlay",
];

export const filesystems: ProcEntry = {
  path: "filesystems",
  mode: 0o444,
  text: () => NODEV.map((name) => `nodev\t${name}\n`).join(""),
};

/** What /dev holds at start. */
import { S_IFCHR } from "../../../abi/linux/stat.ts";
import type { Inode } from "../../vfs/inode.ts";
import { TmpfsFs } from "../tmpfs/fs.ts";
import { DEVICES, registerDevices } from "./devices.ts";

/** Links of /dev and where they lead. */
const LINKS: readonly (readonly [string, string])[] = [
  ["fd", "/proc/self/fd"],
  ["stdin", "/proc/self/fd/0"],
  ["stdout", "/proc/self/fd/1"],
  ["stderr", "/proc/self/fd/2"],
  ["ptmx", "pts/ptmx"],
];

/** Where devpts and a tmpfs (mode 1777) belong. */
const MOUNT_POINTS = ["pts", "shm"];

/**
 * Fills `dir`, the root of an empty tmpfs, with nodes, links and the mount
 * points `pts` (devpts) and `shm` (a tmpfs). 0, or the first -errno.
 */
export function populateDev(dir: Inode): number {
  for (const { name, dev, mode } of DEVICES) {
    const r = dir.mknod(name, S_IFCHR | mode, dev, 0, 0);
    if (typeof r === "number") return r;
  }
  for (const [name, target] of LINKS) {
    const r = dir.symlink(name, target, 0, 0);
    if (typeof r === "number") return r;
  }
  for (const name of MOUNT_POINTS) {
    const r = dir.mkdir(name, 0o755, 0, 0);
    if (typeof r === "number") return r;
  }
  return 0;
}

/** A new /dev. */
export function devFs(): TmpfsFs | number {
  registerDevices();
  const fs = new TmpfsFs(0o755, 0, 0, "devtmpfs");
  const r = populateDev(fs.root.inode!);
  return r < 0 ? r : fs;
}

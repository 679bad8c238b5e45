/** The character devices that there are, by device number (Linux's devices.txt). */
import { ENXIO } from "../../../abi/linux/errno.ts";
import { O_NOCTTY } from "../../../abi/linux/fcntl.ts";
import { makedev } from "../../../abi/linux/stat.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import { terminalOf } from "../../tty/job_control.ts";
import type { Tty } from "../../tty/tty.ts";
import { openTty } from "../../tty/tty_file.ts";
import type { FileDescription } from "../../vfs/file_description.ts";
import type { Inode } from "../../vfs/inode.ts";
import type { VfsPath } from "../../vfs/path.ts";
import {
  registerCharDevice,
  registerCharMajor,
  type SpecialOpener,
} from "../../vfs/special.ts";
import {
  devpts,
  PTMX_DEV,
  ptmxOpener,
  PTS_MAJOR,
  ptsOpener,
} from "../devpts/devpts.ts";
import { HostTerminal } from "../hostfd/host_terminal.ts";
import { FullFile, NullFile, ZeroFile } from "./null.ts";
import { RandomFile } from "./random.ts";

/** A device file without state: its class. */
type FileClass = new (
  inode: Inode,
  path: VfsPath | null,
  flags: number,
) => FileDescription;

function opens(File: FileClass): SpecialOpener {
  return {
    open: (_t, inode, path, flags): FileDescription =>
      new File(inode, path, flags & ~O_NOCTTY),
  };
}

/** /dev/tty: the controlling terminal of whoever opens it. ENXIO: none. */
const ttyOpener: SpecialOpener = {
  open(t, inode, path, flags): FileDescription | number {
    const tty = terminalOf(t.group);
    if (tty === null) return -ENXIO;
    return openTty(t, tty, inode, path, flags | O_NOCTTY);
  },
};

/** /dev/console: the host's terminal. ENXIO: the sandbox has none. */
const consoleOpener: SpecialOpener = {
  open(t, inode, path, flags): FileDescription | number {
    const tty = hostTerminal(t.kernel);
    if (tty === null) return -ENXIO;
    return openTty(t, tty, inode, path, flags | O_NOCTTY);
  },
};

function hostTerminal(kernel: Kernel): Tty | null {
  for (const node of devpts(kernel).nodes) {
    if (node?.tty instanceof HostTerminal) return node.tty;
  }
  return null;
}

/** A node of /dev: name, major and minor number, permission bits. */
export interface DeviceNode {
  readonly name: string;
  readonly dev: number;
  readonly mode: number;
  readonly opener: SpecialOpener;
}

function node(
  name: string,
  major: number,
  minor: number,
  mode: number,
  opener: SpecialOpener,
): DeviceNode {
  return { name, dev: makedev(major, minor), mode, opener };
}

/** What /dev holds, besides links and mount points. */
export const DEVICES: readonly DeviceNode[] = [
  node("null", 1, 3, 0o666, opens(NullFile)),
  node("zero", 1, 5, 0o666, opens(ZeroFile)),
  node("full", 1, 7, 0o666, opens(FullFile)),
  node("random", 1, 8, 0o666, opens(RandomFile)),
  node("urandom", 1, 9, 0o666, opens(RandomFile)),
  node("tty", 5, 0, 0o666, ttyOpener),
  node("console", 5, 1, 0o600, consoleOpener),
];

/** Makes the devices known to the vfs: once, at start. */
export function registerDevices(): void {
  for (const { dev, opener } of DEVICES) registerCharDevice(dev, opener);
  registerCharDevice(PTMX_DEV, ptmxOpener);
  registerCharMajor(PTS_MAJOR, ptsOpener);
}

/** The file systems that mount(2) knows, one line each. */
import type { Kernel } from "../kernel/kernel.ts";
import type { FileSystem } from "../vfs/file_system.ts";
import { devFs } from "./dev/populate.ts";
import { DevptsFs } from "./devpts/devpts.ts";
import { ProcFs } from "./proc/fs.ts";
import { SysFs } from "./sys/fs.ts";
import { TmpfsFs } from "./tmpfs/fs.ts";

/** Makes a file system (or finds the one there is). It, or -errno. */
export type MountType = (
  kernel: Kernel,
  options: string,
  uid: number,
  gid: number,
) => FileSystem | number;

/** By name, as in /proc/filesystems; all are "nodev". */
export const fileSystemTypes: Map<string, MountType> = new Map();

fileSystemTypes.set("tmpfs", (_k, o, uid, gid) => TmpfsFs.mount(o, uid, gid));
fileSystemTypes.set("proc", (kernel) => new ProcFs(kernel));
fileSystemTypes.set("sysfs", () => new SysFs());
fileSystemTypes.set("devpts", (kernel, o) => DevptsFs.mount(kernel, o));
fileSystemTypes.set("devtmpfs", () => devFs());

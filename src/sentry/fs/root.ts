/** The mount tree that a sandbox starts with. */
import { ENOENT, ENOTDIR } from "../../abi/linux/errno.ts";
import { errnoName } from "../../abi/linux/errno.ts";
import type { MountConfig, SandboxConfig } from "../config.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { utf8ToBinary } from "../strings.ts";
import type { Dentry } from "../vfs/dentry.ts";
import type { FileSystem } from "../vfs/file_system.ts";
import {
  Mount,
  MountNamespace,
  MS_NODEV,
  MS_NOEXEC,
  MS_NOSUID,
  MS_RDONLY,
} from "../vfs/mount.ts";
import { VfsPath } from "../vfs/path.ts";
import { HostFs } from "./host/fs.ts";
import { mountPoint } from "./mount_point.ts";
import { OverlayFs } from "./overlay/fs.ts";
import { fileSystemTypes } from "./table.ts";
import { TmpfsFs } from "./tmpfs/fs.ts";

/** A mount could not be made: the message says which and why. */
export class MountError extends Error {}

/** Makes the root and all mounts that `config` asks for. Throws MountError. */
export function buildRoot(kernel: Kernel, config: SandboxConfig): VfsPath {
  const fs = openRoot(config);
  const namespace = new MountNamespace();
  const flags = config.rootMode === "ro" ? MS_RDONLY : 0;
  const mount = new Mount(namespace, fs, fs.root, flags);
  mount.locked = true;
  namespace.root = mount;
  const root = fs.root.through(mount);
  const quiet = MS_NOSUID | MS_NODEV | MS_NOEXEC;
  add(kernel, root, "proc", "/proc", quiet);
  add(kernel, root, "sysfs", "/sys", quiet | MS_RDONLY);
  add(kernel, root, "devtmpfs", "/dev", MS_NOSUID);
  add(kernel, root, "devpts", "/dev/pts", MS_NOSUID | MS_NOEXEC);
  addTmpfs(root, "/dev/shm", MS_NOSUID | MS_NODEV);
  addTmpfs(root, "/tmp", MS_NOSUID | MS_NODEV);
  for (const m of config.mounts) addConfigured(root, config, m);
  return root;
}

function openRoot(config: SandboxConfig): FileSystem {
  const fs = HostFs.open(config.root, {
    readonly: config.rootMode !== "rw",
    guestUid: config.uid,
    guestGid: config.gid,
  });
  if (typeof fs === "number") {
    throw new MountError(`${config.root}: ${errnoName(-fs)}`);
  }
  if (!fs.root.inode!.isDirectory) {
    throw new MountError(`${config.root}: ${errnoName(ENOTDIR)}`);
  }
  return config.rootMode === "overlay" ? new OverlayFs(fs.root) : fs;
}

/** Mounts a registered type; one that is not registered is left out. */
function add(
  kernel: Kernel,
  root: VfsPath,
  type: string,
  path: string,
  flags: number,
): void {
  const make = fileSystemTypes.get(type);
  if (make === undefined) return;
  const fs = make(kernel, "", 0, 0);
  if (typeof fs === "number") {
    throw new MountError(`${type} on ${path}: ${errnoName(-fs)}`);
  }
  attach(root, path, fs, fs.root, flags);
}

function addTmpfs(root: VfsPath, path: string, flags: number): void {
  const fs = new TmpfsFs();
  attach(root, path, fs, fs.root, flags);
}

function attach(
  root: VfsPath,
  path: string,
  fs: FileSystem,
  top: Dentry,
  flags: number,
): void {
  const place = mountPoint(root, utf8ToBinary(path), top.inode!.isDirectory);
  if (typeof place === "number") {
    throw new MountError(`cannot mount on ${path}: ${errnoName(-place)}`);
  }
  const mount = new Mount(place.mount.namespace, fs, top, flags);
  mount.locked = true;
  mount.attach(place.mount, place.dentry);
}

function addConfigured(
  root: VfsPath,
  config: SandboxConfig,
  m: MountConfig,
): void {
  const flags = m.readonly ? MS_RDONLY : 0;
  if (m.type === "tmpfs") {
    addTmpfs(root, m.dst, flags | MS_NOSUID | MS_NODEV);
    return;
  }
  const src = m.src ?? "";
  const fs = HostFs.open(src, {
    readonly: m.readonly,
    guestUid: config.uid,
    guestGid: config.gid,
  });
  if (typeof fs === "number") {
    const reason = fs === -ENOENT ? "no such file" : errnoName(-fs);
    throw new MountError(`cannot mount ${src}: ${reason}`);
  }
  attach(root, m.dst, fs, fs.root, flags | MS_NODEV);
}

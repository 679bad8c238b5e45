/** /proc/pid/mounts, mountinfo and mountstats. */
import type { Task } from "../../../kernel/task.ts";
import {
  type Mount,
  MS_NOATIME,
  MS_NODEV,
  MS_NOEXEC,
  MS_NOSUID,
} from "../../../vfs/mount.ts";
import type { VfsPath } from "../../../vfs/path.ts";
import { mangle, type Subject, type TaskEntry } from "../entry.ts";
import { isAlive } from "./state.ts";

/** A mount that `of` can see, and where. */
interface Seen {
  readonly mount: Mount;
  readonly point: string;
}

function visible(of: Task): Seen[] {
  if (!isAlive(of)) return [];
  const { root } = of.fs;
  const seen: Seen[] = [];
  for (const mount of root.mount.namespace.list()) {
    const point = mount === root.mount
      ? "/"
      : mount.root.through(mount).nameBelow(root);
    if (point.startsWith("/")) seen.push({ mount, point });
  }
  return seen;
}

/** Options of the mount, then those of the file system. */
function mountOptions(mount: Mount): string {
  const { flags } = mount;
  return (mount.readonly ? "ro" : "rw") +
    ((flags & MS_NOSUID) !== 0 ? ",nosuid" : "") +
    ((flags & MS_NODEV) !== 0 ? ",nodev" : "") +
    ((flags & MS_NOEXEC) !== 0 ? ",noexec" : "") +
    ((flags & MS_NOATIME) !== 0 ? ",noatime" : ",relatime");
}

function mountsText({ task }: Subject): string {
  return visible(task).map(({ mount, point }) =>
    `${mangle(mount.fs.source)} ${mangle(point)} ${mount.fs.type} ` +
    `${mountOptions(mount)}${mount.fs.options} 0 0\n`
  ).join("");
}

function infoText({ task }: Subject): string {
  return visible(task).map(({ mount, point }) => {
    const { fs } = mount;
    const major = (fs.dev >>> 8) & 0xfff;
    const access = fs.readonly ? "ro" : "rw";
    return `${mount.id} ${mount.parent?.id ?? 1} ${major}:${minor(fs.dev)} ` +
      `${mangle(placeInFs(mount.root.through(mount)))} ${mangle(point)} ` +
      `${mountOptions(mount)} - ${fs.type} ${mangle(fs.source)} ` +
      `${access}${fs.options}\n`;
  }).join("");
}

function minor(dev: number): number {
  return (dev & 0xff) + Math.floor(dev / 0x100000) * 256;
}

/** Where the mount's root lies in its file system. */
function placeInFs(root: VfsPath): string {
  let text = "";
  let d = root.dentry;
  while (d.parent !== null) {
    text = "/" + d.name + text;
    d = d.parent;
  }
  return text === "" ? "/" : text;
}

function statsText({ task }: Subject): string {
  return visible(task).map(({ mount, point }) =>
    `device ${mangle(mount.fs.source)} mounted on ${mangle(point)} ` +
    `with fstype ${mount.fs.type}\n`
  ).join("");
}

export const mounts: TaskEntry = {
  name: "mounts",
  mode: 0o444,
  text: mountsText,
};
export const mountinfo: TaskEntry = {
  name: "mountinfo",
  mode: 0o444,
  text: infoText,
};
export const mountstats: TaskEntry = {
  name: "mountstats",
  mode: 0o400,
  only: "process",
  text: statsText,
};

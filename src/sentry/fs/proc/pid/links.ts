/** /proc/pid/exe, cwd and root. */
import { ENOENT } from "../../../../abi/linux/errno.ts";
import type { Task } from "../../../kernel/task.ts";
import type { FileSystem } from "../../../vfs/file_system.ts";
import type { VfsPath } from "../../../vfs/path.ts";
import type { Subject } from "../entry.ts";
import { pathOf } from "../nameless.ts";
import { isAlive } from "./state.ts";
import { TaskLink } from "./task_inode.ts";

type Place = (of: Task) => VfsPath | null;

const PLACES: Readonly<Record<string, Place>> = {
  cwd: (of) => of.fs.cwd,
  root: (of) => of.fs.root,
  exe: (of) => of.mm.exe === null ? null : pathOf(of.mm.exe),
};

export const LINK_NAMES: readonly string[] = Object.keys(PLACES);

export function placeLink(
  fs: FileSystem,
  of: Subject,
  name: string,
): TaskLink {
  const find = PLACES[name];
  const place = (): VfsPath | number => {
    if (!isAlive(of.task)) return -ENOENT;
    return find(of.task) ?? -ENOENT;
  };
  return new TaskLink(fs, of, (t) => {
    const path = place();
    return typeof path === "number" ? path : path.pathname(t.fs.root);
  }, place);
}

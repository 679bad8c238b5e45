/** Files of memfd_create(2): in memory, without a name in any directory. */
import {
  F_SEAL_EXEC,
  F_SEAL_SEAL,
  O_LARGEFILE,
  O_RDWR,
} from "../../../abi/linux/fcntl.ts";
import type { Task } from "../../kernel/task.ts";
import { Dentry } from "../../vfs/dentry.ts";
import type { FileDescription } from "../../vfs/file_description.ts";
import { Mount, MountNamespace } from "../../vfs/mount.ts";
import { TmpfsFile } from "./file.ts";
import { TmpfsFs } from "./fs.ts";

let mount: Mount | null = null;

/** A mount that is in nobody's tree. */
function hidden(): Mount {
  if (mount !== null) return mount;
  const fs = new TmpfsFs();
  mount = new Mount(new MountNamespace(), fs, fs.root, 0);
  mount.internal = true;
  return mount;
}

/**
 * A new, empty file, open for reading and writing.
 * @param sealable without it, F_SEAL_SEAL is set from the start
 * @param noExec not executable, and F_SEAL_EXEC set
 */
export function newMemfd(
  t: Task,
  name: string,
  sealable: boolean,
  noExec: boolean,
): FileDescription {
  const at = hidden();
  const { fsuid, fsgid } = t.creds;
  const mode = noExec ? 0o666 : 0o777;
  const inode = (at.fs as TmpfsFs).newRegular(mode, fsuid, fsgid);
  inode.nlink = 0;
  inode.seals = (sealable ? 0 : F_SEAL_SEAL) | (noExec ? F_SEAL_EXEC : 0);
  const dentry = new Dentry(at.root, `memfd:${name}`, inode);
  dentry.deleted = true;
  return new TmpfsFile(inode, dentry.through(at), O_RDWR | O_LARGEFILE);
}

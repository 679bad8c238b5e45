/**
 * Inodes of files without a name: pipes, sockets, and the one that eventfds,
 * timerfds and their like share.
 *
 * @module
 */
import {
  ANON_INODE_FS_MAGIC,
  PIPEFS_MAGIC,
  S_IFIFO,
  S_IFSOCK,
  SOCKFS_MAGIC,
} from "../../../abi/linux/stat.ts";
import { Dentry } from "../../vfs/dentry.ts";
import { FileSystem } from "../../vfs/file_system.ts";
import { Inode } from "../../vfs/inode.ts";

/** A file system that is never mounted. */
class NamelessFs extends FileSystem {
  readonly root: Dentry = new Dentry(null, "", null);
}

class AnonInode extends Inode {}

const anonFs = new NamelessFs("anon_inodefs", ANON_INODE_FS_MAGIC);
const pipeFs = new NamelessFs("pipefs", PIPEFS_MAGIC);
const socketFs = new NamelessFs("sockfs", SOCKFS_MAGIC);

let shared: AnonInode | null = null;

/** The inode of all anon_inode files; its mode has no type. */
export function anonInode(): Inode {
  return shared ??= make(anonFs, 0o600);
}

/** The inode of a new pipe, owned by `uid` and `gid`. */
export function pipeInode(uid: number, gid: number): Inode {
  const inode = make(pipeFs, S_IFIFO | 0o600);
  inode.uid = uid;
  inode.gid = gid;
  return inode;
}

/** The inode of a new socket, owned by `uid` and `gid`. */
export function socketInode(uid: number, gid: number): Inode {
  const inode = make(socketFs, S_IFSOCK | 0o777);
  inode.uid = uid;
  inode.gid = gid;
  return inode;
}

function make(fs: FileSystem, mode: number): AnonInode {
  const inode = new AnonInode(fs, fs.nextInode(), mode);
  inode.stampNew();
  return inode;
}

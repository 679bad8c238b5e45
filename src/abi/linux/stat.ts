/**
 * File status: asm/stat.h, linux/stat.h, asm/statfs.h, linux/magic.h.
 *
 * @module
 */

import { struct } from "../struct.ts";

// File types and mode bits of st_mode.
export const S_IFMT = 0o170000;
export const S_IFSOCK = 0o140000;
export const S_IFLNK = 0o120000;
export const S_IFREG = 0o100000;
export const S_IFBLK = 0o60000;
export const S_IFDIR = 0o40000;
export const S_IFCHR = 0o20000;
export const S_IFIFO = 0o10000;
export const S_ISUID = 0o4000;
export const S_IRWXU = 0o700;
export const S_IRUSR = 0o400;
export const S_IWUSR = 0o200;
export const S_IXUSR = 0o100;
export const S_IRWXG = 0o70;
export const S_IRGRP = 0o40;
export const S_IWGRP = 0o20;
export const S_IXGRP = 0o10;
export const S_IRWXO = 0o7;
export const S_IROTH = 0o4;
export const S_IWOTH = 0o2;
export const S_IXOTH = 0o1;
export const S_ISGID = 0o2000;
export const S_ISVTX = 0o1000;
export const S_IRWXUGO = 0o777;
/** All mode bits that chmod(2) sets. */
export const S_IALLUGO = 0o7777;

// statx(2): `mask` and stx_mask.
export const STATX_TYPE = 0x1;
export const STATX_MODE = 0x2;
export const STATX_NLINK = 0x4;
export const STATX_UID = 0x8;
export const STATX_GID = 0x10;
export const STATX_ATIME = 0x20;
export const STATX_MTIME = 0x40;
export const STATX_CTIME = 0x80;
export const STATX_INO = 0x100;
export const STATX_SIZE = 0x200;
export const STATX_BLOCKS = 0x400;
export const STATX_BASIC_STATS = 0x7ff;
export const STATX_BTIME = 0x800;
export const STATX_MNT_ID = 0x1000;
export const STATX_DIOALIGN = 0x2000;
export const STATX_ALL = 0xfff;
export const STATX_MNT_ID_UNIQUE = 0x4000;
export const STATX_SUBVOL = 0x8000;
export const STATX_WRITE_ATOMIC = 0x10000;
export const STATX_DIO_READ_ALIGN = 0x20000;
// statx(2): stx_attributes.
export const STATX_ATTR_COMPRESSED = 0x4;
export const STATX_ATTR_IMMUTABLE = 0x10;
export const STATX_ATTR_APPEND = 0x20;
export const STATX_ATTR_NODUMP = 0x40;
export const STATX_ATTR_ENCRYPTED = 0x800;
export const STATX_ATTR_AUTOMOUNT = 0x1000;
export const STATX_ATTR_MOUNT_ROOT = 0x2000;
export const STATX_ATTR_VERITY = 0x100000;
export const STATX_ATTR_DAX = 0x200000;

/** st_rdev and st_dev: major and minor as newer programs and the kernel pack them. */
export function makedev(major: number, minor: number): number {
  return (((minor & 0xff) | ((major & 0xfff) << 8)) >>> 0) +
    (minor >>> 8) * 0x100000;
}

/** The major number of a device number made by {@linkcode makedev}. */
export function major(dev: number): number {
  return (dev >>> 8) & 0xfff;
}

/** The minor number of a device number made by {@linkcode makedev}. */
export function minor(dev: number): number {
  return ((dev & 0xff) | ((dev >>> 12) & 0xfff00)) >>> 0;
}

/** struct stat, asm/stat.h; times are seconds and nanoseconds. */
export const Stat = struct({
  st_dev: "u64",
  st_ino: "u64",
  st_nlink: "u64",
  st_mode: "u32",
  st_uid: "u32",
  st_gid: "u32",
  __pad0: "u32",
  st_rdev: "u64",
  st_size: "i64",
  st_blksize: "i64",
  st_blocks: "i64",
  st_atime: "i64",
  st_atime_nsec: "u64",
  st_mtime: "i64",
  st_mtime_nsec: "u64",
  st_ctime: "i64",
  st_ctime_nsec: "u64",
  __unused: ["i64", 3],
}, { c: "struct stat", header: "asm/stat.h" });

/** struct statx_timestamp, linux/stat.h. */
export const StatxTimestamp = struct({
  tv_sec: "i64",
  tv_nsec: "u32",
  __reserved: "i32",
}, { c: "struct statx_timestamp", header: "linux/stat.h" });

/** struct statx, linux/stat.h (Linux 6.11). */
export const Statx = struct({
  stx_mask: "u32",
  stx_blksize: "u32",
  stx_attributes: "u64",
  stx_nlink: "u32",
  stx_uid: "u32",
  stx_gid: "u32",
  stx_mode: "u16",
  __spare0: ["u16", 1],
  stx_ino: "u64",
  stx_size: "u64",
  stx_blocks: "u64",
  stx_attributes_mask: "u64",
  stx_atime: StatxTimestamp,
  stx_btime: StatxTimestamp,
  stx_ctime: StatxTimestamp,
  stx_mtime: StatxTimestamp,
  stx_rdev_major: "u32",
  stx_rdev_minor: "u32",
  stx_dev_major: "u32",
  stx_dev_minor: "u32",
  stx_mnt_id: "u64",
  stx_dio_mem_align: "u32",
  stx_dio_offset_align: "u32",
  _stx_subvol: "u64",
  _stx_atomic_write_unit_min: "u32",
  _stx_atomic_write_unit_max: "u32",
}, { size: 256, c: "struct statx", header: "linux/stat.h" });

/** struct statfs, asm-generic/statfs.h. */
export const Statfs = struct({
  f_type: "i64",
  f_bsize: "i64",
  f_blocks: "i64",
  f_bfree: "i64",
  f_bavail: "i64",
  f_files: "i64",
  f_ffree: "i64",
  f_fsid: "bits64",
  f_namelen: "i64",
  f_frsize: "i64",
  f_flags: "i64",
  f_spare: ["i64", 4],
}, { c: "struct statfs", header: "linux/types.h asm/statfs.h" });

/** f_flags of statfs, include/linux/statfs.h. */
export const ST_RDONLY = 0x1;
export const ST_NOSUID = 0x2;
export const ST_NODEV = 0x4;
export const ST_NOEXEC = 0x8;
export const ST_SYNCHRONOUS = 0x10;
export const ST_VALID = 0x20;
export const ST_MANDLOCK = 0x40;
export const ST_NOATIME = 0x400;
export const ST_NODIRATIME = 0x800;
export const ST_RELATIME = 0x1000;
export const ST_NOSYMFOLLOW = 0x2000;

// f_type of statfs, linux/magic.h.
export const ADFS_SUPER_MAGIC = 0xadf5;
export const ANON_INODE_FS_MAGIC = 0x9041934;
export const BDEVFS_MAGIC = 0x62646576;
export const BPF_FS_MAGIC = 0xcafe4a11;
export const BTRFS_SUPER_MAGIC = 0x9123683e;
export const CGROUP_SUPER_MAGIC = 0x27e0eb;
export const CGROUP2_SUPER_MAGIC = 0x63677270;
export const DEVPTS_SUPER_MAGIC = 0x1cd1;
export const EXT4_SUPER_MAGIC = 0xef53;
export const HUGETLBFS_MAGIC = 0x958458f6;
export const NFS_SUPER_MAGIC = 0x6969;
export const NSFS_MAGIC = 0x6e736673;
export const OVERLAYFS_SUPER_MAGIC = 0x794c7630;
export const PIPEFS_MAGIC = 0x50495045;
export const PROC_SUPER_MAGIC = 0x9fa0;
export const RAMFS_MAGIC = 0x858458f6;
export const SECURITYFS_MAGIC = 0x73636673;
export const SOCKFS_MAGIC = 0x534f434b;
export const SYSFS_MAGIC = 0x62656572;
export const TMPFS_MAGIC = 0x1021994;
export const TRACEFS_MAGIC = 0x74726163;
export const XFS_SUPER_MAGIC = 0x58465342;
export const V9FS_MAGIC = 0x1021997;
export const PID_FS_MAGIC = 0x50494446;
export const MQUEUE_MAGIC = 0x19800202;

//! Host files by name. Every access is made relative to a directory descriptor, by a
//! name that is one plain component (no slash, not `..`): TypeScript sees to
//! that, and openat2 is told so too. Names cross as `bytes[..length]`.

use crate::errno;
use deno_bindgen::deno_bindgen;
use std::ffi::CString;

/// How openat2 may walk: beneath the directory, through no link whatsoever.
const RESOLVE: u64 = 0x08 | 0x04 | 0x02;

/// The C string in `bytes[..length]`, if it is one.
pub(crate) fn name_of(bytes: &[u8], length: u32) -> Option<CString> {
    CString::new(bytes.get(..length as usize)?).ok()
}

/// Opens the directory at a host path of the user's: the root of a mount. O_PATH fd or -errno.
#[deno_bindgen]
fn host_open_root(path: &[u8]) -> i32 {
    let Ok(path) = CString::new(path) else {
        return -libc::EINVAL;
    };
    // SAFETY: `path` is a C string that outlives the call.
    errno::check(unsafe { libc::open(path.as_ptr(), libc::O_PATH | libc::O_CLOEXEC) })
}

/// Opens `name` in `dirfd` (never following a link). With length 0, what `dirfd` itself names,
/// which must be a directory. fd or -errno.
#[deno_bindgen]
fn host_open(dirfd: i32, name: &[u8], length: u32, flags: u32, mode: u32) -> i32 {
    let Some(name) = (if length == 0 {
        CString::new(".").ok()
    } else {
        name_of(name, length)
    }) else {
        return -libc::EINVAL;
    };
    let flags = flags as i32 | libc::O_CLOEXEC | libc::O_NOFOLLOW | libc::O_NOCTTY;
    // O_PATH refuses other flags in openat2; without it O_NONBLOCK keeps a fifo from blocking us.
    let flags = if flags & libc::O_PATH != 0 {
        flags & !libc::O_NOCTTY
    } else {
        flags | libc::O_NONBLOCK
    };
    let how = [flags as u32 as u64, u64::from(mode), RESOLVE];
    // SAFETY: `name` is a C string and `how` a struct open_how; both outlive the call.
    let fd = unsafe {
        libc::syscall(
            libc::SYS_openat2,
            dirfd,
            name.as_ptr(),
            how.as_ptr(),
            size_of_val(&how),
        )
    };
    if fd >= 0 {
        return fd as i32;
    }
    let error = errno::last();
    if error != -libc::ENOSYS {
        return error;
    }
    // SAFETY: as above. One component with O_NOFOLLOW cannot leave `dirfd`.
    errno::check(unsafe { libc::openat(dirfd, name.as_ptr(), flags, mode) })
}

/// Doubles that `host_stat` writes.
const STAT_FIELDS: usize = 20;

/// Status of `name` in `dirfd`, or of `dirfd` itself (length 0); links are not followed. `out` gets
/// mode, nlink, uid, gid, rdev major, rdev minor, size, blocks, blksize, then seconds and nanoseconds
/// of atime, mtime, ctime, btime, then low and high half of the inode number, then device, as f64.
/// 0 or -errno.
#[deno_bindgen]
fn host_stat(dirfd: i32, name: &[u8], length: u32, out: &mut [u8]) -> i32 {
    let Some(name) = name_of(name, length) else {
        return -libc::EINVAL;
    };
    // SAFETY: statx is plain data, for which zeroes are valid.
    let mut s: libc::statx = unsafe { std::mem::zeroed() };
    let flags = libc::AT_SYMLINK_NOFOLLOW | libc::AT_EMPTY_PATH | libc::AT_NO_AUTOMOUNT;
    // SAFETY: `name` is a C string, `s` outlives the call.
    let r = unsafe {
        libc::statx(
            dirfd,
            name.as_ptr(),
            flags,
            libc::STATX_BASIC_STATS | libc::STATX_BTIME,
            &mut s,
        )
    };
    if r < 0 {
        return errno::last();
    }
    let device = |major: u32, minor: u32| f64::from(major) * 1_048_576.0 + f64::from(minor);
    let fields: [f64; STAT_FIELDS] = [
        f64::from(s.stx_mode),
        f64::from(s.stx_nlink),
        f64::from(s.stx_uid),
        f64::from(s.stx_gid),
        f64::from(s.stx_rdev_major),
        f64::from(s.stx_rdev_minor),
        s.stx_size as f64,
        s.stx_blocks as f64,
        f64::from(s.stx_blksize),
        s.stx_atime.tv_sec as f64,
        f64::from(s.stx_atime.tv_nsec),
        s.stx_mtime.tv_sec as f64,
        f64::from(s.stx_mtime.tv_nsec),
        s.stx_ctime.tv_sec as f64,
        f64::from(s.stx_ctime.tv_nsec),
        s.stx_btime.tv_sec as f64,
        f64::from(s.stx_btime.tv_nsec),
        f64::from(s.stx_ino as u32),
        f64::from((s.stx_ino >> 32) as u32),
        device(s.stx_dev_major, s.stx_dev_minor),
    ];
    for (to, field) in out.chunks_exact_mut(8).zip(fields) {
        to.copy_from_slice(&field.to_ne_bytes());
    }
    0
}

/// Text of the link `name` in `dirfd` to `out`. Its length or -errno.
#[deno_bindgen]
fn host_readlink(dirfd: i32, name: &[u8], length: u32, out: &mut [u8]) -> i32 {
    let Some(name) = name_of(name, length) else {
        return -libc::EINVAL;
    };
    // SAFETY: `name` is a C string, `out` valid for its length.
    let n = unsafe { libc::readlinkat(dirfd, name.as_ptr(), out.as_mut_ptr().cast(), out.len()) };
    errno::check(n as i32)
}

/// getdents64 of an open directory: bytes of `out` filled, 0 at the end, or -errno.
#[deno_bindgen]
fn host_list(fd: i32, out: &mut [u8]) -> i32 {
    // SAFETY: `out` is valid for its length.
    let n = unsafe { libc::syscall(libc::SYS_getdents64, fd, out.as_mut_ptr(), out.len()) };
    errno::check(n as i32)
}

#[deno_bindgen]
fn host_mkdir(dirfd: i32, name: &[u8], length: u32, mode: u32) -> i32 {
    let Some(name) = name_of(name, length) else {
        return -libc::EINVAL;
    };
    // SAFETY: `name` is a C string.
    errno::check(unsafe { libc::mkdirat(dirfd, name.as_ptr(), mode) })
}

/// A fifo, socket or regular file; devices are never made on the host.
#[deno_bindgen]
fn host_mknod(dirfd: i32, name: &[u8], length: u32, mode: u32) -> i32 {
    let Some(name) = name_of(name, length) else {
        return -libc::EINVAL;
    };
    if matches!(mode & libc::S_IFMT, libc::S_IFCHR | libc::S_IFBLK) {
        return -libc::EPERM;
    }
    // SAFETY: `name` is a C string.
    errno::check(unsafe { libc::mknodat(dirfd, name.as_ptr(), mode, 0) })
}

#[deno_bindgen]
fn host_symlink(dirfd: i32, name: &[u8], length: u32, target: &[u8], target_length: u32) -> i32 {
    let (Some(name), Some(target)) = (name_of(name, length), name_of(target, target_length)) else {
        return -libc::EINVAL;
    };
    // SAFETY: both are C strings.
    errno::check(unsafe { libc::symlinkat(target.as_ptr(), dirfd, name.as_ptr()) })
}

/// `to` in `to_dir` becomes another name of `from` in `from_dir`; a link is not followed.
#[deno_bindgen]
fn host_link(
    from_dir: i32,
    from: &[u8],
    from_length: u32,
    to_dir: i32,
    to: &[u8],
    to_length: u32,
) -> i32 {
    let (Some(from), Some(to)) = (name_of(from, from_length), name_of(to, to_length)) else {
        return -libc::EINVAL;
    };
    // SAFETY: both are C strings.
    errno::check(unsafe { libc::linkat(from_dir, from.as_ptr(), to_dir, to.as_ptr(), 0) })
}

/// Gives the unnamed file behind `fd` a name.
#[deno_bindgen]
fn host_link_fd(fd: i32, to_dir: i32, to: &[u8], to_length: u32) -> i32 {
    let Some(to) = name_of(to, to_length) else {
        return -libc::EINVAL;
    };
    let path = magic(fd);
    // SAFETY: both are C strings.
    errno::check(unsafe {
        libc::linkat(
            libc::AT_FDCWD,
            path.as_ptr(),
            to_dir,
            to.as_ptr(),
            libc::AT_SYMLINK_FOLLOW,
        )
    })
}

/// syncfs of the file system that `fd` (not O_PATH) is on.
#[deno_bindgen]
fn host_sync_all(fd: i32) -> i32 {
    // SAFETY: no pointer is passed.
    errno::check(unsafe { libc::syncfs(fd) })
}

/// Removes a file, or with `directory` not 0 a directory.
#[deno_bindgen]
fn host_unlink(dirfd: i32, name: &[u8], length: u32, directory: u32) -> i32 {
    let Some(name) = name_of(name, length) else {
        return -libc::EINVAL;
    };
    let flags = if directory != 0 {
        libc::AT_REMOVEDIR
    } else {
        0
    };
    // SAFETY: `name` is a C string.
    errno::check(unsafe { libc::unlinkat(dirfd, name.as_ptr(), flags) })
}

/// renameat2; `flags` as there.
#[deno_bindgen]
fn host_rename(
    from_dir: i32,
    from: &[u8],
    from_length: u32,
    to_dir: i32,
    to: &[u8],
    to_length: u32,
    flags: u32,
) -> i32 {
    let (Some(from), Some(to)) = (name_of(from, from_length), name_of(to, to_length)) else {
        return -libc::EINVAL;
    };
    // SAFETY: both are C strings.
    let r = unsafe {
        libc::syscall(
            libc::SYS_renameat2,
            from_dir,
            from.as_ptr(),
            to_dir,
            to.as_ptr(),
            flags,
        )
    };
    errno::check(r as i32)
}

/// The magic link of one of our descriptors, for calls that take no O_PATH descriptor.
pub(crate) fn magic(fd: i32) -> CString {
    CString::new(format!("/proc/self/fd/{fd}")).expect("no NUL in digits")
}

/// chmod of what an O_PATH descriptor names.
#[deno_bindgen]
fn host_chmod(fd: i32, mode: u32) -> i32 {
    let path = magic(fd);
    // SAFETY: `path` is a C string.
    errno::check(unsafe { libc::chmod(path.as_ptr(), mode) })
}

/// chown of what a descriptor names; u32::MAX leaves an id.
#[deno_bindgen]
fn host_chown(fd: i32, uid: u32, gid: u32) -> i32 {
    // SAFETY: the path is a C string literal.
    errno::check(unsafe { libc::fchownat(fd, c"".as_ptr(), uid, gid, libc::AT_EMPTY_PATH) })
}

/// Sets times of what a descriptor names; negative nanoseconds leave a time.
#[deno_bindgen]
fn host_utimes(fd: i32, atime: f64, atime_nsec: f64, mtime: f64, mtime_nsec: f64) -> i32 {
    let time = |seconds: f64, nanoseconds: f64| libc::timespec {
        tv_sec: seconds as i64,
        tv_nsec: if nanoseconds < 0.0 {
            libc::UTIME_OMIT
        } else {
            nanoseconds as i64
        },
    };
    let times = [time(atime, atime_nsec), time(mtime, mtime_nsec)];
    // SAFETY: the path is a C string literal, `times` two timespecs.
    errno::check(unsafe { libc::utimensat(fd, c"".as_ptr(), times.as_ptr(), libc::AT_EMPTY_PATH) })
}

/// statfs of what a descriptor names: block size, blocks, free, available, files, free files, name
/// length and type as f64 in `out`. 0 or -errno.
#[deno_bindgen]
fn host_statfs(fd: i32, out: &mut [u8]) -> i32 {
    // SAFETY: statfs is plain data, for which zeroes are valid.
    let mut s: libc::statfs = unsafe { std::mem::zeroed() };
    // SAFETY: `s` outlives the call.
    if unsafe { libc::fstatfs(fd, &mut s) } < 0 {
        return errno::last();
    }
    let fields = [
        s.f_bsize as f64,
        s.f_blocks as f64,
        s.f_bfree as f64,
        s.f_bavail as f64,
        s.f_files as f64,
        s.f_ffree as f64,
        s.f_namelen as f64,
        s.f_type as f64,
    ];
    for (to, field) in out.chunks_exact_mut(8).zip(fields) {
        to.copy_from_slice(&field.to_ne_bytes());
    }
    0
}

/// Makes files get exactly the modes they are created with, and raises the limit of open
/// descriptors to the hard one, which is returned.
#[deno_bindgen]
fn host_prepare() -> f64 {
    // SAFETY: no pointer is passed.
    unsafe { libc::umask(0) };
    let mut limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: `limit` outlives the call.
    if unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &mut limit) } < 0 {
        return f64::from(errno::last());
    }
    limit.rlim_cur = limit.rlim_max;
    // SAFETY: as above.
    unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &limit) };
    limit.rlim_max as f64
}

/// Effective user and group id of this process: which 0 or 1.
#[deno_bindgen]
fn host_id(which: u32) -> u32 {
    if which == 0 {
        // SAFETY: no pointer is passed.
        unsafe { libc::geteuid() }
    } else {
        // SAFETY: no pointer is passed.
        unsafe { libc::getegid() }
    }
}

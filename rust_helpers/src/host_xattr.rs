//! Extended attributes of host files, which O_PATH descriptors name.

use crate::errno;
use crate::host_fs::{magic, name_of};
use deno_bindgen::deno_bindgen;

/// Value of an extended attribute of what an O_PATH descriptor names. Its length or -errno.
#[deno_bindgen]
fn host_getxattr(fd: i32, name: &[u8], length: u32, out: &mut [u8]) -> i32 {
    let Some(name) = name_of(name, length) else {
        return -libc::EINVAL;
    };
    let path = magic(fd);
    // SAFETY: both are C strings, `out` valid for its length.
    let n = unsafe {
        libc::getxattr(
            path.as_ptr(),
            name.as_ptr(),
            out.as_mut_ptr().cast(),
            out.len(),
        )
    };
    errno::check(n as i32)
}

#[deno_bindgen]
fn host_setxattr(fd: i32, name: &[u8], length: u32, value: &[u8], flags: u32) -> i32 {
    let Some(name) = name_of(name, length) else {
        return -libc::EINVAL;
    };
    let path = magic(fd);
    // SAFETY: both are C strings, `value` valid for its length.
    errno::check(unsafe {
        libc::setxattr(
            path.as_ptr(),
            name.as_ptr(),
            value.as_ptr().cast(),
            value.len(),
            flags as i32,
        )
    })
}

#[deno_bindgen]
fn host_removexattr(fd: i32, name: &[u8], length: u32) -> i32 {
    let Some(name) = name_of(name, length) else {
        return -libc::EINVAL;
    };
    let path = magic(fd);
    // SAFETY: both are C strings.
    errno::check(unsafe { libc::removexattr(path.as_ptr(), name.as_ptr()) })
}

/// Names of the extended attributes, each ended by 0. Length or -errno.
#[deno_bindgen]
fn host_listxattr(fd: i32, out: &mut [u8]) -> i32 {
    let path = magic(fd);
    // SAFETY: `path` is a C string, `out` valid for its length.
    let n = unsafe { libc::listxattr(path.as_ptr(), out.as_mut_ptr().cast(), out.len()) };
    errno::check(n as i32)
}

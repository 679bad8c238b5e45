//! What the host knows of memory files: sizes, allocated and resident pages.

use crate::errno;
use deno_bindgen::deno_bindgen;
use std::mem::MaybeUninit;

fn stat(fd: i32) -> Result<libc::stat, i32> {
    let mut buffer = MaybeUninit::<libc::stat>::uninit();
    // SAFETY: the buffer has the size of a struct stat.
    if unsafe { libc::fstat(fd, buffer.as_mut_ptr()) } < 0 {
        return Err(errno::last());
    }
    // SAFETY: fstat succeeded, so it filled the buffer.
    Ok(unsafe { buffer.assume_init() })
}

/// Size of `fd` in bytes, or -errno.
#[deno_bindgen]
fn fd_size(fd: i32) -> f64 {
    stat(fd).map_or_else(f64::from, |s| s.st_size as f64)
}

/// Bytes of storage that `fd` takes, or -errno.
#[deno_bindgen]
fn fd_allocated(fd: i32) -> f64 {
    stat(fd).map_or_else(f64::from, |s| s.st_blocks as f64 * 512.0)
}

/// Bytes of [offset, offset + length) of `fd` that are not holes, or -errno. The descriptor's own
/// offset moves: for memfds of ours only.
#[deno_bindgen]
fn fd_data_bytes(fd: i32, offset: f64, length: f64) -> f64 {
    let end = offset as i64 + length as i64;
    let mut at = offset as i64;
    let mut sum = 0;
    while at < end {
        // SAFETY: no pointer is passed.
        let data = unsafe { libc::lseek(fd, at, libc::SEEK_DATA) };
        if data < 0 || data >= end {
            break;
        }
        // SAFETY: no pointer is passed.
        let hole = unsafe { libc::lseek(fd, data, libc::SEEK_HOLE) };
        let hole = if hole < 0 { end } else { hole.min(end) };
        sum += hole - data;
        at = hole;
    }
    sum as f64
}

/// mincore(2): one byte a page of `length` bytes at host `address` into `vec[at..]`. 0 or -errno.
#[deno_bindgen]
fn mincore_host(address: f64, length: f64, vec: &mut [u8], at: u32) -> i32 {
    let pages = (length as usize).div_ceil(4096);
    let vec = &mut vec[at as usize..][..pages];
    let address = address as usize as *mut libc::c_void;
    // SAFETY: `vec` has a byte a page; the range is only asked about.
    errno::check(unsafe { libc::mincore(address, length as usize, vec.as_mut_ptr()) })
}

//! Host memory: memfds, mappings of the Sentry and copies between guest frames
//! and JavaScript buffers.
//!
//! A frame is named by its host address in a mapping that `map_shared` made.
//! The Sentry passes only addresses inside mappings that it holds (checked in
//! TypeScript by the memory manager). Pages past the end of a file may be
//! among them: see safe_copy.rs.

use crate::errno;
use crate::safe_copy::{self, Op};
use deno_bindgen::deno_bindgen;
use std::ffi::CString;

/// A memfd of `size` bytes. fd or -errno. (Not called as the libc function: the symbols would clash.)
#[deno_bindgen]
fn create_memfd(name: &[u8], size: f64) -> i32 {
    let Ok(name) = CString::new(name) else {
        return -libc::EINVAL;
    };
    // SAFETY: `name` is a C string that outlives the call.
    let fd = unsafe { libc::memfd_create(name.as_ptr(), libc::MFD_CLOEXEC) };
    if fd < 0 {
        return errno::last();
    }
    // SAFETY: `fd` was made above; no pointer is passed.
    if unsafe { libc::ftruncate(fd, size as i64) } < 0 {
        let error = errno::last();
        close_fd(fd);
        return error;
    }
    fd
}

/// Sets the size of `fd`. 0 or -errno.
#[deno_bindgen]
fn truncate_fd(fd: i32, size: f64) -> i32 {
    // SAFETY: no pointer is passed.
    errno::check(unsafe { libc::ftruncate(fd, size as i64) })
}

#[deno_bindgen]
fn close_fd(fd: i32) -> i32 {
    // SAFETY: the caller owns `fd`.
    errno::check(unsafe { libc::close(fd) })
}

/// Maps `length` bytes of `fd` at `offset` somewhere. Address or -errno.
#[deno_bindgen]
fn map_shared(fd: i32, offset: f64, length: f64, writable: u32) -> f64 {
    let prot = if writable != 0 {
        libc::PROT_READ | libc::PROT_WRITE
    } else {
        libc::PROT_READ
    };
    // SAFETY: a fresh range is chosen by the kernel, so no memory of ours is replaced.
    let p = unsafe {
        libc::mmap(
            std::ptr::null_mut(),
            length as usize,
            prot,
            libc::MAP_SHARED | libc::MAP_NORESERVE,
            fd,
            offset as i64,
        )
    };
    if p == libc::MAP_FAILED {
        return f64::from(errno::last());
    }
    p as usize as f64
}

#[deno_bindgen]
fn unmap_host(address: f64, length: f64) -> i32 {
    // SAFETY: the range is one that `map_shared` returned and nobody uses any more.
    errno::check(unsafe { libc::munmap(address as usize as *mut _, length as usize) })
}

fn pointer(address: f64) -> *mut u8 {
    address as usize as *mut u8
}

/// Copies `length` bytes at host `address` to `bytes[at..]`. Bytes at the end that were not copied
/// because the memory faults (a file was cut short).
#[deno_bindgen]
fn copy_from_host(address: f64, bytes: &mut [u8], at: u32, length: u32) -> u32 {
    let to = &mut bytes[at as usize..][..length as usize];
    // SAFETY: the frames are mapped (see the head of the file); the slice is checked above.
    unsafe { safe_copy::copy(to.as_mut_ptr(), pointer(address), to.len()) as u32 }
}

/// Copies `bytes[at..at+length]` to host `address`; as `copy_from_host`.
#[deno_bindgen]
fn copy_to_host(address: f64, bytes: &[u8], at: u32, length: u32) -> u32 {
    let from = &bytes[at as usize..][..length as usize];
    // SAFETY: as in `copy_from_host`.
    unsafe { safe_copy::copy(pointer(address), from.as_ptr(), from.len()) as u32 }
}

/// Copies between frames that do not overlap. Bytes not copied, as in `copy_from_host`.
#[deno_bindgen]
fn move_host(to: f64, from: f64, length: f64) -> f64 {
    // SAFETY: both ranges are frames of mappings of ours.
    unsafe { safe_copy::copy(pointer(to), pointer(from), length as usize) as f64 }
}

#[deno_bindgen]
fn zero_host(address: f64, length: f64) {
    // SAFETY: the range is frames of a mapping of ours.
    unsafe { std::ptr::write_bytes(pointer(address), 0, length as usize) }
}

fn word(address: f64, expected: u32, value: u32, op: Op) -> f64 {
    // SAFETY: an aligned word (checked in TypeScript) of a mapping of ours; guests change it at
    // any time, which atomics allow.
    unsafe { safe_copy::word(pointer(address).cast(), expected, value, op) as f64 }
}

/// The aligned 32-bit word at host `address`, or -1 if it faults.
#[deno_bindgen]
fn load_u32(address: f64) -> f64 {
    word(address, 0, 0, Op::Load)
}

/// Stores a word: its value before, or -1 if it faults.
#[deno_bindgen]
fn store_u32(address: f64, value: u32) -> f64 {
    word(address, 0, value, Op::Store)
}

/// Compare and swap: the word's value before, or -1 if it faults.
#[deno_bindgen]
fn cas_u32(address: f64, expected: u32, value: u32) -> f64 {
    word(address, expected, value, Op::CompareAndSwap)
}

/// Gives the pages of a range back; it reads as zero afterwards. 0 or -errno.
#[deno_bindgen]
fn punch_hole(fd: i32, offset: f64, length: f64) -> i32 {
    // SAFETY: no pointer is passed.
    errno::check(unsafe {
        libc::fallocate(
            fd,
            libc::FALLOC_FL_PUNCH_HOLE | libc::FALLOC_FL_KEEP_SIZE,
            offset as i64,
            length as i64,
        )
    })
}

/// Reads `length` bytes at `offset` of `fd` to host address `to`; what lies past the end of the
/// file is zero. 0 or -errno.
#[deno_bindgen]
fn pread_host_fill(fd: i32, to: f64, length: f64, offset: f64) -> i32 {
    // SAFETY: the range is frames of a mapping of ours; other writers are guests, whose races
    // change bytes, not validity.
    let slice = unsafe { std::slice::from_raw_parts_mut(pointer(to), length as usize) };
    fill(fd, slice, offset as i64)
}

/// The same into `bytes[at..at+length]`.
#[deno_bindgen]
fn pread_fill(fd: i32, bytes: &mut [u8], at: u32, length: u32, offset: f64) -> i32 {
    fill(
        fd,
        &mut bytes[at as usize..][..length as usize],
        offset as i64,
    )
}

fn fill(fd: i32, mut slice: &mut [u8], mut offset: i64) -> i32 {
    while !slice.is_empty() {
        // SAFETY: the slice is valid for its length.
        let n = unsafe { libc::pread(fd, slice.as_mut_ptr().cast(), slice.len(), offset) };
        if n < 0 {
            let error = errno::last();
            if error == -libc::EINTR {
                continue;
            }
            return error;
        }
        if n == 0 {
            slice.fill(0);
            return 0;
        }
        slice = &mut slice[n as usize..];
        offset += n as i64;
    }
    0
}

/// Writes `length` bytes at host address `from` at `offset` of `fd`. 0 or -errno.
#[deno_bindgen]
fn pwrite_host(fd: i32, from: f64, length: f64, offset: f64) -> i32 {
    // SAFETY: the range is frames of a mapping of ours; the kernel copes with pages that are gone.
    let n = unsafe { libc::pwrite(fd, pointer(from).cast(), length as usize, offset as i64) };
    match n {
        -1 => errno::last(),
        n if n as f64 == length => 0,
        _ => -libc::ENOMEM,
    }
}

/// Writes `bytes[at..at+length]` at `offset` of `fd`. 0 or -errno.
#[deno_bindgen]
fn pwrite_all(fd: i32, bytes: &[u8], at: u32, length: u32, offset: f64) -> i32 {
    let mut slice = &bytes[at as usize..][..length as usize];
    let mut offset = offset as i64;
    while !slice.is_empty() {
        // SAFETY: the slice is valid for its length.
        let n = unsafe { libc::pwrite(fd, slice.as_ptr().cast(), slice.len(), offset) };
        if n < 0 {
            let error = errno::last();
            if error == -libc::EINTR {
                continue;
            }
            return error;
        }
        slice = &slice[n as usize..];
        offset += n as i64;
    }
    0
}

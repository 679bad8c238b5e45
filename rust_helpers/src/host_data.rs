//! What is in open host files. Host addresses are of guest memory mapped by us.

use crate::errno;
use deno_bindgen::deno_bindgen;

/// pread to host address `to`, which is guest memory mapped by us (see memory.rs). Count or -errno.
#[deno_bindgen]
fn host_read(fd: i32, to: f64, length: f64, offset: f64) -> f64 {
    // SAFETY: the kernel checks the range and answers EFAULT where nothing is mapped; the memory
    // is the guest's, of which Rust assumes nothing.
    let n = unsafe { libc::pread(fd, to as usize as *mut _, length as usize, offset as i64) };
    errno::check64(n as i64)
}

/// pwrite from host address `from`. Count or -errno.
#[deno_bindgen]
fn host_write(fd: i32, from: f64, length: f64, offset: f64) -> f64 {
    // SAFETY: as in `host_read`.
    let n = unsafe {
        libc::pwrite(
            fd,
            from as usize as *const _,
            length as usize,
            offset as i64,
        )
    };
    errno::check64(n as i64)
}

/// Writes at the end of the file, whoever else extends it. Count or -errno.
#[deno_bindgen]
fn host_append(fd: i32, from: f64, length: f64) -> f64 {
    let part = libc::iovec {
        iov_base: from as usize as *mut _,
        iov_len: length as usize,
    };
    // SAFETY: `part` outlives the call; its range as in `host_read`.
    let n = unsafe { libc::pwritev2(fd, &part, 1, 0, libc::RWF_APPEND) };
    errno::check64(n as i64)
}

/// lseek, for SEEK_DATA, SEEK_HOLE and SEEK_END. Position or -errno.
#[deno_bindgen]
fn host_seek(fd: i32, offset: f64, whence: i32) -> f64 {
    // SAFETY: no pointer is passed.
    errno::check64(unsafe { libc::lseek(fd, offset as i64, whence) })
}

#[deno_bindgen]
fn host_allocate(fd: i32, mode: u32, offset: f64, length: f64) -> i32 {
    // SAFETY: no pointer is passed.
    errno::check(unsafe { libc::fallocate(fd, mode as i32, offset as i64, length as i64) })
}

/// fsync, or fdatasync with `data` not 0.
#[deno_bindgen]
fn host_sync(fd: i32, data: u32) -> i32 {
    if data != 0 {
        // SAFETY: no pointer is passed.
        return errno::check(unsafe { libc::fdatasync(fd) });
    }
    // SAFETY: no pointer is passed.
    errno::check(unsafe { libc::fsync(fd) })
}

/// Copies up to `length` bytes between two files. Count (0 at the end of `from`) or -errno.
#[deno_bindgen]
fn host_copy(from: i32, from_offset: f64, to: i32, to_offset: f64, length: f64) -> f64 {
    let mut buffer = vec![0u8; (length as usize).min(1 << 18)];
    let mut done = 0usize;
    while done < length as usize {
        let want = buffer.len().min(length as usize - done);
        let at = from_offset as i64 + done as i64;
        // SAFETY: `buffer` is valid for `want` bytes.
        let n = unsafe { libc::pread(from, buffer.as_mut_ptr().cast(), want, at) };
        if n <= 0 {
            return if n < 0 && done == 0 {
                f64::from(errno::last())
            } else {
                done as f64
            };
        }
        let mut part = &buffer[..n as usize];
        while !part.is_empty() {
            let at = to_offset as i64 + done as i64;
            // SAFETY: `part` is valid for its length.
            let n = unsafe { libc::pwrite(to, part.as_ptr().cast(), part.len(), at) };
            if n <= 0 {
                return if done > 0 {
                    done as f64
                } else {
                    f64::from(errno::last())
                };
            }
            part = &part[n as usize..];
            done += n as usize;
        }
    }
    done as f64
}

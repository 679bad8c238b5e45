//! The host's clocks and processors, which are the guest's too.

use crate::errno;
use deno_bindgen::deno_bindgen;

/// Value of clock `id` into `out`: seconds (i64), nanoseconds (i64). 0 or -errno.
#[deno_bindgen]
fn host_clock_gettime(id: i32, out: &mut [u8]) -> i32 {
    let mut ts = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: `ts` outlives the call.
    let result = errno::check(unsafe { libc::clock_gettime(id, &mut ts) });
    store(out, ts);
    result
}

/// Resolution of clock `id`, as `host_clock_gettime`.
#[deno_bindgen]
fn host_clock_getres(id: i32, out: &mut [u8]) -> i32 {
    let mut ts = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: `ts` outlives the call.
    let result = errno::check(unsafe { libc::clock_getres(id, &mut ts) });
    store(out, ts);
    result
}

/// The kernel's clock discipline (a `struct timex`, 208 bytes) into `out`,
/// nothing changed. The clock's state, or -errno.
#[deno_bindgen]
fn host_adjtimex(out: &mut [u8]) -> i32 {
    const SIZE: usize = std::mem::size_of::<libc::timex>();
    if out.len() < SIZE {
        return -libc::EINVAL;
    }
    // SAFETY: all bytes zero are a valid timex.
    let mut timex: libc::timex = unsafe { std::mem::zeroed() };
    // SAFETY: `timex` outlives the call; modes 0 only reads.
    let result = errno::check(unsafe { libc::adjtimex(&mut timex) });
    let from = (&raw const timex).cast::<u8>();
    // SAFETY: `timex` has SIZE initialised bytes, `out` has room for them.
    unsafe { std::ptr::copy_nonoverlapping(from, out.as_mut_ptr(), SIZE) };
    result
}

/// Processors that the sandbox may use, as a bit set, into `out`. Bytes of the set, or -errno.
#[deno_bindgen]
fn host_affinity(out: &mut [u8]) -> i32 {
    let (len, to) = (out.len(), out.as_mut_ptr());
    // SAFETY: the kernel writes at most `len` bytes to `out`.
    let result = unsafe { libc::syscall(libc::SYS_sched_getaffinity, 0, len, to) };
    errno::check(result as i32)
}

/// The processor that the Sentry runs on.
#[deno_bindgen]
fn host_cpu() -> i32 {
    // SAFETY: no pointer is passed.
    unsafe { libc::sched_getcpu() }
}

fn store(out: &mut [u8], ts: libc::timespec) {
    if out.len() < 16 {
        return;
    }
    out[..8].copy_from_slice(&ts.tv_sec.to_le_bytes());
    out[8..16].copy_from_slice(&ts.tv_nsec.to_le_bytes());
}

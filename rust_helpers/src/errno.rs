//! Results of libc calls as negative errno.

/// The calling thread's errno, negated.
pub fn last() -> i32 {
    -std::io::Error::last_os_error()
        .raw_os_error()
        .unwrap_or(libc::EIO)
}

/// `result` of a libc call that reports failure by -1.
pub fn check(result: i32) -> i32 {
    if result < 0 {
        last()
    } else {
        result
    }
}

/// The same for calls with a 64-bit result, as f64.
pub fn check64(result: i64) -> f64 {
    if result < 0 {
        f64::from(last())
    } else {
        result as f64
    }
}

//! The sandbox's own standard descriptors and terminal, and signals sent to the sandbox's process.
//!
//! The descriptors are shared with other processes, so their description is never made
//! non-blocking: a fresh description is opened where the host allows it (`stdio_reopen`), else reads
//! and writes are made only when poll(2) says that they do not wait.

use crate::errno;
use deno_bindgen::deno_bindgen;
use std::ffi::CString;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::sync::Mutex;

/// The most that is written at a time to a description that may block.
const BOUND: usize = libc::PIPE_BUF;

/// What fstat(2) says of `fd`, as f64 each: mode, uid, gid, nlink, size, rdev, dev, ino, blocks,
/// blksize, then atime, mtime and ctime as seconds and nanoseconds. 0 or -errno.
#[deno_bindgen]
fn stdio_stat(fd: i32, out: &mut [u8]) -> i32 {
    // SAFETY: all zeroes are a valid `stat`.
    let mut st: libc::stat = unsafe { std::mem::zeroed() };
    // SAFETY: `st` is writable and of the right type.
    if unsafe { libc::fstat(fd, &mut st) } < 0 {
        return errno::last();
    }
    let fields = [
        f64::from(st.st_mode),
        f64::from(st.st_uid),
        f64::from(st.st_gid),
        st.st_nlink as f64,
        st.st_size as f64,
        st.st_rdev as f64,
        st.st_dev as f64,
        st.st_ino as f64,
        st.st_blocks as f64,
        st.st_blksize as f64,
        st.st_atime as f64,
        st.st_atime_nsec as f64,
        st.st_mtime as f64,
        st.st_mtime_nsec as f64,
        st.st_ctime as f64,
        st.st_ctime_nsec as f64,
    ];
    for (to, field) in out.chunks_exact_mut(8).zip(fields) {
        to.copy_from_slice(&field.to_le_bytes());
    }
    0
}

/// F_GETFL of `fd`, or -errno.
#[deno_bindgen]
fn stdio_flags(fd: i32) -> i32 {
    // SAFETY: no pointer is passed.
    errno::check(unsafe { libc::fcntl(fd, libc::F_GETFL) })
}

/// A new, non-blocking description of the pipe or terminal behind `fd`, with access mode `access`
/// (O_RDONLY, O_WRONLY or O_RDWR). fd or -errno: the host may not allow it.
#[deno_bindgen]
fn stdio_reopen(fd: i32, access: i32) -> i32 {
    let Ok(path) = CString::new(format!("/proc/self/fd/{fd}")) else {
        return -libc::EINVAL;
    };
    let flags = access | libc::O_NONBLOCK | libc::O_NOCTTY | libc::O_CLOEXEC;
    // SAFETY: `path` is a C string that outlives the call.
    errno::check(unsafe { libc::open(path.as_ptr(), flags) })
}

/// lseek(2). The new offset or -errno.
#[deno_bindgen]
fn stdio_seek(fd: i32, offset: f64, whence: i32) -> f64 {
    // SAFETY: no pointer is passed.
    errno::check64(unsafe { libc::lseek(fd, offset as i64, whence) })
}

#[deno_bindgen]
fn stdio_sync(fd: i32, data_only: u32) -> i32 {
    if data_only != 0 {
        // SAFETY: no pointer is passed.
        errno::check(unsafe { libc::fdatasync(fd) })
    } else {
        // SAFETY: no pointer is passed.
        errno::check(unsafe { libc::fsync(fd) })
    }
}

/// POLL* bits among `events` (and POLLERR, POLLHUP) that hold for `fd` now, or -errno.
#[deno_bindgen]
fn stdio_poll(fd: i32, events: i32) -> i32 {
    stdio_wait(fd, events, 0)
}

/// The same, once one of them holds or after `timeout` ms: 0 then.
#[deno_bindgen]
fn stdio_wait(fd: i32, events: i32, timeout: i32) -> i32 {
    let mut p = libc::pollfd {
        fd,
        events: events as i16,
        revents: 0,
    };
    // SAFETY: `p` is one pollfd.
    let n = unsafe { libc::poll(&mut p, 1, timeout) };
    if n < 0 {
        return errno::last();
    }
    i32::from(p.revents)
}

fn vector(address: *mut u8, length: usize) -> libc::iovec {
    libc::iovec {
        iov_base: address.cast(),
        iov_len: length,
    }
}

/// A count of bytes (the callers' lengths are below 2^31), or -errno.
fn count(n: isize) -> i32 {
    if n < 0 {
        errno::last()
    } else {
        n as i32
    }
}

/// read(2) to host `address`, at the description's offset (`offset` < 0) or at `offset`. For files
/// that never wait. Count or -errno.
#[deno_bindgen]
fn stdio_read_at(fd: i32, address: f64, length: u32, offset: f64) -> i32 {
    let to = address as usize as *mut u8;
    let length = length as usize;
    if offset < 0.0 {
        // SAFETY: the range is frames of a mapping of ours (checked by the memory manager).
        count(unsafe { libc::read(fd, to.cast(), length) })
    } else {
        // SAFETY: as above.
        count(unsafe { libc::pread(fd, to.cast(), length, offset as i64) })
    }
}

/// write(2) from host `address`; as `stdio_read_at`.
#[deno_bindgen]
fn stdio_write_at(fd: i32, address: f64, length: u32, offset: f64) -> i32 {
    let from = address as usize as *const u8;
    let length = length as usize;
    if offset < 0.0 {
        // SAFETY: the range is frames of a mapping of ours (checked by the memory manager).
        count(unsafe { libc::write(fd, from.cast(), length) })
    } else {
        // SAFETY: as above.
        count(unsafe { libc::pwrite(fd, from.cast(), length, offset as i64) })
    }
}

/// Reads to host `address` without waiting. Count, 0 at the end, -EAGAIN, -errno.
#[deno_bindgen]
fn stdio_read_now(fd: i32, address: f64, length: u32) -> i32 {
    read_now(fd, address as usize as *mut u8, length as usize)
}

/// Writes from host `address` without waiting. Count (may be short), -EAGAIN, -errno.
#[deno_bindgen]
fn stdio_write_now(fd: i32, address: f64, length: u32) -> i32 {
    write_now(fd, address as usize as *mut u8, length as usize)
}

/// `stdio_read_now` into `bytes`.
#[deno_bindgen]
fn stdio_read_bytes(fd: i32, bytes: &mut [u8]) -> i32 {
    read_now(fd, bytes.as_mut_ptr(), bytes.len())
}

/// `stdio_write_now` of `bytes[from..from+length]`.
#[deno_bindgen]
fn stdio_write_bytes(fd: i32, bytes: &mut [u8], from: u32, length: u32) -> i32 {
    let part = &mut bytes[from as usize..][..length as usize];
    write_now(fd, part.as_mut_ptr(), part.len())
}

fn read_now(fd: i32, to: *mut u8, length: usize) -> i32 {
    let v = vector(to, length);
    // SAFETY: the caller's range is valid for `length` bytes; the kernel writes only there.
    let n = unsafe { libc::preadv2(fd, &v, 1, -1, libc::RWF_NOWAIT) };
    if n >= 0 {
        return count(n);
    }
    let error = errno::last();
    if error != -libc::EOPNOTSUPP && error != -libc::ENOSYS && error != -libc::EINVAL {
        return error;
    }
    let ready = stdio_poll(fd, i32::from(libc::POLLIN));
    if ready <= 0 {
        return if ready == 0 { -libc::EAGAIN } else { ready };
    }
    // SAFETY: as above.
    count(unsafe { libc::read(fd, to.cast(), length) })
}

fn write_now(fd: i32, from: *mut u8, length: usize) -> i32 {
    let v = vector(from, length);
    // SAFETY: the caller's range is valid for `length` bytes; the kernel only reads there.
    let n = unsafe { libc::pwritev2(fd, &v, 1, -1, libc::RWF_NOWAIT) };
    if n >= 0 {
        return count(n);
    }
    let error = errno::last();
    if error != -libc::EOPNOTSUPP && error != -libc::ENOSYS && error != -libc::EINVAL {
        return error;
    }
    let ready = stdio_poll(fd, i32::from(libc::POLLOUT));
    if ready <= 0 {
        return if ready == 0 { -libc::EAGAIN } else { ready };
    }
    let flags = stdio_flags(fd);
    let length = if flags >= 0 && flags & libc::O_NONBLOCK != 0 {
        length
    } else {
        length.min(BOUND)
    };
    // SAFETY: as above, and `length` is not more than the caller's.
    count(unsafe { libc::write(fd, from.cast(), length) })
}

// The terminal.

/// struct termios of terminal `fd` (the kernel's, 36 bytes) into `out`. 0 or -errno.
#[deno_bindgen]
fn terminal_modes(fd: i32, out: &mut [u8]) -> i32 {
    let out = &mut out[..36];
    // SAFETY: TCGETS fills 36 bytes, which `out` has.
    errno::check(unsafe { libc::ioctl(fd, libc::TCGETS, out.as_mut_ptr()) })
}

/// struct winsize of terminal `fd` (8 bytes) into `out`. 0 or -errno.
#[deno_bindgen]
fn terminal_size(fd: i32, out: &mut [u8]) -> i32 {
    let out = &mut out[..8];
    // SAFETY: TIOCGWINSZ fills 8 bytes, which `out` has.
    errno::check(unsafe { libc::ioctl(fd, libc::TIOCGWINSZ, out.as_mut_ptr()) })
}

/// Sets the window size of terminal `fd` from a struct winsize. 0 or -errno.
#[deno_bindgen]
fn terminal_set_size(fd: i32, size: &[u8]) -> i32 {
    let size = &size[..8];
    // SAFETY: TIOCSWINSZ reads 8 bytes, which `size` has.
    errno::check(unsafe { libc::ioctl(fd, libc::TIOCSWINSZ, size.as_ptr()) })
}

/// Whether this process is in the foreground of terminal `fd`: 1 or 0 (also when it is not our
/// controlling terminal).
#[deno_bindgen]
fn terminal_foreground(fd: i32) -> i32 {
    // SAFETY: no pointer is passed.
    let foreground = unsafe { libc::tcgetpgrp(fd) };
    // SAFETY: no pointer is passed.
    let own = unsafe { libc::getpgrp() };
    i32::from(foreground >= 0 && foreground == own)
}

/// The terminal that is raw, or -1, and its modes before.
static RAW_FD: AtomicI32 = AtomicI32::new(-1);
static SAVED: Mutex<Option<libc::termios>> = Mutex::new(None);

/// Makes terminal `fd` raw, so that every key reaches the reader as it is. `keep_output`: output
/// processing stays as it was. The modes are kept for `terminal_restore`, which also runs at exit and
/// on fatal signals. 0 or -errno.
#[deno_bindgen]
fn terminal_raw(fd: i32, keep_output: u32) -> i32 {
    // SAFETY: all zeroes are a valid `termios`.
    let mut modes: libc::termios = unsafe { std::mem::zeroed() };
    // SAFETY: `modes` is writable and of the right type.
    if unsafe { libc::tcgetattr(fd, &mut modes) } < 0 {
        return errno::last();
    }
    if let Ok(mut saved) = SAVED.lock() {
        if RAW_FD.load(Ordering::SeqCst) < 0 {
            *saved = Some(modes);
        }
    }
    on_fatal::prepare(&modes);
    let oflag = modes.c_oflag;
    // SAFETY: `modes` is a termios.
    unsafe { libc::cfmakeraw(&mut modes) };
    if keep_output != 0 {
        modes.c_oflag = oflag;
    }
    // SAFETY: `modes` is a termios.
    if unsafe { libc::tcsetattr(fd, libc::TCSANOW, &modes) } < 0 {
        return errno::last();
    }
    if RAW_FD.swap(fd, Ordering::SeqCst) < 0 {
        on_fatal::install();
    }
    0
}

/// Gives the terminal its modes back, if it is raw and we are in its foreground. Idempotent.
#[deno_bindgen]
fn terminal_restore() {
    let fd = RAW_FD.swap(-1, Ordering::SeqCst);
    if fd < 0 || terminal_foreground(fd) == 0 {
        return;
    }
    let Ok(saved) = SAVED.lock() else { return };
    if let Some(modes) = saved.as_ref() {
        // SAFETY: `modes` is a termios.
        unsafe { libc::tcsetattr(fd, libc::TCSANOW, modes) };
    }
}

/// Restoring the terminal when the process dies by a fault or leaves by exit(3).
///
/// The signal handlers call tcsetattr, sigaction and raise only: all are async-signal-safe.
mod on_fatal {
    use super::{Ordering, RAW_FD};
    use std::cell::UnsafeCell;
    use std::mem::MaybeUninit;
    use std::sync::atomic::AtomicBool;

    const FATAL: [i32; 6] = [
        libc::SIGSEGV,
        libc::SIGBUS,
        libc::SIGILL,
        libc::SIGFPE,
        libc::SIGABRT,
        libc::SIGTRAP,
    ];

    struct Modes(UnsafeCell<Option<libc::termios>>);
    // SAFETY: written once before `READY` is set, only read afterwards.
    unsafe impl Sync for Modes {}
    static MODES: Modes = Modes(UnsafeCell::new(None));
    static READY: AtomicBool = AtomicBool::new(false);

    struct Action(UnsafeCell<MaybeUninit<libc::sigaction>>);
    // SAFETY: written once before the handler that reads it is installed.
    unsafe impl Sync for Action {}
    /// What SIGSEGV did before: the runtime handles it.
    static FORMER: Action = Action(UnsafeCell::new(MaybeUninit::uninit()));

    pub fn prepare(modes: &libc::termios) {
        if READY.load(Ordering::SeqCst) {
            return;
        }
        // SAFETY: nobody reads before `READY`, and the Sentry's thread alone comes here.
        unsafe { *MODES.0.get() = Some(*modes) };
        READY.store(true, Ordering::SeqCst);
    }

    pub fn install() {
        // SAFETY: `at_exit` is a function without arguments that does not unwind.
        unsafe { libc::atexit(at_exit) };
        for signal in FATAL {
            // SAFETY: all zeroes are a valid `sigaction`.
            let mut old: libc::sigaction = unsafe { std::mem::zeroed() };
            // SAFETY: `old` is writable.
            let got = unsafe { libc::sigaction(signal, std::ptr::null(), &mut old) };
            // Whoever handles a fault already goes on doing so; SIGSEGV's handler comes after ours.
            let taken = old.sa_sigaction != libc::SIG_DFL;
            if got < 0 || (taken && signal != libc::SIGSEGV) {
                continue;
            }
            // SAFETY: all zeroes are a valid `sigaction`.
            let mut new: libc::sigaction = unsafe { std::mem::zeroed() };
            new.sa_sigaction = if taken {
                // SAFETY: the handler that reads it is installed below.
                unsafe { (*FORMER.0.get()).write(old) };
                before_former as *const () as usize
            } else {
                handler as *const () as usize
            };
            new.sa_flags = libc::SA_ONSTACK | libc::SA_RESETHAND;
            // SAFETY: `new` is whole, `handler` is async-signal-safe.
            unsafe { libc::sigaction(signal, &new, std::ptr::null_mut()) };
        }
    }

    extern "C" fn at_exit() {
        restore();
    }

    extern "C" fn handler(signal: i32) {
        restore();
        // SAFETY: raise may be called in a handler; the disposition is the default again.
        unsafe { libc::raise(signal) };
    }

    /// SIGSEGV: the former handler gets it next, by raise or because the instruction faults again.
    extern "C" fn before_former(signal: i32) {
        restore();
        // SAFETY: nobody writes it any more.
        let former = unsafe { &*FORMER.0.get() };
        // SAFETY: written before this handler was installed.
        let former = unsafe { former.assume_init_ref() };
        // SAFETY: `former` is what sigaction gave.
        unsafe { libc::sigaction(signal, former, std::ptr::null_mut()) };
        // SAFETY: raise may be called in a handler.
        unsafe { libc::raise(signal) };
    }

    fn restore() {
        let fd = RAW_FD.swap(-1, Ordering::SeqCst);
        if fd < 0 || !READY.load(Ordering::SeqCst) {
            return;
        }
        if super::terminal_foreground(fd) == 0 {
            return;
        }
        // SAFETY: written before `READY`, never changed since.
        let modes = unsafe { &*MODES.0.get() };
        if let Some(modes) = modes {
            // SAFETY: `modes` is a termios.
            unsafe { libc::tcsetattr(fd, libc::TCSANOW, modes) };
        }
    }
}

// Signals to the sandbox.

/// Write end of the pipe that the handler writes to, or -1.
static SIGNAL_PIPE: AtomicI32 = AtomicI32::new(-1);
static SIGNAL_SOURCE: AtomicI32 = AtomicI32::new(-1);
static WATCHING: AtomicBool = AtomicBool::new(false);

const WATCHED: [i32; 8] = [
    libc::SIGHUP,
    libc::SIGINT,
    libc::SIGQUIT,
    libc::SIGTERM,
    libc::SIGUSR1,
    libc::SIGUSR2,
    libc::SIGWINCH,
    libc::SIGCONT,
];

/// From now on SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGWINCH and SIGCONT no longer act
/// on this process; each makes the returned descriptor readable. Signals that were ignored stay so.
/// fd or -errno.
#[deno_bindgen]
fn host_signals_open() -> i32 {
    if WATCHING.swap(true, Ordering::SeqCst) {
        return SIGNAL_SOURCE.load(Ordering::SeqCst);
    }
    let mut fds = [0i32; 2];
    let flags = libc::O_CLOEXEC | libc::O_NONBLOCK;
    // SAFETY: `fds` has room for two descriptors.
    if unsafe { libc::pipe2(fds.as_mut_ptr(), flags) } < 0 {
        return errno::last();
    }
    SIGNAL_SOURCE.store(fds[0], Ordering::SeqCst);
    SIGNAL_PIPE.store(fds[1], Ordering::SeqCst);
    for signal in WATCHED {
        // SAFETY: all zeroes are a valid `sigaction`.
        let mut old: libc::sigaction = unsafe { std::mem::zeroed() };
        // SAFETY: `old` is writable.
        let got = unsafe { libc::sigaction(signal, std::ptr::null(), &mut old) };
        if got < 0 || old.sa_sigaction == libc::SIG_IGN {
            continue;
        }
        // SAFETY: all zeroes are a valid `sigaction`.
        let mut new: libc::sigaction = unsafe { std::mem::zeroed() };
        new.sa_sigaction = signal_arrived as *const () as usize;
        new.sa_flags = libc::SA_RESTART | libc::SA_ONSTACK;
        // SAFETY: `new` is whole, the handler is async-signal-safe.
        unsafe { libc::sigaction(signal, &new, std::ptr::null_mut()) };
    }
    fds[0]
}

/// The next signal that arrived, or -EAGAIN.
#[deno_bindgen]
fn host_signals_next() -> i32 {
    let mut byte = 0u8;
    let fd = SIGNAL_SOURCE.load(Ordering::SeqCst);
    // SAFETY: `byte` has room for one byte.
    let n = unsafe { libc::read(fd, (&raw mut byte).cast(), 1) };
    match n {
        1 => i32::from(byte),
        0 => -libc::EAGAIN,
        _ => errno::last(),
    }
}

/// Signal handler: writes the number to the pipe. Calls write(2) only, and keeps errno.
extern "C" fn signal_arrived(signal: i32) {
    // SAFETY: errno's location is valid in every thread.
    let location = unsafe { libc::__errno_location() };
    // SAFETY: as above.
    let saved = unsafe { *location };
    let byte = signal as u8;
    let fd = SIGNAL_PIPE.load(Ordering::SeqCst);
    // SAFETY: `byte` is one byte; a full pipe loses the signal, as signals that pend twice do.
    unsafe { libc::write(fd, (&raw const byte).cast(), 1) };
    // SAFETY: as above.
    unsafe { *location = saved };
}

//! Starting the zygote: a clone that shares our memory until it execs, so that V8's page tables
//! are never copied.

use super::reserve;
use std::io::{Error, Result};
use std::os::raw::{c_int, c_void};

static STUB: &[u8] = include_bytes!(env!("STUB_PATH"));

/// The page that stubs read, writable here.
pub struct Page {
    pub address: usize,
    /// Descriptor that stubs get.
    pub read_only: i32,
}

impl Page {
    pub fn new() -> Result<Page> {
        let fd = memfd(c"sandbox-sentry", 0)?;
        // SAFETY: takes no pointer.
        check(unsafe { libc::ftruncate(fd, 4096) })?;
        // SAFETY: a fresh range of the kernel's choice.
        let p = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                4096,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_SHARED,
                fd,
                0,
            )
        };
        if p == libc::MAP_FAILED {
            return Err(Error::last_os_error());
        }
        let read_only = reopen(fd)?;
        // SAFETY: `fd` is ours; the mapping keeps the file.
        unsafe { libc::close(fd) };
        Ok(Page {
            address: p as usize,
            read_only,
        })
    }
}

fn check(result: c_int) -> Result<c_int> {
    if result < 0 {
        Err(Error::last_os_error())
    } else {
        Ok(result)
    }
}

fn memfd(name: &std::ffi::CStr, flags: u32) -> Result<c_int> {
    // SAFETY: `name` is a C string.
    check(unsafe { libc::memfd_create(name.as_ptr(), libc::MFD_CLOEXEC | flags) })
}

fn reopen(fd: c_int) -> Result<c_int> {
    let path = std::ffi::CString::new(format!("/proc/self/fd/{fd}"))?;
    // SAFETY: `path` is a C string.
    check(unsafe { libc::open(path.as_ptr(), libc::O_RDONLY | libc::O_CLOEXEC) })
}

/// The stub's image as an executable memfd.
fn image() -> Result<c_int> {
    const MFD_EXEC: u32 = 0x10;
    let fd = memfd(c"sandbox-stub", MFD_EXEC).or_else(|_| memfd(c"sandbox-stub", 0))?;
    // SAFETY: the image lives for ever.
    let n = unsafe { libc::write(fd, STUB.as_ptr().cast(), STUB.len()) };
    if n != STUB.len() as isize {
        return Err(Error::last_os_error());
    }
    // Executing needs a descriptor that nobody holds for writing.
    let read_only = reopen(fd)?;
    // SAFETY: `fd` is ours.
    unsafe { libc::close(fd) };
    Ok(read_only)
}

/// What the child needs; lives on the parent's stack, which waits (CLONE_VFORK).
struct Child {
    event: c_int,
    socket: c_int,
    page: c_int,
    image: c_int,
    error: c_int,
}

/// Starts the zygote: our end of its socket, and its pid.
pub fn zygote(event: c_int, page: c_int) -> Result<(c_int, c_int)> {
    let mut pair = [-1; 2];
    let kind = libc::SOCK_SEQPACKET | libc::SOCK_CLOEXEC;
    // SAFETY: `pair` has room for two descriptors.
    check(unsafe { libc::socketpair(libc::AF_UNIX, kind, 0, pair.as_mut_ptr()) })?;
    let mut child = Child {
        event,
        socket: pair[1],
        page,
        image: image()?,
        error: 0,
    };
    const STACK: usize = 65536;
    let stack = reserve(STACK)?;
    // A pid namespace ends all processes with the zygote, whatever they do; a user namespace makes
    // that possible for an ordinary user, and takes all rights away from root. Where the host
    // refuses one, the parent-death signal has to do.
    let mut pid = -1;
    for namespaces in [
        libc::CLONE_NEWUSER | libc::CLONE_NEWPID,
        libc::CLONE_NEWPID,
        0,
    ] {
        let flags = namespaces | libc::CLONE_VM | libc::CLONE_VFORK | libc::SIGCHLD;
        // SAFETY: the child runs `exec_stub` on a stack of its own and shares memory with us only
        // until it execs or ends, while this thread waits; `child` lives until then.
        pid = unsafe {
            libc::clone(
                exec_stub,
                (stack + STACK) as *mut c_void,
                flags,
                (&raw mut child).cast(),
            )
        };
        if pid >= 0 {
            break;
        }
    }
    let failed = Error::last_os_error();
    // SAFETY: the stack was made above; the child no longer uses it.
    unsafe { libc::munmap(stack as *mut c_void, STACK) };
    for fd in [pair[1], page, child.image] {
        // SAFETY: these are ours; the child has copies.
        unsafe { libc::close(fd) };
    }
    if pid < 0 {
        return Err(failed);
    }
    if child.error != 0 {
        return Err(Error::from_raw_os_error(child.error));
    }
    Ok((pair[0], pid))
}

/// The child: async-signal-safe calls only, as it shares memory with a running V8.
extern "C" fn exec_stub(argument: *mut c_void) -> c_int {
    // SAFETY: the parent passed a Child that outlives this function.
    let child = unsafe { &mut *argument.cast::<Child>() };
    match prepare(child) {
        Ok(()) => {
            let empty: [*const libc::c_char; 1] = [std::ptr::null()];
            let name = [c"sandbox-guest".as_ptr(), std::ptr::null()];
            // SAFETY: both lists end with null; the descriptor is the stub's image.
            unsafe { libc::fexecve(9, name.as_ptr(), empty.as_ptr()) };
            child.error = Error::last_os_error().raw_os_error().unwrap_or(libc::EIO);
        }
        Err(error) => child.error = error,
    }
    // SAFETY: ends only this process.
    unsafe { libc::_exit(127) }
}

fn prepare(child: &Child) -> std::result::Result<(), c_int> {
    const ADDR_NO_RANDOMIZE: libc::c_ulong = 0x0004_0000;
    let fail = || Error::last_os_error().raw_os_error().unwrap_or(libc::EIO);
    // The image, the vDSO and the stack must lie where the layout has them: above all guests.
    // SAFETY: takes no pointer.
    if unsafe { libc::personality(ADDR_NO_RANDOMIZE) } < 0 {
        return Err(fail());
    }
    let limit = libc::rlimit {
        rlim_cur: 8 << 20,
        rlim_max: 8 << 20,
    };
    // SAFETY: `limit` lives here.
    unsafe { libc::setrlimit(libc::RLIMIT_STACK, &limit) };
    let none = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: `none` lives here.
    unsafe { libc::setrlimit(libc::RLIMIT_CORE, &none) };
    // Copies first go out of each other's way, then to their places.
    let mut high = [0; 4];
    for (to, from) in high
        .iter_mut()
        .zip([child.event, child.socket, child.page, child.image])
    {
        // SAFETY: takes no pointer.
        *to = unsafe { libc::fcntl(from, libc::F_DUPFD_CLOEXEC, 20) };
        if *to < 0 {
            return Err(fail());
        }
    }
    for (place, from) in [0, 1, 2].into_iter().zip(high) {
        // SAFETY: takes no pointer.
        if unsafe { libc::dup2(from, place) } < 0 {
            return Err(fail());
        }
    }
    // SAFETY: takes no pointer; the image closes itself at exec.
    if unsafe { libc::dup3(high[3], 9, libc::O_CLOEXEC) } < 0 {
        return Err(fail());
    }
    // Whatever the sandbox's parent left open without O_CLOEXEC is not for guests.
    // SAFETY: takes no pointer.
    unsafe { libc::syscall(libc::SYS_close_range, 3, 8, 0) };
    // SAFETY: takes no pointer.
    unsafe { libc::syscall(libc::SYS_close_range, 10, u32::MAX, 0) };
    // No ARENA yet: the descriptor is held by a copy of the page's, so that FD_FIRST is the first
    // free one.
    // SAFETY: takes no pointer.
    if unsafe { libc::dup2(2, 3) } < 0 {
        return Err(fail());
    }
    // SAFETY: all zeros is a valid set, the empty one.
    let none: libc::sigset_t = unsafe { std::mem::zeroed() };
    // SAFETY: the set lives here; the old one is not asked for.
    unsafe { libc::sigprocmask(libc::SIG_SETMASK, &none, std::ptr::null_mut()) };
    // Ended children are nobody's to wait for; the terminal's signals are the Sentry's to handle.
    for signal in [
        libc::SIGCHLD,
        libc::SIGINT,
        libc::SIGQUIT,
        libc::SIGTSTP,
        libc::SIGTTIN,
        libc::SIGTTOU,
        libc::SIGHUP,
        libc::SIGTERM,
        libc::SIGPIPE,
        libc::SIGWINCH,
    ] {
        // SAFETY: SIG_IGN is no code of ours; handlers are per process (no CLONE_SIGHAND).
        unsafe { libc::signal(signal, libc::SIG_IGN) };
    }
    Ok(())
}

/// Asks the host's scheduler for short slices, which stubs inherit: with more computing guests than
/// cores a call changes hands soon, not when somebody's 3 ms are over. The share of CPU time stays.
/// Hosts before Linux 6.12 ignore it.
pub fn shorten_slice() {
    #[repr(C)]
    struct SchedAttr {
        size: u32,
        policy: u32,
        flags: u64,
        nice: i32,
        priority: u32,
        runtime: u64,
        deadline: u64,
        period: u64,
    }
    const SLICE: u64 = 100_000;
    // SAFETY: takes no pointer.
    let nice = unsafe { libc::getpriority(libc::PRIO_PROCESS, 0) };
    let attr = SchedAttr {
        size: size_of::<SchedAttr>() as u32,
        policy: libc::SCHED_OTHER as u32,
        flags: 0,
        nice,
        priority: 0,
        runtime: SLICE,
        deadline: 0,
        period: 0,
    };
    // SAFETY: `attr` is a whole sched_attr of the first version and lives here.
    unsafe { libc::syscall(libc::SYS_sched_setattr, 0, &raw const attr, 0) };
}

/// CPU time of a thread, ns: the first number of its schedstat.
pub fn thread_time(pid: i32, tid: i32) -> Option<f64> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/task/{tid}/schedstat")).ok()?;
    text.split_whitespace().next()?.parse().ok()
}

/// The thread of process `pid` whose innermost thread id is `tid`.
pub fn host_tid(pid: i32, tid: u32) -> Option<i32> {
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).ok()?;
    for task in tasks.flatten() {
        let status = std::fs::read_to_string(task.path().join("status")).ok()?;
        let inner = status
            .lines()
            .find_map(|line| line.strip_prefix("NSpid:"))
            .and_then(|ids| ids.split_whitespace().last())
            .and_then(|id| id.parse::<u32>().ok());
        if inner == Some(tid) {
            return task.file_name().to_str()?.parse().ok();
        }
    }
    None
}

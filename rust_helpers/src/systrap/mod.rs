//! The host's half of systrap: the zygote, slot groups, descriptors for stubs, waking and ending
//! them. What a slot means is in `stub/src/layout.rs`; TypeScript reads and writes slots itself.

#[path = "../../stub/src/layout.rs"]
mod layout;
mod socket;
mod spawn;

use crate::errno;
use deno_bindgen::deno_bindgen;
use layout::{GROUP_SIZE, SLOT_SIZE};
use std::sync::OnceLock;

/// Slot groups that the Sentry's region has room for.
const GROUPS: u64 = 4096;

struct Systrap {
    /// The Sentry's reservation for all groups, group after group.
    region: usize,
    /// Its page that stubs read.
    page: usize,
    /// The zygote's socket and process.
    zygote: i32,
    pid: i32,
}

static SYSTRAP: OnceLock<Systrap> = OnceLock::new();

fn state() -> &'static Systrap {
    SYSTRAP.get().expect("systrap_start succeeded")
}

/// Starts the zygote. `event_fd` is what stubs write to wake the Sentry. 0 or -errno.
#[deno_bindgen]
fn systrap_start(event_fd: i32) -> i32 {
    match start(event_fd) {
        Ok(systrap) => {
            let _ = SYSTRAP.set(systrap);
            0
        }
        Err(error) => -error.raw_os_error().unwrap_or(libc::EIO),
    }
}

fn start(event_fd: i32) -> std::io::Result<Systrap> {
    spawn::shorten_slice();
    let region = reserve((GROUPS * GROUP_SIZE) as usize)?;
    let page = spawn::Page::new()?;
    let (zygote, pid) = spawn::zygote(event_fd, page.read_only)?;
    Ok(Systrap {
        region,
        page: page.address,
        zygote,
        pid,
    })
}

fn reserve(length: usize) -> std::io::Result<usize> {
    // SAFETY: a fresh range of the kernel's choice; nothing of ours is replaced.
    let p = unsafe {
        libc::mmap(
            std::ptr::null_mut(),
            length,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE,
            -1,
            0,
        )
    };
    if p == libc::MAP_FAILED {
        return Err(std::io::Error::last_os_error());
    }
    Ok(p as usize)
}

/// The region of all slot groups: never unmapped.
#[deno_bindgen]
fn systrap_region() -> *const u8 {
    state().region as *const u8
}

#[deno_bindgen]
fn systrap_region_size() -> f64 {
    (GROUPS * GROUP_SIZE) as f64
}

/// The Sentry's page: word 0 tells stubs whether it sleeps.
#[deno_bindgen]
fn systrap_page() -> *const u8 {
    state().page as *const u8
}

/// The zygote's process id; also that of the processes' namespace, where there is one.
#[deno_bindgen]
fn systrap_zygote() -> i32 {
    state().pid
}

/// Address of the vDSO that every stub process has above the guest's memory, or 0. Waits for the
/// zygote to tell it.
#[deno_bindgen]
fn systrap_vdso() -> f64 {
    static VDSO: OnceLock<f64> = OnceLock::new();
    *VDSO.get_or_init(|| socket::read_number(state().zygote) as f64)
}

/// A new, zeroed memfd for slot group `group`, mapped at its place in the region. fd or -errno.
#[deno_bindgen]
fn systrap_new_group(group: u32) -> i32 {
    assert!(u64::from(group) < GROUPS);
    // SAFETY: the name is a C string.
    let fd = unsafe { libc::memfd_create(c"sandbox-slots".as_ptr(), libc::MFD_CLOEXEC) };
    if fd < 0 {
        return errno::last();
    }
    // SAFETY: takes no pointer.
    if unsafe { libc::ftruncate(fd, GROUP_SIZE as i64) } < 0 {
        return errno::last();
    }
    let address = state().region + group as usize * GROUP_SIZE as usize;
    // SAFETY: the range lies in the region, which only slots use.
    let p = unsafe {
        libc::mmap(
            address as *mut _,
            GROUP_SIZE as usize,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_SHARED | libc::MAP_FIXED,
            fd,
            0,
        )
    };
    if p == libc::MAP_FAILED {
        return errno::last();
    }
    fd
}

/// Copies what counts of a slot to another, fresh one: its first page, and the signal stack if there
/// is a frame on it. Slots are numbered over the region.
#[deno_bindgen]
fn systrap_copy_slot(from: u32, to: u32) {
    let slots = GROUPS * GROUP_SIZE / SLOT_SIZE;
    assert!(u64::from(from) < slots && u64::from(to) < slots && from != to);
    let at = |slot: u32| state().region + slot as usize * SLOT_SIZE as usize;
    let copy = |start: usize, end: usize| {
        let source = (at(from) + start) as *const u8;
        let target = (at(to) + start) as *mut u8;
        // SAFETY: both slots lie in the region, which stays mapped, and do not overlap.
        unsafe { std::ptr::copy_nonoverlapping(source, target, end - start) }
    };
    copy(0, layout::SCRATCH);
    let frame = (at(from) + layout::FRAME) as *const u64;
    // SAFETY: an aligned word of the slot, which the guest may change: only tested.
    if unsafe { frame.read_volatile() } != 0 {
        copy(layout::STACK, SLOT_SIZE as usize);
    }
}

/// Asks the zygote for a process with these slots and this arena: the Sentry's end of its socket,
/// or -errno.
#[deno_bindgen]
fn systrap_spawn(group_fd: i32, arena_fd: i32) -> i32 {
    socket::give_process(state().zygote, group_fd, arena_fd)
}

/// Gives a process that is about to fork what its child needs, over its socket: the Sentry's end
/// of the child's socket, or -errno.
#[deno_bindgen]
fn systrap_fork(parent_socket: i32, group_fd: i32, arena_fd: i32) -> i32 {
    socket::give_process(parent_socket, group_fd, arena_fd)
}

/// Sends a descriptor. 0 or -errno.
#[deno_bindgen]
fn systrap_send_fd(socket: i32, fd: i32) -> i32 {
    socket::send(socket, &[fd])
}

/// The process id that the kernel attached to the process's first message: -EAGAIN before it.
#[deno_bindgen]
fn systrap_read_pid(socket: i32) -> i32 {
    socket::read_pid(socket)
}

/// Wakes the stub thread that sleeps on the state word of `slot` (counted over the region).
#[deno_bindgen]
fn systrap_wake(slot: u32) {
    let address = state().region + slot as usize * SLOT_SIZE as usize;
    // SAFETY: FUTEX_WAKE on a mapped word.
    unsafe { libc::syscall(libc::SYS_futex, address, libc::FUTEX_WAKE, 1, 0, 0, 0) };
}

/// Sends `signal` to a whole stub process. 0 or -errno.
#[deno_bindgen]
fn systrap_kill(pid: i32, signal: i32) -> i32 {
    // SAFETY: takes no pointer.
    errno::check(unsafe { libc::kill(pid, signal) })
}

/// Interrupts thread `tid`, as the stub's namespace counts it, of process `pid`. 0 or -errno.
#[deno_bindgen]
fn systrap_interrupt(pid: i32, tid: u32, is_leader: u32) -> i32 {
    let host = if is_leader != 0 {
        Some(pid)
    } else {
        spawn::host_tid(pid, tid)
    };
    let Some(host) = host else {
        return -libc::ESRCH;
    };
    // SAFETY: takes no pointer.
    let r = unsafe { libc::syscall(libc::SYS_tgkill, pid, host, layout::INTERRUPT_SIGNAL) };
    errno::check(r as i32)
}

/// The host's id of thread `tid` of process `pid`, or -ESRCH.
#[deno_bindgen]
fn systrap_host_tid(pid: i32, tid: u32) -> i32 {
    spawn::host_tid(pid, tid).unwrap_or(-libc::ESRCH)
}

/// CPU time of thread `tid` (host id) of process `pid`, ns, or -errno.
#[deno_bindgen]
fn systrap_thread_time(pid: i32, tid: i32) -> f64 {
    spawn::thread_time(pid, tid).unwrap_or(f64::from(-libc::ESRCH))
}

/// CPU time of stub process `pid`, ns, or -errno.
#[deno_bindgen]
fn systrap_process_time(pid: i32) -> f64 {
    // The clock id of another process's CPU clock: see clock_getcpuclockid(3).
    let clock = (!pid << 3) | 2;
    let mut ts = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: `ts` is valid for writing.
    if unsafe { libc::clock_gettime(clock, &mut ts) } < 0 {
        return f64::from(errno::last());
    }
    ts.tv_sec as f64 * 1e9 + ts.tv_nsec as f64
}

/// Ends the zygote and with it, in a namespace, all that it made.
#[deno_bindgen]
fn systrap_stop() {
    // SAFETY: the zygote is our child and not yet reaped.
    unsafe { libc::kill(state().pid, libc::SIGKILL) };
    let mut status = 0;
    // SAFETY: `status` is valid for writing.
    unsafe { libc::waitpid(state().pid, &mut status, libc::__WALL) };
}

/// Constants of the layout, for the test that compares them with TypeScript's.
#[deno_bindgen]
fn systrap_layout(out: &mut [u8]) -> u32 {
    let values: Vec<f64> = layout_values();
    for (chunk, value) in out.chunks_exact_mut(8).zip(&values) {
        chunk.copy_from_slice(&value.to_le_bytes());
    }
    values.len() as u32
}

fn layout_values() -> Vec<f64> {
    use layout::*;
    [
        TASK_SIZE,
        STUB_BASE,
        STUB_CALL,
        CTL_BASE,
        SLOT_SIZE,
        GROUP_SLOTS,
        GROUP_SIZE,
        STATE as u64,
        CMD_COUNT as u64,
        ACTION as u64,
        SPIN as u64,
        PENDING as u64,
        SELF as u64,
        FRAME as u64,
        FP as u64,
        TID as u64,
        CONT as u64,
        REGS as u64,
        FAULT_SIGNO as u64,
        FAULT_CODE as u64,
        FAULT_ADDR as u64,
        FAULT_TRAPNO as u64,
        FAULT_ERR as u64,
        SCRATCH as u64,
        CMDS as u64,
        CMD_SIZE as u64,
        CMD_MAX as u64,
        STACK as u64,
        CLONE_PROCESS,
        CLONE_THREAD,
        u64::from(SLEEPS),
    ]
    .map(|v| v as f64)
    .to_vec()
}

/// Waits until `slot` is posted, at most `timeout` ns: for a process that is being born. 0, or
/// -ETIMEDOUT.
#[deno_bindgen]
fn systrap_await(slot: u32, timeout: f64) -> i32 {
    let address = state().region + slot as usize * SLOT_SIZE as usize + layout::STATE;
    // SAFETY: the word lies in the region; the stub changes it, which atomics allow.
    let word = unsafe { std::sync::atomic::AtomicU32::from_ptr(address as *mut u32) };
    let end = std::time::Instant::now() + std::time::Duration::from_nanos(timeout as u64);
    let mut rounds = 0u32;
    while word.load(std::sync::atomic::Ordering::Acquire) == 0 {
        rounds += 1;
        if rounds < 2000 {
            std::hint::spin_loop();
            continue;
        }
        if std::time::Instant::now() > end {
            return -libc::ETIMEDOUT;
        }
        std::thread::sleep(std::time::Duration::from_micros(20));
    }
    0
}

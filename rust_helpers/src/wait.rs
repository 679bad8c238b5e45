//! Where the Sentry sleeps: one epoll over the stubs' event counter, their sockets and the host
//! descriptors it watches.

use crate::{errno, idle};
use deno_bindgen::deno_bindgen;
use std::sync::OnceLock;

struct Wait {
    epoll: i32,
    event: i32,
}

static WAIT: OnceLock<Wait> = OnceLock::new();
/// epoll data of the event counter; descriptors are smaller.
const EVENT: u64 = u64::MAX;
const MAX: usize = 64;

fn state() -> &'static Wait {
    WAIT.get().expect("wait_start succeeded")
}

/// Makes the epoll and the event counter: the counter's descriptor, or -errno.
#[deno_bindgen]
fn wait_start() -> i32 {
    // SAFETY: takes no pointer.
    let epoll = unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) };
    if epoll < 0 {
        return errno::last();
    }
    // SAFETY: takes no pointer.
    let event = unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) };
    if event < 0 {
        return errno::last();
    }
    let result = control(
        epoll,
        libc::EPOLL_CTL_ADD,
        event,
        libc::EPOLLIN as u32,
        EVENT,
    );
    if result < 0 {
        return result;
    }
    let _ = WAIT.set(Wait { epoll, event });
    event
}

fn control(epoll: i32, op: i32, fd: i32, events: u32, data: u64) -> i32 {
    let mut event = libc::epoll_event { events, u64: data };
    // SAFETY: `event` lives here.
    errno::check(unsafe { libc::epoll_ctl(epoll, op, fd, &mut event) })
}

/// Watches `fd` for `events` (EPOLL* bits), replacing an earlier watch. 0 or -errno (EPERM for
/// regular files).
#[deno_bindgen]
fn wait_add(fd: i32, events: u32) -> i32 {
    let epoll = state().epoll;
    let r = control(epoll, libc::EPOLL_CTL_ADD, fd, events, fd as u64);
    if r == -libc::EEXIST {
        return control(epoll, libc::EPOLL_CTL_MOD, fd, events, fd as u64);
    }
    r
}

#[deno_bindgen]
fn wait_remove(fd: i32) -> i32 {
    control(state().epoll, libc::EPOLL_CTL_DEL, fd, 0, 0)
}

/// Sleeps until an event, at most `timeout` ns (negative: for ever). Fills `out` with pairs of
/// descriptor and events (i32); the number of pairs, or -errno. The event counter is drained and
/// not reported.
#[deno_bindgen]
fn wait_events(timeout: f64, out: &mut [u8]) -> i32 {
    let wait = state();
    let mut events = [libc::epoll_event { events: 0, u64: 0 }; MAX];
    let n = sleep(wait.epoll, timeout, &mut events);
    if n < 0 {
        return n;
    }
    let mut count = 0;
    let mut pairs = out.chunks_exact_mut(8);
    for event in &events[..n as usize] {
        if event.u64 == EVENT {
            let mut value = 0u64;
            // SAFETY: eight bytes of `value`.
            unsafe { libc::read(wait.event, (&raw mut value).cast(), 8) };
            continue;
        }
        let Some(pair) = pairs.next() else { break };
        pair[..4].copy_from_slice(&(event.u64 as i32).to_le_bytes());
        pair[4..].copy_from_slice(&event.events.to_le_bytes());
        count += 1;
    }
    count
}

/// epoll_wait; what an idle sandbox can do without is given back when nothing came for a while.
fn sleep(epoll: i32, timeout: f64, events: &mut [libc::epoll_event; MAX]) -> i32 {
    let for_ever = timeout < 0.0;
    let idle = idle::IDLE.as_nanos() as f64;
    if !(for_ever || timeout > idle) || !idle::due() {
        return epoll_wait(epoll, timeout, events);
    }
    let n = epoll_wait(epoll, idle, events);
    if n != 0 {
        return n;
    }
    idle::give_back();
    let rest = if for_ever { timeout } else { timeout - idle };
    epoll_wait(epoll, rest, events)
}

fn epoll_wait(epoll: i32, timeout: f64, events: &mut [libc::epoll_event; MAX]) -> i32 {
    let ts = libc::timespec {
        tv_sec: (timeout / 1e9) as i64,
        tv_nsec: (timeout % 1e9) as i64,
    };
    let ts = if timeout < 0.0 || timeout.is_infinite() {
        std::ptr::null()
    } else {
        &raw const ts
    };
    // SAFETY: `events` has room for MAX; `ts` is null or lives here; no signal mask.
    let n = unsafe {
        libc::syscall(
            libc::SYS_epoll_pwait2,
            epoll,
            events.as_mut_ptr(),
            MAX,
            ts,
            std::ptr::null::<libc::sigset_t>(),
            0,
        )
    };
    errno::check(n as i32)
}

/// Host CLOCK_MONOTONIC in ns.
#[deno_bindgen]
fn monotonic_now() -> f64 {
    let mut ts = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: `ts` is valid for writing.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut ts) };
    ts.tv_sec as f64 * 1e9 + ts.tv_nsec as f64
}

/// Lets another thread that waits for this core run first.
#[deno_bindgen]
fn yield_core() {
    std::thread::yield_now();
}

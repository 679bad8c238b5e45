//! fsync on a thread of its own: it may take long and has no form that does not wait.

use crate::errno;
use deno_bindgen::deno_bindgen;
use std::collections::HashMap;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::sync::mpsc::{self, Sender};
use std::sync::{LazyLock, Mutex};

struct Job {
    id: u32,
    file: OwnedFd,
    data: bool,
}

struct Worker {
    /// Written to after each job.
    event: OwnedFd,
    jobs: Sender<Job>,
    last_id: u32,
}

/// Results by job, until they are fetched.
static RESULTS: LazyLock<Mutex<HashMap<u32, i32>>> = LazyLock::new(Mutex::default);
static WORKER: Mutex<Option<Worker>> = Mutex::new(None);

fn start() -> Result<Worker, i32> {
    // SAFETY: no pointer is passed.
    let fd = unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) };
    if fd < 0 {
        return Err(errno::last());
    }
    // SAFETY: `fd` was made above and nobody else has it.
    let event = unsafe { OwnedFd::from_raw_fd(fd) };
    let (jobs, queue) = mpsc::channel::<Job>();
    let raw = event.as_raw_fd();
    std::thread::Builder::new()
        .name("fsync".into())
        .spawn(move || {
            for job in queue {
                let fd = job.file.as_raw_fd();
                let result = if job.data {
                    // SAFETY: no pointer is passed; the job owns `fd`.
                    errno::check(unsafe { libc::fdatasync(fd) })
                } else {
                    // SAFETY: as above.
                    errno::check(unsafe { libc::fsync(fd) })
                };
                RESULTS.lock().expect("no panic").insert(job.id, result);
                let one = 1u64.to_ne_bytes();
                // SAFETY: `one` is valid for its length; the worker that owns `raw` is never dropped.
                unsafe { libc::write(raw, one.as_ptr().cast(), one.len()) };
            }
        })
        .map_err(|_| -libc::EAGAIN)?;
    Ok(Worker {
        event,
        jobs,
        last_id: 0,
    })
}

/// Starts an fsync (fdatasync with `data` not 0) of `fd`. Number of the job (above 0) or -errno.
#[deno_bindgen]
fn host_sync_begin(fd: i32, data: u32) -> i32 {
    let mut worker = WORKER.lock().expect("no panic");
    if worker.is_none() {
        match start() {
            Ok(started) => *worker = Some(started),
            Err(error) => return error,
        }
    }
    let Some(worker) = worker.as_mut() else {
        return -libc::EAGAIN;
    };
    // SAFETY: no pointer is passed.
    let copy = unsafe { libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, 0) };
    if copy < 0 {
        return errno::last();
    }
    // SAFETY: `copy` was made above and nobody else has it.
    let file = unsafe { OwnedFd::from_raw_fd(copy) };
    worker.last_id = worker.last_id % 0x3fff_ffff + 1;
    let job = Job {
        id: worker.last_id,
        file,
        data: data != 0,
    };
    match worker.jobs.send(job) {
        Ok(()) => worker.last_id as i32,
        Err(_) => -libc::EIO,
    }
}

/// Descriptor that becomes readable when a job is done, after the first `host_sync_begin`; or -1.
#[deno_bindgen]
fn host_sync_event() -> i32 {
    WORKER
        .lock()
        .expect("no panic")
        .as_ref()
        .map_or(-1, |worker| worker.event.as_raw_fd())
}

/// Result of job `id`: 0 or -errno once, 1 while it is under way.
#[deno_bindgen]
fn host_sync_result(id: u32) -> i32 {
    RESULTS.lock().expect("no panic").remove(&id).unwrap_or(1)
}

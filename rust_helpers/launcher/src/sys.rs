//! System calls of the launcher.
//! Unsafe: one `syscall` instruction; arguments are checked by the kernel.

const WRITE: usize = 1;
const CLOSE: usize = 3;
const STAT: usize = 4;
const MPROTECT: usize = 10;
const FCNTL: usize = 72;
const GETCWD: usize = 79;
const CHDIR: usize = 80;
const EXIT_GROUP: usize = 231;
const MEMFD_CREATE: usize = 319;

const MFD_CLOEXEC: usize = 1;
const MFD_NOEXEC_SEAL: usize = 8;
const F_DUPFD_CLOEXEC: usize = 1030;
const ENOENT: isize = -2;
const EINTR: isize = -4;

/// Our files stay out of the way of the numbers that programs expect.
const FIRST_FD: usize = 100;
const FIRST_FD_IF_FEW: usize = 10;

fn call(number: usize, a: usize, b: usize, c: usize) -> isize {
    let result;
    // SAFETY: each caller passes valid memory, or none.
    unsafe {
        core::arch::asm!("syscall", inlateout("rax") number => result, in("rdi") a,
            in("rsi") b, in("rdx") c, lateout("rcx") _, lateout("r11") _,
            options(nostack));
    }
    result
}

/// Says what failed and ends the process.
pub fn fail(what: &[u8]) -> ! {
    for text in [
        b"sandbox: cannot start: " as &[u8],
        what,
        b" failed; see README, Limits\n",
    ] {
        call(WRITE, 2, text.as_ptr() as usize, text.len());
    }
    call(EXIT_GROUP, 125, 0, 0);
    // The compiler does not know that the process is gone.
    #[allow(clippy::empty_loop)]
    loop {}
}

/// Makes pages of the (private) segment readable and writable.
pub fn make_writable(address: usize, len: usize) -> bool {
    call(MPROTECT, address, len, 3) == 0
}

/// Deno does not start in a directory that was removed.
pub fn leave_deleted_directory() {
    let mut path = [0u8; 1];
    // Too small for any other directory: then the answer is ERANGE.
    if call(GETCWD, path.as_mut_ptr() as usize, path.len(), 0) == ENOENT {
        call(CHDIR, c"/".as_ptr() as usize, 0, 0);
    }
}

/// A new memory file that holds `data`; ends the process if there can be none.
pub fn memory_file(data: &[u8]) -> usize {
    match try_memory_file(data) {
        Some(fd) => fd,
        None => fail(b"memfd_create"),
    }
}

/// As `memory_file`; none when the kernel refuses.
pub fn try_memory_file(data: &[u8]) -> Option<usize> {
    let name = c"sandbox".as_ptr() as usize;
    let mut low = call(MEMFD_CREATE, name, MFD_CLOEXEC | MFD_NOEXEC_SEAL, 0);
    if low < 0 {
        // Kernels before 6.3 do not know the second flag.
        low = call(MEMFD_CREATE, name, MFD_CLOEXEC, 0);
    }
    let low = usize::try_from(low).ok()?;
    let mut high = call(FCNTL, low, F_DUPFD_CLOEXEC, FIRST_FD);
    if high < 0 {
        high = call(FCNTL, low, F_DUPFD_CLOEXEC, FIRST_FD_IF_FEW);
    }
    call(CLOSE, low, 0, 0);
    let fd = usize::try_from(high).ok()?;
    write_all(fd, data).then_some(fd)
}

fn write_all(fd: usize, data: &[u8]) -> bool {
    let mut rest = data;
    while !rest.is_empty() {
        let n = call(WRITE, fd, rest.as_ptr() as usize, rest.len());
        if n == EINTR {
            continue;
        }
        let Some(tail) = usize::try_from(n).ok().and_then(|n| rest.get(n..)) else {
            return false;
        };
        if n == 0 {
            return false;
        }
        rest = tail;
    }
    true
}

/// stat(2) by path; the kernel's struct is libc's on x86-64.
pub fn stat(path: usize, buffer: usize) -> bool {
    call(STAT, path, buffer, 0) == 0
}

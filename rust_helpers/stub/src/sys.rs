//! Raw system calls of the stub. All come from the stub's text, where alone the filter allows any.

use core::arch::asm;

pub const MMAP: u64 = 9;
pub const CLOSE: u64 = 3;
pub const WRITE: u64 = 1;
pub const RT_SIGACTION: u64 = 13;
pub const RECVMSG: u64 = 47;
pub const CLONE: u64 = 56;
pub const EXIT_GROUP: u64 = 231;
pub const SIGALTSTACK: u64 = 131;
pub const PRCTL: u64 = 157;
pub const ARCH_PRCTL: u64 = 158;
pub const FUTEX: u64 = 202;
pub const DUP3: u64 = 292;

/// # Safety
/// The arguments must be what the call wants; pointers must be valid for it.
pub unsafe fn call(nr: u64, a: [u64; 6]) -> i64 {
    let result: i64;
    // SAFETY: the caller vouches for the arguments; the kernel clobbers rcx and r11 only.
    unsafe {
        asm!("syscall", inlateout("rax") nr as i64 => result, in("rdi") a[0], in("rsi") a[1],
            in("rdx") a[2], in("r10") a[3], in("r8") a[4], in("r9") a[5],
            lateout("rcx") _, lateout("r11") _);
    }
    result
}

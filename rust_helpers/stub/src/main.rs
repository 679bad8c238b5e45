//! The zygote and what every systrap process keeps of it: the guest's half of the platform.
//!
//! The zygote receives three descriptors a request (socket, slot group, arena), forks, and the
//! child becomes a guest process: it maps its slots, traps once to get a full frame, and waits for
//! the Sentry. From its fork on it counts as hostile: everything it can do is what the seccomp
//! filter, installed before, lets through.
#![no_std]
#![no_main]

mod entry;
mod filter;
mod handler;
mod layout;
mod sys;

use core::arch::{asm, global_asm};
use layout::*;

/// The filter's range of instruction addresses; the image is smaller (checked by the linker's
/// placement: text starts a page after the headers).
pub const TEXT_SIZE: u64 = 0x10000;

global_asm!(
    ".globl _start",
    "_start:",
    "mov rdi, rsp",
    "lea rsp, [rip + ZYGOTE_STACK + 65536]",
    "and rsp, -16",
    "call zygote",
    "ud2",
);

#[repr(C, align(16))]
struct Stack([u8; 65536]);

#[no_mangle]
static mut ZYGOTE_STACK: Stack = Stack([0; 65536]);

fn exit(code: u64) -> ! {
    loop {
        // SAFETY: takes no pointer.
        unsafe { sys::call(sys::EXIT_GROUP, [code, 0, 0, 0, 0, 0]) };
    }
}

fn must(result: i64, code: u64) -> i64 {
    if result < 0 {
        exit(code);
    }
    result
}

fn prctl(option: u64, a: u64, b: u64) -> i64 {
    // SAFETY: the options used here take integers, or the filter that outlives the call.
    unsafe { sys::call(sys::PRCTL, [option, a, b, 0, 0, 0]) }
}

fn map(address: u64, length: u64, prot: u64, fd: i32) -> i64 {
    const SHARED_FIXED: u64 = 0x11;
    // SAFETY: only addresses of the layout are used, where nothing else lies.
    unsafe {
        sys::call(
            sys::MMAP,
            [address, length, prot, SHARED_FIXED, fd as u64, 0],
        )
    }
}

#[no_mangle]
extern "C" fn zygote(stack: *const u64) -> ! {
    const PR_SET_PDEATHSIG: u64 = 1;
    const PR_SET_NO_NEW_PRIVS: u64 = 38;
    must(prctl(PR_SET_PDEATHSIG, 9, 0), 101);
    must(map(SENTRY_PAGE, 4096, 1, FD_PAGE), 102);
    tell(vdso(stack));
    handler::install();
    must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0), 103);
    filter::install();
    loop {
        serve();
    }
}

/// Sends a number to the Sentry, which waits for it.
fn tell(value: u64) {
    const SENDTO: u64 = 44;
    let value = &raw const value as u64;
    // SAFETY: eight bytes on the stack.
    must(
        unsafe { sys::call(SENDTO, [FD_SOCKET as u64, value, 8, 0, 0, 0]) },
        107,
    );
}

/// Address of the vDSO if it lies above all guests, where they can use it but not unmap it; else 0.
/// `stack` is the initial one: argc, argv, environment, auxiliary vector.
fn vdso(stack: *const u64) -> u64 {
    const AT_SYSINFO_EHDR: u64 = 33;
    let word = |i: usize| {
        // SAFETY: the kernel laid the stack out as said, each list ended by 0.
        let at = unsafe { stack.add(i) };
        // SAFETY: `at` lies in the stack (above).
        unsafe { at.read() }
    };
    let mut i = 1;
    for _list in 0..2 {
        while word(i) != 0 {
            i += 1;
        }
        i += 1;
    }
    while word(i) != 0 {
        if word(i) == AT_SYSINFO_EHDR && word(i + 1) > TASK_SIZE {
            return word(i + 1);
        }
        i += 2;
    }
    0
}

#[repr(C)]
struct Msghdr {
    name: u64,
    namelen: u64,
    iov: u64,
    iovlen: u64,
    control: u64,
    controllen: u64,
    flags: u64,
}

/// One request: three descriptors, which arrive as FD_FIRST and the next two.
fn serve() {
    let mut byte = 0u8;
    let iov = [&raw mut byte as u64, 1];
    let mut control = [0u64; 8];
    let mut message = Msghdr {
        name: 0,
        namelen: 0,
        iov: &raw const iov as u64,
        iovlen: 1,
        control: &raw mut control as u64,
        controllen: 64,
        flags: 0,
    };
    let message = &raw mut message as u64;
    // SAFETY: all that the message points to is on this stack.
    let n = unsafe { sys::call(sys::RECVMSG, [FD_SOCKET as u64, message, 0, 0, 0, 0]) };
    if n == 0 {
        exit(0);
    }
    if n < 0 {
        return;
    }
    // SAFETY: a fork; parent and child go on with this stack, each with its copy.
    let child = unsafe { sys::call(sys::CLONE, [CLONE_ZYGOTE, 0, 0, 0, 0, 0]) };
    if child == 0 {
        become_guest();
    }
    for fd in FD_FIRST..FD_FIRST + 3 {
        close(fd);
    }
}

fn close(fd: i32) {
    // SAFETY: takes no pointer.
    unsafe { sys::call(sys::CLOSE, [fd as u64, 0, 0, 0, 0, 0]) };
}

fn move_fd(from: i32, to: i32) {
    // SAFETY: takes no pointer.
    must(
        unsafe { sys::call(sys::DUP3, [from as u64, to as u64, 0, 0, 0, 0]) },
        104,
    );
    close(from);
}

fn become_guest() -> ! {
    let slot = CTL_BASE;
    must(map(slot, GROUP_SIZE, 3, FD_FIRST + 1), 105);
    close(FD_FIRST + 1);
    move_fd(FD_FIRST, FD_SOCKET);
    move_fd(FD_FIRST + 2, FD_ARENA);
    prctl(1, 9, 0);
    let stack = [slot + STACK as u64, 0, SLOT_SIZE - STACK as u64];
    // SAFETY: a whole stack_t on the stack.
    unsafe { sys::call(sys::SIGALTSTACK, [&raw const stack as u64, 0, 0, 0, 0, 0]) };
    const ARCH_SET_GS: u64 = 0x1001;
    // SAFETY: takes no pointer; gs is the stub's alone.
    unsafe { sys::call(sys::ARCH_PRCTL, [ARCH_SET_GS, slot, 0, 0, 0, 0]) };
    // Tells the Sentry the process's id: the kernel attaches it to the message.
    const SENDTO: u64 = 44;
    // SAFETY: one byte of the slot.
    unsafe { sys::call(SENDTO, [FD_SOCKET as u64, slot, 1, 0, 0, 0]) };
    // SAFETY: gs and the signal stack are set, which is all that this path needs.
    unsafe { entry::stub_capture() }
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    exit(127)
}

/// What the compiler calls for copies; libc is not there.
#[no_mangle]
unsafe extern "C" fn memcpy(to: *mut u8, from: *const u8, n: usize) -> *mut u8 {
    // SAFETY: the caller passes valid ranges; DF is clear by the ABI.
    unsafe { asm!("rep movsb", inout("rdi") to => _, inout("rsi") from => _, inout("rcx") n => _) };
    to
}

#[no_mangle]
unsafe extern "C" fn memset(to: *mut u8, byte: i32, n: usize) -> *mut u8 {
    // SAFETY: as in `memcpy`.
    unsafe { asm!("rep stosb", inout("rdi") to => _, inout("rcx") n => _, in("al") byte as u8) };
    to
}

/// `core` refers to it; nothing unwinds here.
#[no_mangle]
extern "C" fn rust_eh_personality() -> ! {
    exit(127)
}

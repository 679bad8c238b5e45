//! First code of the single executable. ld.so has loaded and relocated Deno as
//! always; then it jumps here instead of to Deno's entry. We put Deno's flags
//! and a memory file with the main module in front of the user's arguments,
//! replace the environment, and go on to Deno's entry.
//!
//! Freestanding, without relocations, allocation, formatting or panics.
//! Unsafe code: everywhere; the memory is that of the ELF segment (see
//! header.rs) and of the initial stack.
#![no_std]
#![no_main]

mod cache;
mod header;
mod memory;
mod sys;

use header::{Header, Part};
use memory::{bytes_at, starts_with, Words};

// On entry rsp points to argc, as the kernel left it, and rdx holds ld.so's
// exit function. `measure` tells how much stack the new block needs.
core::arch::global_asm!(
    ".section .text.start, \"ax\"",
    ".globl _start",
    "_start:",
    "xor ebp, ebp",
    "mov rbx, rdx",
    "mov r12, rsp",
    "lea r13, [rip + _start - 0x1000]",
    "mov rdi, r12",
    "mov rsi, r13",
    "call {measure}",
    "sub rsp, rax",
    "and rsp, -16",
    "mov rdi, r12",
    "mov rsi, r13",
    "mov rdx, rsp",
    "call {launch}",
    "mov rdx, rbx",
    "jmp rax",
    ".text",
    measure = sym measure,
    launch = sym launch,
);

/// Room for the two strings made at run time.
const TEXT_ROOM: usize = 128;

/// Bytes that `launch` needs.
extern "C" fn measure(block: *const usize, header: *const Header) -> usize {
    // SAFETY: the packer put a header there.
    let header = unsafe { &*header };
    let user = Words::initial_block(block);
    let words = user.argc() + user.envc() + strings(header.args) + strings(header.env) + 16;
    words * size_of::<usize>() + TEXT_ROOM
}

/// Upper bound: each string has at least a byte and its NUL.
fn strings(part: Part) -> usize {
    part.len as usize
}

/// Builds the new block at `area`; gives the address to go on at.
extern "C" fn launch(block: *const usize, header: *mut Header, area: *mut usize) -> usize {
    let base = header as usize;
    if !sys::make_writable(base, 0x1000) {
        sys::fail(b"mprotect");
    }
    // SAFETY: the packer put a header there; the page is writable by now, and
    // no other thread runs yet.
    let header = unsafe { &mut *header };
    if header.magic != header::MAGIC {
        sys::fail(b"the header");
    }
    let user = Words::initial_block(block);
    let image = base - header.segment_vaddr as usize;
    sys::leave_deleted_directory();

    let text = area as usize + measure(block, header) - TEXT_ROOM;
    let boot = sys::memory_file(part(base, header.boot));
    let library = sys::memory_file(part(base, header.library));
    let module = memory::number(text, b"/proc/self/fd/", &[boot]);
    let program = base + header.program.offset as usize;
    let variable = memory::number(text + 64, b"SANDBOX_BOOT=", &[program, library]);

    let mut out = Words::new(area);
    let argc_at = out.push(0);
    let mut argc = push_strings(&mut out, base, header.args);
    out.push(module);
    argc += 1;
    for i in 1..user.argc() {
        out.push(user.argv(i));
        argc += 1;
    }
    out.push(0);
    out.set(argc_at, argc);
    let environ = out.address();
    out.push(variable);
    push_strings(&mut out, base, header.env);
    for i in 0..user.envc() {
        if is_kept(part(base, header.keep), user.envp(i)) {
            out.push(user.envp(i));
        }
    }
    out.push(0);
    out.push(0);
    out.push(0);

    // environ is libc's variable; the slot holds its address.
    let variable = memory::load(image + header.environ_slot as usize);
    memory::store(variable, environ);
    cache::install(header, image);
    image + header.entry_vaddr as usize
}

/// The bytes of a part of the segment.
fn part(base: usize, part: Part) -> &'static [u8] {
    bytes_at(base + part.offset as usize, part.len as usize)
}

/// Pushes the address of each string of a part; tells how many.
fn push_strings(out: &mut Words, base: usize, strings: Part) -> usize {
    let bytes = part(base, strings);
    let mut count = 0;
    let mut start = 0;
    for (i, byte) in bytes.iter().enumerate() {
        if *byte == 0 {
            out.push(bytes.as_ptr() as usize + start);
            start = i + 1;
            count += 1;
        }
    }
    count
}

/// Whether a variable begins like one of the list.
fn is_kept(list: &[u8], variable: usize) -> bool {
    let mut start = 0;
    for (i, byte) in list.iter().enumerate() {
        if *byte != 0 {
            continue;
        }
        if list
            .get(start..i)
            .is_some_and(|prefix| starts_with(variable, prefix))
        {
            return true;
        }
        start = i + 1;
    }
    false
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    sys::fail(b"the launcher")
}

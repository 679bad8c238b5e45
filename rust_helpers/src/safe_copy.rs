//! Accesses to memory that may fault: pages of files that somebody cuts short
//! (SIGBUS) or whose storage fails. The routines below are assembly with known
//! borders; a SIGBUS inside them continues at the place that reports the fault.
//!
//! The signal handler compares and sets registers, or restores the former action: it allocates
//! nothing and takes no lock.

use std::arch::global_asm;
use std::sync::OnceLock;

global_asm!(
    ".pushsection .text.safe_copy, \"ax\"",
    ".globl sandbox_safe_copy",
    ".hidden sandbox_safe_copy",
    ".globl sandbox_safe_copy_end",
    ".hidden sandbox_safe_copy_end",
    // size_t sandbox_safe_copy(to: rdi, from: rsi, length: rdx): bytes not copied.
    "sandbox_safe_copy:",
    "mov rcx, rdx",
    "cmp rcx, 256",
    "jae 3f",
    "2:",
    "cmp rcx, 8",
    "jb 4f",
    "mov rax, [rsi]",
    "mov [rdi], rax",
    "add rsi, 8",
    "add rdi, 8",
    "sub rcx, 8",
    "jmp 2b",
    "4:",
    "test rcx, rcx",
    "jz sandbox_safe_copy_end",
    "mov al, [rsi]",
    "mov [rdi], al",
    "inc rsi",
    "inc rdi",
    "dec rcx",
    "jmp 4b",
    "3:",
    "rep movsb",
    "sandbox_safe_copy_end:",
    "mov rax, rcx",
    "ret",
    ".globl sandbox_safe_word",
    ".hidden sandbox_safe_word",
    ".globl sandbox_safe_word_end",
    ".hidden sandbox_safe_word_end",
    // i64 sandbox_safe_word(address: rdi, expected: esi, value: edx, op: ecx): the word before, or -1.
    "sandbox_safe_word:",
    "mov eax, esi",
    "cmp ecx, 1",
    "je 5f",
    "ja 6f",
    "mov eax, [rdi]",
    "ret",
    "5:",
    "mov eax, edx",
    "xchg [rdi], eax",
    "ret",
    "6:",
    "lock cmpxchg [rdi], edx",
    "ret",
    "sandbox_safe_word_end:",
    "mov rax, -1",
    "ret",
    ".popsection",
);

extern "C" {
    fn sandbox_safe_copy(to: *mut u8, from: *const u8, length: usize) -> usize;
    static sandbox_safe_copy_end: u8;
    fn sandbox_safe_word(address: *mut u32, expected: u32, value: u32, op: u32) -> i64;
    static sandbox_safe_word_end: u8;
}

/// What `word` does; the numbers are the assembly's.
#[derive(Clone, Copy)]
pub enum Op {
    Load = 0,
    Store = 1,
    CompareAndSwap = 2,
}

/// Copies `length` bytes; how many at the end were not, because of a fault.
///
/// # Safety
/// Both ranges are mapped (if perhaps past the end of a file) and at least one
/// of them is no Rust object that someone else refers to.
pub unsafe fn copy(to: *mut u8, from: *const u8, length: usize) -> usize {
    install();
    // SAFETY: the caller's promise; faults are handled.
    unsafe { sandbox_safe_copy(to, from, length) }
}

/// Loads, stores or swaps an aligned word: its value before, or -1 after a fault.
///
/// # Safety
/// The word is mapped, and only accessed atomically by others.
pub unsafe fn word(address: *mut u32, expected: u32, value: u32, op: Op) -> i64 {
    install();
    // SAFETY: the caller's promise; faults are handled.
    unsafe { sandbox_safe_word(address, expected, value, op as u32) }
}

/// What SIGBUS did before; None if the handler could not be set.
static FORMER: OnceLock<Option<libc::sigaction>> = OnceLock::new();

#[inline]
fn install() {
    FORMER.get_or_init(install_handler);
}

fn install_handler() -> Option<libc::sigaction> {
    // SAFETY: all zeroes are a valid `sigaction`.
    let mut new: libc::sigaction = unsafe { std::mem::zeroed() };
    // SAFETY: as above.
    let mut old: libc::sigaction = unsafe { std::mem::zeroed() };
    let function: extern "C" fn(i32, *mut libc::siginfo_t, *mut libc::ucontext_t) = on_bus_error;
    new.sa_sigaction = function as usize;
    new.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
    // SAFETY: a valid pointer; an empty mask needs nothing else.
    unsafe { libc::sigemptyset(&mut new.sa_mask) };
    // SAFETY: the handler is async-signal-safe (see the head of the file).
    let r = unsafe { libc::sigaction(libc::SIGBUS, &new, &mut old) };
    (r == 0).then_some(old)
}

/// Where a fault at `rip` continues, if it is one of ours.
fn fixup(rip: usize) -> Option<usize> {
    let copy_end = &raw const sandbox_safe_copy_end as usize;
    let word_end = &raw const sandbox_safe_word_end as usize;
    let copy_start = sandbox_safe_copy as *const () as usize;
    let word_start = sandbox_safe_word as *const () as usize;
    if (copy_start..copy_end).contains(&rip) {
        Some(copy_end)
    } else if (word_start..word_end).contains(&rip) {
        Some(word_end)
    } else {
        None
    }
}

extern "C" fn on_bus_error(
    _signal: i32,
    _info: *mut libc::siginfo_t,
    context: *mut libc::ucontext_t,
) {
    // SAFETY: the kernel passes a context that is ours while the handler runs.
    let registers = unsafe { &mut (*context).uc_mcontext.gregs };
    let rip = &mut registers[libc::REG_RIP as usize];
    if let Some(target) = fixup(*rip as usize) {
        *rip = target as i64;
        return;
    }
    // Not ours: the access happens again under the former action.
    if let Some(Some(former)) = FORMER.get() {
        // SAFETY: `former` is what the kernel gave us.
        unsafe { libc::sigaction(libc::SIGBUS, former, std::ptr::null_mut()) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two pages of a memfd that has one.
    fn short_file() -> *mut u8 {
        // SAFETY: a C string; no other pointer.
        let fd = unsafe { libc::memfd_create(c"short".as_ptr(), 0) };
        // SAFETY: no pointer is passed.
        assert_eq!(unsafe { libc::ftruncate(fd, 4096) }, 0);
        // SAFETY: a fresh range.
        let p = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                8192,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_SHARED,
                fd,
                0,
            )
        };
        assert_ne!(p, libc::MAP_FAILED);
        p.cast()
    }

    #[test]
    fn a_copy_across_the_end_of_a_file_tells_how_much_is_missing() {
        let p = short_file();
        let mut buffer = [1u8; 600];
        // SAFETY: mapped; the end is past the file's.
        let from = unsafe { p.add(4096 - 100) };
        // SAFETY: both ranges are mapped.
        let left = unsafe { copy(buffer.as_mut_ptr(), from, 600) };
        assert_eq!(left, 500);
        // SAFETY: both ranges are mapped.
        let left = unsafe { copy(from, buffer.as_ptr(), 130) };
        assert!((30..38).contains(&left));
    }

    #[test]
    fn words_past_the_end_of_a_file_are_faults() {
        let p: *mut u32 = short_file().cast();
        // SAFETY: the word is mapped.
        assert_eq!(unsafe { word(p, 0, 7, Op::Store) }, 0);
        // SAFETY: as above.
        assert_eq!(unsafe { word(p, 7, 8, Op::CompareAndSwap) }, 7);
        // SAFETY: as above.
        assert_eq!(unsafe { word(p, 0, 0, Op::Load) }, 8);
        // SAFETY: mapped; past the file's end.
        let beyond = unsafe { p.add(1024) };
        // SAFETY: as above.
        assert_eq!(unsafe { word(beyond, 0, 0, Op::Load) }, -1);
        // SAFETY: as above.
        assert_eq!(unsafe { word(beyond, 0, 0, Op::CompareAndSwap) }, -1);
    }
}

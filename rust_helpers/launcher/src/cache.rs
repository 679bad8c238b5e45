//! Deno's cache directory, which exists only in the executable: SQLite's
//! opens of files beneath `/.sandbox-cache/` get memory files. Nothing is
//! written to disk, and a cache that does not fit only costs time.
//!
//! Called on Deno's threads: no lock, no allocation, no errno of ours.

use crate::header::{CacheFile, Header};
use crate::memory::{self, bytes_at, equals};
use crate::sys;

const MARKER: &[u8] = b"/.sandbox-cache/";

/// fcntl.h
const O_CREAT: i32 = 0o100;

// The hooks find the header as the start code does: one page before the code.
core::arch::global_asm!(
    ".globl sandbox_open",
    "sandbox_open:",
    "lea rcx, [rip + _start - 0x1000]",
    "jmp {open}",
    ".globl sandbox_stat",
    "sandbox_stat:",
    "lea rcx, [rip + _start - 0x1000]",
    "jmp {stat}",
    open = sym open,
    stat = sym stat,
);

type Open = extern "C" fn(usize, i32, u32) -> i32;
type Stat = extern "C" fn(i32, usize, usize) -> i32;

/// Puts the hooks into the slots through which Deno calls libc.
pub fn install(header: &mut Header, image: usize) {
    if header.caches.iter().all(|c| c.name[0] == 0) {
        return;
    }
    let (open, stat): (usize, usize);
    // SAFETY: takes two addresses of this segment.
    unsafe {
        core::arch::asm!("lea {0}, [rip + sandbox_open]", "lea {1}, [rip + sandbox_stat]",
            out(reg) open, out(reg) stat, options(nostack, nomem, preserves_flags));
    }
    let open_slot = image + header.open_slot as usize;
    let stat_slot = image + header.stat_slot as usize;
    header.open_original = memory::load(open_slot) as u64;
    header.stat_original = memory::load(stat_slot) as u64;
    memory::store(open_slot, open);
    memory::store(stat_slot, stat);
}

/// open64(path, flags, mode), with the header as a fourth argument.
extern "C" fn open(path: usize, flags: i32, mode: u32, header: *mut Header) -> i32 {
    if let Some(file) = find(path, header) {
        let start = header as usize + file.data.offset as usize;
        if let Some(fd) = sys::try_memory_file(bytes_at(start, file.data.len as usize)) {
            file.fd = fd as u64;
            return fd as i32;
        }
    } else if flags & O_CREAT != 0 && name_of(path) != 0 {
        // A database's log: it begins empty.
        if let Some(fd) = sys::try_memory_file(&[]) {
            return fd as i32;
        }
    }
    // SAFETY: `install` filled the header.
    let original = unsafe { (*header).open_original };
    // SAFETY: the address of libc's open64, from the slot.
    let original = unsafe { core::mem::transmute::<usize, Open>(original as usize) };
    original(path, flags, mode)
}

/// __xstat64(version, path, buffer), with the header as a fourth argument.
extern "C" fn stat(version: i32, path: usize, buffer: usize, header: *mut Header) -> i32 {
    if let Some(file) = find(path, header) {
        let mut text = [0u8; 48];
        let at = text.as_mut_ptr() as usize;
        let link = memory::number(at, b"/proc/self/fd/", &[file.fd as usize]);
        if file.fd != 0 && sys::stat(link, buffer) {
            return 0;
        }
    }
    // SAFETY: `install` filled the header.
    let original = unsafe { (*header).stat_original };
    // SAFETY: the address of libc's __xstat64, from the slot.
    let original = unsafe { core::mem::transmute::<usize, Stat>(original as usize) };
    original(version, path, buffer)
}

/// Where a path's part beneath the cache directory begins, or 0.
fn name_of(path: usize) -> usize {
    if path == 0 {
        return 0;
    }
    memory::after(path, MARKER)
}

/// The cache file that a path names.
fn find(path: usize, header: *mut Header) -> Option<&'static mut CacheFile> {
    let name = name_of(path);
    if name == 0 {
        return None;
    }
    // SAFETY: `install` made the page writable; each cache file is opened by
    // the one thread that owns its database.
    let header = unsafe { &mut *header };
    let mut files = header.caches.iter_mut();
    files.find(|c| c.name[0] != 0 && equals(name, &c.name))
}

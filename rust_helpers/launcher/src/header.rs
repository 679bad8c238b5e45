//! The first page of the added segment, shared by the packer (writes it) and
//! the launcher (reads it). All offsets count from the segment's start.

pub const MAGIC: u64 = u64::from_le_bytes(*b"SANDBOX1");

/// A part of the segment.
#[derive(Clone, Copy, Default)]
#[repr(C)]
pub struct Part {
    pub offset: u64,
    pub len: u64,
}

/// A file that Deno finds in its cache directory.
#[derive(Clone, Copy, Default)]
#[repr(C)]
pub struct CacheFile {
    /// File name, padded with NULs.
    pub name: [u8; 32],
    pub data: Part,
    /// The last memory file made for it; written at run time.
    pub fd: u64,
}

#[derive(Clone, Copy, Default)]
#[repr(C)]
pub struct Header {
    pub magic: u64,
    /// Link-time addresses in the Deno executable.
    pub segment_vaddr: u64,
    pub entry_vaddr: u64,
    pub environ_slot: u64,
    pub open_slot: u64,
    pub stat_slot: u64,
    /// Strings that each end in NUL, one after the other.
    pub args: Part,
    pub env: Part,
    /// Beginnings of the user's variables that are kept.
    pub keep: Part,
    /// The main module; the helpers' library; the program (ends in NUL).
    pub boot: Part,
    pub library: Part,
    pub program: Part,
    /// A cache file without a name is not there.
    pub caches: [CacheFile; 3],
    /// libc's functions, from the slots; written at run time.
    pub open_original: u64,
    pub stat_original: u64,
}

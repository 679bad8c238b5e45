//! Reading and writing the initial stack and the segment.
//! Unsafe: raw memory whose layout the kernel and the packer guarantee.

/// A block of words: the initial stack's, or one being written.
pub struct Words {
    base: *mut usize,
    len: usize,
}

impl Words {
    /// argc, argv, NULL, envp, NULL: as the kernel lays it out.
    pub fn initial_block(block: *const usize) -> Words {
        Words {
            base: block.cast_mut(),
            len: 0,
        }
    }

    /// An empty block to write to; the caller measured its room.
    pub fn new(area: *mut usize) -> Words {
        Words { base: area, len: 0 }
    }

    pub fn argc(&self) -> usize {
        self.get(0)
    }

    pub fn argv(&self, i: usize) -> usize {
        self.get(1 + i)
    }

    pub fn envp(&self, i: usize) -> usize {
        self.get(self.argc() + 2 + i)
    }

    pub fn envc(&self) -> usize {
        let mut count = 0;
        while self.envp(count) != 0 {
            count += 1;
        }
        count
    }

    /// Where the next word will stand.
    pub fn address(&self) -> usize {
        self.base as usize + self.len * size_of::<usize>()
    }

    /// Appends a word; gives its index.
    pub fn push(&mut self, word: usize) -> usize {
        let at = self.len;
        self.len += 1;
        self.set(at, word);
        at
    }

    pub fn set(&mut self, i: usize, word: usize) {
        store(self.base as usize + i * size_of::<usize>(), word);
    }

    fn get(&self, i: usize) -> usize {
        load(self.base as usize + i * size_of::<usize>())
    }
}

pub fn load(address: usize) -> usize {
    // SAFETY: callers pass aligned words of the stack, a GOT slot, or libc's
    // `environ`, all mapped for the life of the process.
    unsafe { core::ptr::read_volatile(address as *const usize) }
}

pub fn store(address: usize, word: usize) {
    // SAFETY: as for `load`; the GOT has no RELRO in this executable.
    unsafe { core::ptr::write_volatile(address as *mut usize, word) }
}

pub fn bytes_at(address: usize, len: usize) -> &'static [u8] {
    // SAFETY: callers pass parts of the segment, mapped for good.
    unsafe { core::slice::from_raw_parts(address as *const u8, len) }
}

fn byte(address: usize) -> u8 {
    // SAFETY: within a C string, up to its NUL.
    unsafe { core::ptr::read_volatile(address as *const u8) }
}

fn put(address: usize, value: u8) {
    // SAFETY: within the text room that `measure` added.
    unsafe { core::ptr::write_volatile(address as *mut u8, value) }
}

/// Whether the C string at `address` begins with `prefix`.
pub fn starts_with(address: usize, prefix: &[u8]) -> bool {
    for (i, expected) in prefix.iter().enumerate() {
        if byte(address + i) != *expected {
            return false;
        }
    }
    true
}

/// Whether the C string at `address` is `name`, which is padded with NULs.
pub fn equals(address: usize, name: &[u8]) -> bool {
    for (i, expected) in name.iter().enumerate() {
        if byte(address + i) != *expected {
            return false;
        }
        if *expected == 0 {
            return true;
        }
    }
    false
}

/// Where the part of a C string after `marker` begins, or 0.
pub fn after(address: usize, marker: &[u8]) -> usize {
    let mut at = address;
    while byte(at) != 0 {
        if starts_with(at, marker) {
            return at + marker.len();
        }
        at += 1;
    }
    0
}

/// Writes `prefix` and the numbers, separated by commas, as a C string.
pub fn number(at: usize, prefix: &[u8], values: &[usize]) -> usize {
    let mut end = at;
    for byte in prefix {
        put(end, *byte);
        end += 1;
    }
    for (i, value) in values.iter().enumerate() {
        if i > 0 {
            put(end, b',');
            end += 1;
        }
        end = decimal(end, *value);
    }
    put(end, 0);
    at
}

/// Writes a number's digits; gives the address after them.
fn decimal(at: usize, value: usize) -> usize {
    let mut digits = 1;
    let mut rest = value / 10;
    while rest > 0 {
        digits += 1;
        rest /= 10;
    }
    rest = value;
    for i in (0..digits).rev() {
        put(at + i, b'0' + (rest % 10) as u8);
        rest /= 10;
    }
    at + digits
}

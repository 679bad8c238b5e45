//! The deno executable: what must hold of it, and the patch.

use object::elf::{self, FileHeader64, ProgramHeader64};
use object::read::elf::{ElfFile64, FileHeader, ProgramHeader};
use object::{Endianness, LittleEndian as LE, Object, ObjectSymbol, ObjectSymbolTable};
use object::{RelocationFlags, RelocationTarget};

const PAGE: u64 = 0x1000;
const ENTRY_AT: usize = 24;
const PHNUM_AT: usize = 56;
const PHDR_SIZE: usize = 56;

/// What the patch needs to know. Addresses are the linker's.
pub struct Facts {
    pub entry_vaddr: u64,
    /// The slots through which deno reaches libc's symbols.
    pub environ_slot: u64,
    pub open_slot: u64,
    pub stat_slot: u64,
    /// Where the new segment goes.
    pub segment_vaddr: u64,
    pub segment_offset: u64,
    phdrs_offset: usize,
    phdrs: usize,
}

/// Checks all that the patch relies on.
pub fn examine(image: &[u8]) -> Result<Facts, String> {
    let wrong = |what: &str| format!("unknown build of deno: {what}");
    let header = FileHeader64::<Endianness>::parse(image).map_err(|e| wrong(&e.to_string()))?;
    let e = header.endian().map_err(|e| wrong(&e.to_string()))?;
    if header.e_machine(e) != elf::EM_X86_64 || header.e_type(e) != elf::ET_DYN {
        return Err(wrong("not a position-independent x86-64 executable"));
    }
    let phdrs = header
        .program_headers(e, image)
        .map_err(|e| wrong(&e.to_string()))?;
    if phdrs.first().is_none_or(|p| p.p_type(e) != elf::PT_PHDR) {
        return Err(wrong("PT_PHDR is not first"));
    }
    if phdrs.iter().any(|p| p.p_type(e) == elf::PT_GNU_RELRO) {
        return Err(wrong("PT_GNU_RELRO makes its slots read-only"));
    }
    let phdrs_offset = header.e_phoff(e) as usize;
    let free = phdrs_offset + phdrs.len() * PHDR_SIZE;
    if !has_room(phdrs, e, free, image) {
        return Err(wrong("no room for a program header"));
    }
    let loads = phdrs.iter().filter(|p| p.p_type(e) == elf::PT_LOAD);
    let top = loads
        .map(|p| p.p_vaddr(e) + p.p_memsz(e))
        .max()
        .unwrap_or(0);
    let slots = Slots::find(image)?;
    Ok(Facts {
        entry_vaddr: header.e_entry(e),
        environ_slot: slots.get("environ", elf::R_X86_64_GLOB_DAT)?,
        open_slot: slots.get("open64", elf::R_X86_64_JUMP_SLOT)?,
        stat_slot: slots.get("__xstat64", elf::R_X86_64_JUMP_SLOT)?,
        segment_vaddr: top.next_multiple_of(PAGE) + PAGE,
        segment_offset: (image.len() as u64).next_multiple_of(PAGE),
        phdrs_offset,
        phdrs: phdrs.len(),
    })
}

/// The place after the last program header is zero and belongs to no segment.
fn has_room(
    phdrs: &[ProgramHeader64<Endianness>],
    e: Endianness,
    free: usize,
    image: &[u8],
) -> bool {
    let end = free + PHDR_SIZE;
    let taken = phdrs.iter().any(|p| {
        let start = p.p_offset(e) as usize;
        p.p_type(e) != elf::PT_LOAD && start < end && start + p.p_filesz(e) as usize > free
    });
    !taken
        && image
            .get(free..end)
            .is_some_and(|bytes| bytes.iter().all(|b| *b == 0))
}

/// Named slots of the global offset table, with their kind.
struct Slots(Vec<(String, u32, u64)>);

impl Slots {
    fn find(image: &[u8]) -> Result<Slots, String> {
        let file = ElfFile64::<Endianness>::parse(image).map_err(|e| e.to_string())?;
        let symbols = file.dynamic_symbol_table().ok_or("no dynamic symbols")?;
        let relocations = file.dynamic_relocations().ok_or("no relocations")?;
        let mut slots = Vec::new();
        for (address, relocation) in relocations {
            let RelocationTarget::Symbol(index) = relocation.target() else {
                continue;
            };
            let RelocationFlags::Elf { r_type } = relocation.flags() else {
                continue;
            };
            let symbol = symbols.symbol_by_index(index).map_err(|e| e.to_string())?;
            let name = symbol.name().map_err(|e| e.to_string())?;
            slots.push((name.to_owned(), r_type, address));
        }
        Ok(Slots(slots))
    }

    fn get(&self, name: &str, kind: u32) -> Result<u64, String> {
        let found = self.0.iter().find(|(n, k, _)| n == name && *k == kind);
        found
            .map(|(_, _, address)| *address)
            .ok_or(format!("unknown build of deno: no slot for {name}"))
    }
}

/// Appends the segment and makes it the first code to run.
pub fn add_segment(image: &mut Vec<u8>, facts: &Facts, segment: &[u8]) {
    let size = segment.len() as u64;
    image.resize(facts.segment_offset as usize, 0);
    image.extend_from_slice(segment);

    let u64_le = object::U64::new;
    let load = ProgramHeader64::<LE> {
        p_type: object::U32::new(LE, elf::PT_LOAD),
        p_flags: object::U32::new(LE, elf::PF_R | elf::PF_X),
        p_offset: u64_le(LE, facts.segment_offset),
        p_vaddr: u64_le(LE, facts.segment_vaddr),
        p_paddr: u64_le(LE, facts.segment_vaddr),
        p_filesz: u64_le(LE, size),
        p_memsz: u64_le(LE, size),
        p_align: u64_le(LE, PAGE),
    };
    let free = facts.phdrs_offset + facts.phdrs * PHDR_SIZE;
    put(image, free, object::bytes_of(&load));

    // PT_PHDR is the first one; its sizes stand at 32 and 40.
    let table = ((facts.phdrs + 1) * PHDR_SIZE) as u64;
    put(image, facts.phdrs_offset + 32, &table.to_le_bytes());
    put(image, facts.phdrs_offset + 40, &table.to_le_bytes());
    put(image, PHNUM_AT, &(facts.phdrs as u16 + 1).to_le_bytes());
    let entry = facts.segment_vaddr + PAGE;
    put(image, ENTRY_AT, &entry.to_le_bytes());
}

fn put(image: &mut [u8], at: usize, bytes: &[u8]) {
    image[at..at + bytes.len()].copy_from_slice(bytes);
}

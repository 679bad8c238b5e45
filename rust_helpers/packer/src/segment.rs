//! The added segment: header, launcher, strings, files.

use crate::header::{CacheFile, Header, Part, MAGIC};
use crate::host::Facts;
use crate::Inputs;
use object::elf::{self, FileHeader64};
use object::read::elf::{FileHeader, ProgramHeader};
use object::Endianness;

/// Where the launcher is linked: one page after the header.
const CODE_AT: usize = 0x1000;

/// What stands before the main module in argv. The first word must be "deno":
/// it acts on its own name.
const ARGS: &[&str] = &[
    "deno",
    "run",
    "-A",
    "--no-config",
    "--no-lock",
    "--no-remote",
    "--no-npm",
    "--cached-only",
    "--no-check",
    "--no-prompt",
    "--quiet",
    "--ext=mjs",
];

/// Deno reads ~/.npmrc even so, makes a `node` where PATH has none, and tells
/// when its cache cannot be written.
const ENV: &[&str] = &[
    "HOME=/proc/self/.sandbox-home",
    "DENO_NO_PACKAGE_JSON=1",
    "DENO_NO_UPDATE_CHECK=1",
    "DENO_DISABLE_NODE_SHIM=1",
    "DENO_LOG=error,deno::cache=off",
];

/// Of the user's variables only these reach the program; the rest may change
/// what Deno does. HOME is not among them: see ENV.
const KEEP: &[&str] = &["PATH=", "TERM=", "SHELL=", "TZ=", "SANDBOX_PLATFORM="];

/// Lays the segment out. The program must be ASCII, as V8 reads it in place.
pub fn build(inputs: &Inputs, facts: &Facts) -> Result<Vec<u8>, String> {
    if !inputs.program.is_ascii() || inputs.program.contains(&0) {
        return Err("the program is not ASCII without NUL".into());
    }
    let mut segment = vec![0; CODE_AT];
    segment.extend_from_slice(&code(&inputs.launcher)?);
    let mut env = strings(ENV);
    env.extend_from_slice(&strings(&[&format!("DENO_DIR={}", inputs.deno_dir)]));
    let mut args = strings(ARGS);
    args.extend_from_slice(&strings(&[&inputs.v8_flags]));
    let mut header = Header {
        magic: MAGIC,
        segment_vaddr: facts.segment_vaddr,
        entry_vaddr: facts.entry_vaddr,
        environ_slot: facts.environ_slot,
        open_slot: facts.open_slot,
        stat_slot: facts.stat_slot,
        args: append(&mut segment, &args),
        env: append(&mut segment, &env),
        keep: append(&mut segment, &strings(KEEP)),
        boot: append(&mut segment, &inputs.boot),
        library: append(&mut segment, &inputs.library),
        ..Header::default()
    };
    let mut program = inputs.program.clone();
    program.push(0);
    header.program = append(&mut segment, &program);
    if inputs.caches.len() > header.caches.len() {
        return Err("too many cache files".into());
    }
    for (file, (name, data)) in header.caches.iter_mut().zip(&inputs.caches) {
        *file = CacheFile {
            name: padded(name)?,
            data: append(&mut segment, data),
            fd: 0,
        };
    }
    write_header(&mut segment, &header);
    Ok(segment)
}

/// The launcher's only segment, which must begin where the header ends.
fn code(launcher: &[u8]) -> Result<Vec<u8>, String> {
    let fail = |e: object::Error| format!("launcher: {e}");
    let header = FileHeader64::<Endianness>::parse(launcher).map_err(fail)?;
    let e = header.endian().map_err(fail)?;
    let phdrs = header.program_headers(e, launcher).map_err(fail)?;
    let mut loads = phdrs.iter().filter(|p| p.p_type(e) == elf::PT_LOAD);
    let (Some(load), None) = (loads.next(), loads.next()) else {
        return Err("launcher: not one segment".into());
    };
    let start = CODE_AT as u64;
    if load.p_vaddr(e) != start || header.e_entry(e) != start {
        return Err("launcher: not linked by its script".into());
    }
    let data = load.data(e, launcher).map_err(|()| "launcher: cut off")?;
    Ok(data.to_vec())
}

fn append(segment: &mut Vec<u8>, bytes: &[u8]) -> Part {
    segment.resize(segment.len().next_multiple_of(64), 0);
    let offset = segment.len() as u64;
    segment.extend_from_slice(bytes);
    Part {
        offset,
        len: bytes.len() as u64,
    }
}

fn strings(list: &[&str]) -> Vec<u8> {
    list.iter().flat_map(|s| s.bytes().chain([0])).collect()
}

fn padded(name: &str) -> Result<[u8; 32], String> {
    let mut field = [0; 32];
    if name.is_empty() || name.len() >= field.len() {
        return Err(format!("cache file name {name}: wrong length"));
    }
    field[..name.len()].copy_from_slice(name.as_bytes());
    Ok(field)
}

fn write_header(segment: &mut [u8], header: &Header) {
    let size = size_of::<Header>();
    assert!(size <= CODE_AT);
    // SAFETY: Header is repr(C) with u64 and byte fields only: no padding.
    let bytes = unsafe { std::slice::from_raw_parts((header as *const Header).cast::<u8>(), size) };
    segment[..size].copy_from_slice(bytes);
}

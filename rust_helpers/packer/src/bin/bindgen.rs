//! Writes the TypeScript bindings of the helpers' library: all that
//! deno_bindgen's own command does, without its forty seconds of installing.
//!
//! Usage: `bindgen LIBRARY OUTPUT`.

use deno_bindgen_ir::codegen::{Options, Target};
use std::ffi::{CStr, CString};
use std::path::PathBuf;
use std::process::ExitCode;

/// What deno_bindgen puts into each library. Same compiler, so same Rust ABI.
type Init = fn(Options);

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [library, output] = args.as_slice() else {
        eprintln!("usage: bindgen LIBRARY OUTPUT");
        return ExitCode::from(125);
    };
    match init_function(library) {
        Ok(init) => {
            init(Options {
                target: Target::Deno,
                out: Some(PathBuf::from(output)),
                // Only the default of load(); the project always names a path.
                local_dylib_path: PathBuf::from("libsandbox_helpers.so"),
                lazy_init: true,
            });
            ExitCode::SUCCESS
        }
        Err(cause) => {
            eprintln!("bindgen: {library}: {cause}");
            ExitCode::FAILURE
        }
    }
}

fn init_function(library: &str) -> Result<Init, String> {
    let path = CString::new(library).map_err(|e| e.to_string())?;
    // SAFETY: `path` is a C string; the library is our own build's output.
    let handle = unsafe { libc::dlopen(path.as_ptr(), libc::RTLD_NOW) };
    if handle.is_null() {
        return Err(last_error());
    }
    // SAFETY: `handle` was just opened and is never closed.
    let symbol = unsafe { libc::dlsym(handle, c"init_deno_bindgen".as_ptr()) };
    if symbol.is_null() {
        return Err(last_error());
    }
    // SAFETY: deno_bindgen 0.9.0-alpha defines it as `fn(Options)`, compiled
    // by the compiler of this workspace against the same deno_bindgen_ir.
    Ok(unsafe { std::mem::transmute::<*mut libc::c_void, Init>(symbol) })
}

fn last_error() -> String {
    // SAFETY: takes nothing; the text stays valid until the next dl call.
    let text = unsafe { libc::dlerror() };
    if text.is_null() {
        return "unknown error".into();
    }
    // SAFETY: dlerror gives a C string when not null.
    unsafe { CStr::from_ptr(text) }
        .to_string_lossy()
        .into_owned()
}

//! Makes the single executable: a copy of the deno executable with one more
//! segment that holds the launcher, the program and the helpers' library.
//!
//! Usage: `sandbox-packer KEY=FILE…` with the keys deno, launcher, library,
//! boot, program, output, perhaps deno-dir and v8-flags, and up to three
//! `cache=FILE`.
//!
//! It refuses a deno that is not built as it expects; it never guesses.

#[path = "../../launcher/src/header.rs"]
mod header;
mod host;
mod segment;

use std::process::ExitCode;

/// Cannot exist. The launcher serves the cache files beneath it.
const NO_DIRECTORY: &str = "/proc/self/.sandbox-cache";

/// The files named on the command line.
pub struct Inputs {
    pub launcher: Vec<u8>,
    pub library: Vec<u8>,
    pub boot: Vec<u8>,
    pub program: Vec<u8>,
    /// File name and content.
    pub caches: Vec<(String, Vec<u8>)>,
    /// Deno's cache directory: a real one while the caches are being made.
    pub deno_dir: String,
    /// Flags of V8; a code cache fits only the flags that it was made with.
    pub v8_flags: String,
}

fn main() -> ExitCode {
    match pack() {
        Ok(()) => ExitCode::SUCCESS,
        Err(cause) => {
            eprintln!("packer: {cause}");
            ExitCode::FAILURE
        }
    }
}

fn pack() -> Result<(), String> {
    let args = Args(std::env::args().skip(1).collect());
    let mut caches = Vec::new();
    for path in args.all("cache") {
        let name = path.rsplit('/').next().unwrap_or(path).to_owned();
        caches.push((name, read(path)?));
    }
    let inputs = Inputs {
        launcher: args.file("launcher")?,
        library: args.file("library")?,
        boot: args.file("boot")?,
        program: args.file("program")?,
        caches,
        deno_dir: args
            .all("deno-dir")
            .next()
            .unwrap_or(NO_DIRECTORY)
            .to_owned(),
        v8_flags: args.all("v8-flags").next().unwrap_or_default().to_owned(),
    };
    let mut image = args.file("deno")?;
    let facts = host::examine(&image)?;
    let segment = segment::build(&inputs, &facts)?;
    host::add_segment(&mut image, &facts, &segment);
    write_executable(args.one("output")?, &image)
}

/// `KEY=VALUE` arguments.
struct Args(Vec<String>);

impl Args {
    fn all<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a str> {
        let pairs = self.0.iter().filter_map(|arg| arg.split_once('='));
        pairs
            .filter(move |(k, _)| *k == key)
            .map(|(_, value)| value)
    }

    fn one<'a>(&'a self, key: &'a str) -> Result<&'a str, String> {
        self.all(key).next().ok_or(format!("{key}=FILE is missing"))
    }

    fn file(&self, key: &str) -> Result<Vec<u8>, String> {
        read(self.one(key)?)
    }
}

fn read(path: &str) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|e| format!("{path}: {e}"))
}

/// A running executable cannot be overwritten, but it can be replaced.
fn write_executable(path: &str, image: &[u8]) -> Result<(), String> {
    use std::os::unix::fs::PermissionsExt;
    let fresh = format!("{path}.new");
    let result = std::fs::write(&fresh, image)
        .and_then(|()| std::fs::set_permissions(&fresh, PermissionsExt::from_mode(0o755)))
        .and_then(|()| std::fs::rename(&fresh, path));
    result.map_err(|e| format!("{fresh}: {e}"))
}

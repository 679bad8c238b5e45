//! Tells the crate where the stub's executable lies: `env!("STUB_PATH")`.
//! The stub has a profile of its own (no unwinding), so it is built first;
//! `deno task build` does both.

use std::path::{Path, PathBuf};

fn main() {
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("set by cargo"));
    // OUT_DIR is target/PROFILE/build/PACKAGE-HASH/out.
    let target = out.ancestors().nth(4).unwrap_or(Path::new("target"));
    let stub = target.join("stub").join("sandbox-stub");
    println!("cargo:rerun-if-changed={}", stub.display());
    if !stub.exists() {
        println!("cargo:warning=no stub at {}", stub.display());
        panic!("build the stub first: cargo build --profile stub -p sandbox-stub");
    }
    println!("cargo:rustc-env=STUB_PATH={}", stub.display());
}

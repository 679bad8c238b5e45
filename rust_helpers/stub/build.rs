//! Link arguments of the stub: static, no libc, at its fixed address.
fn main() {
    let dir = std::env::var("CARGO_MANIFEST_DIR").expect("set by cargo");
    let script = format!("-Wl,-T,{dir}/stub.ld");
    for arg in [
        "-nostartfiles",
        "-nostdlib",
        "-static",
        "-no-pie",
        "-Wl,--no-eh-frame-hdr",
        "-Wl,--build-id=none",
        &script,
    ] {
        println!("cargo:rustc-link-arg-bins={arg}");
    }
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=stub.ld");
}

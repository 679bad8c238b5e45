//! Links the launcher as one segment of position-independent code.

fn main() {
    let here = std::env::var("CARGO_MANIFEST_DIR").expect("set by cargo");
    println!("cargo:rerun-if-changed={here}/launcher.ld");
    for arg in [
        "-nostdlib".into(),
        "-nostartfiles".into(),
        "-static".into(),
        "-no-pie".into(),
        "-Wl,--build-id=none".into(),
        format!("-Wl,-T,{here}/launcher.ld"),
    ] as [String; 6]
    {
        println!("cargo:rustc-link-arg-bins={arg}");
    }
}

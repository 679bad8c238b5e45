//! The Rust half of the sandbox: mechanism for the platforms and thin host
//! calls. Nothing here knows a guest's system calls.
//!
//! Addresses and 64-bit offsets cross the border as f64 (exact below 2^53),
//! results are negative errno.
#![warn(clippy::undocumented_unsafe_blocks)]

mod clock;
mod errno;
mod host_data;
mod host_fs;
mod host_sync;
mod host_xattr;
mod idle;
mod memory;
mod memory_info;
mod safe_copy;
mod sites;
mod systrap;
mod tty;
mod wait;

//! Memory layout shared by the stub, the library and `src/platform/systrap/layout.ts` (a test
//! compares them). A slot is what one guest thread shares with the Sentry.
//!
//! Everything here can be written by guest code: the Sentry reads each word once and checks it.
#![allow(dead_code)]

/// First address that guests can't use; see the seccomp filter for the odd value.
pub const TASK_SIZE: u64 = 0x7ffd_ffff_f000;
/// The stub's image.
pub const STUB_BASE: u64 = 0x7fff_4000_0000;
/// A page of the Sentry's, read-only: word 0 is 1 while the Sentry sleeps.
pub const SENTRY_PAGE: u64 = 0x7fff_7000_0000;
/// Slots of the process, in groups.
pub const CTL_BASE: u64 = 0x7fff_8000_0000;
pub const CTL_SIZE: u64 = 0x1000_0000;

pub const SLOT_SIZE: u64 = 0x8000;
/// Slots in a group; a group is one memfd.
pub const GROUP_SLOTS: u64 = 16;
pub const GROUP_SIZE: u64 = SLOT_SIZE * GROUP_SLOTS;

/// Descriptors of a stub process.
pub const FD_EVENT: i32 = 0;
pub const FD_SOCKET: i32 = 1;
pub const FD_PAGE: i32 = 2;
pub const FD_ARENA: i32 = 3;
/// First descriptor that a command list may receive.
pub const FD_FIRST: i32 = 4;

// Offsets in a slot, bytes. The first cache line has all that most calls need, both ways.
/// 0: the guest runs; else why it was posted (REASON_), and whether the stub sleeps on this word
/// (SLEEPS). The Sentry polls it.
pub const STATE: usize = 0x00;
/// Commands to carry out before the guest goes on; 0 when they are done.
pub const CMD_COUNT: usize = 0x04;
/// 0: return to the guest; else ACTION_ bits.
pub const ACTION: usize = 0x08;
/// How often to look at STATE before sleeping.
pub const SPIN: usize = 0x0c;
/// An interrupt came while the stub itself ran.
pub const PENDING: usize = 0x10;
/// 27 registers, R_ below; the first five share the line.
pub const REGS: usize = 0x18;
/// Where a rewritten call goes on: RIP, or code that was moved away from there.
pub const CONT: usize = 0xf0;
/// Address of the slot in the stub process.
pub const SELF: usize = 0xf8;
/// Address of the signal frame's ucontext, or 0 after a rewritten call site.
pub const FRAME: usize = 0x100;
/// Address of the FP state in the frame.
pub const FP: usize = 0x108;
/// Thread id in the stub's pid namespace; the kernel clears it at the thread's end.
pub const TID: usize = 0x110;
/// lahf and seto of a rewritten call.
pub const FLAGS: usize = 0x118;
pub const FAULT_SIGNO: usize = 0x120;
pub const FAULT_CODE: usize = 0x124;
pub const FAULT_ADDR: usize = 0x128;
pub const FAULT_TRAPNO: usize = 0x130;
pub const FAULT_ERR: usize = 0x134;
/// Room for the structs that commands point to (msghdr, stack_t).
pub const SCRATCH: usize = 0x200;
pub const SCRATCH_SIZE: usize = 0xe00;
/// Commands: nr, six arguments, result; 64 bytes each.
pub const CMDS: usize = 0x1000;
pub const CMD_SIZE: usize = 64;
pub const CMD_MAX: usize = 128;
/// The signal stack, to the end of the slot.
pub const STACK: usize = 0x3000;

pub const R_RAX: usize = 0;
pub const R_RDI: usize = 1;
pub const R_RSI: usize = 2;
pub const R_RDX: usize = 3;
pub const R_ORIG_RAX: usize = 4;
pub const R_R10: usize = 5;
pub const R_R8: usize = 6;
pub const R_R9: usize = 7;
pub const R_RIP: usize = 8;
pub const R_RSP: usize = 9;
pub const R_EFLAGS: usize = 10;
pub const R_RCX: usize = 11;
pub const R_R11: usize = 12;
pub const R_RBX: usize = 13;
pub const R_RBP: usize = 14;
pub const R_R12: usize = 15;
pub const R_R13: usize = 16;
pub const R_R14: usize = 17;
pub const R_R15: usize = 18;
pub const R_CS: usize = 19;

pub const REASON_CALL: u32 = 1;
pub const REASON_TRAP: u32 = 2;
pub const REASON_FAULT: u32 = 3;
pub const REASON_INTERRUPT: u32 = 4;
pub const REASON_CAPTURE: u32 = 5;
pub const REASON_FLUSHED: u32 = 6;
/// In STATE beside the reason.
pub const SLEEPS: u32 = 0x100;

/// Carry out the commands.
pub const ACTION_COMMANDS: u32 = 1;
/// Then come back with a signal frame.
pub const ACTION_CAPTURE: u32 = 2;
/// Then come back at once.
pub const ACTION_REPOST: u32 = 4;

/// Signal that asks a computing thread to come back (SIGUSR1).
pub const INTERRUPT_SIGNAL: i32 = 10;

/// clone(2) flags that the filter lets through: a process, a thread, and a process of the zygote.
pub const CLONE_PROCESS: u64 = 0x8000 | 17;
pub const CLONE_THREAD: u64 =
    0x100 | 0x200 | 0x400 | 0x800 | 0x10000 | 0x40000 | 0x100000 | 0x200000;
pub const CLONE_ZYGOTE: u64 = 17;

/// Where rewritten call sites go (`stub_call`; the linker script puts it there).
pub const STUB_CALL: u64 = STUB_BASE + 0x100;

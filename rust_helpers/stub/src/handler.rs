//! Signal handlers: how a trapped call, a fault or an interrupt reaches the Sentry.
//!
//! This code runs on the signal stack inside the slot. It may not allocate, lock, panic or touch
//! thread-local storage (fs is the guest's). FP registers are free: the kernel has saved the
//! guest's in the frame. No signal is blocked meanwhile, so that the way back needs no rt_sigreturn
//! (some 0.4 us) where only the result changed; an interrupt that comes then sets PENDING, which
//! every way back looks at last. Only the interrupt blocks itself, as frames of a storm of them
//! would fill the stack; it always goes back by rt_sigreturn.

use crate::entry;
use crate::layout::*;
use crate::sys;
use core::arch::asm;
use core::sync::atomic::{AtomicU32, Ordering};

const SIGSYS: i32 = 31;

// struct ucontext (asm/ucontext.h): flags, link, stack, sigcontext.
const UC_GREGS: u64 = 40;
const UC_FPSTATE: u64 = UC_GREGS + 23 * 8;
const G_RAX: usize = 13;
const G_RIP: usize = 16;
const G_EFL: usize = 17;
const G_ERR: usize = 19;
const G_TRAPNO: usize = 20;
/// Words of sigcontext and the slot's registers they go to. Those in the line that the Sentry polls
/// come last.
const GREGS: [(usize, usize); 18] = [
    (0, R_R8),
    (1, R_R9),
    (2, R_R10),
    (3, R_R11),
    (4, R_R12),
    (5, R_R13),
    (6, R_R14),
    (7, R_R15),
    (10, R_RBP),
    (11, R_RBX),
    (14, R_RCX),
    (15, R_RSP),
    (G_RIP, R_RIP),
    (G_EFL, R_EFLAGS),
    (8, R_RDI),
    (9, R_RSI),
    (12, R_RDX),
    (G_RAX, R_RAX),
];

fn get(base: u64, offset: usize) -> u64 {
    // SAFETY: `base` is the slot or the frame the kernel made on its stack; both are mapped
    // unless guest code unmapped them, and then only this process dies.
    unsafe { ((base + offset as u64) as *const u64).read_volatile() }
}

fn put(base: u64, offset: usize, value: u64) {
    // SAFETY: as in `get`.
    unsafe { ((base + offset as u64) as *mut u64).write_volatile(value) }
}

fn word<'a>(slot: u64, offset: usize) -> &'a AtomicU32 {
    // SAFETY: as in `get`; the Sentry's accesses are atomic too.
    unsafe { AtomicU32::from_ptr((slot + offset as u64) as *mut u32) }
}

fn set(slot: u64, offset: usize, value: u32) {
    word(slot, offset).store(value, Ordering::Relaxed);
}

fn greg(context: u64, i: usize) -> u64 {
    get(context, UC_GREGS as usize + 8 * i)
}

/// The handler of SIGSYS, the fault signals and the interrupt signal.
pub unsafe extern "C" fn handler(signo: i32, info: u64, context: u64) {
    let slot = context & !(SLOT_SIZE - 1);
    let rip = greg(context, G_RIP);
    let in_stub = (STUB_BASE..STUB_BASE + crate::TEXT_SIZE).contains(&rip);
    if in_stub {
        if signo == SIGSYS && rip == entry::stub_captured as *const () as u64 {
            captured(slot, context);
            resume(slot, REASON_CAPTURE);
        }
        if signo == INTERRUPT_SIGNAL {
            if !finish_return(slot, context, rip) {
                set(slot, PENDING, 1);
                recheck(context, rip);
                return;
            }
            save(slot, context);
            post(slot, REASON_INTERRUPT);
            resume(slot, REASON_INTERRUPT);
        }
    }
    save(slot, context);
    let reason = if signo == SIGSYS {
        put(slot, REGS + 8 * R_ORIG_RAX, greg(context, G_RAX));
        REASON_TRAP
    } else if signo == INTERRUPT_SIGNAL {
        REASON_INTERRUPT
    } else {
        set(slot, FAULT_SIGNO, signo as u32);
        put(slot, FAULT_ADDR, get(info, 16));
        // SAFETY: the kernel made the siginfo beside the frame.
        set(slot, FAULT_CODE, unsafe {
            ((info + 8) as *const u32).read_volatile()
        });
        set(slot, FAULT_TRAPNO, greg(context, G_TRAPNO) as u32);
        set(slot, FAULT_ERR, greg(context, G_ERR) as u32);
        REASON_FAULT
    };
    post(slot, reason);
    resume(slot, reason);
}

/// An interrupt just before rt_sigreturn: PENDING is looked at once more.
fn recheck(context: u64, rip: u64) {
    let begin = entry::stub_sigreturn as *const () as u64;
    let end = entry::stub_sigreturn_end as *const () as u64;
    if (begin..end).contains(&rip) {
        put(context, UC_GREGS as usize + 8 * G_RIP, begin);
    }
}

/// An interrupt inside `stub_return`: does what is left of it. False where the stub itself still
/// looks at PENDING.
fn finish_return(slot: u64, context: u64, rip: u64) -> bool {
    let begin = entry::stub_return as *const () as u64;
    let end = entry::stub_return_end as *const () as u64;
    if !(begin..end).contains(&rip) || word(slot, ACTION).load(Ordering::Relaxed) != 0 {
        return false;
    }
    if word(slot, STATE).load(Ordering::Acquire) != 0 {
        return false;
    }
    let at = UC_GREGS as usize;
    put(context, at + 8 * G_RIP, get(slot, CONT));
    put(context, at + 8 * G_RAX, get(slot, REGS + 8 * R_RAX));
    put(context, at + 8 * G_EFL, flags(slot));
    true
}

/// EFLAGS of a rewritten call, from what lahf and seto saved.
fn flags(slot: u64) -> u64 {
    let saved = u64::from(word(slot, FLAGS).load(Ordering::Relaxed));
    0x202 | (saved >> 8 & 0xd5) | (saved & 1) << 11
}

/// After `stub_capture`: the slot's registers are the guest's, the frame only has its FP state.
fn captured(slot: u64, context: u64) {
    put(slot, FRAME, context);
    put(slot, FP, get(context, UC_FPSTATE as usize));
    put(slot, REGS + 8 * R_EFLAGS, flags(slot));
    put(slot, REGS + 8 * R_RCX, get(slot, REGS + 8 * R_RIP));
    put(slot, REGS + 8 * R_R11, flags(slot));
    let pending = word(slot, PENDING).swap(0, Ordering::Relaxed);
    post(
        slot,
        if pending != 0 {
            REASON_INTERRUPT
        } else {
            REASON_CAPTURE
        },
    );
}

/// Copies the frame's registers to the slot.
fn save(slot: u64, context: u64) {
    put(slot, FRAME, context);
    put(slot, FP, get(context, UC_FPSTATE as usize));
    set(slot, PENDING, 0);
    for (word, register) in GREGS {
        put(slot, REGS + 8 * register, greg(context, word));
    }
}

/// Hands the slot to the Sentry and waits until it has answered.
fn post(slot: u64, reason: u32) {
    let state = word(slot, STATE);
    state.swap(reason, Ordering::SeqCst);
    if word(SENTRY_PAGE, 0).load(Ordering::SeqCst) != 0 {
        let one: u64 = 1;
        // SAFETY: eight bytes on the stack.
        unsafe {
            sys::call(
                sys::WRITE,
                [FD_EVENT as u64, &raw const one as u64, 8, 0, 0, 0],
            )
        };
    }
    let mut spin = word(slot, SPIN).load(Ordering::Relaxed) as i32;
    loop {
        if state.load(Ordering::Acquire) == 0 {
            return;
        }
        core::hint::spin_loop();
        spin -= 1;
        if spin <= 0 {
            break;
        }
    }
    let asleep = reason | SLEEPS;
    if state
        .compare_exchange(reason, asleep, Ordering::SeqCst, Ordering::SeqCst)
        .is_err()
    {
        return;
    }
    while state.load(Ordering::Acquire) == asleep {
        // SAFETY: FUTEX_WAIT on a word of the slot.
        unsafe { sys::call(sys::FUTEX, [slot, 0, u64::from(asleep), 0, 0, 0]) };
    }
}

/// Does what the Sentry left in a slot that has a frame, then goes to the guest. `reason` is why the
/// frame was made.
fn resume(slot: u64, reason: u32) -> ! {
    loop {
        let action = word(slot, ACTION).swap(0, Ordering::Relaxed);
        if action & ACTION_COMMANDS != 0 {
            // SAFETY: the commands are the Sentry's, or the guest's own harm.
            unsafe { entry::stub_run_commands(slot) };
        }
        if action & ACTION_REPOST != 0 {
            post(slot, REASON_FLUSHED);
            continue;
        }
        if action & ACTION_CAPTURE != 0 {
            post(slot, REASON_CAPTURE);
            continue;
        }
        break;
    }
    let context = get(slot, FRAME);
    if reason == REASON_TRAP && only_result_changed(slot, context) {
        return_directly(slot, context);
    }
    for (word, register) in GREGS {
        let value = get(slot, REGS + 8 * register);
        put(context, UC_GREGS as usize + 8 * word, value);
    }
    put(slot, FRAME, 0);
    // SAFETY: nothing of this function is needed any more; `stub_sigreturn` takes the frame whose
    // ucontext rsp points to.
    unsafe {
        asm!("mov rsp, {context}", "jmp stub_sigreturn", context = in(reg) context, options(noreturn))
    }
}

/// Arithmetic flags, which lahf and seto cover, and the two that are always set.
const PLAIN_FLAGS: u64 = 0x8d5 | 0x202;
const FP_XSTATE_MAGIC1: u64 = 0x4650_5853;
const FP_SW_BYTES: usize = 464;

/// Whether the guest's registers are those of the frame, but for RAX, and can be loaded without the
/// kernel.
fn only_result_changed(slot: u64, context: u64) -> bool {
    for (word, register) in GREGS {
        if register != R_RAX && get(slot, REGS + 8 * register) != greg(context, word) {
            return false;
        }
    }
    let fp = get(context, UC_FPSTATE as usize);
    greg(context, G_EFL) & !PLAIN_FLAGS == 0
        && fp.is_multiple_of(64)
        && get(fp, FP_SW_BYTES) & 0xffff_ffff == FP_XSTATE_MAGIC1
}

/// To the guest by the way of a rewritten call.
fn return_directly(slot: u64, context: u64) -> ! {
    let flags = greg(context, G_EFL);
    set(
        slot,
        FLAGS,
        ((flags & 0xd5 | 2) << 8 | flags >> 11 & 1) as u32,
    );
    put(slot, CONT, get(slot, REGS + 8 * R_RIP));
    put(slot, FRAME, 0);
    let fp = get(context, UC_FPSTATE as usize);
    // SAFETY: the kernel wrote the XSAVE area; `stub_reload` needs only the slot.
    unsafe {
        asm!("xrstor64 [{fp}]", "jmp stub_reload", fp = in(reg) fp, in("eax") -1, in("edx") -1,
            options(noreturn))
    }
}

/// From `stub_sigreturn`, with an interrupt pending: comes back once more.
#[no_mangle]
unsafe extern "C" fn stub_interrupted(context: u64) -> ! {
    let slot = context & !(SLOT_SIZE - 1);
    put(slot, FRAME, context);
    set(slot, PENDING, 0);
    post(slot, REASON_INTERRUPT);
    resume(slot, REASON_INTERRUPT)
}

/// For a cloned thread or process whose slot has a frame.
#[no_mangle]
unsafe extern "C" fn stub_resume_frame(slot: u64) -> ! {
    resume(slot, REASON_CAPTURE)
}

#[repr(C)]
struct KernelSigaction {
    handler: usize,
    flags: u64,
    restorer: usize,
    mask: u64,
}

/// Installs the handlers; forks inherit them.
pub fn install() {
    const SA_SIGINFO: u64 = 4;
    const SA_ONSTACK: u64 = 0x0800_0000;
    const SA_RESTORER: u64 = 0x0400_0000;
    const SA_NODEFER: u64 = 0x4000_0000;
    // SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV, SIGSYS and the interrupt.
    for signo in [4, 5, 7, 8, 11, SIGSYS, INTERRUPT_SIGNAL] {
        let nodefer = if signo == INTERRUPT_SIGNAL {
            0
        } else {
            SA_NODEFER
        };
        let action = KernelSigaction {
            handler: handler as *const () as usize,
            flags: SA_SIGINFO | SA_ONSTACK | SA_RESTORER | nodefer,
            restorer: restorer as *const () as usize,
            mask: 0,
        };
        let action = &raw const action as u64;
        // SAFETY: a whole sigaction on the stack; 8 is the size of the mask.
        unsafe { sys::call(sys::RT_SIGACTION, [signo as u64, action, 0, 8, 0, 0]) };
    }
}

#[unsafe(naked)]
unsafe extern "C" fn restorer() {
    core::arch::naked_asm!("mov eax, 15", "syscall", "ud2")
}

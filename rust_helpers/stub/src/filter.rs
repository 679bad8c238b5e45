//! The seccomp filter: which system calls a stub process can make at all.
//!
//! Guest code shares the process with the stub and can jump to any of the stub's `syscall`
//! instructions with registers of its choosing. So the filter, not the stub's code, is the
//! boundary, and each call below is harmless with any arguments that pass (the argument is in
//! docs/architecture.md). Everything else traps, and SIGSYS hands it to the Sentry.

use crate::layout::*;
use crate::{prctl, TEXT_SIZE};

#[repr(C)]
#[derive(Clone, Copy)]
struct Insn {
    code: u16,
    jt: u8,
    jf: u8,
    k: u32,
}

const LD: u16 = 0x20;
const JEQ: u16 = 0x15;
const JGT: u16 = 0x25;
const JGE: u16 = 0x35;
const JSET: u16 = 0x45;
const ADD_X: u16 = 0x0c;
const TAX: u16 = 0x07;
const RET: u16 = 0x06;

const ALLOW: u32 = 0x7fff_0000;
const TRAP: u32 = 0x0003_0000;

// struct seccomp_data.
const NR: u32 = 0;
const ARCH: u32 = 4;
const IP_LO: u32 = 8;
const IP_HI: u32 = 12;
const fn lo(arg: u32) -> u32 {
    16 + 8 * arg
}
const fn hi(arg: u32) -> u32 {
    20 + 8 * arg
}

struct Program {
    insns: [Insn; 200],
    len: usize,
}

impl Program {
    fn push(&mut self, code: u16, jt: u8, jf: u8, k: u32) {
        self.insns[self.len] = Insn { code, jt, jf, k };
        self.len += 1;
    }

    fn load(&mut self, offset: u32) {
        self.push(LD, 0, 0, offset);
    }

    fn ret(&mut self, value: u32) {
        self.push(RET, 0, 0, value);
    }

    /// Traps unless the word at `offset` is `value`.
    fn must_equal(&mut self, offset: u32, value: u32) {
        self.load(offset);
        self.push(JEQ, 1, 0, value);
        self.ret(TRAP);
    }

    /// Starts the rules of call `nr`; the returned index is for `end`.
    fn begin(&mut self, nr: u32) -> usize {
        self.load(NR);
        self.push(JEQ, 0, 0, nr);
        self.len - 1
    }

    /// The rules end with ALLOW; other calls skip them.
    fn end(&mut self, begin: usize) {
        self.ret(ALLOW);
        self.insns[begin].jf = (self.len - begin - 1) as u8;
    }

    fn allow(&mut self, nr: u32) {
        let begin = self.begin(nr);
        self.end(begin);
    }

    /// Traps unless address + length (arguments 0 and 1) ends below the stub: the sum of the high
    /// words, even with a carry from the low ones, stays below the stub's.
    fn must_be_guest_range(&mut self) {
        const LAST: u32 = (TASK_SIZE >> 32) as u32;
        self.load(hi(0));
        self.push(JGT, 0, 1, LAST);
        self.ret(TRAP);
        self.push(TAX, 0, 0, 0);
        self.load(hi(1));
        // Neither alone is too large, so the sum cannot wrap.
        self.push(JGT, 0, 1, LAST);
        self.ret(TRAP);
        self.push(ADD_X, 0, 0, 0);
        self.push(JGT, 0, 1, LAST);
        self.ret(TRAP);
    }
}

pub fn install() {
    let mut p = Program {
        insns: [Insn {
            code: 0,
            jt: 0,
            jf: 0,
            k: 0,
        }; 200],
        len: 0,
    };
    p.must_equal(ARCH, 0xc000_003e);
    p.must_equal(IP_HI, (STUB_BASE >> 32) as u32);
    p.load(IP_LO);
    p.push(JGE, 1, 0, STUB_BASE as u32);
    p.ret(TRAP);
    p.push(JGT, 0, 1, (STUB_BASE + TEXT_SIZE) as u32);
    p.ret(TRAP);

    p.allow(202); // futex
    p.allow(15); // rt_sigreturn

    // write: to the event counter.
    let b = p.begin(1);
    p.must_equal(lo(0), FD_EVENT as u32);
    p.end(b);
    // mmap: shared and fixed, in the guest's range or over whole slots.
    let b = p.begin(9);
    p.must_equal(lo(3), 0x11);
    p.must_equal(hi(3), 0);
    slot_range(&mut p);
    p.must_be_guest_range();
    p.end(b);
    let b = p.begin(11); // munmap
    slot_range(&mut p);
    p.must_be_guest_range();
    p.end(b);
    // mprotect: never adds PROT_WRITE.
    let b = p.begin(10);
    p.load(lo(2));
    p.push(JSET, 0, 1, 2);
    p.ret(TRAP);
    p.must_be_guest_range();
    p.end(b);
    // clone: the three forms of the layout.
    let b = p.begin(56);
    p.must_equal(hi(0), 0);
    p.load(lo(0));
    p.push(JEQ, 3, 0, CLONE_PROCESS as u32);
    p.push(JEQ, 2, 0, CLONE_THREAD as u32);
    p.push(JEQ, 1, 0, CLONE_ZYGOTE as u32);
    p.ret(TRAP);
    p.end(b);
    // recvmsg and sendto: on the process's own socket, without an address.
    let b = p.begin(47);
    p.must_equal(lo(0), FD_SOCKET as u32);
    p.end(b);
    let b = p.begin(44);
    p.must_equal(lo(0), FD_SOCKET as u32);
    p.must_equal(lo(4), 0);
    p.must_equal(hi(4), 0);
    p.end(b);
    p.allow(3); // close
    p.allow(292); // dup3
    p.allow(60); // exit
    p.allow(231); // exit_group
    p.allow(131); // sigaltstack
    p.allow(158); // arch_prctl

    // prctl(PR_SET_PDEATHSIG, SIGKILL)
    let b = p.begin(157);
    p.must_equal(lo(0), 1);
    p.must_equal(lo(1), 9);
    p.end(b);
    p.ret(TRAP);

    #[repr(C)]
    struct Fprog {
        len: u16,
        insns: *const Insn,
    }
    let fprog = Fprog {
        len: p.len as u16,
        insns: p.insns.as_ptr(),
    };
    const PR_SET_SECCOMP: u64 = 22;
    const MODE_FILTER: u64 = 2;
    crate::must(
        prctl(PR_SET_SECCOMP, MODE_FILTER, &raw const fprog as u64),
        106,
    );
}

/// Allows ranges of whole slot groups: argument 0 in the slot region, length at most a group.
fn slot_range(p: &mut Program) {
    p.load(hi(0));
    p.push(JEQ, 0, 9, (CTL_BASE >> 32) as u32);
    p.load(hi(1));
    p.push(JEQ, 0, 7, 0);
    p.load(lo(1));
    p.push(JGT, 5, 0, GROUP_SIZE as u32);
    p.load(lo(0));
    p.push(JGE, 0, 3, CTL_BASE as u32);
    p.push(JGE, 2, 0, (CTL_BASE + CTL_SIZE) as u32);
    p.ret(ALLOW);
    p.ret(TRAP);
}

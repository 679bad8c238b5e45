//! Judging a system call site: whether five bytes there can become a jump.
//!
//! `jmp rel32` replaces either the `mov $nr,%eax` right before the `syscall`, which stays as it is,
//! or the `syscall` and what follows it, which then runs elsewhere. Both need to be certain where
//! instructions begin, in code that can only be read backwards. x86 streams that start wrong soon
//! fall in step with the right one; a site is taken only if all streams from a stretch before it
//! agree.

use deno_bindgen::deno_bindgen;
use iced_x86::{Decoder, DecoderOptions, FlowControl, Instruction, Mnemonic, OpKind, Register};

const JUMP: usize = 5;
const MOV: usize = 5;
const SYSCALL: usize = 2;
/// Streams start this far before the site.
const NEAREST: usize = 24;
const FARTHEST: usize = 64;
/// So many streams must reach the site, and all must agree.
const QUORUM: usize = 16;

/// The verdict on the `syscall` at `code[at]`. 0: leave it alone. 1: the `mov` before it can be
/// replaced. 16 + n: it can be replaced with the next n bytes, whole instructions that run as well
/// elsewhere.
#[deno_bindgen]
fn judge_site(code: &[u8], at: u32) -> u32 {
    verdict(code, at as usize)
}

fn verdict(code: &[u8], at: usize) -> u32 {
    if code.len() < at + SYSCALL || code[at..at + SYSCALL] != [0x0f, 0x05] {
        return 0;
    }
    let Some(agreed) = streams(code, at) else {
        return 0;
    };
    let targets = branch_targets(code, at);
    let free = |from: usize, to: usize| !targets.iter().any(|t| *t > from as u64 && *t < to as u64);
    if agreed.mov && free(at - MOV, at) {
        return 1;
    }
    match movable_after(code, at + SYSCALL) {
        Some(n) if free(at, at + SYSCALL + n) => 16 + n as u32,
        _ => 0,
    }
}

struct Agreed {
    /// A `mov $imm,%eax` ends where the `syscall` begins.
    mov: bool,
}

/// What all streams say of the instruction before `at`; None if they differ or are too few.
fn streams(code: &[u8], at: usize) -> Option<Agreed> {
    let (mut with, mut without) = (0, 0);
    for back in NEAREST..=FARTHEST.min(at) {
        match last_before(code, at - back, at) {
            Stream::Reaches { mov: true } => with += 1,
            Stream::Reaches { mov: false } => without += 1,
            Stream::Crosses => return None,
            Stream::Invalid => {}
        }
    }
    if with + without < QUORUM || (with > 0 && without > 0) {
        return None;
    }
    Some(Agreed { mov: with > 0 })
}

enum Stream {
    Reaches {
        mov: bool,
    },
    /// An instruction begins before the site and ends behind its start.
    Crosses,
    Invalid,
}

fn last_before(code: &[u8], from: usize, at: usize) -> Stream {
    let mut decoder = Decoder::with_ip(64, &code[from..], from as u64, DecoderOptions::NONE);
    let mut instruction = Instruction::default();
    loop {
        decoder.decode_out(&mut instruction);
        if instruction.is_invalid() {
            return Stream::Invalid;
        }
        let next = instruction.next_ip() as usize;
        if next > at {
            return Stream::Crosses;
        }
        if next == at {
            return Stream::Reaches {
                mov: is_mov_eax(&instruction) && instruction.len() == MOV,
            };
        }
    }
}

fn is_mov_eax(instruction: &Instruction) -> bool {
    instruction.mnemonic() == Mnemonic::Mov
        && instruction.op0_register() == Register::EAX
        && instruction.op1_kind() == OpKind::Immediate32
}

/// Where direct branches near the site lead, as far as straight decoding finds them.
fn branch_targets(code: &[u8], at: usize) -> Vec<u64> {
    let mut targets = Vec::new();
    // Two streams: one from the start of the window, one that is in step at the site.
    for from in [0, at.saturating_sub(FARTHEST)] {
        let mut decoder = Decoder::with_ip(64, &code[from..], from as u64, DecoderOptions::NONE);
        for instruction in &mut decoder {
            match instruction.flow_control() {
                FlowControl::ConditionalBranch
                | FlowControl::UnconditionalBranch
                | FlowControl::Call => targets.push(instruction.near_branch_target()),
                _ => {}
            }
        }
    }
    targets
}

/// Length of the instructions from `from` on that make up room for a jump together with the
/// `syscall`, if each runs as well at another address.
fn movable_after(code: &[u8], from: usize) -> Option<usize> {
    let decoder = Decoder::with_ip(64, code.get(from..)?, from as u64, DecoderOptions::NONE);
    let mut length = 0;
    for instruction in decoder {
        let movable = !instruction.is_invalid()
            && instruction.flow_control() == FlowControl::Next
            && !instruction.is_ip_rel_memory_operand()
            && !matches!(instruction.mnemonic(), Mnemonic::Syscall | Mnemonic::Int3);
        if !movable {
            return None;
        }
        length += instruction.len();
        if SYSCALL + length >= JUMP {
            return Some(length);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::verdict;

    /// Plain instructions to run in: `mov %rdi,%rbx` over and over.
    fn after_lead_in(tail: &[u8]) -> (Vec<u8>, usize) {
        let mut code = [0x48, 0x89, 0xfb].repeat(30);
        code.extend_from_slice(tail);
        let at = code.windows(2).rposition(|w| w == [0x0f, 0x05]).unwrap();
        (code, at)
    }

    fn judge(tail: &[u8]) -> u32 {
        let (code, at) = after_lead_in(tail);
        verdict(&code, at)
    }

    #[test]
    fn a_mov_before_the_call_is_taken() {
        assert_eq!(judge(&[0xb8, 39, 0, 0, 0, 0x0f, 0x05, 0xc3]), 1);
    }

    #[test]
    fn a_comparison_behind_the_call_is_taken() {
        let tail = [
            0x31, 0xc0, 0x0f, 0x05, 0x48, 0x3d, 0x01, 0xf0, 0xff, 0xff, 0xc3,
        ];
        assert_eq!(judge(&tail), 16 + 6);
    }

    #[test]
    fn a_return_behind_the_call_is_left_alone() {
        assert_eq!(judge(&[0x31, 0xc0, 0x0f, 0x05, 0xc3]), 0);
    }

    #[test]
    fn bytes_of_a_longer_instruction_are_not_taken_for_a_mov() {
        // movl $39,-0x48(%rsp) ends in b8 27 00 00 00.
        let tail = [0xc7, 0x44, 0x24, 0xb8, 39, 0, 0, 0, 0x0f, 0x05, 0xc3];
        assert_eq!(judge(&tail), 0);
    }

    #[test]
    fn a_branch_into_the_site_protects_it() {
        // syscall; cmp $-4095,%rax; jmp back to the cmp.
        let tail = [
            0x31, 0xc0, 0x0f, 0x05, 0x48, 0x3d, 0x01, 0xf0, 0xff, 0xff, 0xeb, 0xf8,
        ];
        assert_eq!(judge(&tail), 0);
    }

    #[test]
    fn a_relative_operand_cannot_move() {
        // syscall; mov %rax,0x100(%rip)
        let tail = [0x31, 0xc0, 0x0f, 0x05, 0x48, 0x89, 0x05, 0, 1, 0, 0, 0xc3];
        assert_eq!(judge(&tail), 0);
    }

    #[test]
    fn too_little_code_before_it_is_uncertain() {
        let code = [0xb8, 39, 0, 0, 0, 0x0f, 0x05, 0xc3];
        assert_eq!(verdict(&code, 5), 0);
    }
}

//! The paths that guest registers pass through, in assembly: nothing here touches FP state.
//!
//! `stub_call` is where rewritten call sites arrive: rcx is the address behind the `syscall` that
//! they stand for, r11 where to go on (both are clobbered by a real `syscall` too), rax the number,
//! all else the guest's. %gs points to the thread's slot. No stack is used until the guest's rsp has been saved.

use crate::layout::*;
use core::arch::global_asm;

const fn reg(r: usize) -> usize {
    REGS + 8 * r
}

global_asm!(
    r#"
    .section .text.stub_entry, "ax", @progbits
    .globl stub_call, stub_return, stub_return_end, stub_capture, stub_captured
    .globl stub_run_commands, stub_child, stub_reload, stub_sigreturn, stub_sigreturn_end

    .p2align 4
stub_call:
    mov %rcx, %gs:{RIP}
    mov %r11, %gs:{CONT}
    mov %rsp, %gs:{RSP}
    mov %rbx, %gs:{RBX}
    mov %rbp, %gs:{RBP}
    mov %r12, %gs:{R12}
    mov %r13, %gs:{R13}
    mov %r14, %gs:{R14}
    mov %r15, %gs:{R15}
    mov %r10, %gs:{R10}
    mov %r8, %gs:{R8}
    mov %r9, %gs:{R9}
    mov %rax, %r11
    lahf
    seto %al
    mov %eax, %gs:{FLAGS}
    /* The line that the Sentry polls comes last. */
    mov %rdi, %gs:{RDI}
    mov %rsi, %gs:{RSI}
    mov %rdx, %gs:{RDX}
    mov %r11, %gs:{ORIG_RAX}
    mov ${REASON_CALL}, %r11d
.Lpost:
    xchg %r11d, %gs:{STATE}
    movabs ${SENTRY_PAGE}, %r11
    cmpl $0, (%r11)
    jne .Lnotify
.Lspin:
    mov %gs:{SPIN}, %r11d
.Lspin_loop:
    cmpl $0, %gs:{STATE}
    je stub_return
    pause
    dec %r11d
    jg .Lspin_loop

    mov %gs:{STATE}, %eax
    test %eax, %eax
    jz stub_return
    mov %eax, %r11d
    or ${SLEEPS}, %r11d
    lock cmpxchg %r11d, %gs:{STATE}
    jne stub_return
.Lsleep:
    mov %gs:{STATE}, %edx
    test %edx, %edx
    jz 1f
    mov %gs:{SELF}, %rdi
    xor %esi, %esi
    xor %r10d, %r10d
    mov $202, %eax
    syscall
    jmp .Lsleep
1:
    mov %gs:{RDI}, %rdi
    mov %gs:{RSI}, %rsi
    mov %gs:{RDX}, %rdx
    mov %gs:{R10}, %r10

    /* From here to stub_return_end an interrupt finishes the return itself. */
stub_return:
    mov %gs:{ACTION}, %eax
    or %gs:{PENDING}, %eax
    jnz .Lslow
    mov %gs:{FLAGS}, %eax
    mov %gs:{CONT}, %rcx
    add $0x7f, %al
    sahf
    mov %gs:{RAX}, %rax
    jmp *%rcx
stub_return_end:

.Lnotify:
    xor %edi, %edi
    lea .Lone(%rip), %rsi
    mov $8, %edx
    mov $1, %eax
    syscall
    mov %gs:{RDI}, %rdi
    mov %gs:{RSI}, %rsi
    mov %gs:{RDX}, %rdx
    jmp .Lspin

.Lslow:
    mov %gs:{ACTION}, %eax
    test ${ACTION_COMMANDS}, %eax
    jz 1f
    mov %gs:{SELF}, %rdi
    lea {SLOT_SIZE}(%rdi), %rsp
    call stub_run_commands
    mov %gs:{RSP}, %rsp
    mov %gs:{RDI}, %rdi
    mov %gs:{RSI}, %rsi
    mov %gs:{RDX}, %rdx
    mov %gs:{R10}, %r10
    mov %gs:{R8}, %r8
    mov %gs:{R9}, %r9
1:  mov %gs:{ACTION}, %eax
    movl $0, %gs:{ACTION}
    test ${ACTION_REPOST}, %eax
    jz 2f
    mov ${REASON_FLUSHED}, %r11d
    jmp .Lpost
2:  test ${ACTION_CAPTURE}, %eax
    jnz stub_capture
    cmpl $0, %gs:{PENDING}
    je stub_return
    /* Not a number that the filter lets through: a frame is made by SIGSYS. */
stub_capture:
    mov $0xfff, %eax
    syscall
stub_captured:
    ud2

    /* rdi: slot. Carries out its command list. Clobbers what a C function may,
       FP state excepted. */
    .p2align 4
stub_run_commands:
    push %rbx
    push %rbp
    push %r12
    push %r13
    mov %rdi, %rbx
    lea {CMDS}(%rdi), %rbp
    mov {CMD_COUNT}(%rdi), %r12d
    cmp ${CMD_MAX}, %r12d
    ja 3f
1:  test %r12d, %r12d
    jz 2f
    mov (%rbp), %rax
    mov %eax, %r13d
    mov 8(%rbp), %rdi
    mov 16(%rbp), %rsi
    mov 24(%rbp), %rdx
    mov 32(%rbp), %r10
    mov 40(%rbp), %r8
    mov 48(%rbp), %r9
    syscall
    /* Not from memory: the parent's list may be another by the time a child looks. */
    cmp $56, %r13d
    jne 4f
    test %rax, %rax
    jz stub_child
4:  mov %rax, 56(%rbp)
    add ${CMD_SIZE}, %rbp
    dec %r12d
    jmp 1b
2:  movl $0, {CMD_COUNT}(%rbx)
3:  pop %r13
    pop %r12
    pop %rbp
    pop %rbx
    ret

    /* A new thread or process, just cloned; the stack may not be touched yet. rbx: the parent's
       slot. A thread has its stack in rsi: the end of its slot, or a place in it below its frame,
       for interrupts can come at once. A process finds the address of its slot group in r8 and the
       descriptor of the new one in r9; the slot's address stays. */
stub_child:
    test %rsi, %rsi
    jz 1f
    lea -1(%rsi), %rbx
    and $-{SLOT_SIZE}, %rbx
    jmp 2f
1:  mov %r8, %rdi
    mov ${GROUP_SIZE}, %esi
    mov $3, %edx
    mov $0x11, %r10d
    mov %r9, %r8
    xor %r9d, %r9d
    mov $9, %eax
    syscall
2:  lea {SLOT_SIZE}(%rbx), %rdx
    mov {FRAME}(%rbx), %rax
    test %rax, %rax
    jz 3f
    lea -512(%rax), %rdx
    and $-16, %rdx
3:  mov %rdx, %rsp
    mov $158, %eax
    mov $0x1001, %edi
    mov %rbx, %rsi
    syscall
    mov %rbx, %rdi
    call stub_run_commands
    mov %rbx, %rdi
    cmpq $0, {FRAME}(%rbx)
    jne stub_resume_frame
    /* rdi: slot. Loads every register from it and goes to the guest. */
stub_reload:
    mov %gs:{R15}, %r15
    mov %gs:{R14}, %r14
    mov %gs:{R13}, %r13
    mov %gs:{R12}, %r12
    mov %gs:{RBP}, %rbp
    mov %gs:{RBX}, %rbx
    mov %gs:{R11}, %r11
    mov %gs:{R10}, %r10
    mov %gs:{R9}, %r9
    mov %gs:{R8}, %r8
    mov %gs:{RDX}, %rdx
    mov %gs:{RSI}, %rsi
    mov %gs:{RDI}, %rdi
    mov %gs:{RSP}, %rsp
    jmp stub_return

    /* rsp: a ucontext. An interrupt in here begins anew, so none is missed. */
stub_sigreturn:
    cmpl $0, %gs:{PENDING}
    jne 1f
    mov $15, %eax
    syscall
stub_sigreturn_end:
    ud2
1:  mov %rsp, %rdi
    lea -512(%rsp), %rsp
    and $-16, %rsp
    call stub_interrupted
    ud2

    .section .rodata
    .p2align 3
.Lone:
    .quad 1
    .text
"#,
    RDI = const reg(R_RDI),
    RSI = const reg(R_RSI),
    RDX = const reg(R_RDX),
    R10 = const reg(R_R10),
    R11 = const reg(R_R11),
    R8 = const reg(R_R8),
    R9 = const reg(R_R9),
    RAX = const reg(R_RAX),
    ORIG_RAX = const reg(R_ORIG_RAX),
    RIP = const reg(R_RIP),
    RSP = const reg(R_RSP),
    RBX = const reg(R_RBX),
    RBP = const reg(R_RBP),
    R12 = const reg(R_R12),
    R13 = const reg(R_R13),
    R14 = const reg(R_R14),
    R15 = const reg(R_R15),
    CONT = const CONT,
    FLAGS = const FLAGS,
    SLEEPS = const SLEEPS,
    STATE = const STATE,
    SPIN = const SPIN,
    SELF = const SELF,
    ACTION = const ACTION,
    PENDING = const PENDING,
    FRAME = const FRAME,
    CMDS = const CMDS,
    CMD_COUNT = const CMD_COUNT,
    CMD_MAX = const CMD_MAX,
    CMD_SIZE = const CMD_SIZE,
    SLOT_SIZE = const SLOT_SIZE,
    GROUP_SIZE = const GROUP_SIZE,
    SENTRY_PAGE = const SENTRY_PAGE,
    REASON_CALL = const REASON_CALL,
    REASON_FLUSHED = const REASON_FLUSHED,
    ACTION_COMMANDS = const ACTION_COMMANDS,
    ACTION_CAPTURE = const ACTION_CAPTURE,
    ACTION_REPOST = const ACTION_REPOST,
    options(att_syntax)
);

extern "C" {
    pub fn stub_return();
    pub fn stub_return_end();
    pub fn stub_capture() -> !;
    pub fn stub_captured();
    pub fn stub_sigreturn();
    pub fn stub_sigreturn_end();
    pub fn stub_run_commands(slot: u64);
}

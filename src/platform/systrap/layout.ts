/**
 * The layout of slots: rust_helpers/stub/src/layout.rs says what each field
 * means; layout_test.ts compares the two. Offsets in a slot are in words.
 */
export const TASK_SIZE = 0x7ffdfffff000;
export const STUB_BASE = 0x7fff40000000;
export const STUB_CALL = STUB_BASE + 0x100;
export const CTL_BASE = 0x7fff80000000;
export const SLOT_SIZE = 0x8000;
export const SLOT_WORDS = SLOT_SIZE / 4;
export const GROUP_SLOTS = 16;
export const GROUP_SIZE = SLOT_SIZE * GROUP_SLOTS;

export const STATE = 0x00 / 4;
export const CMD_COUNT = 0x04 / 4;
export const ACTION = 0x08 / 4;
export const SPIN = 0x0c / 4;
export const PENDING = 0x10 / 4;
export const REGS = 0x18 / 4;
export const CONT = 0xf0 / 4;
export const SELF = 0xf8 / 4;
export const FRAME = 0x100 / 4;
export const FP = 0x108 / 4;
export const TID = 0x110 / 4;
export const FAULT_SIGNO = 0x120 / 4;
export const FAULT_CODE = 0x124 / 4;
export const FAULT_ADDR = 0x128 / 4;
export const FAULT_TRAPNO = 0x130 / 4;
export const FAULT_ERR = 0x134 / 4;
/** Byte offsets: they become addresses. */
export const SCRATCH = 0x200;
export const CMDS = 0x1000;
export const CMD_SIZE = 64;
export const CMD_MAX = 128;
export const STACK = 0x3000;

export const REASON_CALL = 1;
export const REASON_TRAP = 2;
export const REASON_FAULT = 3;
export const REASON_INTERRUPT = 4;
export const REASON_CAPTURE = 5;
export const REASON_FLUSHED = 6;
/** In STATE beside the reason: the stub sleeps on it. */
export const SLEEPS = 0x100;

export const ACTION_COMMANDS = 1;
export const ACTION_CAPTURE = 2;
export const ACTION_REPOST = 4;

export const FD_SOCKET = 1;
export const FD_ARENA = 3;
export const FD_FIRST = 4;

export const CLONE_PROCESS = 0x8000 | 17;
export const CLONE_THREAD = 0x350f00;

/** Offsets in the frame's ucontext (asm/ucontext.h): the signal stack and the FP state. */
export const UC_STACK_SP = 16;
export const UC_FPSTATE = 40 + 23 * 8;

/** System calls in command lists. */
export const NR_CLOSE = 3;
export const NR_MMAP = 9;
export const NR_MPROTECT = 10;
export const NR_MUNMAP = 11;
export const NR_SENDTO = 44;
export const NR_RECVMSG = 47;
export const NR_CLONE = 56;
export const NR_EXIT = 60;
export const NR_SIGALTSTACK = 131;
export const NR_PRCTL = 157;
export const NR_ARCH_PRCTL = 158;
export const NR_EXIT_GROUP = 231;
export const NR_DUP3 = 292;

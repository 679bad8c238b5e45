/**
 * Putting a program into an empty address space: segments, stack, heap, and
 * the registers that start it. From the first change on there is no way back:
 * errors end the process.
 *
 * @module
 */
import { X86_EFLAGS_IF } from "../../abi/linux/arch.ts";
import { USER_CS, USER_DS } from "../../abi/linux/arch.ts";
import {
  AT_BASE,
  AT_CLKTCK,
  AT_EGID,
  AT_ENTRY,
  AT_EUID,
  AT_FLAGS,
  AT_GID,
  AT_HWCAP,
  AT_HWCAP2,
  AT_MINSIGSTKSZ,
  AT_PAGESZ,
  AT_PHDR,
  AT_PHENT,
  AT_PHNUM,
  AT_SECURE,
  AT_SYSINFO_EHDR,
  AT_UID,
} from "../../abi/linux/auxv.ts";
import { Elf64Phdr } from "../../abi/linux/elf.ts";
import { EFAULT } from "../../abi/linux/errno.ts";
import {
  PAGE_SIZE,
  PROT_EXEC,
  PROT_READ,
  PROT_WRITE,
} from "../../abi/linux/mman.ts";
import { ADDR_NO_RANDOMIZE } from "../../abi/linux/personality.ts";
import { USER_HZ } from "../../abi/linux/time.ts";
import type { Context } from "../../platform/platform.ts";
import { CS, EFLAGS, RIP, RSP, setReg, SS } from "../../platform/registers.ts";
import type { Task } from "../kernel/task.ts";
import { mapStack, randomPages, setBrk, setLayout } from "../mm/layout.ts";
import type { MemoryManager } from "../mm/memory_manager.ts";
import { randomBytes } from "../random.ts";
import { hostCpu } from "./host_cpu.ts";
import { buildStack, type InitialStack } from "./initial_stack.ts";
import type { Program } from "./program.ts";
import { type LoadedImage, mapImage } from "./segments.ts";

/** Pages of randomness of a position-independent program and of the heap, as in Linux. */
const PROGRAM_RANDOM_PAGES = 2 ** 28;
const BRK_RANDOM_PAGES = 0x2000000 / PAGE_SIZE;
/** Bytes of the host's vDSO, as /proc/pid/maps shows it. */
const VDSO_LENGTH = 2 * PAGE_SIZE;
/** Below the stack's strings: up to 8 KiB in steps of 16. */
const STACK_GAP_STEPS = 512;

const random = new Uint8Array(16);
const gapRandom = new Uint8Array(2);

/** The parts of a program once they are mapped. */
interface Loaded {
  readonly main: LoadedImage;
  readonly interpreter: LoadedImage | null;
}

/**
 * Maps `program` into `t.mm`, which is empty, and fills the bookkeeping that
 * /proc shows. Credentials are the new ones already. 0 or -errno.
 * @param secure AT_SECURE: the program has rights that its caller lacks
 */
export function loadProgram(
  t: Task,
  program: Program,
  secure: boolean,
): number {
  const { mm } = t;
  const randomize = (t.personality & ADDR_NO_RANDOMIZE) === 0;
  setLayout(mm, randomize);
  const loaded = mapProgram(mm, program, randomize);
  if (typeof loaded === "number") return loaded;
  placeBrk(mm, program, loaded, randomize);
  const stack = makeStack(t, program, loaded, secure, randomize);
  const prot = PROT_READ | PROT_WRITE |
    (program.main.image.executableStack ? PROT_EXEC : 0);
  const r = mapStack(mm, stack.bytes.length, prot);
  if (r < 0) return r;
  if (!mm.copyOut(stack.sp, stack.bytes, 0, stack.bytes.length)) {
    return -EFAULT;
  }
  note(t, loaded, stack);
  setRegisters(t.ctx, (loaded.interpreter ?? loaded.main).entry, stack.sp);
  return 0;
}

function mapProgram(
  mm: MemoryManager,
  program: Program,
  randomize: boolean,
): Loaded | number {
  const { main, interpreter } = program;
  const base = interpreter === null ? 0 : programBase(mm, randomize);
  const loaded = mapImage(mm, main.file, main.image, base, false);
  if (typeof loaded === "number") return loaded;
  if (interpreter === null) return { main: loaded, interpreter: null };
  const other = mapImage(mm, interpreter.file, interpreter.image, 0, true);
  if (typeof other === "number") return other;
  return { main: loaded, interpreter: other };
}

/** ELF_ET_DYN_BASE: two thirds of the address space, then a random part. */
function programBase(mm: MemoryManager, randomize: boolean): number {
  const base = Math.floor(mm.taskSize / 3) * 2;
  return base - base % PAGE_SIZE +
    (randomize ? randomPages(PROGRAM_RANDOM_PAGES) : 0);
}

/** The heap follows the program, but for a movable one without interpreter, which lies among the mappings. */
function placeBrk(
  mm: MemoryManager,
  program: Program,
  loaded: Loaded,
  randomize: boolean,
): void {
  const alone = program.main.image.movable && loaded.interpreter === null;
  const end = alone ? programBase(mm, randomize) : loaded.main.end;
  const start = Math.ceil(end / PAGE_SIZE) * PAGE_SIZE;
  setBrk(mm, start + (randomize ? randomPages(BRK_RANDOM_PAGES) : 0));
}

function makeStack(
  t: Task,
  program: Program,
  loaded: Loaded,
  secure: boolean,
  randomize: boolean,
): InitialStack {
  randomBytes(random);
  randomBytes(gapRandom);
  const step = (gapRandom[0] | gapRandom[1] << 8) % STACK_GAP_STEPS;
  return buildStack(t.mm.stackTop, {
    argv: program.args.argv,
    envp: program.args.envp,
    execFn: program.execFn,
    auxv: auxiliaryVector(t, program, loaded, secure),
    random,
    gap: randomize ? step * 16 : 0,
  });
}

/** In the order of Linux's create_elf_tables(). */
function auxiliaryVector(
  t: Task,
  program: Program,
  { main, interpreter }: Loaded,
  secure: boolean,
): [number, number][] {
  const cpu = hostCpu();
  const { vdso } = t.kernel.platform;
  const auxv: [number, number][] = [
    [AT_MINSIGSTKSZ, cpu.minSigStack],
    [AT_HWCAP, cpu.hwcap],
    [AT_PAGESZ, PAGE_SIZE],
    [AT_CLKTCK, USER_HZ],
    [AT_PHDR, main.phdr],
    [AT_PHENT, Elf64Phdr.size],
    [AT_PHNUM, program.main.image.phnum],
    [AT_BASE, interpreter === null ? 0 : interpreter.bias],
    [AT_FLAGS, 0],
    [AT_ENTRY, main.entry],
    [AT_UID, t.creds.uid],
    [AT_EUID, t.creds.euid],
    [AT_GID, t.creds.gid],
    [AT_EGID, t.creds.egid],
    [AT_SECURE, secure ? 1 : 0],
    [AT_HWCAP2, cpu.hwcap2],
  ];
  if (vdso !== 0) auxv.unshift([AT_SYSINFO_EHDR, vdso]);
  return auxv;
}

/** What /proc shows of the new memory. */
function note(t: Task, { main }: Loaded, stack: InitialStack): void {
  const { mm } = t;
  mm.vdsoStart = t.kernel.platform.vdso;
  mm.vdsoLength = mm.vdsoStart === 0 ? 0 : VDSO_LENGTH;
  mm.codeStart = main.startCode;
  mm.codeEnd = main.endCode;
  mm.dataStart = main.startData;
  mm.dataEnd = main.endData;
  mm.stackStart = stack.sp;
  mm.argStart = stack.argStart;
  mm.argEnd = stack.argEnd;
  mm.envStart = stack.envStart;
  mm.envEnd = stack.envEnd;
  const at = stack.auxvStart - stack.sp;
  mm.auxv = stack.bytes.slice(at, at + stack.auxvLength);
}

/** ELF_PLAT_INIT and start_thread: all else is 0. */
function setRegisters(ctx: Context, entry: number, sp: number): void {
  const { regs } = ctx;
  regs.fill(0);
  setReg(regs, RIP, entry);
  setReg(regs, RSP, sp);
  setReg(regs, EFLAGS, X86_EFLAGS_IF | 2);
  setReg(regs, CS, USER_CS);
  setReg(regs, SS, USER_DS);
  ctx.resetFp();
}

/**
 * From a posted system call to its handler and back: decoding by the table's
 * argument kinds, running again what waited, results.
 */
import { ENOSYS } from "../../abi/linux/errno.ts";
import { syscallName } from "../../abi/linux/syscall_numbers.ts";
import {
  getReg,
  ORIG_RAX,
  R10,
  R8,
  R9,
  RAX,
  RDI,
  RDX,
  RIP,
  RSI,
} from "../../platform/registers.ts";
import { CallSites } from "../mm/call_sites.ts";
import {
  CAPTURE,
  Decode,
  ERESTART_RESTARTBLOCK,
  ERESTARTSYS,
  GONE,
  type Handler,
  NO_RESULT,
  PARKED,
} from "../syscalls/row.ts";
import { table } from "../syscalls/table.ts";
import { traceEnter, traceExit } from "../syscalls/strace.ts";
import { current } from "./current.ts";
import { leaveKernel } from "./leave.ts";
import { type Task } from "./task.ts";

const handlers: (Handler | null)[] = [];
/** Six `Decode` kinds a call. */
const kinds: number[] = [];
const reported: Set<number> = new Set();

/** Takes the table over; to be called once it is filled. */
export function prepareDispatch(): void {
  for (let nr = 0; nr < table.length; nr++) {
    const row = table[nr];
    handlers[nr] = row === undefined ? null : row.handler;
    for (let i = 0; i < 6; i++) {
      kinds[6 * nr + i] = row?.args[i]?.decode ?? Decode.None;
    }
  }
}

/** A context came back with a system call. */
export function startCall(t: Task): void {
  t.call.begin();
  t.inSyscall = true;
  if (t.ctx.full) afterTrap(t);
  if (t.kernel.log.tracing) traceEnter(t, t.ctx.regs[ORIG_RAX]);
  runCall(t);
}

/** A trapped call: if its site traps often, it is rewritten. */
function afterTrap(t: Task): void {
  const { callEntry } = t.kernel.platform;
  if (callEntry === 0) return;
  const alone = t.mm.users === 1 && t.group.tasks.length === 1;
  const rip = getReg(t.ctx.regs, RIP);
  CallSites.of(t.mm, callEntry).trapped(t.mm, rip, alone);
}

/** A waiting task was woken, or its context has been captured. */
export function continueCall(t: Task): void {
  if (t.leaving) {
    t.leaving = false;
    leaveKernel(t);
    return;
  }
  t.call.first = false;
  runCall(t);
}

/** A context came back captured: for the call that asked, or for a signal. */
export function afterCapture(t: Task): void {
  if (t.capturing) {
    t.capturing = false;
    runCall(t);
  } else leaveKernel(t);
}

function decode(regs: Uint32Array, r: number, kind: number): number {
  switch (kind) {
    case Decode.Int:
      return regs[r] | 0;
    case Decode.Uint:
      return regs[r];
    case Decode.Off:
      return (regs[r + 1] | 0) * 4294967296 + regs[r];
    case Decode.None:
      return 0;
    default:
      return regs[r + 1] * 4294967296 + regs[r];
  }
}

function runCall(t: Task): void {
  current.task = t;
  const { regs } = t.ctx;
  const nr = regs[ORIG_RAX];
  const handler = nr < handlers.length ? handlers[nr] : null;
  if (handler === null) {
    finish(t, -missingErrno(t, nr));
    return;
  }
  const k = 6 * nr;
  let result: number;
  try {
    result = handler(
      t,
      decode(regs, RDI, kinds[k]),
      decode(regs, RSI, kinds[k + 1]),
      decode(regs, RDX, kinds[k + 2]),
      decode(regs, R10, kinds[k + 3]),
      decode(regs, R8, kinds[k + 4]),
      decode(regs, R9, kinds[k + 5]),
    );
  } catch (error) {
    t.kernel.sentryBug(t, error);
    return;
  }
  switch (result) {
    case PARKED:
    case GONE:
      if (t.kernel.log.tracing) traceExit(t, nr, result);
      return;
    case CAPTURE:
      t.capturing = true;
      t.ctx.capture();
      return;
    case NO_RESULT:
      if (t.kernel.log.tracing) traceExit(t, nr, 0);
      t.call.end();
      t.inSyscall = false;
      leaveKernel(t);
      return;
    default:
      finish(t, result);
  }
}

function finish(t: Task, result: number): void {
  const { regs } = t.ctx;
  if (t.kernel.log.tracing) traceExit(t, regs[ORIG_RAX], result);
  regs[RAX] = result >>> 0;
  regs[RAX + 1] = result >= 0
    ? Math.floor(result / 4294967296)
    : Math.floor(result / 4294967296) >>> 0;
  t.call.end();
  if (result <= -ERESTARTSYS && result >= -ERESTART_RESTARTBLOCK) {
    // A restart code never reaches the guest: delivery resolves it.
    t.signals.pending = true;
  }
  leaveKernel(t);
}

/** The errno of a call that is not there, logged once a number. */
function missingErrno(t: Task, nr: number): number {
  const errno = table[nr]?.errno ?? ENOSYS;
  if (!reported.has(nr)) {
    reported.add(nr);
    const note = table[nr]?.note ?? "no such number";
    t.kernel.log.warn(
      `${t.comm}[${t.tid}]: ${
        syscallName(nr) ?? nr
      } is not implemented: ${note}`,
    );
  }
  return errno;
}

/**
 * `--strace`: a line for each system call, in the form of strace(1). Only
 * called while `log.tracing` is on; costs what it likes.
 */
import { SI_KERNEL } from "../../abi/linux/siginfo.ts";
import { SIGCHLD, signalName } from "../../abi/linux/signal.ts";
import { syscallName } from "../../abi/linux/syscall_numbers.ts";
import {
  ORIG_RAX,
  R10,
  R8,
  R9,
  RDI,
  RDX,
  RSI,
} from "../../platform/registers.ts";
import type { SigInfo } from "../kernel/siginfo.ts";
import type { Task } from "../kernel/task.ts";
import {
  CAPTURE,
  Decode,
  ERESTARTSYS,
  GONE,
  NO_RESULT,
  PARKED,
  type Row,
} from "./row.ts";
import { table } from "./table.ts";
import { hex } from "./trace_format.ts";
import { KINDS, resultText, type Traced } from "./trace_kinds.ts";
import { ADDRESS_RESULTS, SIGNATURES } from "./trace_signatures.ts";

/** One argument: how it is shown, and when. */
interface Shown {
  readonly kind: string;
  /** Shown with the result: the call fills it. */
  readonly out: boolean;
  readonly other: number;
}

/** A call that has begun. */
interface Open extends Traced {
  readonly name: string;
  readonly shown: readonly Shown[];
  /** Arguments that were shown at the beginning; undefined: to come. */
  readonly texts: (string | null | undefined)[];
  /** The line "<unfinished ...>" has been written. */
  unfinished: boolean;
}

const open = new WeakMap<Task, Open>();
const REGISTERS = [RDI, RSI, RDX, R10, R8, R9];
const TWO_32 = 2 ** 32;

/** A call of `t` begins: its registers hold the arguments. */
export function traceEnter(t: Task, nr: number): void {
  const row = nr < table.length ? table[nr] : undefined;
  const name = syscallName(nr);
  const shown = shownArguments(name, row);
  const args = shown.map((_, i) => decode(t.ctx.regs, i, row));
  const texts = shown.map(() => undefined);
  const call: Open = {
    t,
    args,
    result: 0,
    name,
    shown,
    texts,
    unfinished: false,
  };
  shown.forEach((s, i) => {
    if (!s.out) call.texts[i] = text(call, i);
  });
  open.set(t, call);
}

/** A call of `t` returned `result`, or parks (which may be told repeatedly). */
export function traceExit(t: Task, nr: number, result: number): void {
  const call = open.get(t);
  if (call === undefined || result === CAPTURE) return;
  if (result === PARKED) {
    if (call.unfinished) return;
    call.unfinished = true;
    line(t, `${call.name}(${inList(call)} <unfinished ...>`);
    return;
  }
  open.delete(t);
  call.result = result;
  const end = `${outList(call)}) = ${ending(call, nr)}`;
  line(
    t,
    call.unfinished
      ? `<... ${call.name} resumed>${end}`
      : `${call.name}(${end}`,
  );
}

/** A signal is delivered to `t`. */
export function traceSignal(t: Task, info: SigInfo): void {
  const { signo, code, pid, uid, addr } = info;
  const name = signalName(signo);
  const from = code > 0 && code < SI_KERNEL && signo !== SIGCHLD
    ? `si_addr=${hex(addr)}`
    : `si_pid=${pid}, si_uid=${uid}`;
  line(t, `--- ${name} {si_signo=${name}, si_code=${code}, ${from}} ---`);
}

/** `t` ends with a wait status. */
export function traceEnd(t: Task, status: number): void {
  const signo = status & 0x7f;
  line(
    t,
    signo === 0
      ? `+++ exited with ${(status >>> 8) & 0xff} +++`
      : `+++ killed by ${signalName(signo)} +++`,
  );
}

function line(t: Task, what: string): void {
  t.kernel.log.trace(`[${String(t.tid).padStart(5)}] ${what}`);
}

/** The row's kinds, or the finer ones. */
function shownArguments(name: string, row: Row | undefined): Shown[] {
  const signature = SIGNATURES[name];
  if (signature !== undefined) return signature.split(" ").map(parse);
  if (row === undefined || row.level === "missing") {
    return REGISTERS.map(() => parse("hex"));
  }
  return row.args.map((arg) => ({
    kind: arg.trace,
    out: arg.trace === "outBuf",
    other: arg.size ?? -1,
  }));
}

function parse(token: string): Shown {
  const [kind, other] = token.replace(">", "").split(":");
  return {
    kind,
    out: token.startsWith(">"),
    other: other === undefined ? -1 : Number(other),
  };
}

/** Argument `i` as the row decodes it. */
function decode(regs: Uint32Array, i: number, row: Row | undefined): number {
  const r = REGISTERS[i];
  switch (row?.args[i]?.decode ?? Decode.Word) {
    case Decode.Int:
      return regs[r] | 0;
    case Decode.Uint:
      return regs[r];
    case Decode.Off:
      return (regs[r + 1] | 0) * TWO_32 + regs[r];
    default:
      return regs[r + 1] * TWO_32 + regs[r];
  }
}

function text(call: Open, i: number): string | null {
  const { kind, other } = call.shown[i];
  const show = KINDS[kind] ?? KINDS.hex;
  return show(call, i, other);
}

/** The arguments up to the first that the call fills. */
function inList(call: Open): string {
  const shown: string[] = [];
  for (const s of call.texts) {
    if (s === undefined) break;
    if (s !== null) shown.push(s);
  }
  return shown.join(", ") + (shown.length < call.texts.length ? "," : "");
}

/** All arguments, or those that `inList` left out. */
function outList(call: Open): string {
  const first = call.unfinished ? firstOut(call) : 0;
  const shown: string[] = [];
  for (let i = first; i < call.texts.length; i++) {
    const known = call.texts[i];
    const s = known === undefined ? outText(call, i) : known;
    if (s !== null) shown.push(s);
  }
  const list = shown.join(", ");
  return call.unfinished && list !== "" ? ` ${list}` : list;
}

function firstOut(call: Open): number {
  const i = call.texts.indexOf(undefined);
  return i < 0 ? call.texts.length : i;
}

/** What a call that failed would have filled is shown as an address. */
function outText(call: Open, i: number): string | null {
  return call.result < 0 ? KINDS.ptr(call, i, -1) : text(call, i);
}

function ending(call: Open, nr: number): string {
  const { result, t } = call;
  if (result === GONE) return "?";
  if (result === NO_RESULT) return t.ctx.regs[ORIG_RAX] === nr ? "0" : "?";
  if (result <= -ERESTARTSYS && result >= -516) return "? (interrupted)";
  return resultText(result, ADDRESS_RESULTS.has(call.name));
}

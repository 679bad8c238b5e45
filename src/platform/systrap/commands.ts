/** Command lists: system calls that a stub thread makes for the Sentry before it goes on. */
import type { SystrapContext } from "./context.ts";
import { CMD_SIZE, CMDS, FD_FIRST, NR_CLOSE, SCRATCH } from "./layout.ts";

/** Numbers a command: the call's and its six arguments. */
export const COMMAND_LENGTH = 7;

/** In place of recvmsg's second argument: the address of the slot's msghdr for one descriptor. */
export const MSG_ONE = -1;
/** The same for three. */
export const MSG_THREE = -2;

/** Places in a slot's scratch room: a stack_t and two msghdrs. */
export const ALTSTACK = SCRATCH;
const MESSAGE_ONE = SCRATCH + 64;
const MESSAGE_THREE = SCRATCH + 256;

/** Writes the first `n` of `commands` into the slot. */
export function writeCommands(
  ctx: SystrapContext,
  commands: readonly number[],
  n: number,
): void {
  const { words } = ctx.platform.memory;
  for (let i = 0; i < n; i++) {
    const to = ctx.base + (CMDS + i * CMD_SIZE) / 4;
    for (let k = 0; k < COMMAND_LENGTH; k++) {
      let value = commands[i * COMMAND_LENGTH + k];
      if (k === 2 && value < 0) value = writeMessage(ctx, value);
      words[to + 2 * k] = value >>> 0;
      words[to + 2 * k + 1] = Math.floor(value / 4294967296);
    }
  }
}

/** Writes a msghdr, what it points to included; its address in the stub. */
function writeMessage(ctx: SystrapContext, kind: number): number {
  const at = kind === MSG_ONE ? MESSAGE_ONE : MESSAGE_THREE;
  const address = ctx.address + at;
  const header = at / 4;
  // struct msghdr of 56 bytes, then one iovec, its byte, the control buffer.
  const iovec = 56;
  const byte = iovec + 16;
  const control = byte + 8;
  const controlLength = kind === MSG_ONE ? 24 : 32;
  const fields = [0, 0, address + iovec, 1, address + control, controlLength];
  for (let i = 0; i < fields.length; i++) {
    ctx.setWord64(header + 2 * i, fields[i]);
  }
  ctx.setWord64(header + 12, 0);
  ctx.setWord64(header + iovec / 4, address + byte);
  ctx.setWord64(header + iovec / 4 + 2, 1);
  return address;
}

/** Closes the descriptors of a birth. */
export function closeThree(commands: number[]): void {
  for (let i = 0; i < 3; i++) {
    commands.push(NR_CLOSE, FD_FIRST + i, 0, 0, 0, 0, 0);
  }
}

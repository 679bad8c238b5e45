/** Terminal modes by ioctl: TCGETS, TCSETS and their relatives. */
import { EFAULT, ENOTTY } from "../../abi/linux/errno.ts";
import { SIGTTOU } from "../../abi/linux/signal.ts";
import {
  TCGETA,
  TCGETS,
  TCGETS2,
  TCSETA,
  TCSETAF,
  TCSETAW,
  TCSETS,
  TCSETS2,
  TCSETSF,
  TCSETSF2,
  TCSETSW,
  TCSETSW2,
  Termio,
  Termios,
  Termios2,
} from "../../abi/linux/tty.ts";
import type { Task } from "../kernel/task.ts";
import type { FileDescription } from "../vfs/file_description.ts";
import { checkForeground } from "./job_control.ts";
import type { TermiosFields, TermModes } from "./term_modes.ts";
import { type Tty, WRITE_EVENTS } from "./tty.ts";

const termios = Termios.alloc();
const termios2 = Termios2.alloc();
const termio = Termio.alloc();

/** When a change of modes takes effect. */
const enum When {
  Now,
  /** After output has gone out. */
  Drained,
  /** The same, and unread input is dropped. */
  Flushed,
}

export function modesIoctl(
  t: Task,
  file: FileDescription,
  tty: Tty,
  request: number,
  arg: number,
): number {
  const { modes } = tty.line;
  switch (request) {
    case TCGETS:
      modes.store(termios);
      return t.copyOut(arg, termios) ? 0 : -EFAULT;
    case TCGETS2:
      modes.store(termios2);
      termios2.c_ispeed = modes.ispeed;
      termios2.c_ospeed = modes.ospeed;
      return t.copyOut(arg, termios2) ? 0 : -EFAULT;
    case TCGETA:
      modes.store(termio);
      return t.copyOut(arg, termio) ? 0 : -EFAULT;
    case TCSETS:
    case TCSETSW:
    case TCSETSF:
      return setModes(t, file, tty, arg, termios, request - TCSETS);
    case TCSETS2:
    case TCSETSW2:
    case TCSETSF2:
      return setModes(t, file, tty, arg, termios2, request - TCSETS2);
    case TCSETA:
    case TCSETAW:
    case TCSETAF:
      return setModes(t, file, tty, arg, termio, request - TCSETA);
    default:
      return -ENOTTY;
  }
}

function setModes(
  t: Task,
  file: FileDescription,
  tty: Tty,
  arg: number,
  from: TermiosFields & { readonly bytes: Uint8Array },
  when: When,
): number {
  const r = checkForeground(t, tty, SIGTTOU);
  if (r < 0) return r;
  if (!t.copyIn(arg, from)) return -EFAULT;
  if (when !== When.Now && tty.unsent > 0) {
    return t.park(file.queue, WRITE_EVENTS);
  }
  if (when === When.Flushed) tty.line.discardInput();
  const { modes } = tty.line;
  const { iflag, lflag } = modes;
  if (from === termio) loadShort(modes);
  else modes.load(from);
  if (from === termios2) {
    modes.ispeed = termios2.c_ispeed;
    modes.ospeed = termios2.c_ospeed;
  }
  tty.inUse();
  tty.line.modesChanged(lflag, iflag);
  tty.modesChanged(iflag, lflag);
  return 0;
}

/** TCSETA knows the low halves only, and eight characters. */
function loadShort(modes: TermModes): void {
  modes.iflag = high(modes.iflag) + termio.c_iflag;
  modes.oflag = high(modes.oflag) + termio.c_oflag;
  modes.cflag = high(modes.cflag) + termio.c_cflag;
  modes.lflag = high(modes.lflag) + termio.c_lflag;
  modes.line = termio.c_line;
  modes.cc.set(termio.c_cc);
}

function high(flags: number): number {
  return flags - flags % 65536;
}

/** The modes of one terminal: struct termios as plain numbers. */
import {
  B38400,
  CREAD,
  CS8,
  ECHO,
  ECHOCTL,
  ECHOE,
  ECHOK,
  ECHOKE,
  ICANON,
  ICRNL,
  IEXTEN,
  ISIG,
  IUTF8,
  IXON,
  NCCS,
  ONLCR,
  OPOST,
  VDISCARD,
  VEOF,
  VERASE,
  VINTR,
  VKILL,
  VLNEXT,
  VMIN,
  VQUIT,
  VREPRINT,
  VSTART,
  VSTOP,
  VSUSP,
  VWERASE,
} from "../../abi/linux/tty.ts";

/** The members of struct termios, in whatever accessor holds them. */
export interface TermiosFields {
  c_iflag: number;
  c_oflag: number;
  c_cflag: number;
  c_lflag: number;
  c_line: number;
  readonly c_cc: Uint8Array;
}

/** Speed that B38400 stands for; new terminals have it. */
const DEFAULT_SPEED = 38400;

export class TermModes {
  iflag = ICRNL | IXON;
  oflag = OPOST | ONLCR;
  cflag = B38400 | CS8 | CREAD;
  lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN;
  /** Line discipline: always N_TTY, but kept as it was set. */
  line = 0;
  readonly cc: Uint8Array = new Uint8Array(NCCS);
  ispeed = DEFAULT_SPEED;
  ospeed = DEFAULT_SPEED;

  /** Modes of a new terminal (as Linux gives ptys). */
  constructor() {
    const { cc } = this;
    cc[VINTR] = 0x03;
    cc[VQUIT] = 0x1c;
    cc[VERASE] = 0x7f;
    cc[VKILL] = 0x15;
    cc[VEOF] = 0x04;
    cc[VMIN] = 1;
    cc[VSTART] = 0x11;
    cc[VSTOP] = 0x13;
    cc[VSUSP] = 0x1a;
    cc[VREPRINT] = 0x12;
    cc[VDISCARD] = 0x0f;
    cc[VWERASE] = 0x17;
    cc[VLNEXT] = 0x16;
  }

  get isCanonical(): boolean {
    return (this.lflag & ICANON) !== 0;
  }

  /** Whether `byte` continues a character of UTF-8 input (IUTF8). */
  continues(byte: number): boolean {
    return (byte & 0xc0) === 0x80 && (this.iflag & IUTF8) !== 0;
  }

  /** Takes over what TCSETS brought. Speeds stay as they are. */
  load(from: TermiosFields): void {
    this.iflag = from.c_iflag;
    this.oflag = from.c_oflag;
    this.cflag = from.c_cflag;
    this.lflag = from.c_lflag;
    this.line = from.c_line;
    this.cc.set(from.c_cc.subarray(0, this.cc.length));
  }

  /** Fills what TCGETS gives. */
  store(to: TermiosFields): void {
    to.c_iflag = this.iflag;
    to.c_oflag = this.oflag;
    to.c_cflag = this.cflag;
    to.c_lflag = this.lflag;
    to.c_line = this.line;
    to.c_cc.set(this.cc.subarray(0, to.c_cc.length));
  }
}

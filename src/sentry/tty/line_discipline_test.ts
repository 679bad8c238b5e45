import { assertEquals } from "@std/assert";
import { EAGAIN } from "../../abi/linux/errno.ts";
import { SIGINT, SIGTSTP } from "../../abi/linux/signal.ts";
import {
  ECHO,
  ECHOPRT,
  ICANON,
  ICRNL,
  ISIG,
  IUTF8,
  IXANY,
  NOFLSH,
  ONLCR,
  OPOST,
  TABDLY,
  VEOL,
  VMIN,
  XTABS,
} from "../../abi/linux/tty.ts";
import type { UserBuffer } from "../mm/user_buffer.ts";
import { type LineDevice, LineDiscipline } from "./line_discipline.ts";

/** A device that remembers what it was told. */
class Screen implements LineDevice {
  text = "";
  room = 100000;
  signals: number[] = [];
  ready = 0;
  flow = "";
  discarded = 0;
  outputRoom = () => this.room;
  emit(bytes: Uint8Array, n: number): void {
    for (let i = 0; i < n; i++) this.text += String.fromCharCode(bytes[i]);
    this.room -= n;
  }
  discardOutput(): void {}
  signal(signo: number): void {
    this.signals.push(signo);
  }
  inputReady(): void {
    this.ready++;
  }
  flowChanged(stopped: boolean): void {
    this.flow += stopped ? "-" : "+";
  }
  inputDiscarded(): void {
    this.discarded++;
  }
}

/** A destination of `size` bytes. */
class Destination {
  text = "";
  constructor(public remaining: number) {}
  copy(bytes: Uint8Array, at: number, n: number): number {
    for (let i = 0; i < n; i++) this.text += String.fromCharCode(bytes[at + i]);
    this.remaining -= n;
    return n;
  }
}

function terminal(): { line: LineDiscipline; screen: Screen } {
  const screen = new Screen();
  return { line: new LineDiscipline(screen), screen };
}

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (c) => c.charCodeAt(0));
}

function type(line: LineDiscipline, text: string): number {
  const bytes = bytesOf(text);
  return line.receive(bytes, 0, bytes.length);
}

function read(line: LineDiscipline, size = 100): string | number {
  const to = new Destination(size);
  const n = line.read(to as unknown as UserBuffer);
  return n < 0 ? n : to.text;
}

function write(line: LineDiscipline, text: string): number {
  return line.write(bytesOf(text), text.length);
}

function setLocal(line: LineDiscipline, set: number, clear: number): void {
  const { modes } = line;
  const before = modes.lflag;
  modes.lflag = (before & ~clear) | set;
  line.modesChanged(before, modes.iflag);
}

Deno.test("LineDiscipline: a line can be read once it is complete, and is echoed", () => {
  const { line, screen } = terminal();
  type(line, "ab");
  assertEquals(read(line), -EAGAIN);
  assertEquals(line.readable, false);
  type(line, "c\r");
  assertEquals(line.available, 4);
  assertEquals(read(line), "abc\n");
  assertEquals(screen.text, "abc\r\n");
  assertEquals(read(line), -EAGAIN);
});

Deno.test("LineDiscipline: a read takes one line, or a part of it", () => {
  const { line } = terminal();
  type(line, "one\ntwo\n");
  assertEquals(read(line, 2), "on");
  assertEquals(read(line), "e\n");
  assertEquals(read(line), "two\n");
});

Deno.test("LineDiscipline: VEOF ends a line without being part of it", () => {
  const { line, screen } = terminal();
  type(line, "ab\x04");
  assertEquals(read(line), "ab");
  assertEquals(read(line), -EAGAIN);
  type(line, "\x04");
  assertEquals(line.readable, true);
  assertEquals(read(line), "");
  assertEquals(screen.text, "ab");
});

Deno.test("LineDiscipline: a read that stops in front of VEOF takes it along", () => {
  const { line } = terminal();
  type(line, "ab\x04");
  assertEquals(read(line, 2), "ab");
  assertEquals(read(line), -EAGAIN);
});

Deno.test("LineDiscipline: an end of file behind a whole line stays", () => {
  const { line } = terminal();
  type(line, "ab\n\x04");
  assertEquals(read(line, 3), "ab\n");
  assertEquals(read(line), "");
});

Deno.test("LineDiscipline: VERASE takes the last character back", () => {
  const { line, screen } = terminal();
  type(line, "ab\x7fc\n");
  assertEquals(read(line), "ac\n");
  assertEquals(screen.text, "ab\b \bc\r\n");
});

Deno.test("LineDiscipline: VERASE on an empty line does nothing", () => {
  const { line, screen } = terminal();
  type(line, "\x7f\x7fa\n");
  assertEquals(read(line), "a\n");
  assertEquals(screen.text, "a\r\n");
});

Deno.test("LineDiscipline: VERASE takes a control character with its caret", () => {
  const { line, screen } = terminal();
  type(line, "\x01\x7f");
  assertEquals(screen.text, "^A\b \b\b \b");
});

Deno.test("LineDiscipline: VERASE takes a whole UTF-8 character with IUTF8", () => {
  const { line, screen } = terminal();
  line.modes.iflag |= IUTF8;
  type(line, "a\xc3\xa9\x7fb\n");
  assertEquals(read(line), "ab\n");
  assertEquals(screen.text, "a\xc3\xa9\b \bb\r\n");
});

Deno.test("LineDiscipline: erasing a tab moves back to where it began", () => {
  const { line, screen } = terminal();
  write(line, "$ ");
  type(line, "abc\t\x7f");
  assertEquals(screen.text, "$ abc\t\b\b\b");
});

Deno.test("LineDiscipline: VWERASE takes the last word and the blanks behind it", () => {
  const { line } = terminal();
  type(line, "foo bar  \x17x\n");
  assertEquals(read(line), "foo x\n");
});

Deno.test("LineDiscipline: VKILL takes the line and its echo", () => {
  const { line, screen } = terminal();
  type(line, "ab\x15c\n");
  assertEquals(read(line), "c\n");
  assertEquals(screen.text, "ab\b \b\b \bc\r\n");
});

Deno.test("LineDiscipline: ECHOPRT shows erased text between slashes", () => {
  const { line, screen } = terminal();
  setLocal(line, ECHOPRT, 0);
  type(line, "abc\x7f\x7fx\n");
  assertEquals(read(line), "ax\n");
  assertEquals(screen.text, "abc\\cb/x\r\n");
});

Deno.test("LineDiscipline: VLNEXT makes the next key a character", () => {
  const { line, screen } = terminal();
  type(line, "\x16\x03\n");
  assertEquals(read(line), "\x03\n");
  assertEquals(screen.signals, []);
  assertEquals(screen.text, "^\b^C\r\n");
});

Deno.test("LineDiscipline: VREPRINT shows the line again", () => {
  const { line, screen } = terminal();
  type(line, "ab\x12");
  assertEquals(screen.text, "ab^R\r\nab");
});

Deno.test("LineDiscipline: VEOL ends a line and is part of it", () => {
  const { line } = terminal();
  line.modes.cc[VEOL] = 0x3b;
  type(line, "ab;c");
  assertEquals(read(line), "ab;");
  assertEquals(read(line), -EAGAIN);
});

Deno.test("LineDiscipline: VINTR sends SIGINT and drops what was typed", () => {
  const { line, screen } = terminal();
  type(line, "abc\ndef\x03x\n");
  assertEquals(screen.signals, [SIGINT]);
  assertEquals(read(line), "x\n");
  assertEquals(screen.discarded, 1);
});

Deno.test("LineDiscipline: with NOFLSH VSUSP keeps what was typed", () => {
  const { line, screen } = terminal();
  setLocal(line, NOFLSH, 0);
  type(line, "ab\x1ac\n");
  assertEquals(screen.signals, [SIGTSTP]);
  assertEquals(read(line), "abc\n");
});

Deno.test("LineDiscipline: without ISIG VINTR is a character", () => {
  const { line, screen } = terminal();
  setLocal(line, 0, ISIG);
  type(line, "\x03\n");
  assertEquals(screen.signals, []);
  assertEquals(read(line), "\x03\n");
});

Deno.test("LineDiscipline: without ICANON bytes can be read as they come", () => {
  const { line, screen } = terminal();
  setLocal(line, 0, ICANON | ECHO);
  type(line, "a\x7f\x04");
  assertEquals(read(line), "a\x7f\x04");
  assertEquals(screen.text, "");
});

Deno.test("LineDiscipline: poll waits for VMIN bytes", () => {
  const { line } = terminal();
  setLocal(line, 0, ICANON);
  line.modes.cc[VMIN] = 3;
  type(line, "ab");
  assertEquals(line.readable, false);
  type(line, "c");
  assertEquals(line.readable, true);
});

Deno.test("LineDiscipline: what was typed before ICANON ended is readable", () => {
  const { line } = terminal();
  type(line, "abc");
  setLocal(line, 0, ICANON);
  assertEquals(read(line), "abc");
});

Deno.test("LineDiscipline: what was typed before ICANON began is a line", () => {
  const { line } = terminal();
  setLocal(line, 0, ICANON);
  type(line, "abc");
  setLocal(line, ICANON, 0);
  assertEquals(read(line), "abc");
  assertEquals(read(line), -EAGAIN);
});

Deno.test("LineDiscipline: without ICRNL a return stays one and ends no line", () => {
  const { line } = terminal();
  line.modes.iflag &= ~ICRNL;
  type(line, "a\r");
  assertEquals(read(line), -EAGAIN);
  type(line, "\n");
  assertEquals(read(line), "a\r\n");
});

Deno.test("LineDiscipline: VSTOP stops output and VSTART lets it go on", () => {
  const { line, screen } = terminal();
  type(line, "\x13");
  assertEquals(write(line, "x"), 0);
  assertEquals(line.writable, false);
  type(line, "\x11");
  assertEquals(write(line, "x"), 1);
  assertEquals([screen.flow, screen.text], ["-+", "x"]);
});

Deno.test("LineDiscipline: echoes of a stopped terminal appear when it goes on", () => {
  const { line, screen } = terminal();
  type(line, "\x13ab");
  assertEquals(screen.text, "");
  type(line, "\x11");
  assertEquals(screen.text, "ab");
});

Deno.test("LineDiscipline: with IXANY any key lets output go on", () => {
  const { line } = terminal();
  line.modes.iflag |= IXANY;
  type(line, "\x13a");
  assertEquals(line.stopped, false);
});

Deno.test("LineDiscipline: TCOOFF is not undone by a key", () => {
  const { line } = terminal();
  line.setStopped(true);
  type(line, "\x11");
  assertEquals(line.stopped, true);
  line.setStopped(false);
  assertEquals(line.stopped, false);
});

Deno.test("LineDiscipline: a line holds 4095 bytes and its end, the rest is lost", () => {
  const { line } = terminal();
  setLocal(line, 0, ECHO);
  assertEquals(type(line, "x".repeat(5000) + "\n"), 5001);
  const text = read(line, 10000) as string;
  assertEquals([text.length, text.at(-1)], [4096, "\n"]);
});

Deno.test("LineDiscipline: without ICANON a full queue takes no more", () => {
  const { line } = terminal();
  setLocal(line, 0, ICANON | ECHO);
  assertEquals(type(line, "x".repeat(5000)), 4095);
  assertEquals(line.receives, false);
  assertEquals((read(line, 10000) as string).length, 4095);
  assertEquals(line.receives, true);
});

Deno.test("LineDiscipline: output takes what there is room for", () => {
  const { line, screen } = terminal();
  screen.room = 3;
  assertEquals(write(line, "a\nb"), 2);
  assertEquals(write(line, "b"), 0);
  assertEquals(screen.text, "a\r\n");
});

Deno.test("LineDiscipline: XTABS expands tabs by column", () => {
  const { line, screen } = terminal();
  line.modes.oflag = (line.modes.oflag & ~TABDLY) | XTABS;
  write(line, "ab\tc");
  assertEquals(screen.text, "ab      c");
});

Deno.test("LineDiscipline: without OPOST output is untouched", () => {
  const { line, screen } = terminal();
  line.modes.oflag &= ~OPOST;
  write(line, "a\n");
  assertEquals([screen.text, line.modes.oflag & ONLCR], ["a\n", ONLCR]);
});

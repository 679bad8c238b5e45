/** Shells and an editor on a real terminal: editing, signals, jobs, size. */
import { busyboxRoot, debianMissing, debianRoot } from "../debian.ts";
import { CTRL, onTerminal, type Step } from "./terminal.ts";

/** A prompt, and busybox's question where the cursor is. */
const PROMPT = "[#$] (\x1b\\[6n)?$";

/** Types a line at the prompt; the answer must match. */
function line(text: string, ...answers: string[]): Step[] {
  return [
    ["expect", PROMPT],
    ["send", `${text}\n`],
    ...answers.map((answer): Step => ["expect", answer]),
  ];
}

/** A program that has surely started when "go!" is seen. */
const READY = "sh -c 'echo g\"\"o!; exec sleep 100'";

/** One that answers. Not a loop of short programs: a shell may be stopped within vfork. */
const ANSWERS = "sh -c 'echo g\"\"o!; exec cat -n'";

const EDITING: Step[] = line("echo one tow\x7f\x7fwo", "\none two\r");
const READLINE: Step[] = [
  ...line(`cho x${CTRL.A}e${CTRL.E}y`, "\\bxy\r|\nxy\r"),
  // Up: the line before, once more.
  ...line("\x1b[A", "\\bxy\r|\nxy\r|\rxy\r"),
];
const SIZE: Step[] = [
  ...line("stty size", "24 80\r"),
  ["resize", 40, 100],
  ...line("stty size", "40 100\r"),
];
const INTERRUPT: Step[] = [
  ...line(READY, "go!"),
  ["send", CTRL.C],
  ...line("echo code=$?", "code=130\r"),
];
const JOBS: Step[] = [
  ...line(ANSWERS, "go!"),
  ["send", CTRL.Z],
  ...line("jobs", "Stopped.*cat -n"),
  // An answer shows that it has the terminal: fg tells its name before.
  ...line("fg", "cat -n.*\r\n"),
  ["send", "more\n"],
  ["expect", "1\tmore\r"],
  ["send", CTRL.C],
  ...line("echo code=$?", "code=130\r"),
];
const PIPELINE: Step[] = [
  ...line("seq 1000 | sort -rn | head -n 1", "[\r\n]1000\r"),
  ...line('(echo g""o! >&2; cat) | tr a-z A-Z', "go!\r\n"),
  ["send", "typed\n"],
  ["expect", "typed\r\n"],
  ["send", CTRL.D],
  ["expect", "TYPED\r\n"],
  ...line("yes | head -n 50000 | wc -l", "50000\r"),
];
const BACKGROUND: Step[] = [
  ...line("cat & wait; echo code=$?", "Stopped|tty input|code="),
  ...line("kill -9 %1; wait; echo done=$?", "done="),
];
const LEAVE: Step[] = [...line("exit 3"), ["end", 3]];

const SHELL = [...EDITING, ...SIZE, ...INTERRUPT, ...JOBS, ...PIPELINE];

/** The window's size reaches a program at work, by SIGWINCH. */
const WATCHER = `python3 -c '
import os, signal
def changed(*_):
  os.write(1, b"now %d %d\\n" % os.get_terminal_size())
  raise SystemExit
signal.signal(signal.SIGWINCH, changed)
os.write(1, b"watch" + b"ing\\n")
signal.pause()
'`.replaceAll("\n", "\x16\n");

Deno.test("terminal: busybox sh in a busybox root", async () => {
  const root = busyboxRoot();
  try {
    await onTerminal(root, ["/bin/sh"], [...SHELL, ...LEAVE]);
  } finally {
    Deno.removeSync(root, { recursive: true });
  }
});

Deno.test("terminal: busybox vi writes what is typed", async () => {
  const root = busyboxRoot();
  try {
    await onTerminal(root, ["/bin/sh"], [
      ...line("vi /tmp/file", "~.*/tmp/file"),
      ["send", "ihello\nwordl\x1b"],
      // The mode changes from I to - once the key has come through.
      ["expect", "- /tmp/file"],
      ["send", "dbi was here\x1b"],
      ["expect", "- /tmp/file"],
      ["send", ":wq\n"],
      ...line("cat /tmp/file", "hello\r\n was herel\r\n"),
      ...LEAVE,
    ]);
  } finally {
    Deno.removeSync(root, { recursive: true });
  }
});

debian("sh", ["sh"], [...SHELL, ...LEAVE]);
debian("bash", ["bash"], [...SHELL, ...READLINE, ...BACKGROUND, ...LEAVE]);
debian("a program at work hears of a resize", ["sh"], [
  ...line(WATCHER, "watching"),
  ["resize", 33, 77],
  ["expect", "now 77 33\r"],
  ...LEAVE,
]);
debian("python3 alone, and the end of input", ["python3", "-q"], [
  ["expect", ">>> "],
  ["send", "6 * 7\n"],
  ["expect", "42\r"],
  ["expect", ">>> "],
  ["send", CTRL.D],
  ["end", 0],
]);
debian("vim opens, edits, writes", ["sh"], [
  ...line("vi /tmp/file", "~"),
  ["send", "ihello\x1byyp:wq\r"],
  ...line("grep -c hello /tmp/file", "2\r"),
  ...LEAVE,
]);

function debian(name: string, argv: string[], steps: Step[]): void {
  Deno.test({
    name: `terminal: ${name} in a Debian root`,
    ignore: debianMissing() !== null,
    fn: () => onTerminal(debianRoot(), argv, steps),
  });
}

/** Help texts, made from the commands' own tables. */
import type { Command } from "./command.ts";
import type { Flag } from "./flags.ts";

/** The text of `sandbox --help`. */
export function programHelp(commands: readonly Command[]): string {
  const width = Math.max(...commands.map((c) => c.name.length));
  const list = commands.map((c) => `  ${c.name.padEnd(width)}  ${c.summary}`);
  return `Runs Linux programs on a kernel in user space.

Usage: sandbox COMMAND [flags] ...
       sandbox --help | --version

Commands:
${list.join("\n")}

Exit code: the program's; 128+N if signal N ended it; 125 for an error of the
sandbox itself, 126 if the program cannot be executed, 127 if it is not found.
Flags of a command: sandbox COMMAND --help
`;
}

/** The text of `sandbox COMMAND --help`. */
export function commandHelp(command: Command): string {
  const heads = command.flags.map(flagHead);
  const width = Math.max(...heads.map((h) => h.length));
  const lines = command.flags.map((f, i) =>
    `  ${heads[i].padEnd(width)}  ${wrap(f.help, width + 4)}`
  );
  return `${command.summary}

Usage: sandbox ${command.usage}

Flags:
${lines.join("\n")}
`;
}

function flagHead(flag: Flag): string {
  return `--${flag.name}` + (flag.value === undefined ? "" : `=${flag.value}`);
}

/** Breaks a text at 80 columns, later lines indented. */
function wrap(text: string, indent: number): string {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines[lines.length - 1];
    if (line !== "" && indent + line.length + 1 + word.length > 80) {
      lines.push(word);
    } else lines[lines.length - 1] = line === "" ? word : `${line} ${word}`;
  }
  return lines.join("\n" + " ".repeat(indent));
}

/** `sandbox completions bash|zsh|fish`: made from the commands' own tables. */
import type { Command } from "./command.ts";
import { Failure } from "./failure.ts";
import { type Flag, HELP_FLAG } from "./flags.ts";
import { print } from "./print.ts";

const SHELLS = ["bash", "zsh", "fish"] as const;

/** Needs the other commands, to complete them. */
export function completionsCommand(others: readonly Command[]): Command {
  const self: Command = {
    name: "completions",
    usage: "completions bash|zsh|fish",
    summary: "print a completion script for a shell",
    flags: [HELP_FLAG],
    operand: SHELLS,
    run(flags) {
      const all = [...others, self];
      const shell = SHELLS.find((s) => s === flags.rest[0]);
      if (shell === undefined || flags.rest.length > 1) {
        throw new Failure(
          flags.rest.length === 0 ? "no shell given" : "not a known shell",
          `use one of ${SHELLS.join(", ")}`,
        );
      }
      print({ bash, zsh, fish }[shell](all));
      return 0;
    },
  };
  return self;
}

/** Words of a flag: a valued one with few choices offers `--flag=choice`. */
function flagWords(flag: Flag): string[] {
  if (flag.choices === undefined) return [`--${flag.name}`];
  return flag.choices.map((c) => `--${flag.name}=${c}`);
}

function bash(commands: readonly Command[]): string {
  const cases = commands.map((c) => {
    const words = c.flags.flatMap(flagWords).join(" ");
    return `    ${c.name}) flags="${words}"; ${bashOperand(c)} ;;`;
  });
  const names = commands.map((c) => c.name).join(" ");
  return `_sandbox() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" flags="" operand=""
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${names} --help --version" -- "$cur"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
${cases.join("\n")}
  esac
  case "$cur" in
    -*) COMPREPLY=($(compgen -W "$flags" -- "$cur")) ;;
    *) COMPREPLY=($(compgen $operand -- "$cur")) ;;
  esac
}
complete -o filenames -F _sandbox sandbox
`;
}

function bashOperand(command: Command): string {
  if (command.operand === "directory") return 'operand="-d"';
  if (command.operand === "command") return 'operand="-c"';
  return `COMPREPLY=($(compgen -W "${command.operand.join(" ")}" -- "$cur"))` +
    "; return";
}

function zsh(commands: readonly Command[]): string {
  const names = commands.map((c) => zshQuote(`${c.name}:${c.summary}`));
  const cases = commands.map((c) => {
    const specs = c.flags.map(zshFlag).concat(zshOperand(c));
    return `    ${c.name}) _arguments ${specs.join(" \\\n      ")} ;;`;
  });
  return `#compdef sandbox
_sandbox() {
  local -a commands=(
    ${names.join("\n    ")}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  shift words
  (( CURRENT-- ))
  case "\${words[1]}" in
${cases.join("\n")}
  esac
}
compdef _sandbox sandbox
`;
}

function zshFlag(flag: Flag): string {
  const help = flag.help.replace(/[[\]:]/g, " ");
  const many = flag.repeats ? "*" : "";
  if (flag.value === undefined) {
    return zshQuote(`${many}--${flag.name}[${help}]`);
  }
  const action = flag.choices !== undefined
    ? `(${flag.choices.join(" ")})`
    : flag.path !== undefined
    ? "_files"
    : " ";
  const word = flag.value.replace(/[[\]:]/g, " ");
  return zshQuote(`${many}--${flag.name}=[${help}]:${word}:${action}`);
}

function zshOperand(command: Command): string {
  if (command.operand === "directory") {
    return "'1:root:_files -/' '*::command:_normal'";
  }
  if (command.operand === "command") return "'*::command:_normal'";
  return `'1:value:(${command.operand.join(" ")})'`;
}

function zshQuote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function fish(commands: readonly Command[]): string {
  const lines = ["complete -c sandbox -f"];
  for (const command of commands) {
    const here = `-n '__fish_seen_subcommand_from ${command.name}'`;
    lines.push(
      `complete -c sandbox -n __fish_use_subcommand -a ${command.name} ` +
        `-d ${fishQuote(command.summary)}`,
      ...command.flags.map((f) => `complete -c sandbox ${here} ${fishFlag(f)}`),
      `complete -c sandbox ${here} ${fishOperand(command)}`,
    );
  }
  return lines.join("\n") + "\n";
}

function fishFlag(flag: Flag): string {
  const values = flag.value === undefined
    ? ""
    : flag.choices !== undefined
    ? ` -x -a '${flag.choices.join(" ")}'`
    : flag.path !== undefined
    ? " -r -F"
    : " -x";
  return `-l ${flag.name}${values} -d ${fishQuote(flag.help)}`;
}

function fishOperand(command: Command): string {
  if (command.operand === "directory") {
    return "-a '(__fish_complete_directories)'";
  }
  if (command.operand === "command") return "-a '(__fish_complete_command)'";
  return `-a '${command.operand.join(" ")}'`;
}

function fishQuote(text: string): string {
  return `'${text.replaceAll("'", "\\'")}'`;
}

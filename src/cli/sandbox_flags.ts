/** The flags that `run` and `do` share. */
import type { Flag } from "./flags.ts";
import { HELP_FLAG } from "./flags.ts";

/** Names that `--platform` takes. */
export const PLATFORMS = ["systrap", "ptrace", "kvm", "auto"] as const;

export const SANDBOX_FLAGS: readonly Flag[] = [
  {
    name: "platform",
    value: "NAME",
    choices: PLATFORMS,
    help: "how calls are intercepted: systrap, ptrace, kvm or auto " +
      "(default: $SANDBOX_PLATFORM, else auto)",
  },
  {
    name: "env",
    value: "KEY=VALUE",
    repeats: true,
    help: "set a variable of the program; may repeat",
  },
  {
    name: "cwd",
    value: "DIR",
    help: "directory of the sandbox to start in",
  },
  {
    name: "user",
    value: "UID[:GID]",
    help: "run as this user, by number",
  },
  { name: "hostname", value: "NAME", help: "default: sandbox" },
  {
    name: "mount",
    value: "SPEC",
    repeats: true,
    help: "type=bind,src=HOST,dst=DIR[,ro] or type=tmpfs,dst=DIR; may repeat",
  },
  {
    name: "no-patch",
    help: "never rewrite the program's system call sites",
  },
  { name: "strace", help: "print each system call" },
  {
    name: "debug-log",
    value: "FILE",
    path: "file",
    help: "write the log (and --strace) to this host file",
  },
  HELP_FLAG,
];

export const READONLY_FLAG: Flag = {
  name: "readonly",
  help: "the program may not write to the root",
};

export const OVERLAY_FLAG: Flag = {
  name: "overlay",
  help: "the program's writes to the root stay in memory",
};

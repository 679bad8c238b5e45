/** `sandbox do [flags] CMD…`: the host's root, unharmed. */
import type { Command } from "./command.ts";
import type { Parsed } from "./flags.ts";
import { sandboxConfig } from "./sandbox_config.ts";
import { READONLY_FLAG, SANDBOX_FLAGS } from "./sandbox_flags.ts";
import { start } from "./start.ts";

export const doCommand: Command = {
  name: "do",
  usage: "do [flags] [CMD...]",
  summary:
    "run a program (default: a shell) on the host's root; its writes stay in memory",
  flags: [READONLY_FLAG, ...SANDBOX_FLAGS],
  operand: "command",
  run(flags: Parsed) {
    const config = sandboxConfig(flags, {
      root: "/",
      rootMode: flags.has("readonly") ? "ro" : "overlay",
      args: flags.rest.length === 0 ? [shell()] : flags.rest,
      cwd: workingDirectory(),
      uid: Deno.uid() ?? 0,
      gid: Deno.gid() ?? 0,
    });
    return start(config, flags);
  },
};

function shell(): string {
  const named = Deno.env.get("SHELL") ?? "";
  for (const path of [named, "/bin/bash"]) {
    if (path.startsWith("/") && isFile(path)) return path;
  }
  return "/bin/sh";
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** Directories that the sandbox has of its own; the host's do not show. */
const OWN = ["/tmp", "/dev", "/proc", "/sys"];

/** The host's; the root when that was removed or does not show. */
function workingDirectory(): string {
  try {
    const cwd = Deno.cwd();
    const hidden = OWN.some((own) => `${cwd}/`.startsWith(`${own}/`));
    return hidden ? "/" : cwd;
  } catch {
    return "/";
  }
}

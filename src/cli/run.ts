/** `sandbox run [flags] ROOTFS -- CMD…`. */
import type { Command } from "./command.ts";
import { Failure } from "./failure.ts";
import type { Parsed } from "./flags.ts";
import { sandboxConfig } from "./sandbox_config.ts";
import { OVERLAY_FLAG, READONLY_FLAG, SANDBOX_FLAGS } from "./sandbox_flags.ts";
import { start } from "./start.ts";

export const runCommand: Command = {
  name: "run",
  usage: "run [flags] ROOTFS [--] [CMD...]",
  summary: "run a program (default: /bin/sh) on a root file system",
  flags: [READONLY_FLAG, OVERLAY_FLAG, ...SANDBOX_FLAGS],
  operand: "directory",
  run(flags) {
    const [root, ...words] = flags.rest;
    if (root === undefined) {
      throw new Failure("no root given", "write sandbox run ROOTFS -- CMD");
    }
    if (/^-./.test(words[0] ?? "") && words[0] !== "--") {
      throw new Failure(
        `${words[0]} stands after the root`,
        "put flags before ROOTFS, and -- before CMD",
      );
    }
    const args = words[0] === "--" ? words.slice(1) : words;
    const config = sandboxConfig(flags, {
      root,
      rootMode: rootMode(flags),
      args: args.length === 0 ? ["/bin/sh"] : args,
      cwd: "/",
      uid: 0,
      gid: 0,
    });
    return start(config, flags);
  },
};

function rootMode(flags: Parsed): "rw" | "ro" | "overlay" {
  const readonly = flags.has("readonly");
  if (!flags.has("overlay")) return readonly ? "ro" : "rw";
  if (!readonly) return "overlay";
  throw new Failure(
    "--readonly and --overlay exclude each other",
    "give one of them",
  );
}

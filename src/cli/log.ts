/** Where the log goes: `--debug-log`, or warnings to standard error. */
import { ConsoleHandler, FileHandler, setup } from "@std/log";
import type { SandboxConfig } from "../sentry/config.ts";
import { Failure, hostCause } from "./failure.ts";

/** Sets the log up; throws Failure if the file cannot be written. */
export function startLog(config: SandboxConfig): void {
  if (config.debugLog === null) {
    const level = config.strace ? "INFO" : "WARN";
    setup({
      handlers: { default: new ConsoleHandler(level) },
      loggers: { default: { level, handlers: ["default"] } },
    });
    return;
  }
  setup({
    handlers: { default: new FileHandler("DEBUG", openLog(config.debugLog)) },
    loggers: { default: { level: "DEBUG", handlers: ["default"] } },
  });
}

function openLog(path: string): Deno.FsFile {
  try {
    return Deno.openSync(path, { create: true, append: true });
  } catch (error) {
    throw new Failure(
      `cannot write the log ${path}: ${hostCause(error)}`,
      "name another file with --debug-log",
    );
  }
}

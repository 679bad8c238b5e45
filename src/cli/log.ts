/** The Sentry's log: to `--debug-log`, else errors and strace to stderr. */
import { BaseHandler, getLogger, type LogRecord, setup } from "@std/log";
import type { SandboxConfig } from "../sentry/config.ts";
import type { Log } from "../sentry/kernel/log.ts";
import { Failure, hostCause } from "./failure.ts";

/** Opens the log; throws Failure if its file cannot be written. */
export function openLog(config: SandboxConfig): Log {
  const toFile = config.debugLog !== null;
  const handler = config.debugLog !== null
    ? new LineHandler(openFile(config.debugLog), forFile)
    : new LineHandler(Deno.stderr, forTerminal);
  setup({
    handlers: { lines: handler },
    loggers: {
      sentry: { level: toFile ? "DEBUG" : "ERROR", handlers: ["lines"] },
      strace: { level: "INFO", handlers: ["lines"] },
    },
  });
  const sentry = getLogger("sentry");
  const strace = getLogger("strace");
  return {
    debugging: toFile,
    tracing: config.strace,
    debug: (line) => sentry.debug(line),
    trace: (line) => strace.info(line),
    warn: (line) => sentry.warn(line),
    error: (line) => sentry.error(line),
  };
}

/** Writes whole lines, at once: the process may be killed at any time. */
class LineHandler extends BaseHandler {
  #file: { writeSync(data: Uint8Array): number };
  #encoder = new TextEncoder();

  constructor(
    file: { writeSync(data: Uint8Array): number },
    formatter: (record: LogRecord) => string,
  ) {
    super("DEBUG", { formatter });
    this.#file = file;
  }

  /** A log that cannot be written is no reason to stop the guest. */
  override log(line: string): void {
    let bytes = this.#encoder.encode(line + "\n");
    try {
      while (bytes.length > 0) {
        bytes = bytes.subarray(this.#file.writeSync(bytes));
      }
    } catch { /* full disk, closed stderr */ }
  }
}

function forFile(record: LogRecord): string {
  const time = record.datetime.toISOString().slice(11, 23);
  return record.loggerName === "strace"
    ? `${time} ${record.msg}`
    : `${time} ${record.levelName} ${record.msg}`;
}

function forTerminal(record: LogRecord): string {
  return record.loggerName === "strace"
    ? record.msg
    : `sandbox: ${record.levelName.toLowerCase()}: ${record.msg}`;
}

function openFile(path: string): Deno.FsFile {
  try {
    return Deno.openSync(path, { create: true, append: true });
  } catch (error) {
    throw new Failure(
      `cannot write the log ${path}: ${hostCause(error)}`,
      "name another file with --debug-log",
    );
  }
}

/**
 * `@std/log` over LogTape: the same calls, for places where JSR cannot be
 * reached (README, "JSR"). A logger costs nothing where its level is off.
 */
import {
  configureSync,
  getLogger as logtapeLogger,
  type LogLevel,
  type LogRecord as TapeRecord,
} from "@logtape/logtape";

/** Levels of @std/log, least urgent first. */
export type LevelName =
  | "NOTSET"
  | "DEBUG"
  | "INFO"
  | "WARN"
  | "ERROR"
  | "CRITICAL";

const LEVELS: Record<LevelName, LogLevel> = {
  NOTSET: "trace",
  DEBUG: "debug",
  INFO: "info",
  WARN: "warning",
  ERROR: "error",
  CRITICAL: "fatal",
};

const NAMES: Record<LogLevel, LevelName> = {
  trace: "NOTSET",
  debug: "DEBUG",
  info: "INFO",
  warning: "WARN",
  error: "ERROR",
  fatal: "CRITICAL",
};

/** One message on its way to a handler. */
export interface LogRecord {
  msg: string;
  levelName: LevelName;
  loggerName: string;
  datetime: Date;
}

/** Takes the records of a level or above. */
export interface Handler {
  levelName: LevelName;
  /** Writes one record; called only for records that pass the level. */
  handle(record: LogRecord): void;
}

/** What {@linkcode setup} takes: as in @std/log. */
export interface LogConfig {
  handlers?: Record<string, Handler>;
  loggers?: Record<string, { level?: LevelName; handlers?: string[] }>;
}

/** Formats a record as one line, without the line's end. */
export function formatRecord(record: LogRecord): string {
  const time = record.datetime.toISOString().slice(11, 23);
  return `${time} ${record.levelName} ${record.loggerName}: ${record.msg}`;
}

/** Writes lines to an open file; whole lines, unbuffered. */
export class FileHandler implements Handler {
  readonly levelName: LevelName;
  #file: { writeSync(data: Uint8Array): number };
  #encoder = new TextEncoder();

  constructor(
    levelName: LevelName,
    file: { writeSync(data: Uint8Array): number },
  ) {
    this.levelName = levelName;
    this.#file = file;
  }

  handle(record: LogRecord): void {
    let bytes = this.#encoder.encode(formatRecord(record) + "\n");
    while (bytes.length > 0) {
      bytes = bytes.subarray(this.#file.writeSync(bytes));
    }
  }
}

/** Writes lines to standard error. */
export class ConsoleHandler extends FileHandler {
  constructor(levelName: LevelName) {
    super(levelName, Deno.stderr);
  }
}

/** A named source of messages. */
export class Logger {
  readonly loggerName: string;
  #tape: ReturnType<typeof logtapeLogger>;

  constructor(loggerName: string) {
    this.loggerName = loggerName;
    this.#tape = logtapeLogger(category(loggerName));
  }

  /** A message made by a function is made only if someone listens. */
  debug(msg: string | (() => string)): void {
    if (typeof msg === "string") this.#tape.debug("{msg}", { msg });
    else this.#tape.debug("{msg}", () => ({ msg: msg() }));
  }

  info(msg: string): void {
    this.#tape.info("{msg}", { msg });
  }

  warn(msg: string): void {
    this.#tape.warn("{msg}", { msg });
  }

  error(msg: string): void {
    this.#tape.error("{msg}", { msg });
  }

  critical(msg: string): void {
    this.#tape.fatal("{msg}", { msg });
  }
}

const loggers = new Map<string, Logger>();

/** The logger of that name (the default one without); always the same object. */
export function getLogger(name = "default"): Logger {
  let logger = loggers.get(name);
  if (logger === undefined) loggers.set(name, logger = new Logger(name));
  return logger;
}

/** Replaces the handlers and loggers. Loggers not named use the default's. */
export function setup(config: LogConfig): void {
  const handlers = config.handlers ?? {};
  const sinks = Object.fromEntries(
    Object.entries(handlers).map(([name, h]) => [name, toSink(h)]),
  );
  const named = Object.entries(config.loggers ?? {});
  configureSync({
    reset: true,
    sinks,
    loggers: [
      ...named.map(([name, l]) => ({
        category: name === "default" ? ["sandbox"] : category(name),
        lowestLevel: LEVELS[l.level ?? "INFO"],
        sinks: l.handlers ?? Object.keys(handlers),
        parentSinks: "override" as const,
      })),
      { category: ["logtape", "meta"], lowestLevel: "fatal" as const },
    ],
  });
}

export const debug = (msg: string | (() => string)) => getLogger().debug(msg);
export const info = (msg: string) => getLogger().info(msg);
export const warn = (msg: string) => getLogger().warn(msg);
export const error = (msg: string) => getLogger().error(msg);
export const critical = (msg: string) => getLogger().critical(msg);

function category(name: string): string[] {
  return ["sandbox", name];
}

function toSink(handler: Handler): (record: TapeRecord) => void {
  const least = LEVELS[handler.levelName];
  const order = Object.values(LEVELS);
  return (record) => {
    if (order.indexOf(record.level) < order.indexOf(least)) return;
    handler.handle({
      msg: String(record.properties.msg),
      levelName: NAMES[record.level],
      loggerName: record.category.slice(1).join("."),
      datetime: new Date(record.timestamp),
    });
  };
}

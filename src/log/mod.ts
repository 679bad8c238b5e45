/**
 * `@std/log` over LogTape, for places where JSR cannot be reached (README,
 * "JSR"): the part of it that this project uses, with the same names and
 * behaviour.
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

/** From this module's level names to LogTape's, in the same order. */
const LEVELS: Record<LevelName, LogLevel> = {
  NOTSET: "trace",
  DEBUG: "debug",
  INFO: "info",
  WARN: "warning",
  ERROR: "error",
  CRITICAL: "fatal",
};

const NAMES = Object.keys(LEVELS) as LevelName[];

/** One message on its way to a handler. */
export interface LogRecord {
  msg: string;
  levelName: string;
  loggerName: string;
  datetime: Date;
}

/** What a handler may be told. */
export interface BaseHandlerOptions {
  formatter?: (record: LogRecord) => string;
}

/** Takes the records of a level or above, formats them, writes them. */
export abstract class BaseHandler {
  readonly levelName: LevelName;
  formatter: (record: LogRecord) => string;

  constructor(levelName: LevelName, options: BaseHandlerOptions = {}) {
    this.levelName = levelName;
    this.formatter = options.formatter ?? ((r) => `${r.levelName} ${r.msg}`);
  }

  handle(record: LogRecord): void {
    this.log(this.formatter(record));
  }

  /** Writes one formatted record. */
  abstract log(msg: string): void;
}

/** What {@linkcode setup} takes. */
export interface LogConfig {
  handlers?: Record<string, BaseHandler>;
  loggers?: Record<string, { level?: LevelName; handlers?: string[] }>;
}

/** A named source of messages. */
export class Logger {
  readonly loggerName: string;
  #tape: ReturnType<typeof logtapeLogger>;

  constructor(loggerName: string) {
    this.loggerName = loggerName;
    this.#tape = logtapeLogger(category(loggerName));
  }

  debug(msg: string): void {
    this.#tape.debug("{msg}", { msg });
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

/** Replaces all handlers and loggers. A logger that is not named is silent. */
export function setup(config: LogConfig): void {
  const handlers = Object.entries(config.handlers ?? {});
  configureSync({
    reset: true,
    sinks: Object.fromEntries(handlers.map(([name, h]) => [name, toSink(h)])),
    loggers: [
      ...Object.entries(config.loggers ?? {}).map(([name, logger]) => ({
        category: category(name),
        lowestLevel: LEVELS[logger.level ?? "INFO"],
        sinks: logger.handlers ?? [],
      })),
      { category: ["logtape", "meta"], lowestLevel: "fatal" },
    ],
  });
}

export const debug = (msg: string) => getLogger().debug(msg);
export const info = (msg: string) => getLogger().info(msg);
export const warn = (msg: string) => getLogger().warn(msg);
export const error = (msg: string) => getLogger().error(msg);
export const critical = (msg: string) => getLogger().critical(msg);

function category(name: string): string[] {
  return ["sandbox", name];
}

function toSink(handler: BaseHandler): (record: TapeRecord) => void {
  const least = NAMES.indexOf(handler.levelName);
  return (record) => {
    const level = NAMES.findIndex((name) => LEVELS[name] === record.level);
    if (level < least) return;
    handler.handle({
      msg: String(record.properties.msg),
      levelName: NAMES[level],
      loggerName: record.category[1] ?? "default",
      datetime: new Date(record.timestamp),
    });
  };
}

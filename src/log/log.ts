/**
 * The program's log: one line per event on stderr, JSON for machines or plain for a terminal. Fields are facts such as ids, counts and
 * seconds; audio and recognised text are never given to it.
 */
import { toJson } from "./json.ts";
import { toPretty } from "./pretty.ts";

/** From chatty to grave. */
export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What happened besides the message. An `Error` among the values is written as its message and code, with its stack at level debug. */
type LogFields = Readonly<Record<string, unknown>>;

export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A log that adds these fields to every line. */
  child(fields: LogFields): Log;
  /** Whether lines of this level are written: asked before fields are gathered that cost something. */
  enabled(level: LogLevel): boolean;
}

export interface LogOptions {
  level: LogLevel;
  /** `auto`: pretty when stderr is a terminal, JSON otherwise. */
  format: "auto" | "pretty" | "json";
  /** Takes each finished line, newline included; stderr unless given. */
  write?: (line: string) => void;
}

export interface LogLine {
  time: Date;
  level: LogLevel;
  message: string;
  fields: LogFields;
  /** Stacks are for those who asked for everything. */
  stacks: boolean;
}

/** Opens the log of this process. */
export function openLog(options: LogOptions): Log {
  const pretty = options.format === "pretty" || (options.format === "auto" && process.stderr.isTTY === true);
  const colours = pretty && process.stderr.isTTY === true && !process.env.NO_COLOR;
  const write = options.write ?? ((line: string) => void process.stderr.write(line));
  const format = pretty ? (line: LogLine) => toPretty(line, colours) : toJson;
  return logWith(options.level, (line) => write(format(line)), {});
}

/** Writes nothing: for tests and for code that must have a log. */
export const silentLog: Log = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silentLog,
  enabled: () => false,
};

function logWith(lowest: LogLevel, write: (line: LogLine) => void, own: LogFields): Log {
  const from = LOG_LEVELS.indexOf(lowest);
  const at = (level: LogLevel) =>
    LOG_LEVELS.indexOf(level) < from
      ? () => {}
      : (message: string, fields?: LogFields) =>
          write({ time: new Date(), level, message, fields: { ...own, ...fields }, stacks: lowest === "debug" });
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    child: (fields) => logWith(lowest, write, { ...own, ...fields }),
    enabled: (level) => LOG_LEVELS.indexOf(level) >= from,
  };
}

/** What a command of the command line is, and what it is given to run with. */
import type { Loaded } from "../config/load.ts";
import type { Section } from "../config/setting.ts";
import type { Settings } from "../config/table.ts";
import type { Log } from "../log/log.ts";
import type { ParsedOptions } from "./argv.ts";
import type { Terminal } from "./terminal.ts";

/** The program's exit codes. A command ended by a signal answers with 128 + the signal's number, as shells do. */
export const EXIT = {
  ok: 0,
  /** Something failed; a message on stderr says what. */
  failed: 1,
  /** The command line or a setting is wrong. */
  usage: 2,
} as const;

/** An option of one command, beside the settings that it takes. */
export interface Option {
  name: string;
  /** One letter. */
  short?: string;
  /** What its value is called in the help; absent for a switch. */
  value?: string;
  /** May be given several times. */
  repeated?: boolean;
  meaning: string;
}

export interface Command {
  name: string;
  /** One line for the list of commands. */
  summary: string;
  /** What follows the command's name, one line for each way to use it. */
  usage: readonly string[];
  /** Paragraphs of the help. */
  description?: string;
  options: readonly Option[];
  /** Settings that it takes as flags; logging is always among them. */
  sections: readonly Section[];
  /** Does the work; answers with an exit code. Throws VerbatimError, whose message is shown. */
  run(context: Context): Promise<number>;
}

/** Commands under one word, such as `models list`. */
export interface CommandGroup {
  name: string;
  summary: string;
  commands: readonly Command[];
}

export interface Context {
  settings: Settings;
  /** The settings with their origins. */
  loaded: Loaded;
  /** What is no option. */
  args: readonly string[];
  options: ParsedOptions;
  log: Log;
  terminal: Terminal;
  /**
   * Aborted by SIGINT and SIGTERM; a second one ends the program at once. A command that never looks at it is ended by the first, as
   * programs are by default.
   */
  readonly signal: AbortSignal;
}

export function isGroup(entry: Command | CommandGroup): entry is CommandGroup {
  return "commands" in entry;
}

/** The sections of settings that a command takes. */
export function sectionsOf({ sections }: Command): readonly Section[] {
  return [...sections, "logging"];
}

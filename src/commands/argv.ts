/** A command line, taken apart by what the command and the settings table know. */
import { namedSettings } from "../config/names.ts";
import type { Section } from "../config/setting.ts";
import { suggestion } from "../config/suggest.ts";
import { VerbatimError } from "../error.ts";
import type { Option } from "./command.ts";

export interface ParsedOptions {
  /** Whether a switch was given. */
  has(name: string): boolean;
  /** The value of an option, the last one when it was repeated. */
  value(name: string): string | undefined;
  values(name: string): readonly string[];
}

export interface ParsedArguments {
  args: string[];
  options: ParsedOptions;
  /** Setting key → texts, for `loadSettings`. */
  flags: Map<string, string[]>;
  help: boolean;
}

/** Options of every command. */
export const COMMON: readonly Option[] = [
  { name: "config", value: "PATH", meaning: "Read settings from this file instead of the user's own." },
  { name: "help", short: "h", meaning: "Show this help." },
];

interface Known {
  option?: Option;
  /** A setting's key. */
  key?: string;
  takesValue: boolean;
}

/** Takes a command line apart; throws `bad-parameter` for what `command` does not know. */
export function parseArguments(
  argv: readonly string[],
  { command, options, sections }: { command: string; options: readonly Option[]; sections: readonly Section[] },
): ParsedArguments {
  const known = knownFlags([...options, ...COMMON], sections);
  const args: string[] = [];
  const given = new Map<string, string[]>();
  const flags = new Map<string, string[]>();
  const note = (into: Map<string, string[]>, name: string, text: string) =>
    into.set(name, [...(into.get(name) ?? []), text]);
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] as string;
    if (word === "--") {
      args.push(...argv.slice(i + 1));
      break;
    }
    if (!word.startsWith("-") || word === "-") {
      args.push(word);
      continue;
    }
    const [shown, inline] = splitOnce(word);
    const found = known.get(shown);
    if (!found) throw unknownFlag(shown, command, known);
    let text = inline;
    if (found.takesValue && text === undefined) {
      text = argv[++i];
      if (text === undefined || (text.startsWith("-") && !/^-(\d|$)/.test(text)))
        throw bad(
          `${shown} needs a value${text === undefined ? "." : `; one that begins with - is written ${shown}=${text}`}`,
        );
    }
    if (found.key !== undefined) note(flags, found.key, text ?? (shown.startsWith("--no-") ? "false" : "true"));
    else if (!found.takesValue && text !== undefined) throw bad(`${shown} takes no value.`);
    else note(given, found.option?.name ?? shown, text ?? "");
  }
  return {
    args,
    flags,
    help: given.has("help"),
    options: {
      has: (name) => given.has(name),
      value: (name) => given.get(name)?.at(-1),
      values: (name) => given.get(name) ?? [],
    },
  };
}

function knownFlags(options: readonly Option[], sections: readonly Section[]): Map<string, Known> {
  const known = new Map<string, Known>();
  for (const { flag, key, setting } of namedSettings) {
    if (!flag || !sections.includes(setting.section)) continue;
    const isSwitch = setting.schema.type === "boolean";
    known.set(`--${flag}`, { key, takesValue: !isSwitch });
    if (isSwitch) known.set(`--no-${flag}`, { key, takesValue: false });
  }
  for (const option of options) {
    const entry = { option, takesValue: option.value !== undefined };
    known.set(`--${option.name}`, entry);
    if (option.short) known.set(`-${option.short}`, entry);
  }
  return known;
}

function unknownFlag(shown: string, command: string, known: ReadonlyMap<string, Known>): VerbatimError {
  const name = shown.replace(/^--(no-)?/, "");
  if (known.has(`--${name}`)) return bad(`--${name} takes a value and cannot be switched off.`);
  const setting = namedSettings.find(({ flag, variable }) => (flag ?? flagForm(variable)) === name);
  if (setting && !setting.flag)
    return bad(
      `${setting.key} is not taken from the command line, which other users can read. Set ${setting.variable}, or name a file with --${name}-file.`,
    );
  if (setting) return bad(`--${name} has no effect on \`verbatim ${command}\`.`);
  return bad(`\`verbatim ${command}\` has no option ${shown}${suggestion(shown, known.keys())}`);
}

function flagForm(variable: string): string {
  return variable
    .replace(/^VERBATIM_/, "")
    .toLowerCase()
    .replaceAll("_", "-");
}

function splitOnce(word: string): [string, string | undefined] {
  const at = word.startsWith("--") ? word.indexOf("=") : -1;
  return at < 0 ? [word, undefined] : [word.slice(0, at), word.slice(at + 1)];
}

function bad(message: string): VerbatimError {
  return new VerbatimError("bad-parameter", message);
}

/** Settings from all sources, each outranking the one before: default, other programs' variables, file, own variables, flags. */
import { dirname } from "node:path";
import { VerbatimError } from "../error.ts";
import { readSettingsFile, type SettingsFile } from "./file.ts";
import { type ForeignReading, readForeign } from "./foreign.ts";
import { type NamedSetting, namedSettings, otherVariables } from "./names.ts";
import type { Environment } from "./setting.ts";
import { suggestion } from "./suggest.ts";
import type { Settings } from "./table.ts";
import { fromTexts, fromToml, UnfitValue } from "./value.ts";

export interface Sources {
  /** Setting key → what its flag said, once per appearance. */
  flags?: ReadonlyMap<string, readonly string[]>;
  environment?: Environment;
  /** The file named by `--config`. */
  file?: string | undefined;
}

/** `default`, or where a value was found. */
export type Origin =
  | { from: "default" }
  | { from: "file"; path: string }
  | { from: "environment"; variable: string }
  | { from: "flag"; flag: string };

export interface OriginatedValue {
  named: NamedSetting;
  value: unknown;
  origin: Origin;
}

export interface Loaded {
  settings: Settings;
  /** By key, in the table's order. */
  values: ReadonlyMap<string, OriginatedValue>;
  /** The file that was read, if any. */
  file: string | undefined;
  /** What is done instead of what other programs' variables wish, one sentence each. */
  notes: readonly string[];
}

/** Gathers the settings; throws `bad-parameter` for a name that does not exist or a value that does not fit. */
export function loadSettings({ flags = new Map(), environment = process.env, file: path }: Sources = {}): Loaded {
  refuseUnknownVariables(environment);
  const file = readSettingsFile(path, environment);
  if (file) refuseUnknownKeys(file);
  const foreign = readForeign(environment);
  const values = new Map<string, OriginatedValue>();
  const settings: Record<string, unknown> = {};
  const notes = notesWithoutSetting(foreign);
  for (const named of namedSettings) {
    const found =
      find(named, flags.get(named.key), environment, file) ??
      findForeign(named, foreign, notes) ??
      ({ named, origin: { from: "default" }, value: defaultOf(named.setting, environment) } as const);
    values.set(named.key, found);
    place(settings, named.path, found.value);
  }
  return { settings: settings as Settings, values, file: file?.path, notes };
}

/** The defaults, with some values of one's own: for tests and scripts, which must not depend on a user's settings. */
export function defaultSettings(own: Partial<Settings> = {}, environment: Environment = process.env): Settings {
  const settings: Record<string, unknown> = {};
  for (const { path, setting } of namedSettings) place(settings, path, defaultOf(setting, environment));
  return { ...(settings as Settings), ...own };
}

/** `--port`, `VERBATIM_PORT`, a file's path, `default`. */
export function originText(origin: Origin): string {
  switch (origin.from) {
    case "default":
      return "default";
    case "file":
      return origin.path;
    case "environment":
      return origin.variable;
    case "flag":
      return `--${origin.flag}`;
  }
}

function find(
  named: NamedSetting,
  flag: readonly string[] | undefined,
  environment: Environment,
  file: SettingsFile | undefined,
): OriginatedValue | undefined {
  const { key, setting, variable } = named;
  const here = process.cwd();
  if (flag) {
    const origin: Origin = { from: "flag", flag: named.flag ?? key };
    return { named, origin, value: fitting(named, origin, () => fromTexts(setting, flag, here)) };
  }
  const own = environment[variable];
  // Compose files and unit files write `NAME=` for "not set".
  if (own) {
    const origin: Origin = { from: "environment", variable };
    return { named, origin, value: fitting(named, origin, () => fromTexts(setting, [own], here)) };
  }
  if (!file?.entries.has(key)) return undefined;
  const origin: Origin = { from: "file", path: file.path };
  const folder = dirname(file.path);
  return { named, origin, value: fitting(named, origin, () => fromToml(setting, file.entries.get(key), folder)) };
}

/** The value that other programs' variables give. One whose name is common must not keep this program from starting. */
export function findForeign(
  named: NamedSetting,
  foreign: readonly ForeignReading[],
  notes: string[],
): OriginatedValue | undefined {
  for (const { key, text, variable, strict, instead } of foreign) {
    if (key !== named.key || text === undefined) continue;
    const origin: Origin = { from: "environment", variable };
    try {
      const value = fitting(named, origin, () => fromTexts(named.setting, [text], process.cwd()));
      if (instead) notes.push(note(variable, instead));
      return { named, origin, value };
    } catch (thrown) {
      if (strict || !(thrown instanceof VerbatimError)) throw thrown;
      notes.push(`${thrown.message.slice(0, -1)}; it is left out.`);
    }
  }
  return undefined;
}

/** Of variables to which nothing here corresponds. */
export function notesWithoutSetting(foreign: readonly ForeignReading[]): string[] {
  return foreign.flatMap(({ key, variable, instead }) => (!key && instead ? [note(variable, instead)] : []));
}

function note(variable: string, instead: string): string {
  return `${variable}: ${instead}.`;
}

function defaultOf(setting: NamedSetting["setting"], environment: Environment): unknown {
  return typeof setting.default === "function" ? setting.default(environment) : setting.default;
}

function fitting(named: NamedSetting, origin: Origin, read: () => unknown): unknown {
  try {
    return read();
  } catch (thrown) {
    if (!(thrown instanceof UnfitValue)) throw thrown;
    const place = origin.from === "file" ? ` in ${origin.path}` : "";
    const name = origin.from === "file" ? named.key : originText(origin);
    throw new VerbatimError("bad-parameter", `${name}${place} ${thrown.message}.`, { parameter: named.key });
  }
}

function place(settings: Record<string, unknown>, [outer, inner]: NamedSetting["path"], value: unknown): void {
  if (inner === undefined) settings[outer] = value;
  else settings[outer] = { ...(settings[outer] as object | undefined), [inner]: value };
}

function refuseUnknownVariables(environment: Environment): void {
  const known = new Set([...namedSettings.map(({ variable }) => variable), ...Object.keys(otherVariables)]);
  for (const name of Object.keys(environment)) {
    if (!name.startsWith("VERBATIM_") || known.has(name)) continue;
    throw new VerbatimError("bad-parameter", `There is no setting ${name}${suggestion(name, known)}`, {
      parameter: name,
    });
  }
}

function refuseUnknownKeys({ path, entries }: SettingsFile): void {
  const known = new Set(namedSettings.map(({ key }) => key));
  for (const key of entries.keys()) {
    if (known.has(key)) continue;
    const message = `There is no setting ${key} (in ${path})${suggestion(key, known)}`;
    throw new VerbatimError("bad-parameter", message, { parameter: key });
  }
}

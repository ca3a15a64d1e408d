/** What a row of the settings table is made of. */
import type { Static, TSchema } from "@sinclair/typebox";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Under which heading help and documentation show a setting; a command takes whole sections. */
export const SECTIONS = {
  server: "Server",
  models: "Models",
  recognition: "Recognition",
  engine: "Engine",
  jobs: "Jobs",
  vad: "Voice activity",
  decode: "Decoding",
  sinks: "Sending transcripts on",
  downloads: "Downloads",
  folders: "Folders",
  logging: "Logging",
} as const;
export type Section = keyof typeof SECTIONS;

/**
 * How a value is written. Sizes and durations take suffixes (`2GB`, `90s`, `300ms`); a path is made absolute, from the settings file's
 * folder when it stands there; a model is an id or, when it ends in `.bin`, a path.
 */
export type Unit = "bytes" | "seconds" | "milliseconds" | "path" | "model";

export interface Setting<Value = unknown> {
  /** Its description, if any, says in words what a pattern asks for. */
  schema: TSchema;
  /** A function where it depends on the machine. */
  default: Value | ((environment: Environment) => Value);
  /** What stands for the default in texts, where it depends on the machine. */
  defaultText?: string;
  section: Section;
  /** One sentence. */
  meaning: string;
  unit?: Unit;
  /** Never printed, and not taken from a flag: other users of the machine can read a program's arguments. */
  secret?: boolean;
}

type Row = Omit<Setting, "schema" | "default">;

/** A setting that always has a value. */
export function setting<Schema extends TSchema>(
  schema: Schema,
  row: Row & { default: Static<Schema> | ((environment: Environment) => Static<Schema>) },
): Setting<Static<Schema>> {
  return { schema, ...row };
}

/** A setting that may be absent. */
export function optional<Schema extends TSchema>(schema: Schema, row: Row): Setting<Static<Schema> | undefined> {
  return { schema, default: undefined, ...row };
}

/** The values of a table of settings: the same shape with each row's value in its place. */
export type SettingsOf<Table> = {
  readonly [Name in keyof Table]: Table[Name] extends Setting<infer Value> ? Value : SettingsOf<Table[Name]>;
};

/** One value of a setting: read from text or from the file, checked, and written back for people. */
import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import type { TSchema } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import type { Setting, Unit } from "./setting.ts";

/** Thrown for a value that a setting does not take; the message says what it takes instead. */
export class UnfitValue extends Error {}

/** The value that a flag or variable means. Several texts (a repeated flag) make one list. */
export function fromTexts(setting: Setting, texts: readonly string[], folder: string): unknown {
  const { schema, unit } = setting;
  if (schema.type === "array") {
    const items = texts.flatMap((text) => text.split(",")).map((text) => text.trim());
    return checked(
      setting,
      items.filter(Boolean).map((item) => placed(item, unit, folder)),
    );
  }
  const text = texts.at(-1) ?? "";
  return checked(setting, scalar(schema, unit, text.trim(), folder) ?? text);
}

/** The value that the file holds: TOML's own types, with text allowed where a suffix is. */
export function fromToml(setting: Setting, value: unknown, folder: string): unknown {
  const { schema, unit } = setting;
  if (schema.type === "array" && Array.isArray(value))
    return checked(
      setting,
      value.map((item) => (typeof item === "string" ? placed(item, unit, folder) : item)),
    );
  if (typeof value !== "string") return checked(setting, value);
  if (schema.type === "string") return checked(setting, placed(value, unit, folder));
  if (unit === "bytes" || unit === "seconds" || unit === "milliseconds")
    return checked(setting, measured(value, unit) ?? value);
  return checked(setting, value);
}

function scalar(schema: TSchema, unit: Unit | undefined, text: string, folder: string): unknown {
  if (schema.type === "boolean") return SWITCH[text.toLowerCase()];
  if (schema.type === "integer" || schema.type === "number") return measured(text, unit);
  return placed(text, unit, folder);
}

const SWITCH: Record<string, boolean> = {
  true: true,
  yes: true,
  on: true,
  "1": true,
  false: false,
  no: false,
  off: false,
  "0": false,
};

const SUFFIXES: Partial<Record<Unit, Record<string, number>>> = {
  bytes: {
    "": 1,
    b: 1,
    k: 1024,
    kb: 1000,
    kib: 1024,
    m: 1024 ** 2,
    mb: 1e6,
    mib: 1024 ** 2,
    g: 1024 ** 3,
    gb: 1e9,
    gib: 1024 ** 3,
    t: 1024 ** 4,
    tb: 1e12,
    tib: 1024 ** 4,
  },
  seconds: { "": 1, ms: 0.001, s: 1, m: 60, min: 60, h: 3600, d: 86_400 },
  milliseconds: { "": 1, ms: 1, s: 1000 },
};

/** A number with the suffixes of its unit; undefined for what is none. */
function measured(text: string, unit: Unit | undefined): number | undefined {
  const [, digits, suffix] = /^([+-]?(?:\d+(?:_\d+)*)(?:\.\d+)?|[+-]?\.\d+)\s*([a-z]*)$/i.exec(text) ?? [];
  if (digits === undefined || suffix === undefined) return undefined;
  const factor = ((unit && SUFFIXES[unit]) ?? { "": 1 })[suffix.toLowerCase()];
  if (factor === undefined) return undefined;
  const value = Number(digits.replaceAll("_", "")) * factor;
  return unit === "bytes" ? Math.round(value) : value;
}

function placed(text: string, unit: Unit | undefined, folder: string): string {
  const isPath = unit === "path" || (unit === "model" && text.endsWith(".bin"));
  if (!isPath || text === "") return text;
  if (text === "~" || text.startsWith("~/")) return join(homedir(), text.slice(1));
  return isAbsolute(text) ? text : resolve(folder, text);
}

function checked(setting: Setting, value: unknown): unknown {
  if (!Value.Check(setting.schema, value)) throw new UnfitValue(`must be ${allowed(setting)}`);
  return value;
}

/** What a setting takes, in words: `a whole number from 0 to 65535`. */
export function allowed({ schema, unit }: Pick<Setting, "schema" | "unit">): string {
  if (schema.description) return schema.description;
  if (schema.type === "boolean") return "true or false";
  if (Array.isArray(schema.anyOf)) return `one of ${schema.anyOf.map(({ const: word }) => word).join(", ")}`;
  if (schema.type === "array") {
    const { description, pattern } = schema.items;
    return `a list of ${description ?? (pattern ? "host:port[=dialect]" : plural(unit))}`;
  }
  if (schema.type === "string") {
    if (schema.pattern) return "an address that begins with http:// or https://";
    return unit === "path" ? "a path" : "text";
  }
  const range = `from ${written(schema.minimum, unit)} to ${written(schema.maximum, unit)}`;
  if (unit === "bytes") return `a size ${range}`;
  if (unit === "seconds" || unit === "milliseconds") return `a time ${range}`;
  return `a ${schema.type === "integer" ? "whole " : ""}number ${range}`;
}

function plural(unit: Unit | undefined): string {
  if (unit === "path") return "paths";
  return unit === "model" ? "models" : "texts";
}

/** A value as people write it: sizes and times with the largest suffix that keeps them exact. */
export function written(value: unknown, unit?: Unit): string {
  if (value === undefined) return "";
  if (Array.isArray(value)) return value.map((item) => written(item, unit)).join(", ");
  if (typeof value !== "number") return String(value);
  if (unit === "bytes")
    return suffixed(value, [1024 ** 4, "TiB"], [1024 ** 3, "GiB"], [1024 ** 2, "MiB"], [1024, "KiB"]);
  if (unit === "seconds") return suffixed(value, [86_400, "d"], [3600, "h"], [60, "min"], [1, "s"], [0.001, "ms"]);
  if (unit === "milliseconds") return suffixed(value, [1, "ms"]);
  return String(value);
}

function suffixed(value: number, ...steps: [number, string][]): string {
  if (value === 0) return "0";
  for (const [size, name] of steps) {
    const count = Math.round((value / size) * 1e6) / 1e6;
    if (count >= 1 && Number.isInteger(count)) return `${count} ${name}`;
  }
  return String(value);
}

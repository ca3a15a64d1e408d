/** The settings file. Only a named one and the user's own are read, never one from the current directory. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { VerbatimError } from "../error.ts";
import { settingsFile } from "./folders.ts";
import type { Environment } from "./setting.ts";

export interface SettingsFile {
  path: string;
  /** `vad.threshold` → whatever TOML says. */
  entries: Map<string, unknown>;
}

/** Reads the file that was named (by a flag or VERBATIM_CONFIG), else the user's own if there is one. */
export function readSettingsFile(named: string | undefined, environment: Environment): SettingsFile | undefined {
  const given = named ?? environment.VERBATIM_CONFIG;
  const path = given ? resolve(given) : settingsFile(environment);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (!given && (code === "ENOENT" || code === "ENOTDIR")) return undefined;
    const reason = code === "ENOENT" ? "it does not exist" : `reading it failed (${code})`;
    throw new VerbatimError("bad-parameter", `The settings file ${path} cannot be used: ${reason}.`, {
      parameter: "config",
      cause: thrown,
    });
  }
  return { path, entries: flatten(parse(text, path)) };
}

function parse(text: string, path: string): object {
  try {
    return Bun.TOML.parse(text);
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message.replace(/^TOML Parse error: /, "") : String(thrown);
    throw new VerbatimError("bad-parameter", `The settings file ${path} is not valid TOML: ${reason}.`, {
      parameter: "config",
      cause: thrown,
    });
  }
}

/** One level of groups, as the table has; whatever is deeper stays a value, which no setting takes. */
function flatten(root: object): Map<string, unknown> {
  const entries = new Map<string, unknown>();
  for (const [name, value] of Object.entries(root)) {
    if (isGroup(value)) for (const [inner, own] of Object.entries(value)) entries.set(`${name}.${inner}`, own);
    else entries.set(name, value);
  }
  return entries;
}

function isGroup(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

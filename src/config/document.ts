/** The settings table as help, documentation, JSON schema and example file. */
import type { TSchema } from "@sinclair/typebox";
import { foreignNames } from "./foreign.ts";
import { type NamedSetting, namedSettings } from "./names.ts";
import { SECTIONS, type Section, type Setting, type Unit } from "./setting.ts";
import { allowed, written } from "./value.ts";

/** Flags of some sections, for a command's help. */
export function settingsHelp(sections: readonly Section[]): string {
  const parts: string[] = [];
  for (const [section, rows] of bySection()) {
    const flags = rows.flatMap(({ flag, setting }) => (flag ? [{ flag, setting }] : []));
    if (!sections.includes(section) || flags.length === 0) continue;
    const entries = flags.map(({ flag, setting }) => {
      const head = `--${flag}${setting.schema.type === "boolean" ? "" : ` ${placeholder(setting)}`}`;
      const note = defaultNote(setting);
      return `  ${head}\n      ${plain(setting.meaning)}${note ? ` Default: ${plain(note)}.` : ""}\n`;
    });
    parts.push(`${SECTIONS[section]}:\n${entries.join("")}`);
  }
  return parts.join("\n");
}

/** The documentation's table, one per section, in Markdown. */
export function settingsMarkdown(): string {
  const parts = Array.from(bySection(), ([section, rows]) => {
    const lines = rows.map(({ key, variable, flag, setting }) => {
      const names = [`\`${key}\``, `\`${variable}\``, flag ? `\`--${flag}\`` : "–"];
      const note = defaultNote(setting);
      const value = note.includes("`") || note === "" ? note : `\`${note}\``;
      const foreign = foreignNames(key);
      const others = foreign.length > 0 ? ` Also taken from ${foreign.map((name) => `\`${name}\``).join(", ")}.` : "";
      return `| ${[...names, allowed(setting), value || "–", `${setting.meaning}${others}`].join(" | ")} |`;
    });
    return `### ${SECTIONS[section]}\n\n| file | variable | flag | takes | default | meaning |\n|---|---|---|---|---|---|\n${lines.join("\n")}\n`;
  });
  return parts.join("\n");
}

/** JSON Schema of the settings file, for editors and tests. */
export function settingsSchema(): object {
  const properties: Record<string, object> = {};
  const groups: Record<string, Record<string, object>> = {};
  for (const { key, path, setting } of namedSettings) {
    const [outer, inner] = key.split(".") as [string, string?];
    if (path.length === 1 || inner === undefined) properties[outer] = rowSchema(setting);
    else groups[outer] = { ...groups[outer], [inner]: rowSchema(setting) };
  }
  for (const [name, rows] of Object.entries(groups))
    properties[name] = { type: "object", properties: rows, additionalProperties: false };
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Settings of Verbatim",
    type: "object",
    properties,
    additionalProperties: false,
  };
}

/** A settings file with every setting at its default, each commented out. */
export function exampleFile(): string {
  const lines: string[] = [];
  let group = "";
  for (const { key, path, setting } of namedSettings) {
    const [outer, inner] = key.split(".") as [string, string?];
    if (path.length === 2 && outer !== group) {
      group = outer;
      lines.push(`[${group}]`);
    }
    lines.push(`# ${plain(setting.meaning)}`, `# ${inner ?? outer} = ${tomlDefault(setting)}`, "");
  }
  return lines.join("\n");
}

function bySection(): Map<Section, NamedSetting[]> {
  const groups = new Map<Section, NamedSetting[]>();
  for (const section of Object.keys(SECTIONS) as Section[]) {
    const rows = namedSettings.filter(({ setting }) => setting.section === section);
    if (rows.length > 0) groups.set(section, rows);
  }
  return groups;
}

function defaultNote({ default: value, defaultText, unit }: Setting): string {
  if (defaultText) return defaultText;
  return typeof value === "function" ? "" : written(value, unit);
}

const PLACEHOLDERS: Record<Unit, string> = {
  bytes: "SIZE",
  seconds: "TIME",
  milliseconds: "TIME",
  path: "PATH",
  model: "MODEL",
};

function placeholder({ schema, unit }: Setting): string {
  if (Array.isArray(schema.anyOf)) return schema.anyOf.map(({ const: word }) => word).join("|");
  if (schema.type === "array") return "A,B,…";
  return unit ? PLACEHOLDERS[unit] : bare(schema);
}

function bare(schema: TSchema): string {
  return schema.type === "string" ? "TEXT" : "N";
}

function rowSchema({ schema, meaning, default: value, unit }: Setting): object {
  const described = {
    description: plain(meaning),
    ...(typeof value === "function" || value === undefined ? {} : { default: value }),
  };
  const measured = unit === "bytes" || unit === "seconds" || unit === "milliseconds";
  return measured ? { anyOf: [schema, { type: "string" }], ...described } : { ...schema, ...described };
}

function tomlDefault({ default: value, schema, unit }: Setting): string {
  if (typeof value === "function" || value === undefined) return schema.type === "array" ? "[]" : '""';
  if (unit === "bytes" || unit === "seconds") return value === 0 ? "0" : JSON.stringify(written(value, unit));
  return JSON.stringify(value);
}

/** Without Markdown's marks. */
function plain(text: string): string {
  return text.replaceAll("`", "");
}

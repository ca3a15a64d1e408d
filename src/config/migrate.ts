/** A settings file of ours from other programs' variables. */
import { readForeign } from "./foreign.ts";
import { findForeign, notesWithoutSetting, originText } from "./load.ts";
import { namedSettings } from "./names.ts";
import type { Environment } from "./setting.ts";

/** The file's text; what has no place in it stands at its head as comments. */
export function migratedFile(environment: Environment): string {
  const foreign = readForeign(environment);
  const notes = notesWithoutSetting(foreign);
  const lines: string[] = [];
  let group = "";
  for (const named of namedSettings) {
    const found = findForeign(named, foreign, notes);
    if (!found) continue;
    const [outer = "", inner] = named.key.split(".");
    if (inner !== undefined && outer !== group) lines.push("", `[${outer}]`);
    group = inner === undefined ? "" : outer;
    if (named.setting.secret) lines.push("# A secret: this file should be yours alone to read (chmod 600).");
    lines.push(`${inner ?? outer} = ${JSON.stringify(found.value)} # ${originText(found.origin)}`);
  }
  if (lines.length === 0 && notes.length === 0) return "# No variable of another program is set.\n";
  const head = notes.map((note) => `# ${note}`);
  return [...head, ...(head.length > 0 && lines.length > 0 ? [""] : []), ...lines, ""].join("\n");
}

/** The variables of a `.env` file: `NAME=value` lines, perhaps with `export`, quotes and comments. */
export function readEnvFile(text: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const line of text.split(/\r?\n/)) {
    const [, name, double, single, plain = ""] =
      /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|(.*?))\s*(?:\s#.*)?$/.exec(
        line,
      ) ?? [];
    if (name !== undefined) found[name] = double?.replace(/\\(.)/g, "$1") ?? single ?? plain.trim();
  }
  return found;
}

/** What `config show` prints: every setting, its value and where that comes from. */
import { type Loaded, type Origin, type OriginatedValue, originText } from "./load.ts";
import { written } from "./value.ts";

interface ShownSetting {
  value: unknown;
  origin: Origin;
}

/** As JSON, by key. Secrets are masked, and an unset one is null. */
export function settingsAsJson({ values, file }: Loaded): {
  file: string | null;
  settings: Record<string, ShownSetting>;
} {
  const rows = Array.from(values, ([key, found]) => [key, { value: masked(found) ?? null, origin: found.origin }]);
  return { file: file ?? null, settings: Object.fromEntries(rows) };
}

/** As three aligned columns. */
export function settingsAsText({ values }: Loaded): string {
  const rows = Array.from(values, ([key, found]) => [
    key,
    written(masked(found), found.named.setting.unit),
    originText(found.origin),
  ]);
  const widths = [0, 1].map((column) => Math.min(40, Math.max(...rows.map((row) => row[column]?.length ?? 0))));
  return rows.map(([key = "", value = "", origin = ""]) => line([key, value || "-", origin], widths)).join("");
}

/** A secret says only that it is there: its length and last letters help those who guess. */
function masked({ value, named }: OriginatedValue): unknown {
  if (!named.setting.secret) return value;
  if (Array.isArray(value)) return value.map(() => "***");
  return value === undefined ? undefined : "***";
}

function line([key, value, origin]: [string, string, string], [first = 0, second = 0]: number[]): string {
  return `${key.padEnd(first)}  ${value.padEnd(second)}  ${origin}\n`;
}

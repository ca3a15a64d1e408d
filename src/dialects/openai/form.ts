/** The fields of an upload as OpenAI's clients mean them: lists and objects have several spellings on the wire. */

/** Names without their list brackets (`include[]`, `include[0]`), with all their values in order. Empty values are absent ones. */
export class Form {
  readonly #values = new Map<string, string[]>();
  readonly #read = new Set<string>();

  constructor(fields: readonly (readonly [name: string, value: string])[]) {
    for (const [field, value] of fields) {
      if (value.trim() === "") continue;
      const name = field.replace(/\[\d*\]$/, "");
      this.#values.set(name, [...(this.#values.get(name) ?? []), value]);
    }
  }

  /** One value: the last that was sent. */
  one(name: string): string | undefined {
    this.#read.add(name);
    return this.#values.get(name)?.at(-1);
  }

  /** All values: repeated fields, one list with commas, or one JSON array. */
  list(name: string): string[] {
    this.#read.add(name);
    const values = this.#values.get(name) ?? [];
    const [only = ""] = values;
    if (values.length !== 1) return values;
    const array = parseJson(only);
    if (Array.isArray(array)) return array.map(String);
    return only
      .split(",")
      .map((item) => item.trim())
      .filter((item) => item !== "");
  }

  /** An object: `name[key]=value` fields, or one JSON text. A bare word stays what it is. */
  object(name: string): Record<string, unknown> | string | undefined {
    const nested: Record<string, unknown> = {};
    for (const [field, values] of this.#values) {
      const key = field.startsWith(`${name}[`) ? /\[([^[\]]+)\]$/.exec(field)?.[1] : undefined;
      if (key === undefined) continue;
      this.#read.add(field);
      nested[key] = values.at(-1);
    }
    if (Object.keys(nested).length > 0) return nested;
    const text = this.one(name);
    const parsed = text === undefined ? undefined : parseJson(text);
    return isObject(parsed) ? parsed : text;
  }

  /** What nobody asked for: the caller should learn that it had no effect. */
  unread(): string[] {
    return [...this.#values.keys()].filter((name) => !this.#read.has(name));
  }
}

function parseJson(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

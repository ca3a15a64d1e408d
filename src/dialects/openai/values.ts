/** Values as OpenAI's API complains about them. */
import { VerbatimError } from "../../error.ts";

/** One of a few words. */
export function oneOf<Value extends string>(parameter: string, given: unknown, values: readonly Value[]): Value {
  const found = values.find((value) => value === given);
  if (found !== undefined) return found;
  const quoted = values.map((value) => `'${value}'`);
  const list = [quoted.slice(0, -1).join(", "), ...quoted.slice(-1)].filter(Boolean).join(" and ");
  throw invalid(parameter, given, `Supported values are: ${list}.`);
}

/** A number within limits, or its text. */
export function numberIn(parameter: string, given: unknown, min: number, max: number): number {
  const number = typeof given === "string" && given.trim() !== "" ? Number(given) : given;
  if (typeof number !== "number" || !(number >= min && number <= max))
    throw invalid(parameter, given, `Expected a number from ${min} to ${max}.`);
  return number;
}

export function invalid(parameter: string, given: unknown, expected: string): VerbatimError {
  return new VerbatimError("bad-parameter", `Invalid value: '${shown(given)}'. ${expected}`, { parameter });
}

/** What a client sent, short enough for a message. */
export function shown(given: unknown): string {
  const text = typeof given === "string" ? given : (JSON.stringify(given) ?? String(given));
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}

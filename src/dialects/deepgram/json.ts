/**
 * JSON as Deepgram prints it: a number that may have decimals always shows one, which strictly typed clients insist on. And what JSON of clients
 * may be.
 */

/** A number as a JSON text of its own; the standard's way to keep `2.0` from becoming `2`. */
export interface Float {
  readonly rawJSON: string;
}

// ECMAScript's "JSON.parse source text access"; TypeScript's libraries do not know it yet.
const { rawJSON } = JSON as unknown as { rawJSON(text: string): Float };

/** A number with at least one and at most six decimals; what is no number is 0.0. */
export function float(number: number): Float {
  const rounded = Number.isFinite(number) ? Math.round(number * 1e6) / 1e6 : 0;
  return rawJSON(Number.isInteger(rounded) ? rounded.toFixed(1) : String(rounded));
}

/** Whether JSON of a client's is an object. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether it is a list of texts. */
export function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}

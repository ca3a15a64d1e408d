/** JSON bodies and their fields. */
import { VerbatimError } from "../../error.ts";
import { checkLength, textOf } from "../body.ts";
import { callOf } from "../call.ts";
import type { Services } from "../dialect.ts";
import { Hold } from "../hold.ts";
import { type FieldError, missingField, wrongField } from "./errors.ts";

/** A parsed body. */
export type Body = Readonly<Record<string, unknown>>;

/** Bytes of a body without audio. */
const SMALL_BODY = 1 << 20;
/** Lists in lists and objects in objects: what is deeper was made to be. */
const MOST_DEPTH = 32;

/**
 * A request's body as a JSON object. No body at all is `nothing`, where something may stand for it. Memory is taken from `hold`, of whoever goes on
 * holding what was read; otherwise for the reading only.
 */
export async function readBody(
  request: Request,
  { settings, spool }: Pick<Services, "settings" | "spool">,
  { total = SMALL_BODY, nothing, hold }: { total?: number; nothing?: Body; hold?: Hold } = {},
): Promise<Body> {
  const { body, headers } = request;
  checkLength(headers, total);
  const limits = { total, idle: 1000 * settings.uploadTimeout };
  using reading = new Hold(spool);
  const text = await textOf(body, limits, callOf(request).signal, hold ?? reading);
  if (text.trim() === "") {
    if (nothing) return nothing;
    throw new VerbatimError("bad-parameter", "The request has no body.", { reason: "missing" });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new VerbatimError("bad-parameter", "The body is not JSON.", { reason: "json_invalid", cause });
  }
  if (isDeep(value, MOST_DEPTH))
    throw new VerbatimError("bad-parameter", `The body is nested more than ${MOST_DEPTH} deep.`, {
      reason: "json_invalid",
    });
  if (isObject(value)) return value;
  throw new VerbatimError("bad-parameter", "The body must be a JSON object.", { reason: "model_attributes_type" });
}

function isDeep(value: unknown, most: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return most === 0 || Object.values(value).some((one) => isDeep(one, most - 1));
}

/** Whether a value of JSON is an object. */
export function isObject(value: unknown): value is Body {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const readers = {
  string: (value: unknown) => (typeof value === "string" ? value : undefined),
  boolean: (value: unknown) => (typeof value === "boolean" ? value : undefined),
  integer: (value: unknown) => (Number.isSafeInteger(value) ? (value as number) : undefined),
  object: (value: unknown) => (isObject(value) ? value : undefined),
};
type Kind = keyof typeof readers;
type Read<K extends Kind> = NonNullable<ReturnType<(typeof readers)[K]>>;

const wanted: Record<Kind, [words: string, error: FieldError]> = {
  string: ["a string", "string_type"],
  boolean: ["true or false", "bool_type"],
  integer: ["a whole number", "int_type"],
  object: ["an object", "dict_type"],
};

/** A field that may be absent or null. */
export function optionalField<K extends Kind>(body: Body, name: string, kind: K): Read<K> | undefined {
  const given = body[name];
  if (given === undefined || given === null) return undefined;
  const value = readers[kind](given);
  if (value === undefined) {
    const [words, error] = wanted[kind];
    throw wrongField(name, words, error);
  }
  return value as Read<K>;
}

/** A field that must be there. */
export function requiredField<K extends Kind>(body: Body, name: string, kind: K): Read<K> {
  const value = optionalField(body, name, kind);
  if (value === undefined) throw missingField(name);
  return value;
}

/** Refuses fields that nobody knows, by their names. */
export function refuseUnknown(body: Body, known: readonly string[]): void {
  const name = Object.keys(body).find((one) => !known.includes(one));
  if (name !== undefined)
    throw new VerbatimError("bad-parameter", `Unknown field: ${name.slice(0, 100)}`, { parameter: name.slice(0, 100) });
}

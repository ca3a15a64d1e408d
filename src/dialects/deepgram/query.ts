/**
 * Query strings as Deepgram's clients write them. A table says which parameters there are and what each may be; names that it does not
 * have are ignored, as Deepgram ignores them, and a bad value is refused with Deepgram's complaint.
 */
import { VerbatimError } from "../../error.ts";

/** One parameter of a table. */
export interface Parameter<Value> {
  /** Reads what was sent: no value at all, one, or several. */
  read(name: string, values: readonly string[]): Value;
}

export type ParameterTable = Readonly<Record<string, Parameter<unknown>>>;

export type ValuesOf<Table extends ParameterTable> = {
  [Name in keyof Table]: Table[Name] extends Parameter<infer Value> ? Value : never;
};

/** Reads a query string by a table. Throws `bad-parameter`. */
export function readQuery<Table extends ParameterTable>(search: URLSearchParams, table: Table): ValuesOf<Table> {
  const values = Object.entries(table).map(([name, parameter]) => [
    name,
    parameter.read(name, search.getAll(name).map(trimmed).filter(isPresent)),
  ]);
  return Object.fromEntries(values) as ValuesOf<Table>;
}

/** Older libraries send an option that was not set as the word `undefined`. */
function isPresent(value: string): boolean {
  return value !== "" && value !== "undefined" && value !== "null";
}

function trimmed(value: string): string {
  return value.trim();
}

/** A parameter that has one value; sent twice with two values, nobody can know which is meant. */
export function single<Value>(parse: (value: string, name: string) => Value): Parameter<Value | undefined> {
  return {
    read(name, values) {
      const [first, ...others] = values;
      if (first === undefined) return undefined;
      if (others.some((other) => other !== first))
        throw complaint(name, `Failed to deserialize query parameters: duplicate field \`${name}\``);
      return parse(first, name);
    },
  };
}

/** A parameter with a value where none was sent. */
export function otherwise<Value>(parameter: Parameter<Value | undefined>, value: Value): Parameter<Value> {
  return { read: (name, values) => parameter.read(name, values) ?? value };
}

export function text(): Parameter<string | undefined> {
  return single((value) => value);
}

/** On or off, in every client's spelling; off where none was sent. */
export function flag(): Parameter<boolean> {
  return otherwise(
    single((value, name) => {
      const found = booleanOf(value);
      if (found === undefined) throw invalidValue(name, value);
      return found;
    }),
    false,
  );
}

/** What a text means as a boolean; undefined: nothing. */
export function booleanOf(value: string): boolean | undefined {
  const lower = value.toLowerCase();
  if (lower === "true" || lower === "1") return true;
  return lower === "false" || lower === "0" ? false : undefined;
}

/** A number within limits, both included. */
export function number({ min, max }: { min: number; max: number }): Parameter<number | undefined> {
  return single((value, name) => numberIn(name, value, min, max));
}

/** A whole number within limits, both included. */
export function integer({ min, max }: { min: number; max: number }): Parameter<number | undefined> {
  return single((value, name) => {
    const found = numberIn(name, value, min, max);
    if (!Number.isInteger(found)) throw invalidValue(name, value);
    return found;
  });
}

/** One of some words, in any case. */
export function oneOf<Word extends string>(...words: readonly Word[]): Parameter<Word | undefined> {
  return single((value, name) => {
    const found = words.find((word) => word === value.toLowerCase());
    if (found === undefined) throw invalidValue(name, value);
    return found;
  });
}

export interface ListLimits {
  /** Most values. */
  most?: number;
  /** Most characters of each. */
  longest?: number;
  /** Several values may stand in one, with commas between them; phrases may hold commas of their own. */
  commas?: boolean;
}

/** A parameter that may be sent again and again. */
export function list({ most, longest, commas }: ListLimits = {}): Parameter<string[]> {
  return {
    read(name, values) {
      const all = commas ? values.flatMap((value) => value.split(",").map(trimmed).filter(isPresent)) : [...values];
      if (most !== undefined && all.length > most)
        throw complaint(name, `Invalid '${name}': there may be at most ${most} of it, and there are ${all.length}.`);
      const long = all.find((value) => longest !== undefined && Array.from(value).length > longest);
      if (long !== undefined)
        throw complaint(name, `Invalid '${name}' value of '${shortened(long)}': it may have ${longest} characters.`);
      return all;
    },
  };
}

/** Deepgram's complaint about a value. */
export function invalidValue(name: string, value: string, why?: string): VerbatimError {
  return complaint(name, `Invalid '${name}' value of '${shortened(value)}'.${why === undefined ? "" : ` ${why}`}`);
}

/** Deepgram's complaint about a parameter that has to be there. */
export function missingParameter(name: string): VerbatimError {
  return complaint(name, `Failed to deserialize query parameters: missing field \`${name}\``);
}

function complaint(parameter: string, message: string): VerbatimError {
  return new VerbatimError("bad-parameter", message, { parameter });
}

function numberIn(name: string, value: string, min: number, max: number): number {
  const found = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(value) ? Number(value) : Number.NaN;
  if (!(found >= min && found <= max)) throw invalidValue(name, value);
  return found;
}

function shortened(value: string): string {
  return value.length > 100 ? `${value.slice(0, 100)}…` : value;
}

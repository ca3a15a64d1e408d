/** Where sensitive words are: numbers by their digits, however they are spoken, and by the words before them; addresses by their form. */
import { email } from "./addresses.ts";
import { type DigitRun, digitRun } from "./digit-run.ts";
import { readNumber } from "./numbers.ts";
import type { Token } from "./rewrite.ts";

/** `number`: three digits and more; `any-number`: every one. */
export type RedactionKind =
  | "credit-card"
  | "credit-card-expiration"
  | "cvv"
  | "ssn"
  | "phone-number"
  | "email-address"
  | "number"
  | "any-number";

export interface Found {
  kind: RedactionKind;
  take: number;
  /** What is hidden, to know it again. */
  value: string;
}

const EMAIL = /^[^\s@]+@[^\s@]+\.\p{L}{2,}$/u;
const EXPIRATION = /^(?:0?[1-9]|1[0-2])[/-](?:\d{2}|20\d{2})$/;
const MONTH = /^(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\p{L}*\.?$/u;
const PHONE = /^(?:1?[2-9]\d{2}[2-9]\d{6}|[2-9]\d{6})$/;
/** Words that say what the number after them is. */
const SAYS = {
  cvv: /^(?:cvv2?|cvc2?|csc|cvn|security|verification)$/,
  expiration: /^(?:exp|expir\p{L}*|valid)$/u,
  phone: /^(?:phone|telephone|cell|mobile|fax|call|dial|text|reach)$/,
  ssn: /^(?:ssn|social)$/,
};
/** So many words before a number may say what it is. */
const NEAR = 8;
/** Least digits of a number that ends in another piece of live speech; shorter ones say little. */
const CUT: Partial<Record<RedactionKind, number>> = { "credit-card": 4, ssn: 3, "phone-number": 3, number: 2 };

/** What begins at a word and is to be hidden. */
export function sensitiveAt(
  tokens: readonly Token[],
  at: number,
  kinds: ReadonlySet<RedactionKind>,
): Found | undefined {
  const address = kinds.has("email-address") ? emailAt(tokens, at) : undefined;
  if (address !== undefined) return address;
  const expiration = kinds.has("credit-card-expiration") ? expirationAt(tokens, at) : undefined;
  const run = digitRun(tokens, at);
  const kind = run && (expiration === undefined || run.digits.length > 8) ? kindOf(tokens, at, run, kinds) : undefined;
  if (run !== undefined && kind !== undefined) return { kind, take: run.take, value: run.digits };
  return expiration ?? numberAt(tokens, at, kinds);
}

/** The kind that half a number at the edge of a piece would have. */
export function isCut(run: DigitRun, kinds: ReadonlySet<RedactionKind>, goesOn: boolean): RedactionKind | undefined {
  const isYear = /^(?:19|20)\d\d$/.test(run.digits);
  for (const kind of kinds) {
    const least = CUT[kind];
    if (least !== undefined && (goesOn || (run.digits.length >= least && !(isYear && kind !== "number")))) return kind;
  }
  return undefined;
}

function kindOf(
  tokens: readonly Token[],
  at: number,
  { digits, take }: DigitRun,
  kinds: ReadonlySet<RedactionKind>,
): RedactionKind | undefined {
  const { length } = digits;
  const said = (words: RegExp) => isSaid(tokens, at, words);
  const isOne = (kind: RedactionKind, is: boolean) => (kinds.has(kind) && is ? kind : undefined);
  const plus = /^\+/.test(tokens[at]?.core ?? "");
  return (
    // A card may be followed by its date and its code in one breath.
    isOne("credit-card", length >= 13) ??
    isOne("ssn", length === 9 || (length >= 4 && length < 12 && said(SAYS.ssn))) ??
    isOne("cvv", (length === 3 || length === 4) && said(SAYS.cvv)) ??
    isOne("phone-number", (plus && length >= 8) || (PHONE.test(digits) && (length > 7 || said(SAYS.phone)))) ??
    isOne("number", length >= 3) ??
    // "One of them" is no number.
    isOne("any-number", !(take === 1 && tokens[at]?.key === "one"))
  );
}

/** Numbers that are no bare digits: `$1,234.56`, `B12345`, "three point one four", "twenty first". */
function numberAt(tokens: readonly Token[], at: number, kinds: ReadonlySet<RedactionKind>): Found | undefined {
  const kind = kinds.has("any-number") ? "any-number" : kinds.has("number") ? "number" : undefined;
  const token = tokens[at];
  if (kind === undefined || token === undefined) return undefined;
  const least = kind === "number" ? 3 : 1;
  const inside = token.core.replace(/\P{Nd}/gu, "");
  if (inside.length >= least && !token.core.startsWith("[")) return { kind, take: 1, value: token.core };
  const read = readNumber(tokens, at);
  // "One of them", "the second time": no numbers.
  if (read === undefined || (read.take === 1 && (read.ordinal ? read.value < 10 : read.value === 1))) return undefined;
  return read.digits.replace(".", "").length >= least ? { kind, take: read.take, value: read.digits } : undefined;
}

function emailAt(tokens: readonly Token[], at: number): Found | undefined {
  const core = tokens[at]?.core ?? "";
  if (EMAIL.test(core)) return { kind: "email-address", take: 1, value: core.toLowerCase() };
  const read = email(tokens, at, false);
  return read && { kind: "email-address", take: read.take, value: read.text };
}

/** "05/26", and after words that say so "oh five twenty six" and "May 2026". */
function expirationAt(tokens: readonly Token[], at: number): Found | undefined {
  const token = tokens[at];
  const kind = "credit-card-expiration";
  if (token !== undefined && EXPIRATION.test(token.core)) return { kind, take: 1, value: token.core };
  if (token === undefined || !isSaid(tokens, at, SAYS.expiration, true)) return undefined;
  if (MONTH.test(token.key)) {
    const of = tokens[at + 1]?.key === "of" ? 1 : 0;
    const year = digitRun(tokens, at + 1 + of);
    return year && { kind, take: 1 + of + year.take, value: `${token.key} ${year.digits}` };
  }
  const run = digitRun(tokens, at) ?? (token.key === "oh" ? afterOh(tokens, at) : undefined);
  return run && run.digits.length >= 3 && run.digits.length <= 6
    ? { kind, take: run.take, value: run.digits }
    : undefined;
}

function afterOh(tokens: readonly Token[], at: number): DigitRun | undefined {
  const run = digitRun(tokens, at + 1);
  return run && { take: run.take + 1, digits: `0${run.digits}` };
}

/** Whether one of these words stands before the number; `first`: with no other number between. */
function isSaid(tokens: readonly Token[], at: number, words: RegExp, first = false): boolean {
  for (let i = at - 1; i >= Math.max(0, at - NEAR); i--) {
    const { key, core } = tokens[i] as Token;
    if (words.test(key)) return true;
    if (first && /\p{Nd}/u.test(core)) return false;
  }
  return false;
}

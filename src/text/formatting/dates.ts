/** "May fifth twenty twenty four" is May 5th, 2024; "the fifth of May" is the 5th of May. */
import { type NumberRead, ordinalText, readNumber } from "./numbers.ts";
import type { Piece, Rule, Token } from "./rewrite.ts";

const MONTH =
  /^(?:january|february|march|april|may|june|july|august|september|october|november|december|(?:jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\.?)$/;
/** Months that are other words too count only with their capital. */
const AMBIGUOUS = /^(?:march|may|mar|jun|dec|oct)$/;

export const dates: Rule = (tokens, at) => monthFirst(tokens, at) ?? dayFirst(tokens, at);

function monthFirst(tokens: readonly Token[], at: number): readonly Piece[] | undefined {
  const month = tokens[at];
  if (month === undefined || !isMonth(month) || !isClose(month)) return undefined;
  const day = dayBeforeYear(tokens, at + 1) ?? readNumber(tokens, at + 1);
  if (day === undefined) return undefined;
  // "May twenty twenty four": a year, and no day.
  if (isYear(day))
    return [
      { take: 1, text: month.core },
      { take: day.take, text: day.digits },
    ];
  if (!isDay(day)) return undefined;
  const pieces = [{ take: 1, text: month.core }, dayPiece(day)];
  const last = tokens[at + day.take];
  const year = readNumber(tokens, at + 1 + day.take);
  if (year === undefined || !isYear(year) || !/^,?$/.test(last?.tail ?? "")) return pieces;
  const [first, second] = pieces as [Piece, Piece];
  return [
    first,
    { ...second, text: last?.tail === "," ? second.text : `${second.text},` },
    { take: year.take, text: year.digits },
  ];
}

function dayFirst(tokens: readonly Token[], at: number): readonly Piece[] | undefined {
  const day = readNumber(tokens, at);
  if (day === undefined || !isDay(day)) return undefined;
  const of = tokens[at + day.take];
  const month = tokens[at + day.take + 1];
  if (of?.key !== "of" || of.tail !== "" || month === undefined || !isMonth(month)) return undefined;
  const pieces = [dayPiece(day), { take: 1, text: of.core }, { take: 1, text: month.core }];
  const year = isClose(month) ? readNumber(tokens, at + day.take + 2) : undefined;
  return year !== undefined && isYear(year) ? [...pieces, { take: year.take, text: year.digits }] : pieces;
}

/** "July twenty nineteen sixty nine": the day alone, where what follows it is a year. */
function dayBeforeYear(tokens: readonly Token[], at: number): NumberRead | undefined {
  const day = readNumber(tokens.slice(0, at + 1), at);
  const year = day && isDay(day) && tokens[at]?.tail === "" ? readNumber(tokens, at + 1) : undefined;
  return year !== undefined && isYear(year) ? day : undefined;
}

function isMonth({ key, core }: Token): boolean {
  return MONTH.test(key) && (!AMBIGUOUS.test(key) || /^\p{Lu}/u.test(core));
}

/** Whether nothing but an abbreviation's full stop stands behind the word. */
function isClose({ tail }: Token): boolean {
  return tail === "" || tail === ".";
}

function isDay({ value, digits }: NumberRead): boolean {
  return value >= 1 && value <= 31 && !digits.includes(".");
}

function isYear({ value, digits, ordinal }: NumberRead): boolean {
  return !ordinal && value >= 1000 && value < 2100 && digits.length === 4;
}

function dayPiece({ take, value, ordinal }: NumberRead): Piece {
  return { take, text: ordinal ? ordinalText(value) : String(value) };
}

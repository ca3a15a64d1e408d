/** "five dollars and fifty cents" is $5.50, "three million euros" is €3 million, "fifty percent" is 50%. */
import { type NumberRead, readNumber } from "./numbers.ts";
import type { Rule, Token } from "./rewrite.ts";

const SIGNS: ReadonlyMap<string, string> = new Map([
  ["dollar", "$"],
  ["dollars", "$"],
  ["euro", "€"],
  ["euros", "€"],
  ["yen", "¥"],
  ["rupees", "₹"],
]);

export const money: Rule = (tokens, at) => {
  const whole = readNumber(tokens, at);
  const unit = whole && tokens[at + whole.take];
  if (whole === undefined || whole.ordinal || unit === undefined || !follows(tokens, at + whole.take)) return undefined;
  const sign = unit.key === "pounds" && tokens[at + whole.take + 1]?.key === "sterling" ? "£" : SIGNS.get(unit.key);
  if (sign === undefined) return undefined;
  const take = whole.take + (sign === "£" ? 2 : 1);
  const cents = sign === "$" || sign === "€" ? centsAt(tokens, at + take) : undefined;
  if (cents !== undefined && whole.scale === undefined)
    return [{ take: take + cents.take, text: `${sign}${grouped(whole)}.${cents.text}` }];
  return [{ take, text: `${sign}${whole.scale ? `${whole.scale.count} ${whole.scale.word}` : grouped(whole)}` }];
};

export const percent: Rule = (tokens, at) => {
  const read = readNumber(tokens, at);
  if (read === undefined || read.ordinal || !follows(tokens, at + read.take)) return undefined;
  const unit = tokens[at + read.take];
  if (unit?.key === "percent") return [{ take: read.take + 1, text: `${read.digits}%` }];
  const isTwo = unit?.key === "per" && unit.tail === "" && tokens[at + read.take + 1]?.key === "cent";
  return isTwo ? [{ take: read.take + 2, text: `${read.digits}%` }] : undefined;
};

/** Digits with separators of thousands from five digits on; four may be a year. */
export function grouped({ digits }: NumberRead): string {
  const [whole = "", fraction] = digits.split(".");
  const parted = whole.length < 5 ? whole : whole.replace(/\B(?=(?:\d{3})+$)/g, ",");
  return fraction === undefined ? parted : `${parted}.${fraction}`;
}

function centsAt(tokens: readonly Token[], at: number): { take: number; text: string } | undefined {
  if (!follows(tokens, at)) return undefined;
  const and = tokens[at]?.key === "and" ? 1 : 0;
  const read = readNumber(tokens, at + and);
  if (read === undefined || read.value > 99 || read.digits.includes(".") || !follows(tokens, at + and + read.take))
    return undefined;
  const unit = tokens[at + and + read.take]?.key ?? "";
  return /^cents?$/.test(unit) ? { take: and + read.take + 1, text: read.digits.padStart(2, "0") } : undefined;
}

/** Whether no punctuation stands before a word. */
function follows(tokens: readonly Token[], at: number): boolean {
  return tokens[at - 1]?.tail === "" && tokens[at]?.lead === "";
}

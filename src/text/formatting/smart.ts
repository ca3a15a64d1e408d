/** Text as people write it: dates, times, money, percentages, phone numbers, addresses and numbers in their usual shapes. */
import type { Word } from "../transcript.ts";
import { addresses } from "./addresses.ts";
import { dates } from "./dates.ts";
import { grouped, money, percent } from "./money.ts";
import { numberPieces } from "./numerals.ts";
import { phones } from "./phones.ts";
import { type Rule, rewrite } from "./rewrite.ts";
import { times } from "./times.ts";

const numbers: Rule = (tokens, at) =>
  numberPieces(tokens, at, (read) => (read.scale ? `${read.scale.count} ${read.scale.word}` : grouped(read)));

/** The finest shape first: a phone number is a number too. */
const RULES: readonly Rule[] = [addresses, phones, dates, times, money, percent, numbers];

/** Formats English words; what Whisper has formatted stays as it is. */
export function smartFormat(words: readonly Word[], language: string): Word[] {
  return rewrite(words, language, RULES);
}

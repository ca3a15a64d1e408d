/** Spoken numbers in digits: "nine hundred" is 900, "twenty first" is 21st. Without separators of thousands. */
import type { Word } from "../transcript.ts";
import { type NumberRead, ordinalText, readDigits, readNumber } from "./numbers.ts";
import { type Piece, type Rule, rewrite, type Token } from "./rewrite.ts";

/** A lone "one" is a pronoun more often than a number; after these words it counts. */
const COUNTED =
  /^(?:number|page|chapter|room|step|section|part|level|gate|line|channel|option|version|volume|unit|floor|platform|track|type|phase|day|week|grade|highway|route|plus|minus|times|equals)$/;
/** "one third", "two quarters": fractions stay words. */
const FRACTION = /^(?:half|halves|thirds?|quarters?|fourths?|fifths?|sixths?|sevenths?|eighths?|ninths?|tenths?)$/;

/** Writes numbers in digits, where the words are English; digits lose their separators of thousands in every language. */
export function numerals(words: readonly Word[], language: string): Word[] {
  return rewrite(words, language, [asDigits]).map(ungrouped);
}

const asDigits: Rule = (tokens, at) => numberPieces(tokens, at, ({ digits }) => digits);

/** The number at a word as `write` writes it, when it is one to be written in digits. */
export function numberPieces(
  tokens: readonly Token[],
  at: number,
  write: (read: NumberRead) => string,
): readonly Piece[] | undefined {
  const sequence = readDigits(tokens, at);
  const read = readNumber(tokens, at);
  if (sequence !== undefined && sequence.take > (read?.take ?? 0))
    return [{ take: sequence.take, text: sequence.digits }];
  if (read === undefined || isProse(tokens, at, read)) return undefined;
  if (read.ordinal) return [{ take: read.take, text: ordinalText(read.value) }];
  if (read.take === 1 && read.written) return undefined;
  return [{ take: read.take, text: write(read) }];
}

/** Words that are numbers and are not meant as one: "the second time", "one of them", "two thirds". */
function isProse(tokens: readonly Token[], at: number, read: NumberRead): boolean {
  if (read.written) return false;
  if (read.take === 1 && read.ordinal) return read.value < 10;
  const isJoined = tokens[at + read.take - 1]?.tail === "";
  const next = isJoined ? (tokens[at + read.take]?.key ?? "") : "";
  if (FRACTION.test(next) && read.value < 10) return true;
  if (read.take > 1 || read.value !== 1) return false;
  const before = tokens[at - 1];
  // Counting: "one, two, three".
  if (tokens[at]?.tail === "," && readNumber(tokens, at + 1)?.value === 2) return false;
  return !(before?.tail === "" && COUNTED.test(before.key)) && !/^(?:percent|o'clock|a\.m\.|p\.m\.)$/.test(next);
}

function ungrouped(word: Word): Word {
  const text = word.text.replace(/(?<![\d.,])\d{1,3}(?:,\d{3})+(?![\d]|,\d)/g, (digits) => digits.replaceAll(",", ""));
  return text === word.text ? word : { ...word, text };
}

/** How much a text repeats itself, judged by its structure alone. */
import { deflateSync } from "node:zlib";

export interface Repeat {
  /** Index of the first word that only repeats. */
  from: number;
  /** Index after the last such word. */
  to: number;
  /** Words of the phrase that is repeated. */
  period: number;
  /** How often the phrase stands there. */
  times: number;
}

/** People do say things three times; the shorter the phrase, the more often. */
const LEAST_TIMES = (period: number): number => (period === 1 ? 6 : period <= 3 ? 4 : 3);
const LONGEST_PERIOD = 40;

/** A phrase of so many words is hardly ever said twice in a row. */
const LEAST_TWICE = 4;

/** Whether a phrase of some words follows itself at once. */
export function saysTwice(words: readonly string[]): boolean {
  return findRepeat(words, (period) => (period < LEAST_TWICE ? Infinity : 2)) !== undefined;
}

/**
 * The largest stretch in which one phrase follows itself as often as this asks, by default over and over. Case and punctuation do not
 * matter.
 */
export function findRepeat(words: readonly string[], leastTimes = LEAST_TIMES): Repeat | undefined {
  const keys = words.map((word) => word.toLowerCase().replace(/[^\p{L}\p{N}]/gu, ""));
  let largest: Repeat | undefined;
  for (let period = 1; period <= Math.min(LONGEST_PERIOD, keys.length / 2); period++) {
    let run = 0;
    for (let i = period; i <= keys.length; i++) {
      if (i < keys.length && keys[i] === keys[i - period]) {
        run++;
        continue;
      }
      const times = Math.floor(run / period) + 1;
      const repeat = { from: i - run, to: i, period, times };
      if (times >= leastTimes(period) && (largest === undefined || run > largest.to - largest.from)) largest = repeat;
      run = 0;
    }
  }
  return largest;
}

/** Bytes of the text over its bytes when compressed, as OpenAI's `compression_ratio` has it: zlib at its default level. */
export function compressionRatio(text: string): number {
  const bytes = Buffer.from(text.trim());
  return bytes.length === 0 ? 0 : bytes.length / deflateSync(bytes).length;
}

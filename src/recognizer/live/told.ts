/**
 * Where the window of a decode begins. A phrase by itself is understood worse than in its place, so the window holds some seconds of what is
 * known already, and its text begins with these words: those that were told of the utterances before, as long as they are near, and the
 * settled ones of the utterance itself. What is known longer is left out, so that the cost of a decode does not grow with its utterance.
 */
import { SAMPLE_RATE } from "../../engine/settings.ts";
import type { Span } from "../packing.ts";
import type { TimedWord } from "../word-times.ts";

/** After a longer pause (samples) somebody says something else. */
const LONGEST_PAUSE = 1.5 * SAMPLE_RATE;
/** Known audio in a window (samples); it begins at the longest pause between the two. */
const LEAST_KNOWN = 4 * SAMPLE_RATE;
const MOST_KNOWN = 8 * SAMPLE_RATE;
/** What a window may hold. */
const LONGEST_WINDOW = 29 * SAMPLE_RATE;
/** The model's text has room for 224 tokens, those that are new among them. */
const MOST_TOKENS = 120;

export interface Begun {
  /** The window's first sample. */
  from: number;
  /** What is said in it first. */
  known: readonly TimedWord[];
}

interface Known {
  word: TimedWord;
  /** Where a window that begins with the word begins, and the silence before that (samples). */
  from: number;
  pause: number;
}

export class Told {
  #utterances: { span: Span; words: readonly TimedWord[] }[] = [];

  /** Takes the next final's words. */
  add(span: Span, words: readonly TimedWord[]): void {
    if (words.length === 0) return;
    const near = this.#utterances.filter((one) => span.to - one.span.to <= MOST_KNOWN);
    this.#utterances = [...near, { span, words }];
  }

  /** The first sample that any window for a span may begin with, as long as no more than these words of it are settled. */
  earliest(span: Span, settled: readonly TimedWord[]): number {
    const last = this.#utterances.at(-1);
    const isNear = last !== undefined && span.from - last.span.to <= LONGEST_PAUSE;
    const end = endOf(span, settled);
    return isNear ? end - MOST_KNOWN : Math.max(span.from, end - MOST_KNOWN);
  }

  /** Where the window of a span begins whose first words are settled. */
  before(span: Span, settled: readonly TimedWord[]): Begun {
    const end = endOf(span, settled);
    const line = this.#known(span, settled);
    let start: number | undefined;
    let longest = -1;
    let tokens = 0;
    for (let i = line.length - 1; i >= 0; i--) {
      const { word, from, pause } = line[i] as Known;
      tokens += word.tokens.length;
      if (end - from > MOST_KNOWN || span.to - from > LONGEST_WINDOW || tokens > MOST_TOKENS) break;
      // As much as may be is left out at a pause; a word more is better than one cut in two.
      if (start === undefined || end - from < LEAST_KNOWN || pause > longest) {
        start = i;
        longest = end - from < LEAST_KNOWN ? -1 : pause;
      }
    }
    if (start === undefined) return { from: end, known: [] };
    return { from: (line[start] as Known).from, known: line.slice(start).map(({ word }) => word) };
  }

  /** The words before a span without a long pause, and the settled ones in it. */
  #known(span: Span, settled: readonly TimedWord[]): Known[] {
    const line = inPlace({ span, words: settled });
    let next = span.from;
    for (const one of this.#utterances.toReversed()) {
      if (next - one.span.to > LONGEST_PAUSE) break;
      line.unshift(...inPlace(one));
      next = one.span.from;
    }
    return line;
  }
}

function inPlace({ span, words }: { span: Span; words: readonly TimedWord[] }): Known[] {
  return words.map((word, i) => {
    const before = words[i - 1];
    if (before === undefined) return { word, from: span.from, pause: word.from * SAMPLE_RATE - span.from };
    const pause = (word.from - before.to) * SAMPLE_RATE;
    return { word, from: Math.round(before.to * SAMPLE_RATE + pause / 2), pause };
  });
}

/** Where a span's settled words end, or where it begins (samples). */
export function endOf(span: Span, settled: readonly TimedWord[]): number {
  const last = settled.at(-1);
  return last === undefined ? span.from : Math.round(last.to * SAMPLE_RATE);
}

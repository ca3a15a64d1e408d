/**
 * What the window of a decode begins with. A phrase by itself is understood worse than in its place, so the window holds some seconds of what is
 * known already, and its text begins with these words: those that were told of the utterances before, the silences between them left out as a
 * file's window leaves them out, and the settled ones of the utterance itself. What is known longer is left out, so that the cost of a decode
 * does not grow with its utterance.
 */
import { SAMPLE_RATE } from "../../engine/settings.ts";
import type { Span } from "../packing.ts";
import type { TimedWord } from "../word-times.ts";

/** How far back a window goes: so many known samples at most, and over no longer pause (samples). */
export interface Reach {
  most: number;
  pause: number;
}

/** A final is understood the better, the more of what is known its window holds. */
export const FINAL: Reach = { most: 16 * SAMPLE_RATE, pause: 30 * SAMPLE_RATE };
/** A partial is one of many. After a pause it begins by itself: given words, the model is slower to say the first ones that follow. */
export const PARTIAL: Reach = { most: 8 * SAMPLE_RATE, pause: 1.5 * SAMPLE_RATE };
/** What a final takes at the least (samples), however much there is to do. */
const LEAST_KNOWN = 4 * SAMPLE_RATE;
/** A final that is begun later than so many milliseconds before its endpoint takes no more than a partial. */
const AMPLE = 140;
/** While a partial takes no longer than this (samples, counted in time), finals take all the time they want. */
const QUICK = 0.4 * SAMPLE_RATE;
/** A window begins at the longest pause between so much of the most and all of it. */
const LEAST_SHARE = 0.5;
/** What a window may hold. */
const LONGEST_WINDOW = 29 * SAMPLE_RATE;
/** The model's text has room for 224 tokens, those that are new among them. */
const MOST_TOKENS = 120;

/** An utterance that was told: its words, the last of its audio, and where somebody speaks in it. */
export interface ToldUtterance {
  span: Span;
  words: readonly TimedWord[];
  pcm: Float32Array;
  voiced: readonly Span[];
}

/** Audio of the channel from a sample on, and where somebody speaks in it. */
export interface Held {
  from: number;
  pcm: Float32Array;
  voiced: readonly Span[];
}

export interface Begun {
  /** What the window holds of the utterances before. */
  before: Held[];
  /** What it holds of the utterance itself, from this sample on. */
  from: number;
  /** What is said in it first. */
  known: readonly TimedWord[];
}

interface Known {
  word: TimedWord;
  /** In which utterance it is; undefined: in the one that is decoded. */
  utterance?: ToldUtterance;
  /** Where a window that begins with the word begins, and the silence before that (samples). */
  from: number;
  pause: number;
  /** Samples of the window from there to what is new. */
  length: number;
}

export class Told {
  #utterances: ToldUtterance[] = [];

  /** What of an utterance's audio is asked of `add`. */
  static kept({ from, to }: Span): Span {
    return { from: Math.max(from, to - FINAL.most), to };
  }

  /** Takes the next final. */
  add(utterance: ToldUtterance): void {
    if (utterance.words.length === 0) return;
    this.#utterances.push(utterance);
    let later = 0;
    const first = this.#utterances.findLastIndex(({ pcm }) => {
      later += pcm.length;
      return later >= FINAL.most;
    });
    if (first > 0) this.#utterances.splice(0, first);
  }

  /** The next utterance begins here or later. */
  forget(next: number): void {
    if (next - (this.#utterances.at(-1)?.span.to ?? next) > FINAL.pause) this.#utterances = [];
  }

  /** What the window of a span begins with whose first words are settled. */
  before(span: Span, settled: readonly TimedWord[], { most, pause: longestPause }: Reach): Begun {
    const end = endOf(span, settled);
    const line = this.#known(span, settled, longestPause);
    let start: number | undefined;
    let longest = -1;
    let tokens = 0;
    for (let i = line.length - 1; i >= 0; i--) {
      const { word, pause, length } = line[i] as Known;
      tokens += word.tokens.length;
      if (length > most || length + span.to - end > LONGEST_WINDOW || tokens > MOST_TOKENS) break;
      // As much as may be is left out at a pause; a word more is better than one cut in two.
      const isLittle = length < LEAST_SHARE * most;
      if (start === undefined || isLittle || pause > longest) {
        start = i;
        longest = isLittle ? -1 : pause;
      }
    }
    if (start === undefined) return { before: [], from: end, known: [] };
    const { utterance, from } = line[start] as Known;
    const known = line.slice(start).map(({ word }) => word);
    if (utterance === undefined) return { before: [], from, known };
    const [first, ...later] = this.#utterances.slice(this.#utterances.indexOf(utterance));
    const before = [heldFrom(first as ToldUtterance, from), ...later.map((one) => heldFrom(one, one.span.from))];
    return { before, from: span.from, known };
  }

  /** The words before a span without a long pause, and the settled ones in it. */
  #known(span: Span, settled: readonly TimedWord[], longestPause: number): Known[] {
    let length = endOf(span, settled) - span.from;
    const line = inPlace(span, settled, length);
    let next = span.from;
    for (const utterance of this.#utterances.toReversed()) {
      const { span, words } = utterance;
      if (next - span.to > longestPause) break;
      length += span.to - span.from;
      line.unshift(...inPlace(span, words, length).map((known) => ({ ...known, utterance })));
      next = span.from;
    }
    return line;
  }
}

/** Whether a final may take all the time it wants, as a partial took so long (samples, counted in time). */
export function isQuick(took: number): boolean {
  return took <= QUICK;
}

/**
 * How far back the window of a final goes that is begun so many milliseconds ahead of its endpoint: the less, the longer a partial took, for then
 * the engine has much to do.
 */
export function reachOfFinal(took: number, ahead: number): Reach {
  const { most } = ahead < AMPLE ? PARTIAL : FINAL;
  return { ...FINAL, most: Math.max(LEAST_KNOWN, most / Math.max(1, took / QUICK)) };
}

function heldFrom({ span, pcm, voiced }: ToldUtterance, from: number): Held {
  const spoken = voiced.filter(({ to }) => to > from).map((one) => ({ from: Math.max(from, one.from), to: one.to }));
  return { from, pcm: pcm.subarray(pcm.length - (span.to - from)), voiced: spoken };
}

/** Words where they were said; from the beginning of their span to what is new the window has so many samples. */
function inPlace(span: Span, words: readonly TimedWord[], length: number): Known[] {
  return words.map((word, i) => {
    const before = words[i - 1];
    const pause = word.from * SAMPLE_RATE - (before === undefined ? span.from : before.to * SAMPLE_RATE);
    const from = before === undefined ? span.from : Math.round(before.to * SAMPLE_RATE + pause / 2);
    return { word, from, pause, length: length - (from - span.from) };
  });
}

/** Where a span's settled words end, or where it begins (samples). */
export function endOf(span: Span, settled: readonly TimedWord[]): number {
  const last = settled.at(-1);
  return last === undefined ? span.from : Math.round(last.to * SAMPLE_RATE);
}

/** The first sample of its own that any window for a span may begin with, as long as no more than these words of it are settled. */
export function earliest(span: Span, settled: readonly TimedWord[]): number {
  return Math.max(span.from, endOf(span, settled) - FINAL.most);
}

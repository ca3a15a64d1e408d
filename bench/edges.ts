/** Where sound begins and ends in a clean clip, and how far recognised words are from that. */
import { RATE } from "./clips.ts";
import type { TimedWord } from "./system.ts";

/** Seconds. */
export interface Edges {
  from: number;
  to: number;
}

/** 10 ms. */
const HOP = RATE / 100;
/** Below the loudest, above the quietest: decibels at which sound counts as such. */
const BELOW_PEAK = 30;
const ABOVE_FLOOR = 12;
/** Shorter bursts are clicks. */
const LEAST_HOPS = 3;

/** The first and the last moment of sound; nothing when it does not stand out or touches an end of the clip. */
export function edgesOf(pcm: Float32Array): Edges | undefined {
  const levels = Array.from({ length: Math.floor(pcm.length / HOP) }, (_, hop) => {
    let sum = 0;
    for (let i = hop * HOP; i < (hop + 1) * HOP; i++) sum += (pcm[i] as number) ** 2;
    return 10 * Math.log10(sum / HOP + 1e-12);
  });
  const sorted = [...levels].sort((a, b) => a - b);
  const peak = sorted.at(-1) ?? 0;
  const floor = sorted[Math.floor(sorted.length / 20)] ?? 0;
  const border = Math.max(peak - BELOW_PEAK, floor + ABOVE_FLOOR);
  if (border > peak - 15) return undefined;
  const loud = levels.map((level) => level > border);
  const sustained = (from: number, step: 1 | -1) =>
    Array.from({ length: LEAST_HOPS }, (_, i) => loud[from + i * step]).every(Boolean);
  const first = loud.findIndex((_, hop) => sustained(hop, 1));
  const last = loud.findLastIndex((_, hop) => sustained(hop, -1));
  if (first <= 0 || last >= levels.length - 1) return undefined;
  return { from: (first * HOP) / RATE, to: ((last + 1) * HOP) / RATE };
}

export interface Errors {
  /** Recognised minus true, seconds. */
  starts: number[];
  ends: number[];
  /** Stretches of speech in which no word was recognised. */
  missing: number;
}

/** How far around a stretch a word's middle still belongs to it. */
const NEAR = 0.3;

/** Errors of the first and last word that were recognised in each stretch of speech, whatever the words are. */
export function errorsOf(words: readonly TimedWord[], truth: readonly Edges[]): Errors {
  const errors: Errors = { starts: [], ends: [], missing: 0 };
  for (const { from, to } of truth) {
    const inside = words.filter((word) => {
      const middle = (word.from + word.to) / 2;
      return middle > from - NEAR && middle < to + NEAR;
    });
    const [first] = inside;
    const last = inside.at(-1);
    if (!first || !last) errors.missing++;
    else {
      errors.starts.push(first.from - from);
      errors.ends.push(last.to - to);
    }
  }
  return errors;
}

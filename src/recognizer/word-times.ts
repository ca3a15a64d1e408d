/** When each word was said, in audio time. docs/word-times.md says how the method was chosen. */
import type { DecodedToken } from "../engine/job.ts";
import { SAMPLE_RATE } from "../engine/settings.ts";
import type { TokenWord } from "../text/words.ts";
import type { Region } from "../vad/speech.ts";
import type { HeardWindow } from "./listener.ts";
import { toAudioSpan } from "./packing.ts";

/** Seconds by which the VAD hears a word late: its first consonant may be silent. */
const ONSET = 0.03;

export interface TimedWord extends TokenWord {
  from: number;
  to: number;
  confidence: number;
}

/** Places words. They keep their order and never lie in a silence: what the path gives them of one is cut off. */
export function timeWords(
  words: readonly TokenWord[],
  { window, voiced }: Pick<HeardWindow, "window" | "voiced">,
): TimedWord[] {
  const speech = voiced.map(({ from, to }) => ({ from: from / SAMPLE_RATE - ONSET, to: to / SAMPLE_RATE }));
  let earliest = 0;
  return words.map((word) => {
    const tokens = word.spoken.length > 0 ? word.spoken : word.tokens;
    const span = clip(toAudioSpan(window, tokens[0]?.from ?? 0, tokens.at(-1)?.to ?? 0), speech);
    const from = Math.max(earliest, span.from);
    const to = Math.max(from, span.to);
    earliest = to;
    return { ...word, from, to, confidence: confidence(tokens) };
  });
}

/** The part of a span that is in the stretch of speech where most of it lies; all of it where nobody speaks. */
function clip(span: Region, speech: readonly Region[]): Region {
  const inside = speech.map(({ from, to }) => ({ from: Math.max(from, span.from), to: Math.min(to, span.to) }));
  const most = inside.reduce<Region | undefined>(
    (best, one) => (one.to - one.from > (best ? best.to - best.from : 0) ? one : best),
    undefined,
  );
  return most ?? span;
}

/** Geometric mean of the probabilities of the tokens that are spoken. */
function confidence(tokens: readonly DecodedToken[]): number {
  return Math.exp(tokens.reduce((sum, { logp }) => sum + logp, 0) / Math.max(1, tokens.length));
}
